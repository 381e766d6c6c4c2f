"""Which gradients have backpropagation scaling, in the sense of Abbas et al. 2023 ("On quantum backpropagation").

TIME(F') ≤ c TIME(F) and MEMORY(F') ≤ c MEMORY(F) with c = O(log N), for a gradient F' of fixed accuracy. A logarithm is
told from a power over a finite range as far as it can be: the whole 95% interval of the ratio's exponent must be below
the exponent that log N itself has over the same sizes. Time is counted three ways (operations, seconds on this device,
circuits on hardware), memory two (all that the programs hold; temporaries alone, without parameters and gradient).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from eval.rows import Row, of
from eval.statistics.equivalence import above
from eval.studies.gradient_price import targets
from eval.studies.gradient_price.exponents import CIRCUITS, FLOPS, MEMORY, SECONDS, TEMPORARY, by_series
from eval.studies.gradient_price.names import AS_BUILT, FORWARD, GROWING, OWN, REVERSE, RULES, SHIFT, SPSA, STEPS
from eval.studies.gradient_price.rows import (
    Exponent,
    Finding,
    GradientPrice,
    OnHardware,
    Quantity,
    Scaling,
    Series,
    UnavailableGradient,
)
from training.gradients import GradientName

HAS: Scaling = "has it"
HAS_NOT: Scaling = "has it not"
UNDECIDED: Scaling = "undecided"
NO_CIRCUIT: OnHardware = "no circuit"
CANNOT: OnHardware = "cannot run"
ESTIMATES: dict[GradientName, Literal["1", "N - 1", "N + 1"]] = {"reverse": "1", "spsa": "N - 1", "forward": "N + 1"}
"""How many estimates it takes until their mean has the gradient's norm as its root-mean-square error:
E‖ĝ - g‖² = (N - 1)‖g‖² for directions of independent signs (SPSA, to first order in its radius), (N + 1)‖g‖² for
Gaussian ones."""


def scaling(law: Exponent | None) -> Scaling | None:
    """Say whether a ratio's exponent leaves room for O(log N); ``None`` where none was fitted."""
    if law is None:
        return None
    larger = above(law.low, law.high, law.log_exponent)
    return UNDECIDED if larger is None else HAS_NOT if larger else HAS


def law(known: Iterable[Exponent], one: Series, quantity: Quantity) -> Exponent | None:
    """Return the exponent of a quantity of a series; ``None`` where none was fitted."""
    return next((each for each in known if each.quantity == quantity and each.series == one), None)


def findings(prices: Sequence[GradientPrice], known: Sequence[Exponent]) -> list[Finding]:
    """Say of each paradigm, rule and estimator in which respects it has the scaling.

    Args:
        prices: The priced gradients.
        known: Their exponents.
    """
    every = by_series(prices)
    found: list[Finding] = []
    for one, priced in every.items():
        if one.axis not in (*GROWING, OWN):
            continue
        axes = [other for other in every if other[:3] == one[:3] and other.axis != STEPS]
        operations = scaling(law(known, one, FLOPS))
        # N estimates in the place of one add a whole power.
        equal = operations if one.gradient == REVERSE or operations is None else HAS_NOT
        memory = _worst(scaling(law(known, other, MEMORY)) for other in axes)
        found.append(
            Finding(
                **one._asdict(),
                estimates=ESTIMATES[one.gradient],
                operations=operations,
                seconds=scaling(law(known, one, SECONDS)),
                at_equal_error=equal,
                memory=memory,
                temporary_memory=_worst(scaling(law(known, other, TEMPORARY)) for other in axes),
                simulated=_worst((equal, memory)),
                hardware=_hardware(known, one, priced),
            )
        )
    return found


def _worst(found: Iterable[Scaling | None]) -> Scaling | None:
    known = [one for one in found if one is not None]
    return next((one for one in (HAS_NOT, UNDECIDED, HAS) if one in known), None)


def _hardware(known: Sequence[Exponent], one: Series, priced: Sequence[GradientPrice]) -> OnHardware | None:
    """Judge by the circuits of the gradient against the one circuit of the forward pass, at equal error."""
    if all(each.forward_executions is None for each in priced):
        return NO_CIRCUIT
    if all(each.gradient_executions is None for each in priced):
        return CANNOT
    return HAS_NOT if one.gradient != REVERSE else scaling(law(known, one, CIRCUITS))


def concluded(rows: Iterable[Row]) -> list[Finding | UnavailableGradient]:
    """Return what a table says of every rule and estimator, in their order; models of the user's own come last.

    That is a finding, or, at one of its sizes, that there is no such gradient.
    """
    found: dict[Series, Finding | UnavailableGradient] = {}
    for row in (*of(rows, Finding), *of(rows, UnavailableGradient)):
        found.setdefault(row.series, row)
    return sorted(found.values(), key=_place)


def _place(row: Finding | UnavailableGradient) -> tuple[bool, int, str, int, int]:
    # A model of the user's own may bear the name of a paradigm.
    own = row.axis == OWN
    rules = (AS_BUILT, SHIFT) if own else RULES[row.paradigm]
    return (
        own,
        0 if own else list(RULES).index(row.paradigm),
        row.paradigm,
        rules.index(row.differentiation),
        (REVERSE, SPSA, FORWARD).index(row.gradient),
    )


def sentences(rows: Sequence[Row]) -> tuple[str, ...]:
    """Compose one sentence for each rule and estimator in a table, and for each machine that was compiled for."""
    found = [*targets.sentences(rows)]
    for row in concluded(rows):
        name = f"{row.paradigm}, {row.differentiation}, {row.gradient}"
        if isinstance(row, UnavailableGradient):
            found.append(f"{name}: none, {row.reason}")
            continue
        answers = (
            ("operations", row.operations),
            (f"operations at equal error ({row.estimates} estimates)", row.at_equal_error),
            ("seconds here", row.seconds),
            ("memory", row.memory),
            ("temporary memory", row.temporary_memory),
            ("circuits on quantum hardware", row.hardware),
        )
        parts = [f"{words}: {answer or 'not measured'}" for words, answer in answers]
        found.append(f"backpropagation scaling of {name}: {'; '.join(parts)}")
    return tuple(found)
