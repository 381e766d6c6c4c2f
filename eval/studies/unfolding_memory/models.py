"""The models whose gradients are compared, each as parameters and a loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray, PyTree

from eval.studies.unfolding_memory.neurons import GRU, LeakyUnit
from paradigms import snn, transformer
from paradigms.interface import Paradigm, Spec
from paradigms.snn.connections import Dense
from paradigms.snn.layers import Spiking
from paradigms.snn.network import Network
from paradigms.snn.neurons import Leak, LeakyIntegrator
from training.tasks import cross_entropy

SNN, LEAKY, GATED, TRANSFORMER = "spiking network", "leaky RNN", "GRU", "transformer"
EXACT_RULES = ("bptt", "checkpointed", "compact")
ONLINE_RULES = ("sltt", "ottt")
RULES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        SNN: (*EXACT_RULES, *ONLINE_RULES),
        LEAKY: ("bptt", "checkpointed"),
        GATED: ("bptt", "checkpointed"),
        TRANSFORMER: ("backprop", "checkpointed"),
    }
)
"""The rules by which each model is differentiated; the first keeps everything."""
CLASSES = 10
HEADS = 4
SPIKE_RATE = 0.1
"""Of the recordings that enter, spikes a channel and step; no number of bytes depends on it."""


@dataclass(frozen=True)
class Sizes:
    """The sizes of a model and its batch."""

    time_steps: int
    channels: int
    width: int
    depth: int
    batch: int
    block_steps: int


class Problem(NamedTuple):
    """What is differentiated: ``loss(params, inputs, targets) -> (value, None)``."""

    init: Callable[[PRNGKeyArray], PyTree]
    loss: Callable[[PyTree, Bool[Array, "batch time channels"], Int[Array, " batch"]], tuple[Float[Array, ""], None]]


def problem(model: str, rule: str, sizes: Sizes) -> Problem:
    """The cross-entropy (nats) of a model that classifies spike recordings.

    Raises:
        KeyError: The model has no such rule.
    """
    if rule not in RULES[model]:
        raise KeyError(f"{model} has no rule {rule}")
    chosen = cast(Any, rule)
    recording = jax.ShapeDtypeStruct((sizes.time_steps, sizes.channels), jnp.bool_)
    spec = Spec(recording, "classification", CLASSES)
    if model == TRANSFORMER:
        config = transformer.Config(
            width=sizes.width, layers=sizes.depth, heads=HEADS, event_patch=1, differentiation=chosen
        )
        return _of_paradigm(transformer.build(config, spec))
    config = snn.Config(hidden=(sizes.width,) * sizes.depth, block_steps=sizes.block_steps, differentiation=chosen)
    paradigm = snn.build(config, spec)
    return _of_paradigm(paradigm) if model == SNN else _without_spikes(paradigm, model, sizes)


def examples(sizes: Sizes, seed: int) -> tuple[Bool[Array, "batch time channels"], Int[Array, " batch"]]:
    """Random recordings and classes."""
    inputs_key, targets_key = jax.random.split(jax.random.key(seed))
    shape = (sizes.batch, sizes.time_steps, sizes.channels)
    return (
        jax.random.bernoulli(inputs_key, SPIKE_RATE, shape),
        jax.random.randint(targets_key, (sizes.batch,), 0, CLASSES),
    )


def _of_paradigm(paradigm: Paradigm) -> Problem:
    def predict(params: PyTree, inputs: Array) -> Array:
        return paradigm.apply(params, {}, inputs, key=jax.random.key(0), train=True).prediction

    return Problem(lambda key: paradigm.init(key).params, _cross_entropy(predict))


def _without_spikes(paradigm: snn.SNN, model: str, sizes: Sizes) -> Problem:
    config = paradigm.config

    def init(key: PRNGKeyArray) -> Network:
        readout_key, *keys = jax.random.split(key, sizes.depth + 1)
        hidden, sources = [], sizes.channels
        for layer_key in keys:
            feed_key, recurrent_key = jax.random.split(layer_key)
            if model == LEAKY:
                unit, currents = LeakyUnit(sizes.width, config.time_constant), sizes.width
            else:
                unit, currents = GRU(sizes.width, key=recurrent_key), 3 * sizes.width
            hidden.append(Spiking(Dense(sources, currents, key=feed_key), unit))
            sources = sizes.width
        readout = LeakyIntegrator(Leak(CLASSES, config.time_constant), neurons=CLASSES)
        return Network(tuple(hidden), Dense(sizes.width, CLASSES, key=readout_key), readout)

    def predict(network: Network, inputs: Array) -> Array:
        _, sums = paradigm.run(paradigm.arguments(network, inputs, jax.random.key(0)))
        return sums.readout / sizes.time_steps

    return Problem(init, _cross_entropy(predict))


def _cross_entropy(predict: Callable[[PyTree, Array], Array]) -> Callable:
    def loss(params: PyTree, inputs: Array, targets: Array) -> tuple[Array, None]:
        logits = predict(params, inputs)
        return jnp.mean(cross_entropy(logits, targets)), None

    return loss
