"""The statements follow from measured fields alone, and the figure is drawn whatever is missing."""

from dataclasses import replace

import matplotlib.image
import numpy as np
import pytest
from statement_tables.barren_plateaus import (
    CONFIG,
    corrupted,
    deep,
    networks,
    noise,
    point,
    sampled,
    shallow,
    table,
    without,
    wobbling,
)

from eval.judgement import outcomes
from eval.studies.barren_plateaus import STUDY
from eval.studies.barren_plateaus.figure import draw
from eval.studies.barren_plateaus.slopes import change
from eval.studies.barren_plateaus.table import complete
from eval.studies.barren_plateaus.verdict import duration


def judge(rows):
    (verdict,) = STUDY.judge(rows, CONFIG)
    return {one.statement: one for one in verdict.judgements}


def test_derived_fields_decide_nothing():
    for rows in (table(), table(of_shallow=shallow(-0.3)), table(excess={"deep": lambda n: 0.8 * n})):
        assert outcomes(STUDY.judge(corrupted(rows), CONFIG)) == outcomes(STUDY.judge(rows, CONFIG))


def test_a_circuit_that_is_not_saturated_decides_nothing():
    rows = without(table(), "mcclean") + deep("mcclean", "Z1Z2", lambda n: 0.0, depths=(4,))
    assert judge(rows)["deep_circuits"].outcome == "undecided"


def test_the_slopes_are_those_of_the_formulas():
    found = judge(table())
    assert found["deep_circuits"].value == pytest.approx(-1.0, abs=0.01)
    assert found["formula"].value == pytest.approx(0.0, abs=1e-9)
    assert found["global_cost"].value == pytest.approx(np.log2(3 / 8))
    assert found["noise"].value == pytest.approx(3.0)
    # Of 1/8n² from 64 to 100 qubits, and of 0.05 bits per qubit, the second is more.
    assert found["shallow_local"].value == pytest.approx(-0.05)


@pytest.mark.parametrize(
    ("rows", "statement", "outcome"),
    [
        (table(excess={"deep": lambda n: 0.49 * n}), "deep_circuits", "holds"),
        (table(excess={"deep": lambda n: 0.52 * n}), "deep_circuits", "fails"),
        (table(projector=lambda n: 0.049 * n), "formula", "holds"),
        (table(projector=lambda n: 0.052 * n), "formula", "fails"),
        (table(of_samples=sampled(lambda n: 0.0, 0.1, 100.0, 0.9)), "sampled_gradients", "holds"),
        (table(of_samples=sampled(lambda n: 0.4 * n, 0.3, 100.0, 0.9)), "sampled_gradients", "undecided"),
        (table(of_noise=noise({0.0: 0.2, 0.01: 0.4})), "noise", "holds"),
        (table(of_noise=noise({0.0: 0.2, 0.01: 0.4}, half_width=0.1)), "noise", "undecided"),
        (table(of_noise=noise({0.01: 3.0})), "noise", "not measured"),
        (table(of_shallow=shallow(-0.24)), "shallow_local", "holds"),
        (table(of_shallow=shallow(-0.26)), "shallow_local", "fails"),
        (table(of_shallow=shallow(-0.05)[:6]), "shallow_local", "undecided"),
        (table(excess={"deep": wobbling(0.01)}), "formula", "holds"),
    ],
)
def test_thresholds_and_intervals_decide(rows, statement, outcome):
    assert judge(rows)[statement].outcome == outcome


def test_sampled_variances_change_from_end_to_end_of_their_intervals():
    found = judge(table(of_samples=sampled(lambda n: {4: 0.0, 6: 5.0, 8: -0.4}[n], 0.1, 300.0, 0.95)))
    # Z1Z2 loses d/(d² - 1), and another tenth of a bit per qubit, from 4 to 8 qubits; the middle one is no end.
    slope = (np.log2(2**8 / (4**8 - 1)) - np.log2(2**4 / (4**4 - 1)) - 0.4) / 4
    one = found["sampled_gradients"]
    assert (one.low, one.value, one.high) == pytest.approx((slope - 0.2 / 4, slope, slope + 0.2 / 4))


def test_the_largest_departure_from_a_formula_is_told():
    found = judge(table(excess={"mcclean": lambda n: -0.02 * n}, projector=lambda n: 0.01 * n))["formula"]
    assert found.value == pytest.approx(-0.02)
    assert "McClean's circuit" in found.found


def test_nothing_measured_is_said_so():
    assert {one.outcome for one in judge([]).values()} == {"not measured"}


def test_networks_and_shots_are_told_beside():
    (verdict,) = STUDY.judge(complete(table() + networks()), CONFIG)
    assert any("transformer" in one and "width^(-1.00)" in one for one in verdict.context)
    assert any("of shots at 1 MHz" in one for one in verdict.context)
    few = [replace(row, variance_over_initialisations=None) if row.width == 16 else row for row in networks()]
    (verdict,) = STUDY.judge(complete(table() + few), CONFIG)
    said = [one for one in verdict.context if "a network of kind" in one]
    assert said
    assert all("is undecided: 2 of 3 widths have the effective samples" in one for one in said)


def test_a_change_reaches_from_one_bound_to_the_other():
    def row(variance, low, high):
        return point("deep", "ry_rz_cz", "Z1Z2", 8, 8, variance, variance_low=low, variance_high=high)

    first = row(8.0, 4.0, 16.0)
    assert change(first, row(2.0, 0.0, 4.0)) == (-2.0, -np.inf, 0.0)
    assert change(first, row(2.0, None, None)) == (-2.0, -3.0, -1.0)


@pytest.mark.parametrize(
    "rows",
    [table() + networks(), table()[:8], networks(), []],
    ids=["complete", "deep circuits only", "networks only", "nothing"],
)
def test_it_is_drawn(rows, tmp_path):
    rows = complete(rows)
    path = draw(rows, STUDY.judge(rows, CONFIG), tmp_path)
    pixels = matplotlib.image.imread(path)[..., :3]
    assert path == tmp_path / "figure.png"
    assert 0.005 < np.mean(np.any(pixels < 0.95, axis=-1)) < 0.5


def test_durations_are_in_people_s_units():
    assert duration(0.5) == "0.5 s"
    assert duration(7200.0) == "2.0 hours"
    assert duration(3.5 * 365.25 * 86400) == "3.5 years"
