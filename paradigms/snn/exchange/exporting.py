"""A network becomes a NIR graph."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, get_args

import nir
import numpy as np
from jaxtyping import Array

from paradigms.interface import require
from paradigms.snn.connections import Connection, Convolution, Dense
from paradigms.snn.exchange.discretisation import DT, membrane_ratio, strict_threshold
from paradigms.snn.exchange.geometry import settled
from paradigms.snn.exchange.readers import Gain, Readout, read_otherwise
from paradigms.snn.layered import Kernel, LayeredConfig
from paradigms.snn.layers import Spiking
from paradigms.snn.model import SNN
from paradigms.snn.neurons import IF, LIF, Leak, Neuron, Recurrent, SynapticLIF

LOGGER = logging.getLogger(__name__)
ANY_SPIKE = 0.5
"""Between the sum of a square without a spike and of one with a single spike."""


def to_nir(
    model: SNN,
    params: dict[str, Array],
    state: dict[str, Array],
    *,
    dt: float = DT,
    readout: Readout = "integrator",
    gain: Gain = "weights",
) -> nir.NIRGraph:
    """The network as a graph; the layer numbered ``i`` has the nodes ``hidden_<i>...``.

    =========================  ======================================================================================
    here                       in the graph
    =========================  ======================================================================================
    dense, convolution         ``Affine``, ``Conv2d`` (images are ``[channels, height, width]``)
    ``if``, ``lif``            ``IF``, ``LIF``
    ``synaptic``               ``CubaLIF``
    own spikes, a step later   ``Linear``, from the neuron and to it
    pooled spikes              ``SumPool2d``, then ``Threshold``: whether any fired; sums of imported graphs without it
    read-out                   ``Flatten`` where there are images, ``Affine``, ``LI``
    =========================  ======================================================================================

    The graph's input is what enters at one step, after the encoding. Its metadata say ``dt``, ``reset`` and, as
    ``notes``, what other libraries are known to read otherwise than NIR defines; the notes are logged too.

    Args:
        model: Dense, recurrent or convolutional, of ``if``, ``lif`` or ``synaptic`` neurons.
        params: The parameters of the model.
        state: The state of the model.
        dt: Length of a step in seconds.
        readout: ``integrator`` for an ``LI``, which no other library reads; with ``none`` the graph ends in the current
            that would drive it, and its metadata keep the time constants as ``readout_tau``.
        gain: The gain from the current to the potential of a leaky neuron. In the ``weights``, with ``r = 1``, it is
            read by whoever follows NIR's equations and by norse, which takes no other ``r``; in the ``neurons``, with
            ``r = tau / dt`` and weights as they are here, by snnTorch and spyx, which know no other.

    Raises:
        Unsupported: An unknown ``readout`` or ``gain``; NIR has no node for an architecture, a neuron, an initial
            potential or delays that are trained.
    """
    config = model.config
    require(0 < dt < np.inf, f"dt={dt} must be a positive number of seconds")
    for name, value, choices in (("readout", readout, get_args(Readout)), ("gain", gain, get_args(Gain))):
        require(value in choices, f"{name}={value} must be one of {', '.join(choices)}")
    require(
        config.architecture in ("dense", "convolutional"),
        f"paradigm.architecture={config.architecture} cannot be exported, for NIR has no node for its sums and products"
        " of spikes; use dense or convolutional",
    )
    neurons = [layer.neuron for layer in config.layers] if isinstance(config, LayeredConfig) else [config.neuron]
    for neuron in neurons:
        require(
            neuron in ("if", "lif", "synaptic"),
            f"paradigm.neuron={neuron} cannot be exported, for NIR has no node for it; use lif, if or synaptic",
        )
    require(
        not config.longest_delay,
        f"paradigm.longest_delay={config.longest_delay} cannot be exported, for delays of NIR are of whole spikes and "
        "ours split them between two steps; use 0",
    )
    require(
        not config.learn_initial_state,
        "paradigm.learn_initial_state=true cannot be exported, for neurons of NIR start at zero; leave it false",
    )
    network = model.network(params, state)
    nodes: dict[str, nir.NIRNode] = {"input": nir.Input({"input": np.array(_channels_first(model.reading.shape))})}
    edges, last, shape = [], "input", model.reading.shape

    def append(name: str, node: nir.NIRNode) -> None:
        nonlocal last
        nodes[name] = node
        edges.append((last, name))
        last = name

    for index, layer in enumerate(network.hidden):
        assert isinstance(layer, Spiking)
        name = f"hidden_{index}"
        neuron, recurrent, loop = layer.neuron, None, None
        if isinstance(neuron, Recurrent):
            neuron, loop = neuron.neuron, neuron.weight
        # In double precision, so that the division at import gives the weights back.
        factor = membrane_ratio(_array(neuron.leak.logit)) if gain == "weights" and isinstance(neuron, LIF) else 1.0
        if loop is not None:
            recurrent = nir.Linear((_array(loop) * factor).T)
        if isinstance(layer.connection, Dense) and len(shape) == 3:
            append(f"{name}_flatten", _flatten(shape))
        append(f"{name}_connection", _connection(layer.connection, factor, shape))
        append(f"{name}.neuron", _neuron(neuron, dt, np.dtype(layer.connection.weight.dtype), gain))
        if recurrent is not None:
            nodes[f"{name}.recurrent"] = recurrent
            edges += [(f"{name}.neuron", f"{name}.recurrent"), (f"{name}.recurrent", f"{name}.neuron")]
        if layer.pool > 1:
            size = np.array([layer.pool, layer.pool])
            append(f"{name}_sum", nir.SumPool2d(size, size, np.zeros(2, int)))
            append(f"{name}_any", nir.Threshold(np.full(_channels_first(layer.pooled_shape), ANY_SPIKE)))
        if layer.sums is not None:
            append(f"{name}_sum", nir.SumPool2d(*(np.array(pair) for pair in layer.sums)))
        shape = layer.pooled_shape
    if len(shape) == 3:
        append("flatten", _flatten(shape))
    bias = _array(network.readout_connection.bias)
    ratio = _leak(network.readout.leak, bias.shape)
    notes = read_otherwise(network, config.reset, readout, gain)
    metadata: dict[str, Any] = {"dt": dt, "reset": config.reset, "notes": " ".join(notes)}
    if readout == "none":
        append("readout_connection", _connection(network.readout_connection, 1.0, shape))
        metadata["readout_tau"] = dt * ratio
    else:
        factor = ratio if gain == "weights" else np.ones_like(ratio)
        append("readout_connection", _connection(network.readout_connection, factor, shape))
        append("readout", nir.LI(tau=dt * ratio, r=ratio / factor, v_leak=np.zeros(bias.shape)))
    append("output", nir.Output({"output": np.array(bias.shape)}))
    for note in notes:
        LOGGER.warning(note)
    return nir.NIRGraph(nodes, edges, metadata=metadata)


def _array(values: Array) -> np.ndarray:
    return np.asarray(values)


def _channels_first(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (shape[-1], *shape[:-1])


def _flatten(shape: tuple[int, ...]) -> nir.NIRNode:
    return nir.Flatten({"input": np.array(_channels_first(shape))}, start_dim=0)


def _connection(connection: Connection, factor: np.ndarray | float, shape: tuple[int, ...]) -> nir.NIRNode:
    """Export a connection, its weights and biases times a factor (one, or one per neuron or channel)."""
    weight, bias = _array(connection.weight) * factor, _array(connection.bias) * factor
    if isinstance(connection, Dense):
        if len(shape) == 3:
            weight = weight.reshape(*shape, -1).transpose(2, 0, 1, 3).reshape(weight.shape)
        return nir.Affine(weight.T, bias)
    assert isinstance(connection, Convolution)
    require(
        weight.shape[0] == weight.shape[1],
        f"a kernel of {list(weight.shape[:2])} cannot be exported, for nir 1.0 takes kernels for square where it "
        "checks shapes; pad it with zeros to a square",
    )
    before, after = zip(*connection.padding, strict=True)
    kernel = Kernel((weight.shape[0], weight.shape[1]), connection.stride, connection.padding, connection.dilation)
    require(
        before == after or settled(kernel).padding is None,
        f"a padding of {list(before)} pixels before and {list(after)} after cannot be exported, for NIR's numbers are "
        "of both sides; put zeros before the kernel",
    )
    return nir.Conv2d(
        input_shape=connection.input_shape[:2],
        weight=_dense(weight, connection.groups).transpose(3, 2, 0, 1),
        stride=connection.stride,
        # More libraries read a number; an even kernel is padded by one more after than before, which no number says.
        padding=before if before == after else "same",
        dilation=connection.dilation,
        groups=1,
        bias=bias,
    )


def _dense(weight: np.ndarray, groups: int) -> np.ndarray:
    """``[rows, columns, inputs, outputs]`` with the zeros between groups, for nir 1.0 checks no shapes of groups."""
    inputs, outputs = weight.shape[2], weight.shape[3] // groups
    result = np.zeros((*weight.shape[:2], inputs * groups, weight.shape[3]), weight.dtype)
    for group in range(groups):
        own = slice(group * outputs, (group + 1) * outputs)
        result[:, :, group * inputs : (group + 1) * inputs, own] = weight[..., own]
    return result


def _leak(leak: Leak, shape: tuple[int, ...]) -> np.ndarray:
    """``tau / dt`` of every neuron, the channels of a population ``[height, width, channels]`` first."""
    ratio = membrane_ratio(_array(leak.logit))
    return np.broadcast_to(ratio.reshape(-1, *(1,) * (len(shape) - 1)), _channels_first(shape)).copy()


def _neuron(neuron: Neuron, dt: float, dtype: np.dtype, gain: Gain) -> nir.NIRNode:
    shape = _channels_first(neuron.shape)
    zeros, threshold = np.zeros(shape), np.full(shape, strict_threshold(dtype))
    node = NODES[type(neuron)](neuron, dt, {"v_threshold": threshold, "v_reset": zeros})
    if isinstance(node, nir.LIF) and gain == "weights":
        node.r = np.ones(shape)
    return node


def _if(neuron: IF, dt: float, firing: dict[str, Any]) -> nir.NIRNode:
    return nir.IF(r=np.full(firing["v_reset"].shape, 1 / dt), **firing)


def _lif(neuron: LIF, dt: float, firing: dict[str, Any]) -> nir.NIRNode:
    ratio = _leak(neuron.leak, neuron.shape)
    return nir.LIF(tau=dt * ratio, r=ratio, v_leak=np.zeros_like(ratio), **firing)


def _synaptic(neuron: SynapticLIF, dt: float, firing: dict[str, Any]) -> nir.NIRNode:
    synapse, membrane = _leak(neuron.synapse, neuron.shape), _leak(neuron.leak, neuron.shape)
    rest = np.zeros(neuron.shape[-1]) if neuron.rest is None else _array(neuron.rest)
    v_leak = membrane * rest.reshape(-1, *(1,) * (len(neuron.shape) - 1))
    return nir.CubaLIF(tau_syn=dt * synapse, tau_mem=dt * membrane, r=membrane, v_leak=v_leak, w_in=synapse, **firing)


NODES: dict[type, Callable[..., nir.NIRNode]] = {IF: _if, LIF: _lif, SynapticLIF: _synaptic}
