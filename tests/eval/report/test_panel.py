"""Curves are the table's numbers, grouped, averaged and ordered as the panel says."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

from eval.report.panel import Panel, Point, curves, description, drawn
from scripts.study import STUDIES

PANELS = {name: importlib.import_module(f"eval.studies.{name}").STUDY.panels for name in STUDIES}
RESULTS = Path(__file__).parents[3] / "docs" / "results"
ROWS = [
    {"part": "a", "rule": "plain_rule", "n": 100, "cost": 4.0, "low": 3.0, "high": 5.0},
    {"part": "a", "rule": "plain_rule", "n": 10, "cost": 2.0, "low": None, "high": None},
    {"part": "a", "rule": "other", "n": 10, "cost": 0.0},
    {"part": "a", "rule": "other", "n": 0, "cost": 1.0},
    {"part": "a", "rule": "other", "n": 100, "cost": None},
    {"part": "b", "rule": "other", "n": 10, "cost": 7.0},
]


def test_rows_become_curves():
    panel = Panel("Cost", "n", "cost", "n", "cost", ("rule",), {"part": "a"}, low="low", high="high")
    plain, other = curves(panel, ROWS)
    assert plain.name == "plain rule"
    assert plain.points == (Point(10, 2.0), Point(100, 4.0, 3.0, 5.0))
    assert other.points == (Point(0, 1.0), Point(10, 0.0))


def test_logarithmic_axes_leave_out_what_they_cannot_show():
    panel = Panel("Cost", "n", "cost", "n", "cost", ("rule",), {"part": ("a", "b")}, log_x=True, log_y=True)
    plain, other = curves(panel, ROWS)
    assert [point.x for point in plain.points] == [10, 100]
    # At n = 10 a zero and a seven: their mean, with Student's interval.
    assert other.points[0].y == pytest.approx(3.5)
    assert other.points[0].low < 0


def test_words_keep_the_table_s_order_and_numbers_name_their_column():
    rows = [{"kind": kind, "depth": 2, "value": 1.0} for kind in ("z", "a", "m")]
    (curve,) = curves(Panel("", "kind", "value", "", "", ("depth",)), rows)
    assert curve.name == "depth 2"
    assert [point.x for point in curve.points] == ["z", "a", "m"]


def test_a_reference_is_drawn_where_the_others_are():
    panel = Panel("Cost", "n", "cost", "n", "cost", ("rule",), {"part": "a"}, reference=("2n", lambda n: 2 * n))
    reference = curves(panel, ROWS)[-1]
    assert reference.reference
    assert [(point.x, point.y) for point in reference.points] == [(0, 0), (10, 20), (100, 200)]


def test_a_curve_looks_the_same_in_every_panel_that_names_it_alike():
    rows = [
        *ROWS,
        {"part": "c", "rule": "late", "n": 1, "cost": 1.0},
        {"part": "c", "rule": "other", "n": 1, "cost": 1.0},
    ]
    first = Panel("Plain", "n", "cost", "n", "cost", ("rule",), {"part": "a"}, reference=("2n", lambda n: 2 * n))
    second = Panel("Late", "n", "cost", "n", "cost", ("rule",), {"part": "c"})
    third = Panel("Parts", "n", "cost", "n", "cost", ("part",))
    looks = [{curve.name: curve.look for curve in panel.curves} for panel in drawn([first, second, third], rows)]
    assert looks == [{"plain rule": 0, "other": 1, "2n": 0}, {"late": 2, "other": 1}, {"a": 0, "b": 1, "c": 2}]


def test_circuits_of_parameter_shift_lie_on_the_line_of_2n():
    study = importlib.import_module("eval.studies.gradient_price").STUDY
    rows = study.read(json.loads((RESULTS / "gradient_price.json").read_text()))
    (panel,) = (panel for panel in study.panels if panel.y == "gradient_executions")
    measured, reference = curves(panel, rows)
    assert len(measured.points) > 3
    assert measured.points == reference.points


def test_a_panel_without_data_is_left_out():
    assert drawn([Panel("Cost", "n", "nothing", "n", "cost")], ROWS) == ()
    assert curves(Panel("Cost", "n", "nothing", "n", "cost", reference=("1", lambda n: 1.0)), ROWS) == []


def test_the_description_says_from_where_to_where():
    panel = Panel("Cost", "n", "cost", "size", "price", ("rule",), {"rule": "plain_rule"}, log_x=True)
    assert description(panel, curves(panel, ROWS)) == (
        "Cost. price against size, x axis logarithmic. plain rule: 2 at 10, 4 at 100."
    )


@pytest.mark.parametrize("name", sorted(name for name in PANELS if (RESULTS / f"{name}.json").is_file()))
def test_every_panel_shows_something_of_a_measured_table(name):
    study = importlib.import_module(f"eval.studies.{name}").STUDY
    rows = study.read(json.loads((RESULTS / f"{name}.json").read_text()))
    for panel in PANELS[name]:
        found = curves(panel, rows)
        measured = [curve for curve in found if not curve.reference]
        assert 1 <= len(measured) <= 20, panel.title
        assert max(len(curve.points) for curve in measured) >= 2, panel.title
