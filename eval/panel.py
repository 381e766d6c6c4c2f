"""What a panel of a study's interactive figure shows: which columns of its table, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class Panel:
    """What a panel shows.

    Attributes:
        title: In a few words.
        kind: The kind of the rows shown.
        x, y: Fields of it; y is a number, x a number or a word.
        x_label, y_label: What they are, with the unit.
        series: Fields whose values tell the curves apart.
        where: What a row must have in a field to be shown: a value, or one of a tuple of values.
        log_x, log_y: Logarithmic axes; what is not positive is left out.
        low, high: Fields of the ends of an interval, for points of one row. Where several rows share a curve and an
            abscissa, their mean is shown, with Student's 95% interval.
        reference: A curve to hold beside the measured ones, of a numerical x: its name and function.
        note: What the reader must know to read it, as sentences; empty where the labels say all.
        rows: Makes the rows shown, from the table, where they are not those of the kind.

    Raises:
        ValueError: The kind has no such field.
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
    note: str = ""
    rows: Callable[[list[Any]], Iterable[Any]] | None = None
    kind: type = field(kw_only=True)

    def __post_init__(self) -> None:
        known = {one.name for one in fields(self.kind)}
        for name in (self.x, self.y, *self.series, *self.where, self.low, self.high):
            if name is not None and name not in known:
                raise ValueError(f"panel {self.title!r} shows {name}, which {self.kind.__name__} does not have")

    def shown(self, rows: list[Any]) -> list[Any]:
        """Pick or make the rows that are shown, from the table."""
        if self.rows is not None:
            return list(self.rows(rows))
        return [row for row in rows if isinstance(row, self.kind)]
