"""The spike rate at which a spiking network and its quantised twin cost the same."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from eval.energy.bits import bits_of, require_weight_bits
from eval.energy.mapping import Mapping
from eval.energy.models.yan2024 import Load, bill
from eval.energy.technology import YAN_22NM, Technology
from training.errors import BadInput

MOST_STEPS = 256
"""Of time, up to which a lever is looked for: 8 bits and one."""
FAR = 1e6
"""Hops at which nothing but movement counts."""
ROUNDING = 1e-9
"""Relative difference that counts as none."""


@dataclass(frozen=True)
class Setting:
    """A connection of a spiking network and the same connection of its quantised twin.

    Attributes:
        steps: T, the time steps; the twin's activations have ⌈log2(T + 1)⌉ bits.
        weight_bits: Bits of a weight, the same on both sides.
        sources: N, connections into a neuron, over which what a neuron costs by itself is shared; ``math.inf`` leaves
            that out.
        mapping: How both are laid out.
        technology: What things cost.
        active: The share of the twin's activations that are not 0; ``None`` for the one at which a multiplication
            costs the technology's ``multiply_share``.

    Raises:
        BadInput: A step, bit or source too few, too many bits, or a share that is not above 0 and at most 1.
    """

    steps: int
    weight_bits: int
    sources: int | float = 4096
    mapping: Mapping = field(default_factory=Mapping)
    technology: Technology = YAN_22NM
    active: float | None = None

    def __post_init__(self) -> None:
        bits_of(self.steps)
        require_weight_bits(self.weight_bits)
        if not self.sources >= 1:
            raise BadInput(f"sources={self.sources:g} must be at least 1")
        if self.active is not None and not 0 < self.active <= 1:
            raise BadInput(f"active={self.active:g} is a share of activations: it must be above 0 and at most 1")

    def spiking(self, rate: float) -> Load:
        """Return what one connection of the spiking network does at a rate of spikes per step.

        Raises:
            BadInput: The rate is none.
        """
        if not 0 <= rate <= 1:
            raise BadInput(f"spike rate {rate:g} must be between 0 and 1 spikes per neuron and step")
        spikes = self.steps * rate
        return Load(
            "spiking", 1, 1 / self.sources, 1, self.weight_bits, 1, 1, self.steps, spikes, spikes / self.sources
        )

    def quantised(self) -> Load:
        """Return what one connection of the quantised twin does."""
        bits = bits_of(self.steps)
        technology = self.technology
        active = technology["multiply_share"] / technology["multiply"] if self.active is None else self.active
        return Load("quantised", 1, 1 / self.sources, 1, self.weight_bits, bits, bits, 1, active, active / self.sources)

    def ratio(self, rate: float) -> float:
        """Return the energy of the spiking network in units of its twin's, at a rate of spikes per step.

        Raises:
            BadInput: The rate is none.
        """
        return self.spiking_energy(rate) / self.quantised_energy()

    def spiking_energy(self, rate: float) -> float:
        """Return the energy of the spiking connection in pJ per inference, at a rate of spikes per step.

        Raises:
            BadInput: The rate is none.
        """
        return bill(self.spiking(rate), self.mapping, self.technology).total

    def quantised_energy(self) -> float:
        """Return the energy of the quantised connection in pJ per inference."""
        return bill(self.quantised(), self.mapping, self.technology).total

    def at(self, **changes: Any) -> Setting:
        """Return the setting on another mapping, of which these fields are changed."""
        return replace(self, mapping=replace(self.mapping, **changes))


def break_even(setting: Setting) -> float | None:
    """Return the largest rate, in spikes per neuron and step, at which the spiking network costs no more than its twin.

    Returns:
        The rate; above 1 where it costs less at every rate that there is, and ``None`` where it costs more even when
        it is silent.
    """
    budget = setting.quantised_energy()
    crossings = []
    for flow in setting.mapping.flows:
        # For a given dataflow the energy is linear in the rate.
        silent, full = (setting.at(dataflow=flow).spiking_energy(rate) for rate in (0.0, 1.0))
        if silent <= budget:
            crossings.append((budget - silent) / (full - silent))
    return max(crossings, default=None)


def most_hops(setting: Setting, rate: float) -> float | None:
    """Return the hops beyond which the spiking network costs more than its twin, at a rate of spikes per step.

    Returns:
        The hops; infinite where it costs no more however far bits travel, and ``None`` where it costs more at any
        distance.

    Raises:
        BadInput: The mapping goes through DRAM, where hops change nothing, or the rate is none.
    """
    if not setting.mapping.on_chip:
        raise BadInput("on_chip=False moves everything through DRAM, so that no number of hops changes the energy")
    if setting.at(hops=FAR).ratio(rate) <= 1:
        return math.inf
    crossings = []
    for spiking, quantised in product(setting.mapping.flows, repeat=2):
        # For given dataflows both energies are linear in the hops.
        near, far = (
            setting.at(hops=hops, dataflow=spiking).spiking_energy(rate)
            - setting.at(hops=hops, dataflow=quantised).quantised_energy()
            for hops in (0.0, 1.0)
        )
        if near != far and 0 <= (hops := near / (near - far)) <= FAR:
            crossings.append(hops)
    return max((hops for hops in crossings if abs(setting.at(hops=hops).ratio(rate) - 1) < ROUNDING), default=None)


def most_steps(setting: Setting, rate: float) -> int | None:
    """Return the most time steps at which the spiking network costs no more than its twin, at a rate per step.

    Returns:
        The steps, up to ``MOST_STEPS``; ``None`` where it costs more at every number of them.
    """
    cheaper = [steps for steps in range(1, MOST_STEPS + 1) if replace(setting, steps=steps).ratio(rate) <= 1]
    return max(cheaper, default=None)


@dataclass(frozen=True)
class Band:
    """A break-even rate, and where it goes within what is not known for certain.

    Attributes:
        rate: The rate at the prices of the technology.
        inferred: The lowest and the highest rate over both ends of the bands of the inferred prices; a rate of
            ``None``, at which a silent network costs more already, counts as 0.
        published: The same with each published price half and half again as large, one at a time, too.
    """

    rate: float | None
    inferred: tuple[float, float]
    published: tuple[float, float]


def band(setting: Setting) -> Band:
    """Look for the lowest and the highest break-even rate within what is not known for certain."""
    prices = setting.technology.prices
    ends = {name: (one.low, one.high) for name, one in prices.items() if one.low is not None and one.high is not None}
    technologies = [
        setting.technology.with_values(**dict(zip(ends, values, strict=True))) for values in product(*ends.values())
    ]
    inferred = [break_even(replace(setting, technology=one)) or 0.0 for one in technologies]
    shaken = [
        break_even(replace(setting, technology=one.with_values(**{name: factor * price.value}))) or 0.0
        for one in (setting.technology, *technologies)
        for name, price in prices.items()
        if price.status == "published"
        for factor in (0.5, 1.5)
    ]
    return Band(break_even(setting), (min(inferred), max(inferred)), (min(inferred + shaken), max(inferred + shaken)))
