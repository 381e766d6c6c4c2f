"""Curves are the table's numbers, grouped, averaged and ordered as the panel says."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from eval.report.panel import Panel, Point, curves, description, drawn
from scripts.study import STUDIES

PANELS = {name: importlib.import_module(f"eval.studies.{name}").STUDY.panels for name in STUDIES}
RESULTS = Path(__file__).parents[3] / "docs" / "results"


@dataclass(frozen=True)
class Shown:
    """A row that is shown."""

    part: str
    rule: str
    n: int
    cost: float | None
    low: float | None = None
    high: float | None = None
    nothing: float | None = None


@dataclass(frozen=True)
class Word:
    """A row whose abscissa is a word."""

    kind: str
    depth: int
    value: float


ROWS = [
    Shown("a", "plain_rule", 100, 4.0, 3.0, 5.0),
    Shown("a", "plain_rule", 10, 2.0),
    Shown("a", "other", 10, 0.0),
    Shown("a", "other", 0, 1.0),
    Shown("a", "other", 100, None),
    Shown("b", "other", 10, 7.0),
]


def test_a_panel_shows_rows_of_its_kind_and_fields_that_they_have():
    panel = Panel("Cost", "n", "cost", "n", "cost", ("rule",), kind=Shown)
    assert panel.shown([*ROWS, Word("z", 2, 1.0)]) == ROWS
    with pytest.raises(ValueError, match="panel 'Cost' shows price, which Shown does not have"):
        Panel("Cost", "n", "price", "n", "cost", kind=Shown)


def test_rows_become_curves():
    panel = Panel("Cost", "n", "cost", "n", "cost", ("rule",), {"part": "a"}, low="low", high="high", kind=Shown)
    plain, other = curves(panel, ROWS)
    assert plain.name == "plain rule"
    assert plain.points == (Point(10, 2.0), Point(100, 4.0, 3.0, 5.0))
    assert other.points == (Point(0, 1.0), Point(10, 0.0))


def test_logarithmic_axes_leave_out_what_they_cannot_show():
    panel = Panel("Cost", "n", "cost", "n", "cost", ("rule",), {"part": ("a", "b")}, log_x=True, log_y=True, kind=Shown)
    plain, other = curves(panel, ROWS)
    assert [point.x for point in plain.points] == [10, 100]
    # At n = 10 a zero and a seven: their mean, with Student's interval.
    assert other.points[0].y == pytest.approx(3.5)
    assert other.points[0].low < 0


def test_words_keep_the_table_s_order_and_numbers_name_their_column():
    rows = [Word(kind, 2, 1.0) for kind in ("z", "a", "m")]
    (curve,) = curves(Panel("", "kind", "value", "", "", ("depth",), kind=Word), rows)
    assert curve.name == "depth 2"
    assert [point.x for point in curve.points] == ["z", "a", "m"]


def test_a_reference_is_drawn_where_the_others_are():
    panel = Panel(
        "Cost", "n", "cost", "n", "cost", ("rule",), {"part": "a"}, reference=("2n", lambda n: 2 * n), kind=Shown
    )
    reference = curves(panel, ROWS)[-1]
    assert reference.reference
    assert [(point.x, point.y) for point in reference.points] == [(0, 0), (10, 20), (100, 200)]


def test_a_curve_looks_the_same_in_every_panel_that_names_it_alike():
    rows = [
        *ROWS,
        Shown("c", "late", 1, 1.0),
        Shown("c", "other", 1, 1.0),
    ]
    first = Panel(
        "Plain", "n", "cost", "n", "cost", ("rule",), {"part": "a"}, reference=("2n", lambda n: 2 * n), kind=Shown
    )
    second = Panel("Late", "n", "cost", "n", "cost", ("rule",), {"part": "c"}, kind=Shown)
    third = Panel("Parts", "n", "cost", "n", "cost", ("part",), kind=Shown)
    looks = [{curve.name: curve.look for curve in panel.curves} for panel in drawn([first, second, third], rows)]
    assert looks == [{"plain rule": 0, "other": 1, "2n": 0}, {"late": 2, "other": 1}, {"a": 0, "b": 1, "c": 2}]


def test_circuits_of_parameter_shift_lie_on_the_line_of_2n():
    study = importlib.import_module("eval.studies.gradient_price").STUDY
    rows = study.read(json.loads((RESULTS / "gradient_price" / "table.json").read_text()))
    (panel,) = (panel for panel in study.panels if panel.y == "gradient_executions")
    measured, reference = curves(panel, rows)
    assert len(measured.points) > 3
    assert measured.points == reference.points


def test_a_panel_without_data_is_left_out():
    assert drawn([Panel("Cost", "n", "nothing", "n", "cost", kind=Shown)], ROWS) == ()
    assert curves(Panel("Cost", "n", "nothing", "n", "cost", reference=("1", lambda n: 1.0), kind=Shown), ROWS) == []


def test_the_description_says_from_where_to_where():
    panel = Panel("Cost", "n", "cost", "size", "price", ("rule",), {"rule": "plain_rule"}, log_x=True, kind=Shown)
    assert description(panel, curves(panel, ROWS)) == (
        "Cost. price against size, x axis logarithmic. plain rule: 2 at 10, 4 at 100."
    )


@pytest.mark.parametrize("name", sorted(name for name in PANELS if (RESULTS / name / "table.json").is_file()))
def test_every_panel_shows_something_of_a_measured_table(name):
    study = importlib.import_module(f"eval.studies.{name}").STUDY
    rows = study.read(json.loads((RESULTS / name / "table.json").read_text()))
    for panel in PANELS[name]:
        found = curves(panel, rows)
        measured = [curve for curve in found if not curve.reference]
        assert 1 <= len(measured) <= 20, panel.title
        assert max(len(curve.points) for curve in measured) >= 2, panel.title


def test_what_stands_above_a_bound_is_explained_where_it_stands():
    """The adjoint rule takes more than 4 times the forward pass; the panel of operations says why that may be."""
    study = importlib.import_module("eval.studies.gradient_price").STUDY
    rows = study.read(json.loads((RESULTS / "gradient_price" / "table.json").read_text()))
    operations = drawn(study.panels, rows)[0]
    (bound,) = [curve for curve in operations.curves if curve.reference]
    assert {point.y for point in bound.points} == {4.0}
    adjoint = [point for curve in operations.curves if "adjoint" in curve.name for point in curve.points]
    assert max(point.y for point in adjoint) > 4
    assert "the adjoint rule keeps one state and undoes each gate on two of them" in operations.note
