"""What a panel of a study's interactive figure shows: which columns of its table, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from eval.recorder import Row


@dataclass(frozen=True)
class Panel:
    """What a panel shows.

    Attributes:
        title: In a few words.
        x, y: Columns; y is a number, x a number or a word.
        x_label, y_label: What they are, with the unit.
        series: Columns whose values tell the curves apart.
        where: What a row must have in a column to be shown: a value, or one of a tuple of values.
        log_x, log_y: Logarithmic axes; what is not positive is left out.
        low, high: Columns of the ends of an interval, for points of one row. Where several rows share a curve and an
            abscissa, their mean is shown, with Student's 95% interval.
        reference: A curve to hold beside the measured ones, of a numerical x: its name and function.
        rows: Makes the rows shown, from the table.
    """

    title: str
    x: str
    y: str
    x_label: str
    y_label: str
    series: tuple[str, ...] = ()
    where: Mapping[str, Any] = field(default_factory=dict)
    log_x: bool = False
    log_y: bool = False
    low: str | None = None
    high: str | None = None
    reference: tuple[str, Callable[[float], int | float]] | None = None
    rows: Callable[[list[Row]], Iterable[Row]] = list
