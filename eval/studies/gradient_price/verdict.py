"""What the prices say of the claim that one reverse pass gives a deep network all derivatives at a constant cost."""

from __future__ import annotations

import math
from collections.abc import Sequence

from eval.claims import CLAIMS
from eval.judgement import Judgement, Verdict, judged, not_measured
from eval.rows import Row, of
from eval.statistics.equivalence import above, below, every
from eval.statistics.intervals import student
from eval.statistics.laws import power_law
from eval.studies.gradient_price.circumstances import conditions, context
from eval.studies.gradient_price.config import Config
from eval.studies.gradient_price.exponents import (
    CIRCUITS,
    FLOPS,
    KEPT,
    MEMORY,
    SECONDS,
    TEMPORARY,
    by_series,
    exponents,
    points,
    value,
)
from eval.studies.gradient_price.findings import law
from eval.studies.gradient_price.names import DEPTH, LAYERS, REVERSE, SHIFT, SNN, STEPS, TRANSFORMER, VQC, WIDTH, Axis
from eval.studies.gradient_price.rows import Exponent, GradientPrice, Quantity, Series

BACKPROP: dict[Axis, Series] = {axis: Series(TRANSFORMER, "backprop", REVERSE, axis) for axis in (WIDTH, DEPTH)}
"""The transformer's plain rule, along what grows."""
ADJOINT, SHIFTED = (Series(VQC, rule, REVERSE, LAYERS) for rule in ("adjoint", SHIFT))
OVER_TIME = Series(SNN, "bptt", REVERSE, STEPS)
_LIMITS = CLAIMS["C1"].thresholds
_MORE_SIZES = "three widths or more in settings.widths, and three depths or more in settings.depths"
_MORE_LAYERS = "three depths or more in settings.layers"


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """Judge the statements of claim C1 from the priced gradients alone; exponents are fitted again."""
    priced = of(rows, GradientPrice)
    known = exponents(priced, config.knee_factor, {TRANSFORMER: config.transformer_knee_factor})
    judgements = (
        _operations(priced),
        _growth(known),
        _seconds(priced, known),
        _in_memory("memory", known, MEMORY, "all bytes"),
        _in_memory("temporaries", known, TEMPORARY, "temporary bytes"),
        _adjoint(known),
        _parameter_shift(known),
        _hardware(priced, known),
        _spiking_time(known),
    )
    return [Verdict("C1", judgements, conditions(known, config), context(priced, known))]


def _operations(priced: Sequence[GradientPrice]) -> Judgement:
    name, needed = "operations", "a count of operations at every size: a model whose operations do not depend on data"
    found = [each for one, part in by_series(priced).items() if one in BACKPROP.values() for each in part]
    ratios = [value(each, FLOPS) for each in found]
    known = [ratio for ratio in ratios if ratio is not None]
    if not known:
        return not_measured(name, "No operations of a transformer's gradient were counted.", needed)
    most = max(known)
    decision = False if most > _LIMITS["omega"] else None if len(known) < len(ratios) else True
    return judged(
        name,
        decision,
        f"Over {len(known)} widths and depths, a reverse pass took at most {most:.2f} times the operations of the "
        "forward pass.",
        needed=needed,
        quantity="largest ratio of the operations of gradient and forward pass, transformer",
        value=most,
        low=most,
        high=most,
    )


def _growth(known: Sequence[Exponent]) -> Judgement:
    found = _along(known, FLOPS)
    if not found:
        return not_measured("growth", "Operations were counted at fewer than three widths and depths.", _MORE_SIZES)
    decisions = [_flat(one) for one in found.values()]
    return _of(
        "growth",
        every(*decisions) if len(found) == len(BACKPROP) or False in decisions else None,
        f"The ratio of operations grows as {_powers(found)}.",
        max(found.values(), key=lambda one: one.exponent),
        needed=f"{_MORE_SIZES}, reaching further",
        quantity="larger exponent in N of the ratio of operations, transformer",
    )


def _seconds(priced: Sequence[GradientPrice], known: Sequence[Exponent]) -> Judgement:
    name, needed = "seconds", "more sizes in settings.timed_widths above the knee, or more settings.timing_seconds"
    one = BACKPROP[WIDTH]
    fitted = law(known, one, SECONDS)
    if fitted is None:
        return not_measured(name, "Fewer than three widths above the knee were timed.", needed)
    ratios = points(by_series(priced)[one], SECONDS, fitted.knee)
    growing = power_law(list(ratios), list(ratios.values()), comparisons=2)
    mean = student([math.log(ratio) for ratio in ratios.values()], comparisons=2)
    return judged(
        name,
        every(
            below(mean.low, mean.high, math.log(_LIMITS["omega"])),
            below(growing.low, growing.high, _LIMITS["exponent_tolerance"]),
        ),
        f"The ratio of seconds is {math.exp(mean.mean):.2f} on average and grows as N^{growing.exponent:.3f}.",
        needed=needed,
        quantity="exponent in N of the ratio of seconds above the knee, transformer",
        value=growing.exponent,
        low=growing.low,
        high=growing.high,
    )


