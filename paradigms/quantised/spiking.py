"""The spiking twin of a quantised network: integrate-and-fire neurons with the same weights, in whole numbers.

A neuron without a leak that loses one threshold per spike and starts at half of it emits ``floor(q + 1/2)`` spikes in
``T`` steps, ``q`` being the charge, in thresholds, that it receives over all of them, if it receives between none and
one threshold in each (Rueckauer et al., Frontiers in Neuroscience 11, 2017; half a threshold at the start: Bu et al.,
ICLR 2022). So its count is the level of an activation quantised to ``0 ... T``, and ``T = 2^b − 1`` steps stand for
``b`` bits, one to one (Yan et al., arXiv 2409.08290, Theorem 1).

Run ``synchronous``-ly, a layer after the other, it gives the counts of the quantised network exactly, for ``T`` steps
of latency per layer and a buffer of counts between layers. Run ``stepwise``, all layers at every step, it does not
beyond one step, because currents of trained networks leave the range above.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Shaped

from paradigms.interface import require
from paradigms.quantised.integer import LARGEST, IntegerLayer, IntegerNetwork, received


class SpikingResult(NamedTuple):
    """What a run of the spiking twin gives.

    Attributes:
        charge: The charge of the read-out over all steps, in units of the quantised network's.
        counts: The spikes of each hidden neuron over all steps.
        outside: The share of hidden currents that are not between none and one threshold per step.
    """

    charge: Int[Array, "batch outputs"]
    counts: tuple[Int[Array, "batch *outputs"], ...]
    outside: Float[Array, ""]


def integrate_and_fire(
    current: Int[Array, "*shape"], potential: Int[Array, "*shape"], threshold: Int[Array, "..."]
) -> tuple[Int[Array, "*shape"], Int[Array, "*shape"]]:
    """Return spikes (0 or 1) where the potential reaches the threshold, and the next potential, less one there."""
    potential = potential + current
    spikes = (potential >= threshold).astype(potential.dtype)
    return spikes, potential - threshold * spikes


def spike_counts(current: Int[Array, "*shape"], threshold: Int[Array, "..."], steps: int) -> Int[Array, "*shape"]:
    """Count the spikes in ``steps`` steps of a constant current, from a potential of half the threshold.

    For a current between none and one threshold that is ``floor(steps · current / threshold + 1/2)``: the potential
    stays between none and one threshold after each step, so it has lost as many thresholds as it has received.

    Args:
        current: Charge per step.
        threshold: An even whole number.
        steps: T.
    """

    def step(_: Array, carried: tuple[Array, Array]) -> tuple[Array, Array]:
        potential, counts = carried
        spikes, potential = integrate_and_fire(current, potential, threshold)
        return potential, counts + spikes

    start = jnp.broadcast_to(threshold // 2, current.shape)
    return jax.lax.fori_loop(0, steps, step, (start, jnp.zeros_like(current)))[1]


@jax.jit
def synchronous(network: IntegerNetwork, x: Shaped[Array, "batch *inputs"]) -> SpikingResult:
    """Run the twin a layer after the other: each waits until the one before has fired for all steps.

    It then receives, at every one of its own steps, the same share of the charge, clipped to between none and one
    threshold. A T-th of the charge need not be whole, so charge and threshold are taken T times as large.

    Args:
        network: What :func:`paradigms.quantised.integer.freeze` made.
        x: Values in [0, 1].

    Raises:
        Unsupported: Potentials exceed 32 bits.
    """
    steps = network.highest
    # What is clipped to a threshold stays below two of them.
    _require_room(max(4 * steps * one.highest_threshold for one in network.layers), steps)
    values, highest, counts, outside = network.levels(x), network.input_highest, [], []
    *hidden, readout = network.layers
    for one in hidden:
        charge, threshold = _charge(one, values, highest), steps * 2 * one.threshold
        outside.append(_outside(charge, threshold))
        values = spike_counts(jnp.clip(charge, 0, threshold), threshold, steps)
        counts.append(values)
        highest = network.highest
    charge = received(readout, values, highest) * readout.fraction + readout.bias
    return SpikingResult(charge, tuple(counts), jnp.mean(jnp.stack(outside)))


@jax.jit
def stepwise(network: IntegerNetwork, x: Shaped[Array, "batch *inputs"]) -> SpikingResult:
    """Run the twin with all layers at every step, for as many steps as there are levels; currents are not clipped.

    The input is a constant current, whose product is formed once.

    Args:
        network: What :func:`paradigms.quantised.integer.freeze` made.
        x: Values in [0, 1].

    Raises:
        Unsupported: Potentials exceed 32 bits.
    """
    steps = network.highest
    # Each step brings at most the charge of one step, T times as large: a bound on the charge of all steps.
    _require_room(steps * max(one.largest for one in network.layers), steps)
    *hidden, readout = network.layers
    # Everything is taken T times as large, so that a T-th of a charge is whole.
    first = _charge(hidden[0], network.levels(x), network.input_highest)

    def step(carried: tuple, _: None) -> tuple[tuple, None]:
        potentials, counts, sums, outside = carried
        current, after, counted, beyond = first, [], [], []
        for one, behind, potential, count in zip(hidden, (*hidden[1:], None), potentials, counts, strict=True):
            threshold = steps * 2 * one.threshold
            beyond.append(_outside(current, threshold))
            spikes, potential = integrate_and_fire(current, potential, threshold)
            after.append(potential)
            counted.append(count + spikes)
            if behind is not None:
                current = steps * 2 * behind.fraction * received(behind, spikes, 1) + 2 * behind.bias
            else:
                sums = sums + received(readout, spikes, 1)
        return (tuple(after), tuple(counted), sums, outside + jnp.mean(jnp.stack(beyond))), None

    shapes = [(x.shape[0], *one.layer.outputs) for one in hidden]
    start = tuple(
        jnp.broadcast_to(steps * one.threshold, shape).astype(jnp.int32)
        for one, shape in zip(hidden, shapes, strict=True)
    )
    silent = tuple(jnp.zeros(shape, jnp.int32) for shape in shapes)
    sums = jnp.zeros((x.shape[0], *readout.layer.outputs), jnp.int32)
    (_, counts, sums, outside), _ = jax.lax.scan(step, (start, silent, sums, jnp.zeros(())), None, length=steps)
    return SpikingResult(sums * readout.fraction + readout.bias, counts, outside / steps)


def _charge(one: IntegerLayer, values: Int[Array, "batch *inputs"], highest: int) -> Int[Array, "batch *outputs"]:
    return 2 * (received(one, values, highest) * one.fraction + one.bias)


def _outside(charge: Int[Array, "..."], threshold: Int[Array, "..."]) -> Float[Array, ""]:
    return jnp.mean((charge < 0) | (charge >= threshold))


def _require_room(largest: int, steps: int) -> None:
    require(
        largest <= LARGEST,
        f"the potentials of a spiking twin of {steps} steps reach {largest}, which 32 bits do not hold; use fewer "
        "activation bits or weight bits, or a narrower network",
    )
