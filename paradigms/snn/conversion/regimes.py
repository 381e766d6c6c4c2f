"""Three ways to run a converted network, all in whole numbers."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from paradigms.snn.conversion.fixed_point import Converted, IntegerLayer
from paradigms.snn.conversion.neuron import integrate_and_fire, spike_counts


class Outcome(NamedTuple):
    """What a run of a network gives.

    Attributes:
        charge: The charge of the read-out over all steps; divided by steps and the read-out's threshold, the logits.
        counts: The spikes of each hidden layer over all steps, or its levels.
        outside: Share of the hidden currents, a step each, that are not in ``[0, threshold)``.
    """

    charge: Int[Array, "batch outputs"]
    counts: tuple[Int[Array, "batch neurons"], ...]
    outside: Float[Array, ""]


def predictions(outcome: Outcome) -> Int[Array, " batch"]:
    """The class of the most charge; of several, the first."""
    return jnp.argmax(outcome.charge, axis=-1)


def _received(layer: IntegerLayer, x: Int[Array, "batch inputs"], steps: int) -> Int[Array, "batch outputs"]:
    """Charge over ``steps`` steps, ``x`` being what has entered over all of them."""
    return x @ layer.weight + steps * layer.bias


def _outside(charge: Int[Array, "..."], threshold: int) -> Float[Array, ""]:
    return jnp.mean((charge < 0) | (charge >= threshold))


def twin(network: Converted, x: Float[Array, "batch inputs"]) -> Outcome:
    """The network with quantised activations: the charge of all steps in thresholds, rounded, halves upwards.

    Args:
        network: What ``convert`` made.
        x: Values in [0, 1].
    """
    steps, values, counts, outside = network.steps, network.steps * network.units(x), [], []
    for layer in network.layers[:-1]:
        charge = _received(layer, values, steps)
        outside.append(_outside(charge, steps * layer.threshold))
        values = jnp.clip((charge + layer.threshold // 2) // layer.threshold, 0, steps)
        counts.append(values)
    return _outcome(_received(network.layers[-1], values, steps), counts, outside)


def synchronous(network: Converted, x: Float[Array, "batch inputs"]) -> Outcome:
    """Spikes, a layer after the other: each waits until the one before has fired for all steps.

    It then receives, at every one of its own steps, the same share of the charge, clipped to ``[0, threshold]``. Counts
    and charge are those of :func:`twin`, for a latency of ``steps`` a layer and a buffer of counts between layers. A
    ``steps``-th of the charge need not be whole, so charge and threshold are both taken ``steps`` times as large.

    Args:
        network: What ``convert`` made.
        x: Values in [0, 1].
    """
    steps, values, counts, outside = network.steps, network.steps * network.units(x), [], []
    for layer in network.layers[:-1]:
        charge = _received(layer, values, steps)
        threshold = steps * layer.threshold
        outside.append(_outside(charge, threshold))
        values = spike_counts(jnp.clip(charge, 0, threshold), threshold, steps)
        counts.append(values)
    return _outcome(_received(network.layers[-1], values, steps), counts, outside)


def stepwise(network: Converted, x: Float[Array, "batch inputs"]) -> Outcome:
    """Spikes, all layers at every step, for ``network.steps`` steps in all; currents are not clipped.

    Args:
        network: What ``convert`` made.
        x: Values in [0, 1].
    """
    *hidden, readout = network.layers
    first = _received(hidden[0], network.units(x), 1)
    batch = x.shape[0]

    def step(carried: tuple, _: None) -> tuple[tuple, tuple]:
        potentials, charge = carried
        current, after, fired, outside = first, [], [], []
        for layer, behind, potential in zip(hidden, network.layers[1:], potentials, strict=True):
            spikes, potential = integrate_and_fire(current, potential, layer.threshold)
            outside.append(_outside(current, layer.threshold))
            after.append(potential)
            fired.append(spikes)
            current = _received(behind, spikes, 1)
        return (tuple(after), charge + current), (tuple(fired), tuple(outside))

    start = tuple(jnp.full((batch, layer.bias.size), layer.threshold // 2, jnp.int32) for layer in hidden)
    (_, charge), (fired, outside) = jax.lax.scan(
        step, (start, jnp.zeros((batch, readout.bias.size), jnp.int32)), None, length=network.steps
    )
    return _outcome(charge, [jnp.sum(own, axis=0) for own in fired], [jnp.mean(own) for own in outside])


def _outcome(charge: Array, counts: list[Array], outside: list[Array]) -> Outcome:
    sizes = jnp.asarray([own.shape[-1] for own in counts])
    return Outcome(charge, tuple(counts), jnp.sum(jnp.stack(outside) * sizes) / jnp.sum(sizes))
