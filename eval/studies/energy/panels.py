"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from eval.panel import Panel
from eval.rows import Row
from eval.studies.energy.rows import BreakEven
from eval.studies.energy.verdict import held_against


@dataclass(frozen=True)
class EnergyRatio:
    """A spiking network's energy in units of that of the quantised network of its accuracy, for all seeds.

    Attributes:
        network: The spiking network in words.
        weights: Bits of a weight, in words.
        spike_rate: Spikes per connection and step of its hidden layers.
        ratio: The ratio, of hidden layers.
        low, high: The ends of its 95% interval.
    """

    network: str
    weights: str
    spike_rate: float
    ratio: float
    low: float
    high: float


def _ratios(rows: list[Row]) -> Iterator[EnergyRatio]:
    for one in held_against(rows, "hidden"):
        if one.partner is not None:
            mean, low, high = (math.exp(value) for value in one.ratio())
            yield EnergyRatio(one.network.label, f"{one.network.weight_bits}-bit weights", one.rate, mean, low, high)


PANELS = (
    Panel(
        "Energy of spiking networks over that of quantised ones of their accuracy, model yan2024, hidden layers",
        "spike_rate", "ratio", "spikes per connection and step", "ratio of energies", ("weights",),
        log_x=True, log_y=True, low="low", high="high", kind=EnergyRatio, rows=_ratios,
    ),
    Panel(
        "Break-even rate by time steps, model yan2024, one hop",
        "time_steps", "rate", "time steps", "spikes per neuron and step", ("weight_bits",),
        where={"hops": 1.0, "eta": 12.0}, log_x=True, log_y=True, low="inferred_low", high="inferred_high",
        kind=BreakEven,
    ),
    Panel(
        "Break-even rate by the price of sparse movement, model yan2024, five steps",
        "eta", "rate", "sparse movement in units of dense movement", "spikes per neuron and step", ("weight_bits",),
        where={"hops": 1.0, "time_steps": 5}, log_x=True, log_y=True, low="inferred_low", high="inferred_high",
        kind=BreakEven,
    ),
)  # fmt: skip
"""One line of fields and one of labels per panel."""
