"""A NIR graph becomes a network."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import nir
import numpy as np
from jaxtyping import Array

from paradigms.interface import Spec, require
from paradigms.snn.config import Config
from paradigms.snn.exchange.imported_layers import ImportedLayer, imported_layers
from paradigms.snn.exchange.traversal import Traversal
from paradigms.snn.layered import Kernel, LayerConfig, LayeredConfig
from paradigms.snn.model import SNN, build


class Imported(NamedTuple):
    """A network and its arrays, as ``model.init`` would return them."""

    model: SNN
    params: dict[str, Array]
    state: dict[str, Array]


def from_nir(
    graph: nir.NIRGraph, config: Config | None = None, spec: Spec | None = None, *, dt: float | None = None
) -> Imported:
    """The network that a graph describes.

    Accepted are the graphs that :func:`paradigms.snn.exchange.to_nir` makes, whatever their nodes are called, and with
    any threshold, any constant gain of current to potential and any leak potential: they go into weights and biases,
    but for a CubaLIF's leak potential, which becomes ``rest``. Layers may differ in their neurons, convolutions may
    have any kernel, stride, padding, dilation and groups, and spikes may be summed or averaged over windows (averages
    become sums, divided in the weights after them). Unpadded pools of a convolution's currents, before its neurons,
    become one convolution with it, whose weights training no longer shares; that is logged. A recurrent layer may be
    a graph within the graph, and a bias in its loop enters at every step. The configuration of a model whose layers
    differ is a :class:`paradigms.snn.layered.LayeredConfig`. A graph may also end in a spiking layer or in a dense
    connection: the prediction is the mean over time of what it puts out. A node that fires when ``v > v_threshold``
    here fires when ``v >= v_threshold``, except where the threshold is 1 or just below. Potentials start at 0.

    Libraries write what NIR's equations do not make of their networks, and no graph says so:

    =============== ==================================================================================================
    snnTorch 1.0.0  steps of ``dt=1e-4``; neither its reset, which is to be given, nor ``reset_delay``. The spikes are
                    its own with ``reset_delay=False``, where it subtracts only if no potential passes two thresholds;
                    and of ``Leaky`` with ``reset_mechanism="zero"`` always. Pools are written as unpadded.
    norse 1.1.0     ``tau`` times its step: give the square of the step as ``dt``, for an ``IAFCell`` 1. Its cells reset
                    to zero and start at ``v_leak``; a ``LIFCell`` is written without the gains that it has.
    spyx 1.0.0      ``r`` is the decay, where its neurons have the gain ``r = tau / dt``.
    =============== ==================================================================================================

    Args:
        graph: The graph, from another library or from ``nir.read``.
        config: What a graph does not carry: steps, encoding, surrogate, detached reset, rule of differentiation,
            whether decays are trained and shared. Its architecture, sizes and neurons are replaced. The reset is the
            graph's where its metadata say it, else this one's.
        spec: The specification of the task; by default one of classification, of float arrays of the shape of the
            graph's input.
        dt: Length of a step in seconds; by default what the graph's metadata say.

    Returns:
        The model, and its arrays in the default float type.

    Raises:
        Unsupported: The graph is not a chain of layers of this project's neurons; the message names the node.
    """
    traversal = Traversal(graph)
    config, metadata = config or Config(), graph.metadata
    step = _step(metadata.get("dt") if dt is None else dt)
    reset = str(_text(metadata.get("reset", config.reset)))
    require(reset in ("subtract", "zero"), f"the graph's metadata say reset={reset}; it must be subtract or zero")
    inputs = traversal.input_shape
    hidden, readout = imported_layers(traversal, step, metadata.get("readout_tau"))
    config = _settings(replace(config, reset=reset), tuple(one.layer for one in hidden if one.layer is not None))
    images = config.architecture == "convolutional"
    if spec is None:
        spec = Spec(jax.ShapeDtypeStruct(inputs, jnp.float32), "classification", readout.bias.size)
    model = build(config, spec)
    require(
        model.reading.shape == (inputs if images else (math.prod(inputs),)) and spec.outputs == readout.bias.size,
        f"the graph takes {list(inputs)} values a step and gives {readout.bias.size}; the task and its encoding give "
        f"{list(model.reading.shape)} and want {spec.outputs}",
    )
    arrays = _named(hidden, readout, config)
    shapes = dict(zip(model.names, jax.tree.leaves(model.skeleton), strict=True))
    # Potentials, which a graph does not carry, start at 0.
    arrays |= {name: np.zeros(leaf.shape) for name, leaf in shapes.items() if name.endswith(".start")}
    with np.errstate(over="ignore"):
        filled = {name: jnp.asarray(arrays[name], float) for name in shapes}
    for name, values in filled.items():
        require(
            bool(jnp.isfinite(values).all()),
            f"the graph's numbers give a {name} that is not finite in {values.dtype}; scale its weights and thresholds",
        )
    template = jax.eval_shape(model.init, jax.random.key(0))
    return Imported(
        model,
        {name: filled[name] for name in template.params},
        {name: filled[name] for name in template.state},
    )


def _settings(config: Config, layers: tuple[LayerConfig, ...]) -> Config:
    """Those of a network of these layers: one kind where all are of it, else one kind a layer."""
    require(
        not config.longest_delay,
        f"paradigm.longest_delay={config.longest_delay} is not read from graphs; import with 0",
    )
    first, sizes = layers[0], tuple(layer.size for layer in layers)
    kernel = first.kernel
    images = kernel is not None
    side = config.kernel if kernel is None else kernel.size[0]
    kind = LayerConfig(
        first.size, first.neuron, first.recurrent, Kernel((side, side)) if images else None, pool=first.pool
    )
    alike = all(layer == replace(kind, size=layer.size) for layer in layers)
    described: dict[str, Any] = {field.name: getattr(config, field.name) for field in fields(Config)}
    described["architecture"], described["hidden"] = "convolutional" if images else "dense", sizes
    if not alike:
        described["recurrent"] = False
        return LayeredConfig(**described, layers=layers)
    described["neuron"], described["recurrent"] = first.neuron, first.recurrent
    if images:
        described["kernel"], described["pool"] = side, first.pool
    return Config(**described)


def _text(value: Any) -> Any:
    """A value of the metadata; files may bring text as bytes, and numbers as text or as arrays of one."""
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    return value.decode() if isinstance(value, bytes) else value


def _step(value: Any) -> float:
    """The length of a step in seconds."""
    require(value is not None, "the graph's metadata do not say dt, the length of a step in seconds; give dt")
    value = _text(value)
    try:
        step = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        step = math.nan
    require(0 < step < math.inf, f"dt={value} must be a positive number of seconds; give dt")
    return step


def _named(hidden: list[ImportedLayer], readout: ImportedLayer, config: Config) -> dict[str, np.ndarray]:
    """The arrays by their names in the model; initial potentials are not among them."""
    named: dict[str, np.ndarray] = {}
    for index, layer in enumerate(hidden):
        at, neuron = f"hidden[{index}]", f"hidden[{index}].neuron"
        named |= {f"{at}.connection.weight": layer.weight, f"{at}.connection.bias": layer.bias}
        if layer.recurrent is not None:
            named[f"{neuron}.weight"] = layer.recurrent
            neuron += ".neuron"
        if layer.rest is not None:
            named[f"{neuron}.rest"] = layer.rest
        named |= {f"{neuron}.{leak}.logit": values for leak, values in layer.logits.items()}
    named |= {"readout_connection.weight": readout.weight, "readout_connection.bias": readout.bias}
    named["readout.leak.logit"] = readout.logits["leak"]
    if config.decay_per == "neuron":
        return named
    for name in named:
        if name.endswith(".logit"):
            values = np.unique(named[name])
            require(
                values.size == 1,
                f"the graph's {name.removesuffix('.logit')} differs between neurons; use paradigm.decay_per=neuron",
            )
            named[name] = values
    return named
