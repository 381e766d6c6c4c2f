"""The side of break-even on which a trained network is, by how much, and what would move it across."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import root_scalar

from eval.energy.activity import Activity
from eval.energy.bits import bits_of
from eval.energy.comparison import compare
from eval.energy.mapping import Mapping
from eval.energy.technology import YAN_22NM

MODEL = "yan2024"
"""The model in which break-even is defined."""
MOST_STEPS = 256
HOPS = np.geomspace(1e-3, 1e3, 61)
"""Mean hops among which a crossing is looked for."""


@dataclass(frozen=True)
class Placement:
    """A spiking network beside a quantised network of the same layers, under ``yan2024``.

    Attributes:
        rate: Spikes per connection and step of its hidden layers.
        steps: T.
        hops: The mean hops of a bit.
        ratio_hidden: The energy of its hidden layers in units of the quantised network's.
        ratio_whole: The same with the first layer.
        break_even: The rate at which hidden layers cost the same, all layers firing more or less by one factor;
            ``None`` where a silent network costs more already, infinite where no rate up to 1 costs more.
        steps_across: The number of steps nearest to T at which the winner, at the same rate, is the other; ``None``
            where there is none up to 256.
        hops_across: The hops nearest to the present ones at which it is the other; ``None`` where there are none
            between 0.001 and 1000.
    """

    rate: float
    steps: int
    hops: float
    ratio_hidden: float
    ratio_whole: float
    break_even: float | None
    steps_across: int | None
    hops_across: float | None

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a user wants to know, with the model's name."""
        side = "less" if self.ratio_hidden <= 1 else "more"
        first = (
            f"Under {MODEL} its hidden layers need {self.ratio_hidden:.3g} times the energy, which is {side}; with the "
            f"first layer it is {self.ratio_whole:.3g} times."
        )
        if self.break_even is None:
            rate = "No rate breaks even: a silent network costs more already."
        elif math.isinf(self.break_even):
            rate = f"It fires at {self.rate:.3g} per connection and step, and no rate up to 1 would cost more."
        else:
            rate = f"It fires at {self.rate:.3g} per connection and step, and breaks even at {self.break_even:.3g}."
        steps = (
            f"No T up to {MOST_STEPS} changes the winner at this rate."
            if self.steps_across is None
            else f"At T = {self.steps_across} in place of {self.steps}, at this rate, the winner changes."
        )
        hops = (
            "No number of hops changes the winner."
            if self.hops_across is None
            else f"At {self.hops_across:.3g} hops in place of {self.hops:g} the winner changes."
        )
        return first, rate, steps, hops


def modelled_twin(spiking: Sequence[Activity]) -> tuple[Activity, ...]:
    """Return the quantised network that a spiking network stands for, where none was trained.

    Its activations have ⌈log2(T + 1)⌉ bits (Yan et al., Theorem 1), and the share of them that are not 0 is the one at
    which a multiplication costs the ``multiply_share`` of the technology.
    """
    steps = round(float(np.max(spiking[-1].steps)))
    share = YAN_22NM["multiply_share"] / YAN_22NM["multiply"]
    found = []
    for one in spiking:
        active = one.operations if one.constant_input else np.full_like(one.operations, share * one.synapses)
        entered = one.events if one.constant_input else active
        found.append(
            replace(
                one,
                kind="quantised",
                input_bits=one.input_bits if one.constant_input else bits_of(steps),
                output_bits=None if one.output_bits is None else bits_of(steps),
                steps=np.ones_like(one.steps),
                operations=active,
                events=entered,
                count_bits=0,
            )
        )
    return tuple(found)


def place(spiking: Sequence[Activity], quantised: Sequence[Activity], mapping: Mapping) -> Placement:
    """Say on which side of break-even a spiking network is.

    Args:
        spiking: What its layers did.
        quantised: What the layers of the quantised network did; see :func:`modelled_twin`.
        mapping: How both are laid out.

    Raises:
        Unsupported: The two are not of the same layers and weights.
        BadInput: No layer receives spikes.
    """
    found = compare(spiking, quantised, MODEL, mapping)
    hidden = [one for one in spiking if not one.constant_input]
    slots = sum(one.synapses * float(one.steps.mean()) for one in hidden)
    rate = sum(float(one.operations.mean()) for one in hidden) / slots
    steps = round(float(np.max(spiking[-1].steps)))

    def at_rate(factor: float) -> float:
        return compare([_fired(one, factor) for one in spiking], quantised, MODEL, mapping).ratio_hidden - 1

    def at_hops(hops: float) -> float:
        return compare(spiking, quantised, MODEL, replace(mapping, hops=float(hops))).ratio_hidden - 1

    def at_steps(number: int) -> float:
        longer = [_lengthened(one, number / steps) for one in spiking]
        wider = [_widened(one, bits_of(number)) for one in quantised]
        return compare(longer, wider, MODEL, mapping).ratio_hidden - 1

    return Placement(
        rate=rate,
        steps=steps,
        hops=float(mapping.hops),
        ratio_hidden=found.ratio_hidden,
        ratio_whole=found.ratio_whole,
        break_even=_break_even(at_rate, rate),
        steps_across=_nearest_steps(at_steps, steps),
        hops_across=_nearest_hops(at_hops, float(mapping.hops)) if mapping.on_chip else None,
    )


def _break_even(ratio: Callable[[float], float], rate: float) -> float | None:
    if ratio(0.0) > 0:
        return None
    # Energy grows with every spike, so there is one crossing; a layer cannot fire more than at every step.
    most = 1 / rate if rate > 0 else 1.0
    return math.inf if ratio(most) <= 0 else rate * _root(ratio, 0.0, most)


def _nearest_steps(ratio: Callable[[int], float], steps: int) -> int | None:
    dearer = ratio(steps) > 0
    outwards = sorted(range(1, MOST_STEPS + 1), key=lambda number: (abs(math.log(number / steps)), number))
    return next((number for number in outwards if (ratio(number) > 0) != dearer), None)


def _nearest_hops(ratio: Callable[[float], float], hops: float) -> float | None:
    grid: list[float] = HOPS.tolist()
    values = [ratio(one) for one in grid]
    crossings = [
        _root(ratio, low, high)
        for low, high, first, second in zip(grid, grid[1:], values, values[1:], strict=False)
        if (first > 0) != (second > 0)
    ]
    if not crossings:
        return None
    return min(crossings, key=lambda one: abs(math.log(one / hops)) if hops > 0 else one)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    return float(root_scalar(function, bracket=(low, high), method="brentq", xtol=1e-9).root)


def _fired(one: Activity, factor: float) -> Activity:
    """The layer with all its spikes more or fewer by a factor; as many as there are places at most."""
    if one.constant_input:
        return replace(one, fired=factor * one.fired)
    most = one.synapses * one.steps
    operations = np.minimum(factor * one.operations, most)
    return replace(one, operations=operations, events=factor * one.events, fired=factor * one.fired)


def _lengthened(one: Activity, factor: float) -> Activity:
    """The layer at the same rate in more or fewer steps."""
    # A constant current is received once, however long it lasts.
    entering = {} if one.constant_input else {"operations": factor * one.operations, "events": factor * one.events}
    return replace(one, steps=factor * one.steps, fired=factor * one.fired, **entering)


def _widened(one: Activity, bits: int) -> Activity:
    """The quantised layer with activations of other bits."""
    return replace(
        one,
        input_bits=one.input_bits if one.constant_input else bits,
        output_bits=None if one.output_bits is None else bits,
    )
