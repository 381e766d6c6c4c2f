"""What layers share: the steps that they are run through, what they return, and what they consist of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from jaxtyping import Array, Float, Int, PyTree

from paradigms.snn.rules import Rule


@dataclass(frozen=True)
class TimeBlock:
    """Time steps that are run together.

    Attributes:
        start: The number of the first step, counted from 0.
        steps: The number of steps.
        rule: The rule by which they are differentiated.
    """

    start: Int[Array, ""]
    steps: int
    rule: Rule


FanOut = tuple[Array, Array | None]
"""Connections that leave each input of a layer, and each of its own neurons where it is recurrent."""


class Activity(NamedTuple):
    """What one population did in a block, for each example.

    Attributes:
        spikes: The number of spikes that it emitted.
        operations: The accumulates that its inputs caused.
        recurrent_operations: The accumulates that its own spikes of the step before caused.
    """

    spikes: Float[Array, " batch"]
    operations: Float[Array, " batch"]
    recurrent_operations: Float[Array, " batch"]


@dataclass(frozen=True)
class Population:
    """The sizes of one population.

    Attributes:
        neurons: The number of its neurons.
        macs: Multiply-accumulates of the dense products that drive it, per step and example.
        binary: Whether what enters is 0 or 1, so that its products are accumulates.
        recurrent_macs: Multiply-accumulates of the product with its own spikes, per step and example.
    """

    neurons: int
    macs: int
    binary: bool
    recurrent_macs: int = 0


class Pass(NamedTuple):
    """What a layer returns for a block: outputs ``[time, batch, *shape]``, next state, activity of each population."""

    outputs: Float[Array, "time batch *shape"]
    state: PyTree
    activity: tuple[Activity, ...]