def _in_memory(name: str, known: Sequence[Exponent], quantity: Quantity, words: str) -> Judgement:
    """Judge whether a ratio of bytes leaves room for no more than a logarithm, along width and depth."""
    found = _along(known, quantity)
    if not found:
        needed = f"{_MORE_SIZES}, on a backend that tells the bytes of a compiled program"
        return not_measured(name, f"The ratio of {words} is known at fewer than three widths and depths.", needed)
    larger = [above(one.low, one.high, one.log_exponent) for one in found.values()]
    decisions = [None if one is None else not one for one in larger]
    worst = max(found.values(), key=lambda one: one.exponent - one.log_exponent)
    return judged(
        name,
        every(*decisions) if len(found) == len(BACKPROP) or False in decisions else None,
        f"The ratio of {words} grows as {_powers(found)}.",
        needed=f"{_MORE_SIZES}, reaching further: an interval holds the exponent that log N has",
        quantity=f"larger exponent in N of the ratio of {words}, less that of log N, transformer",
        value=worst.exponent - worst.log_exponent,
        low=worst.low - worst.log_exponent,
        high=worst.high - worst.log_exponent,
    )


def _adjoint(known: Sequence[Exponent]) -> Judgement:
    operations, seconds = (law(known, ADJOINT, quantity) for quantity in (FLOPS, SECONDS))
    if operations is None:
        return not_measured("adjoint", "Fewer than three depths of the adjoint rule were counted.", _MORE_LAYERS)
    return _of(
        "adjoint",
        every(*(None if one is None else _flat(one) for one in (operations, seconds))),
        f"The ratio of operations grows as {_power(operations)}{_also(seconds)}.",
        operations,
        needed="more depths in settings.layers, and three or more above the knee in settings.timed_layers",
        quantity="exponent of the ratio of operations in gate angles, adjoint rule",
    )


def _parameter_shift(known: Sequence[Exponent]) -> Judgement:
    operations, seconds = (law(known, SHIFTED, quantity) for quantity in (FLOPS, SECONDS))
    if operations is None:
        return not_measured("parameter_shift", "Fewer than three depths of it were counted.", _MORE_LAYERS)
    return _of(
        "parameter_shift",
        every(*(None if one is None else _whole_power(one, "shift_exponent") for one in (operations, seconds))),
        f"The ratio of operations grows as {_power(operations)}{_also(seconds)}.",
        operations,
        needed="more depths in settings.layers, and three or more above the knee in settings.shift_layers",
        quantity="exponent of the ratio of operations in gate angles, parameter shift",
    )


def _hardware(priced: Sequence[GradientPrice], known: Sequence[Exponent]) -> Judgement:
    found = law(known, SHIFTED, CIRCUITS)
    if found is None:
        return not_measured("hardware", "Circuits were counted at fewer than three depths.", _MORE_LAYERS)
    exactly = "exactly 2N" if all_exact(priced) else "not exactly 2N"
    return _of(
        "hardware",
        _whole_power(found, "shift_exponent"),
        f"Parameter shift takes {exactly} circuits for N gate angles, a number that grows as {_power(found)}.",
        found,
        needed="more depths in settings.layers: the interval of the exponent holds 0.95",
        quantity="exponent of the circuits of a gradient in gate angles",
    )


def _spiking_time(known: Sequence[Exponent]) -> Judgement:
    found = law(known, OVER_TIME, KEPT)
    needed = "longer and more settings.time_steps"
    if found is None:
        return not_measured("spiking_time", "Kept bytes were counted at fewer than three lengths.", needed)
    return _of(
        "spiking_time",
        _whole_power(found, "time_exponent"),
        f"The bytes kept grow as {_power(found, 'T')}.",
        found,
        needed=f"{needed}: the interval of the exponent holds 0.95",
        quantity="exponent in T of the bytes kept by backpropagation through time",
    )


def all_exact(priced: Sequence[GradientPrice]) -> bool:
    """Return whether every gradient by parameter shift takes 2N circuits for its N gate angles, and some was priced."""
    shifted = [one for one in priced if one.series[:3] == SHIFTED[:3]]
    return bool(shifted) and all(
        one.gate_angles is not None and one.gradient_executions == 2 * one.gate_angles for one in shifted
    )


def _along(known: Sequence[Exponent], quantity: Quantity) -> dict[Axis, Exponent]:
    """Return the exponents of the transformer's plain rule, by what grows, where there are any."""
    found: dict[Axis, Exponent | None] = {axis: law(known, one, quantity) for axis, one in BACKPROP.items()}
    return {axis: one for axis, one in found.items() if one is not None}


def _flat(found: Exponent) -> bool | None:
    return below(found.low, found.high, _LIMITS["exponent_tolerance"])


def _whole_power(found: Exponent, threshold: str) -> bool | None:
    return above(found.low, found.high, _LIMITS[threshold] - _LIMITS["exponent_tolerance"])


def _of(name: str, decision: bool | None, found: str, one: Exponent, *, needed: str, quantity: str) -> Judgement:
    """Judge by an exponent."""
    return judged(
        name, decision, found, needed=needed, quantity=quantity, value=one.exponent, low=one.low, high=one.high
    )


def _powers(axes: dict[Axis, Exponent]) -> str:
    return " and as ".join(f"{_power(one)} with {axis}" for axis, one in axes.items())


def _also(seconds: Exponent | None) -> str:
    return (
        ", that of seconds was timed at too few depths"
        if seconds is None
        else f", that of seconds as {_power(seconds)}"
    )


def _power(found: Exponent, base: str = "N") -> str:
    # Not to show a zero with a sign.
    return f"{base}^{round(found.exponent, 3) + 0.0:.3f}"
