"""What the layers of a spiking network do at every time step, and what an example costs that stops when it is sure."""

from __future__ import annotations

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PyTree, Shaped
from numpy.typing import ArrayLike

from eval.energy.activity import Activity
from paradigms.interface import require
from paradigms.snn.layers import Spiking
from paradigms.snn.model import SNN
from paradigms.snn.network import Network
from paradigms.snn.neurons import Recurrent
from paradigms.snn.recording import record

FLOATING_POINT_BITS = 32
"""Of a weight that is not quantised."""


class StepCounts(NamedTuple):
    """What a batch did at every time step; a connection counts whatever its weight, also one of 0.

    Attributes:
        totals: Sums of the read-out's potentials over the steps so far, ``[time, batch, outputs]``: in units of the
            number of steps the last is the prediction.
        spikes: Spikes of each hidden layer, ``[time, batch]``.
        operations: Spikes that enter each layer after the first, each counted once for every connection that it takes,
            ``[time, batch]``; the read-out is the last.
        inputs: Inputs other than 0, ``[batch]``.
        input_operations: The same, each counted once for every connection that it takes.
    """

    totals: Float[Array, "time batch outputs"]
    spikes: tuple[Float[Array, "time batch"], ...]
    operations: tuple[Float[Array, "time batch"], ...]
    inputs: Float[Array, " batch"]
    input_operations: Float[Array, " batch"]


def require_countable(paradigm: SNN) -> None:
    """Refuse a spiking network whose events would not all be counted.

    Raises:
        Unsupported: Its input is no constant current, or it has layers that are no connection and its neurons, with
            recurrent connections, or with pooling.
    """
    config = paradigm.config
    require(
        paradigm.reading.encoding.constant,
        "the input enters as spikes or changes from step to step, and energy is modelled of a constant current alone: "
        "use intensities, not a recording, with paradigm.encoding=direct",
    )
    for layer in paradigm.skeleton.hidden:
        require(
            isinstance(layer, Spiking) and layer.pool == 1 and layer.sums is None,
            f"paradigm.architecture={config.architecture} with pool={config.pool} has layers whose energy is not "
            "modelled; use dense, or convolutional with pool=1",
        )
        require(
            not isinstance(getattr(layer, "neuron", None), Recurrent),
            "paradigm.recurrent=true: the energy of recurrent connections is not modelled; use recurrent=false",
        )


def count_steps(paradigm: SNN, params: PyTree, state: PyTree, x: Shaped[Array, "batch ..."]) -> StepCounts:
    """Run a batch and count what every layer does at every step; see :func:`require_countable`.

    Args:
        paradigm: A network that is countable.
        params: Its parameters.
        state: Its state.
        x: The batch.
    """
    network = paradigm.network(params, state)
    spikes = record(paradigm, params, state, x, key=jax.random.key(0)).spikes

    def integrate(carried: tuple[Array, Array], current: Array) -> tuple[tuple[Array, Array], Array]:
        potential, total = carried
        potential, state = network.readout(current, potential)
        return (state, total + potential), total + potential

    currents = network.readout_connection(network.features(spikes[-1]))
    none = network.readout.initial_state((x.shape[0],))
    _, totals = jax.lax.scan(integrate, (none, jnp.zeros_like(none)), currents)
    first, *others = _all_connections(network)
    shaped = x.reshape(x.shape[0], *paradigm.reading.example_shape)
    entering = (shaped != 0).astype(none.dtype)
    return StepCounts(
        totals,
        tuple(one.sum(axis=tuple(range(2, one.ndim))) for one in spikes),
        tuple(_weighted(one, fan, 2) for one, fan in zip(spikes, others, strict=True)),
        entering.sum(axis=tuple(range(1, entering.ndim))),
        _weighted(entering, first, 1),
    )


def exit_steps(totals: ArrayLike, margin: float | None) -> Int[np.ndarray, " batch"]:
    """Return the time steps that each example takes: until its first class leads the second by a margin, or all.

    Args:
        totals: Sums of the read-out's potentials over the steps so far, ``[time, batch, outputs]``.
        margin: The lead at which an example stops; ``None`` for all steps.
    """
    sums = np.asarray(totals)
    if margin is None:
        return np.full(sums.shape[1], len(sums))
    second, first = np.moveaxis(np.partition(sums, -2, axis=-1)[..., -2:], -1, 0)
    sure = first - second > margin
    sure[-1] = True
    return sure.argmax(axis=0) + 1


def activities(
    paradigm: SNN, counts: StepCounts, taken: Int[np.ndarray, " batch"], input_bits: int
) -> tuple[Activity, ...]:
    """Say what the layers did until each example stopped.

    Args:
        paradigm: The network.
        counts: What it did at every step, as NumPy's arrays (``jax.device_get``).
        taken: The time steps that each example took.
        input_bits: Bits of an input value.
    """
    network, steps = paradigm.skeleton, len(counts.totals)
    until = np.arange(steps)[:, None] < taken

    def summed(values: ArrayLike) -> np.ndarray:
        return np.where(until, np.asarray(values, float), 0).sum(axis=0)

    fired = [summed(one) for one in counts.spikes]
    nothing = np.zeros(len(taken))
    events = [np.asarray(counts.inputs, float), *fired]
    operations = [np.asarray(counts.input_operations, float), *(summed(one) for one in counts.operations)]
    shapes = [layer.neuron.shape for layer in network.hidden if isinstance(layer, Spiking)]
    fans = [int(np.sum(fan)) for fan in jax.device_get(_all_connections(_of_ones(network)))]
    return tuple(
        Activity(
            layer=f"hidden[{place}]" if place < len(shapes) else "readout",
            kind="spiking",
            neurons=math.prod(shapes[place]) if place < len(shapes) else network.readout.neurons,
            synapses=fans[place],
            positions=math.prod(shapes[place][:-1]) if place < len(shapes) else 1,
            weight_bits=paradigm.config.weight_bits or FLOATING_POINT_BITS,
            input_bits=input_bits if place == 0 else 1,
            output_bits=1 if place < len(shapes) else None,
            steps=taken.astype(float),
            events=events[place],
            operations=operations[place],
            fired=fired[place] if place < len(shapes) else nothing,
            constant_input=place == 0,
        )
        for place in range(len(shapes) + 1)
    )


def _all_connections(network: Network) -> list[Float[Array, "..."]]:
    """Count the connections that leave the inputs of each layer and of the read-out, those of weight 0 included."""
    return [fan for ((fan, _),) in _of_ones(network).fan_out()]


def _of_ones(network: Network) -> Network:
    """The network with weights of 1, in place of arrays or of their shapes."""
    return jax.tree.map(lambda leaf: jnp.ones(leaf.shape, leaf.dtype), network)


def _weighted(events: Array, fan: Array, leading: int) -> Float[Array, "..."]:
    """Sum events times the connections that leave each, over all but the leading axes."""
    return jnp.sum(
        events.reshape(*events.shape[:leading], *fan.shape) * fan, axis=tuple(range(leading, leading + fan.ndim))
    )
