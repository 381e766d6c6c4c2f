"""A panel of an interactive figure: which columns of a study's table it shows, and the curves that come of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from eval.panel import Panel
from eval.statistics.intervals import student

Abscissa: TypeAlias = int | float | str


@dataclass(frozen=True)
class Point:
    """A place on a curve, with the ends of its interval where it has one."""

    x: Abscissa
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Curve:
    """Points in the order of their abscissae; words keep the table's.

    ``look`` numbers its colour and symbol: the same for curves of one name in all panels of a study that tell their
    curves apart by the same columns.
    """

    name: str
    points: tuple[Point, ...]
    reference: bool = False
    look: int = 0


@dataclass(frozen=True)
class Drawn:
    """A panel with its curves: words for its axes, ``alt`` for who does not see it, and a note on how to read it."""

    title: str
    x: str
    y: str
    alt: str
    log_x: bool
    log_y: bool
    curves: tuple[Curve, ...]
    note: str = ""


def drawn(panels: Iterable[Panel], rows: list[Any]) -> tuple[Drawn, ...]:
    """Those panels for which the table has something to show."""
    both = [(panel, curves(panel, rows)) for panel in panels]
    looks: dict[tuple[str, ...], dict[str, int]] = {}
    for panel, found in both:
        known = looks.setdefault(panel.series, {})
        found[:] = [
            one if one.reference else replace(one, look=known.setdefault(one.name, len(known))) for one in found
        ]
    return tuple(
        Drawn(
            panel.title,
            panel.x_label,
            panel.y_label,
            description(panel, found),
            panel.log_x,
            panel.log_y,
            tuple(found),
            panel.note,
        )
        for panel, found in both
        if found
    )


def curves(panel: Panel, rows: list[Any]) -> list[Curve]:
    """Those of a panel, in the table's order, the reference last; none where the table has nothing to show."""
    groups: dict[str, dict[Abscissa, list[Any]]] = {}
    for row in panel.shown(rows):
        x = getattr(row, panel.x)
        if _matches(row, panel.where) and _drawable(x, panel.log_x) and _is_number(getattr(row, panel.y)):
            groups.setdefault(_name(row, panel.series), {}).setdefault(x, []).append(row)
    found = [Curve(name, _points(panel, group)) for name, group in groups.items()]
    found = [curve for curve in found if curve.points]
    if found and panel.reference:
        name, function = panel.reference
        places = sorted({point.x for curve in found for point in curve.points if not isinstance(point.x, str)})
        found.append(Curve(name, tuple(Point(x, float(function(x))) for x in places), reference=True))
    return found


def description(panel: Panel, found: Sequence[Curve]) -> str:
    """The panel for who does not see it: what is drawn, and from where to where each curve goes."""
    logarithmic = {(True, True): "both axes", (True, False): "x axis", (False, True): "y axis"}
    which = logarithmic.get((panel.log_x, panel.log_y))
    axes = f", {which} logarithmic" if which else ""
    parts = [
        f"{curve.name}: {shown(first.y)} at {shown(first.x)}"
        + (f", {shown(last.y)} at {shown(last.x)}" if last is not first else "")
        for curve in found
        for first, last in [(curve.points[0], curve.points[-1])]
    ]
    return f"{panel.title}. {panel.y_label} against {panel.x_label}{axes}. {'; '.join(parts)}."


def shown(value: Abscissa | None) -> str:
    """A number in three digits, or a word."""
    if value is None:
        return "–"
    return value.replace("_", " ") if isinstance(value, str) else f"{value:.3g}"


def _points(panel: Panel, group: Mapping[Abscissa, list[Any]]) -> tuple[Point, ...]:
    points = [_point(panel, x, own) for x, own in group.items()]
    if not any(isinstance(point.x, str) for point in points):
        points.sort(key=lambda point: point.x)
    return tuple(point for point in points if point.y > 0 or not panel.log_y)


def _point(panel: Panel, x: Abscissa, own: Sequence[Any]) -> Point:
    if len(own) > 1:
        mean = student([getattr(row, panel.y) for row in own])
        return Point(x, mean.mean, mean.low, mean.high)
    low, high = (_number(getattr(own[0], name)) if name else None for name in (panel.low, panel.high))
    return Point(x, float(getattr(own[0], panel.y)), low, high)


def _matches(row: Any, where: Mapping[str, Any]) -> bool:
    return all(
        getattr(row, name) in wanted if isinstance(wanted, tuple) else getattr(row, name) == wanted
        for name, wanted in where.items()
    )


def _name(row: Any, series: Sequence[str]) -> str:
    """Words as they are; numbers with what they are of."""
    words = []
    for name in series:
        value = getattr(row, name)
        if isinstance(value, str):
            words.append(value.replace("_", " "))
        elif value is not None:
            number = f"{value:g}" if _is_number(value) else str(value)
            words.append(f"{name.replace('_', ' ')} {number}")
    return ", ".join(words) or "measured"


def _drawable(x: Any, logarithmic: bool) -> bool:
    return isinstance(x, str) or (_is_number(x) and (x > 0 or not logarithmic))


def _number(value: Any) -> float | None:
    return float(value) if _is_number(value) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
