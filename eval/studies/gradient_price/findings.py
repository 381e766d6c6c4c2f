"""Which gradients have backpropagation scaling, in the sense of Abbas et al. 2023 ("On quantum backpropagation").

TIME(F') ≤ c TIME(F) and MEMORY(F') ≤ c MEMORY(F) with c = O(log N), for a gradient F' of fixed accuracy. A logarithm is
told from a power over a finite range as far as it can be: the whole 95% interval of the ratio's exponent must be below
the exponent that log N itself has over the same sizes. Time is counted three ways (operations, seconds on this device,
circuits on hardware), memory two (all that the programs hold; temporaries alone, without parameters and gradient).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from eval.recorder import Row
from eval.statistics.equivalence import above
from eval.studies.gradient_price.exponents import (
    CIRCUITS,
    EXPONENT,
    FLOPS,
    MEMORY,
    OWN,
    SECONDS,
    TEMPORARY,
    Series,
    series,
)
from eval.studies.gradient_price.pricing import REVERSE
from eval.studies.gradient_price.subjects import GROWING, STEPS

FINDING = "finding"
"""The ``part`` of a row that holds a finding."""
Scaling = Literal["has it", "has it not", "undecided"]
HAS, HAS_NOT, UNDECIDED = "has it", "has it not", "undecided"
NO_CIRCUIT, CANNOT = "no circuit", "cannot run"
"""What is said of quantum hardware where there is no circuit, and where only a simulator can run the rule."""
ESTIMATES = {"reverse": "1", "spsa": "N - 1", "forward": "N + 1"}
"""How many estimates it takes until their mean has the gradient's norm as its root-mean-square error:
E‖ĝ - g‖² = (N - 1)‖g‖² for directions of independent signs (SPSA, to first order in its radius), (N + 1)‖g‖² for
Gaussian ones."""


def scaling(law: Row | None) -> Scaling | None:
    """Say whether a ratio's exponent leaves room for O(log N); ``None`` where none was fitted."""
    if law is None:
        return None
    larger = above(law["low"], law["high"], law["log_exponent"])
    return UNDECIDED if larger is None else HAS_NOT if larger else HAS


def law(rows: Iterable[Row], one: Series, quantity: str) -> Row | None:
    """Return the exponent that a table holds of a quantity of a series; ``None`` where none was fitted."""
    for row in rows:
        if row["part"] == EXPONENT and row["quantity"] == quantity and Series(*(row[n] for n in Series._fields)) == one:
            return row
    return None


def findings(rows: Sequence[Row]) -> list[Row]:
    """Say of each paradigm, rule and estimator in which respects it has the scaling.

    ``operations`` and ``seconds`` are those of one estimate, ``at_equal_error`` counts the operations of as many
    estimates as a fixed relative error takes. ``memory`` and ``temporary_memory`` are the worst of the axes along which
    parameters grow. ``simulated`` and ``hardware`` conclude: on a classical computer (operations at equal error, and
    memory), and on quantum hardware.

    Args:
        rows: Priced gradients and their exponents.
    """
    every = series(rows)
    found: list[Row] = []
    for one, priced in every.items():
        if one.axis not in (*GROWING, OWN):
            continue
        if priced[0]["unavailable"]:
            found.append(_entry(one) | {"unavailable": priced[0]["unavailable"]})
            continue
        axes = [other for other in every if other[:3] == one[:3] and other.axis != STEPS]
        operations = scaling(law(rows, one, FLOPS))
        # N estimates in the place of one add a whole power.
        equal = operations if one.gradient == REVERSE or operations is None else HAS_NOT
        memory = _worst(scaling(law(rows, other, MEMORY)) for other in axes)
        found.append(
            _entry(one)
            | {
                "estimates": ESTIMATES[one.gradient],
                "operations": operations,
                "seconds": scaling(law(rows, one, SECONDS)),
                "at_equal_error": equal,
                "memory": memory,
                "temporary_memory": _worst(scaling(law(rows, other, TEMPORARY)) for other in axes),
                "simulated": _worst((equal, memory)),
                "hardware": _hardware(rows, one, priced),
            }
        )
    return found


def _entry(one: Series) -> Row:
    return {"part": FINDING, **one._asdict()}


def _worst(found: Iterable[Scaling | None]) -> Scaling | None:
    known = [one for one in found if one is not None]
    return next((one for one in (HAS_NOT, UNDECIDED, HAS) if one in known), None)


def _hardware(rows: Sequence[Row], one: Series, priced: Sequence[Row]) -> str | None:
    """Judge by the circuits of the gradient against the one circuit of the forward pass, at equal error."""
    if all(row["executions_forward"] is None for row in priced):
        return NO_CIRCUIT
    if all(row["executions"] is None for row in priced):
        return CANNOT
    return HAS_NOT if one.gradient != REVERSE else scaling(law(rows, one, CIRCUITS))


def sentences(rows: Sequence[Row]) -> tuple[str, ...]:
    """Compose one sentence for each finding in a table."""
    found = []
    for row in rows:
        if row["part"] != FINDING:
            continue
        name = f"{row['paradigm']}, {row['differentiation']}, {row['gradient']}"
        if row["unavailable"]:
            found.append(f"{name}: none, {row['unavailable']}")
            continue
        columns = (
            ("operations", "operations"),
            (f"operations at equal error ({row['estimates']} estimates)", "at_equal_error"),
            ("seconds here", "seconds"),
            ("memory", "memory"),
            ("temporary memory", "temporary_memory"),
            ("circuits on quantum hardware", "hardware"),
        )
        parts = [f"{words}: {row[column] or 'not measured'}" for words, column in columns]
        found.append(f"backpropagation scaling of {name}: {'; '.join(parts)}")
    return tuple(found)
