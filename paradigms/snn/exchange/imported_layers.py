"""The layers of a graph in our units and order of axes."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import Any

import nir
import numpy as np

from paradigms.interface import require
from paradigms.snn.exchange.discretisation import is_one, logit_of, strict_threshold
from paradigms.snn.exchange.folding import folded
from paradigms.snn.exchange.geometry import Pool, kernel_of, pooling_of, settled, window_of
from paradigms.snn.exchange.traversal import Traversal
from paradigms.snn.layered import Kernel, LayerConfig


@dataclass(frozen=True)
class ImportedLayer:
    """A connection and the neurons it drives, in our units and order of axes.

    Attributes:
        weight: ``[inputs, outputs]`` or ``[rows, columns, inputs, outputs]``.
        bias: ``[outputs]``.
        logits: The logits of the decays per step, by the name of what leaks: an array over the last axis.
        layer: The layer's settings; ``None`` for the read-out.
        recurrent: The weights from the neuron that spikes to the one that receives, or ``None``.
        rest: The current that drives the membranes behind synapses, or ``None``.
    """

    weight: np.ndarray
    bias: np.ndarray
    logits: dict[str, np.ndarray]
    layer: LayerConfig | None = None
    recurrent: np.ndarray | None = None
    rest: np.ndarray | None = None


LOGGER = logging.getLogger(__name__)
NO_MEMORY = -30.0
"""Logit of a decay of 1e-13: the potential of such a read-out is its current."""


def imported_layers(
    traversal: Traversal, dt: float, readout_tau: Any = None
) -> tuple[list[ImportedLayer], ImportedLayer]:
    """Read the layers of a graph.

    Args:
        traversal: The graph, at its input.
        dt: The length of a step in seconds.
        readout_tau: The read-out's time constants in seconds, for a graph that ends in the current that drives it;
            ``None`` where the current is the prediction.

    Returns:
        The hidden layers, and the read-out.

    Raises:
        Unsupported: The graph is not a chain of layers of this project's neurons; the message names the node.
    """
    hidden: list[ImportedLayer] = []
    shape = traversal.input_shape
    scale = 1.0  # Of what the layer before passes on: sums where the graph has averages.
    while True:
        node = traversal.peek()
        if isinstance(node, nir.Output) and hidden:
            traversal.end()
            return hidden, _mean_of_spikes(shape, scale)
        if isinstance(node, nir.Flatten):
            traversal.take()
            flattened, shape = shape, (math.prod(shape),)
        else:
            flattened = None
        weight, bias, kernel, shape = _connection(traversal, shape, flattened)
        while isinstance(traversal.peek(), Pool):
            weight, bias, kernel, shape = _pooled(traversal, weight, bias, kernel, shape)
        kernel = kernel and settled(kernel)
        weight, scale = weight * scale, 1.0
        if isinstance(traversal.peek(), nir.Output) and hidden and weight.ndim == 2:
            traversal.end()
            return hidden, ImportedLayer(weight, bias, {"leak": _memory(shape, readout_tau, dt)})
        name, node = traversal.take()
        if isinstance(node, nir.LI):
            require(weight.ndim == 2, f"the graph's read-out {name} follows no dense connection")
            require(bool(hidden), "the graph has no spiking layer before its read-out")
            gain, rest, logits = _leaky(name, (node.tau, node.r, node.v_leak), shape, dt)
            traversal.end()
            return hidden, ImportedLayer(weight * gain, bias * gain + rest, logits)
        kind, gain, rest, logits = _neuron(name, node, shape, dt)
        loop = traversal.loop(name)
        recurrent = None
        if loop is not None:
            require(
                weight.ndim == 2, f"the graph's {name} is a convolution's and recurrent; only dense layers are here"
            )
            require(
                loop[0].shape == (bias.size, bias.size) and np.shape(loop[1]) in ((), (bias.size,)),
                f"the graph's {name} receives its own spikes through weights of shape {list(loop[0].shape)}; of its "
                f"{bias.size} neurons each must reach each",
            )
            recurrent = loop[0].T * gain
            bias = bias + loop[1]
        pool, sums = 1, None
        if isinstance(traversal.peek(), Pool):
            pool, sums, scale, shape = pooling_of(traversal, shape)
        # A constant current through a synapse is none at first, so what drives the membrane is kept apart.
        apart = np.asarray(rest) if kind == "synaptic" and np.any(rest) else None
        layer = LayerConfig(bias.size, kind, loop is not None, kernel, apart is not None, pool, sums)
        bias = bias * gain if kind == "synaptic" else bias * gain + rest
        hidden.append(ImportedLayer(weight * gain, bias, logits, layer, recurrent, apart))


def _pooled(
    traversal: Traversal, weight: np.ndarray, bias: np.ndarray, kernel: Kernel | None, shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray, Kernel, tuple[int, ...]]:
    """A convolution and the pooling of its currents: as one, and the shape that it leads to."""
    name, node, window, after = window_of(traversal, shape)
    assert kernel is not None, "images come from convolutions"
    require(
        window.padding == (0, 0),
        f"the graph's {name} has padding={list(window.padding)} and pools currents, around which zeros are nothing "
        "that a convolution gives; pool without padding, or pool the spikes",
    )
    summed, pooled = folded(weight, kernel, window)
    area = window.size[0] * window.size[1]
    LOGGER.warning(
        f"The graph's {name} pools currents: it and the convolution before it were read as one, of a kernel of "
        f"{list(pooled.size)} every {list(pooled.stride)} pixels, whose weights are free where the graph's are shared; "
        "the spikes are the same, training is not."
    )
    if isinstance(node, nir.AvgPool2d):
        return summed / area, bias, pooled, after
    return summed, bias * area, pooled, after


def _mean_of_spikes(shape: tuple[int, ...], scale: float) -> ImportedLayer:
    """The read-out of a graph that has none: one output a neuron, in the graph's order."""
    size = math.prod(shape)
    order = np.arange(size)
    if len(shape) == 3:
        order = np.moveaxis(order.reshape(shape[-1], *shape[:-1]), 0, -1).ravel()
    return ImportedLayer(scale * np.eye(size)[order], np.zeros(size), {"leak": np.full(size, NO_MEMORY)})


