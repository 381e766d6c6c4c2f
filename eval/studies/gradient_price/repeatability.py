"""Whether two runs of the study agree: each exponent's difference over its joint error, and the verdicts."""

from __future__ import annotations

import math
from collections.abc import Sequence

from eval.judgement import Verdict
from eval.recorder import Row
from eval.studies.gradient_price.exponents import EXPONENT, Series

LARGEST_DIFFERENCE = 3.0
"""In joint standard errors, below which two exponents agree."""


def differences(first: Sequence[Row], second: Sequence[Row]) -> list[Row]:
    """Every exponent of both tables: ``first``, ``second`` and ``difference``, in joint standard errors.

    Exponents that are equal differ by 0, whatever their errors; ``None`` where only one table has the exponent.
    """
    tables = [_exponents(rows) for rows in (first, second)]
    found: list[Row] = []
    for key in dict.fromkeys((*tables[0], *tables[1])):
        one, other = (table.get(key) for table in tables)
        values = [None if row is None else row["exponent"] for row in (one, other)]
        difference = None
        if one is not None and other is not None:
            joint = math.hypot(one["error"], other["error"])
            apart = abs(one["exponent"] - other["exponent"])
            difference = 0.0 if apart == 0 else apart / joint if joint > 0 else math.inf
        names = dict(zip((*Series._fields, "quantity"), key, strict=True))
        found.append({**names, "first": values[0], "second": values[1], "difference": difference})
    return found


def disagreements(
    first: tuple[Sequence[Row], Sequence[Verdict]], second: tuple[Sequence[Row], Sequence[Verdict]]
) -> list[str]:
    """One sentence for each exponent that differs by ``LARGEST_DIFFERENCE`` or more, and each verdict that changes.

    Args:
        first: Table and verdicts of a run.
        second: Those of another.
    """
    found = [
        f"{row['quantity']} of {', '.join(row[name] for name in Series._fields)}: {row['first']:.4f} and "
        f"{row['second']:.4f} are {row['difference']:.1f} joint errors apart"
        for row in differences(first[0], second[0])
        if row["difference"] is not None and row["difference"] >= LARGEST_DIFFERENCE
    ]
    before, after = ({one.claim: one.verdict for one in verdicts} for _, verdicts in (first, second))
    return found + [
        f"{claim}: {before.get(claim)} and {after.get(claim)}"
        for claim in dict.fromkeys((*before, *after))
        if before.get(claim) != after.get(claim)
    ]


def _exponents(rows: Sequence[Row]) -> dict[tuple[str, ...], Row]:
    names = (*Series._fields, "quantity")
    return {tuple(row[name] for name in names): row for row in rows if row["part"] == EXPONENT}
