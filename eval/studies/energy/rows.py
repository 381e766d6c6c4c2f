"""The kinds of row of the study: trained networks with their bills, accuracies, and the break-even map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eval.energy.trained_networks.rows import FloatingPoint, NetworkBill
from eval.rows import Row


@dataclass(frozen=True, kw_only=True)
class BreakEven(Row):
    """The rate at which a spiking network and its quantised twin cost the same, under ``yan2024``.

    Attributes:
        time_steps: T.
        weight_bits: Bits of a weight.
        hops: The mean number of hops that a bit travels.
        eta: The price of sparse movement in units of dense movement, per bit and hop.
        sources: Connections into a neuron.
        rate: Spikes per neuron and step; ``None`` where a silent spiking network costs more already.
        inferred_low, inferred_high: Its lowest and highest value within the bands of the inferred constants.
        published_low, published_high: The same with each published constant half and half again as large, too.
    """

    part: ClassVar[str] = "break_evens"

    time_steps: int
    weight_bits: int
    hops: float
    eta: float
    sources: int
    rate: float | None
    inferred_low: float
    inferred_high: float
    published_low: float
    published_high: float


@dataclass(frozen=True, kw_only=True)
class PublishedNumber(Row):
    """A published number beside what the reconstructed model gives.

    Attributes:
        name: What it is of.
        published: The number.
        modelled: What the model gives.
        fitted: Whether constants were fitted to it, so that agreement says nothing.
    """

    part: ClassVar[str] = "published_numbers"

    name: str
    published: float
    modelled: float
    fitted: bool


KINDS: tuple[type[Row], ...] = (FloatingPoint, NetworkBill, BreakEven, PublishedNumber)
"""All of them, in the table's order."""