def _memory(shape: tuple[int, ...], tau: Any, dt: float) -> np.ndarray:
    """Logits of a read-out's decays."""
    if tau is None:
        return np.full(shape, NO_MEMORY)
    ratio = np.asarray(tau, float) / dt
    require(
        ratio.shape == shape and bool(np.all(ratio > 1)),
        f"the graph's metadata say readout_tau={tau}; it must be {shape[0]} time constants above dt={dt:g}",
    )
    return logit_of(ratio)


def _connection(
    traversal: Traversal, shape: tuple[int, ...], flattened: tuple[int, ...] | None
) -> tuple[np.ndarray, np.ndarray, Kernel | None, tuple[int, ...]]:
    """Weights, biases, the kernel of a convolution and the shape that they lead to."""
    name, node = traversal.take()
    require(
        not isinstance(node, Pool),
        f"the graph's {name} pools what neither a convolution nor neurons gave; pool what enters in the data, and "
        "spikes once",
    )
    if isinstance(node, nir.Affine | nir.Linear):
        weight = np.asarray(node.weight).T
        require(
            weight.ndim == 2 and shape == weight.shape[:1],
            f"the graph's {name} has weights of shape {list(np.shape(node.weight))} and receives {list(shape)}; "
            "flatten images before a dense connection",
        )
        if flattened is not None and len(flattened) == 3:
            height, width, channels = flattened
            weight = weight.reshape(channels, height, width, -1).transpose(1, 2, 0, 3).reshape(weight.shape)
        bias = (
            np.asarray(node.bias)
            if isinstance(node, nir.Affine)
            else np.zeros(int(weight.size // shape[0]), weight.dtype)
        )
        _require_biases(name, bias, int(weight.size // shape[0]))
        return weight, bias, None, bias.shape
    require(
        isinstance(node, nir.Conv2d),
        f"the graph's {name} is of type {type(node).__name__}; a connection here is Affine, Linear or Conv2d",
    )
    assert isinstance(node, nir.Conv2d)
    kernel, shape = kernel_of(name, node, shape)
    bias = np.asarray(node.bias)
    _require_biases(name, bias, shape[2])
    return np.asarray(node.weight).transpose(2, 3, 1, 0), bias, kernel, shape


def _require_biases(name: str, bias: np.ndarray, outputs: int) -> None:
    require(
        bias.shape == (outputs,),
        f"the graph's {name} has a bias of shape {list(bias.shape)} for {outputs} outputs; it must be one of each",
    )


def _neuron(
    name: str, node: Any, shape: tuple[int, ...], dt: float
) -> tuple[str, np.ndarray, np.ndarray | float, dict[str, np.ndarray]]:
    """Its kind, the factor from its input to our current, the current at rest, and the logits of its decays."""
    require(
        isinstance(node, nir.IF | nir.LIF | nir.CubaLIF),
        f"the graph's {name} is of type {type(node).__name__}; after a connection comes IF, LIF or CubaLIF, or LI last",
    )
    require(
        bool(np.all(np.asarray(node.v_reset) == 0)),
        f"the graph's {name} has v_reset other than 0, which no neuron here has",
    )
    threshold = _over_channels(name, "v_threshold", node.v_threshold, shape)
    require(bool(np.all(threshold > 0)), f"the graph's {name} has v_threshold that is not positive")
    if isinstance(node, nir.IF):
        gain, logits = dt * _over_channels(name, "r", node.r, shape), {}
        return "if", _scale(gain, threshold), 0.0, logits
    if isinstance(node, nir.LIF):
        gain, rest, logits = _leaky(name, (node.tau, node.r, node.v_leak), shape, dt)
        return "lif", _scale(gain, threshold), rest / threshold, logits
    gain, rest, logits = _leaky(name, (node.tau_mem, node.r, node.v_leak), shape, dt)
    # Both are linear, so what the synapse multiplies may be multiplied before the membrane.
    synapse, _, synaptic = _leaky(name, (node.tau_syn, node.w_in, node.v_leak), shape, dt)
    return "synaptic", _scale(gain * synapse, threshold), rest / threshold, {**logits, "synapse": synaptic["leak"]}


def _leaky(
    name: str, values: tuple[Any, Any, Any], shape: tuple[int, ...], dt: float
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Solve ``tau dv/dt = v_leak - v + r I`` from ``v = 0``: the factor of ``I``, what ``v_leak`` adds, the logit.

    Args:
        name: The node.
        values: ``tau``, ``r`` and ``v_leak`` of the node.
        shape: The shape of its neurons.
        dt: Length of a step in seconds.
    """
    tau, r, v_leak = values
    ratio = _over_channels(name, "tau", tau, shape) / dt
    require(
        bool(np.all(ratio > 1)),
        f"the graph's {name} has a time constant of {ratio.min():g} dt; it must be above dt={dt:g}",
    )
    rest = _over_channels(name, "v_leak", v_leak, shape) / ratio
    return _scale(_over_channels(name, "r", r, shape) / ratio, np.ones(())), rest, {"leak": logit_of(ratio)}


def _scale(gain: np.ndarray, threshold: np.ndarray) -> np.ndarray:
    """``gain / threshold``, and exactly 1 where both are meant to be."""
    strict = [strict_threshold(np.dtype(dtype)) for dtype in (np.float32, np.float64)]
    threshold = np.where(np.isin(threshold, strict), 1.0, threshold)
    scale = gain / threshold
    return np.where(is_one(scale), 1.0, scale)


def _over_channels(name: str, what: str, values: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return a node's parameter, one value per channel; it may be one for all neurons."""
    values = np.asarray(values, np.float64)
    if values.size == 1:
        return np.full(shape[-1], values.item())
    channels_first = (shape[-1], *shape[:-1])
    require(
        values.shape == channels_first,
        f"the graph's {name} has {what} of shape {list(values.shape)} where {list(channels_first)} neurons are driven",
    )
    values = values.reshape(shape[-1], -1)
    require(
        bool(np.all(values == values[:, :1])),
        f"the graph's {name} has {what} that differs within a channel; here a channel's neurons share it",
    )
    return values[:, 0]
