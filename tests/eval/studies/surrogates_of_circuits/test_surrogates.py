"""Surrogates against state vectors, and what is concluded from them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from statement_tables.surrogates_of_circuits import WIDTHS, family, given_up, row, table, too_dear

from eval.studies.surrogates_of_circuits import STUDY, Config
from eval.studies.surrogates_of_circuits.measure import (
    ROUNDING,
    errors,
    simulate,
    state_vector_values,
    surrogate,
)
from eval.studies.surrogates_of_circuits.simulated_circuits import (
    SHALLOW_LOCAL,
    SMALL_ANGLES,
    Setting,
    all_settings,
    small_angle,
)
from eval.study import run_study
from training.errors import BadInput

SMALL = Config(
    shallow_qubits=(3, 4, 6), shallow_layers=(2,), small_angle_qubits=(3, 4, 5), deep_qubits=(3, 4),
    thresholds=(0.01,), samples=4, state_vector_qubits=4,
)  # fmt: skip


@pytest.mark.parametrize("setting", all_settings(SMALL)[:5:2], ids=lambda setting: f"{setting.name}-{setting.qubits}")
def test_without_truncation_the_surrogate_is_the_circuit(setting):
    angles = setting.angles(3, seed=1)
    values, cost = surrogate(setting, angles, 1e-12, 10**6)
    np.testing.assert_allclose(values, state_vector_values(setting, angles), atol=2e-6)
    assert cost["words"] >= 1


def test_what_takes_too_many_words_is_refused():
    found = simulate(Setting("deep", False, "Z1Z2", 4, 12, None), 1e-9, Config(most_words=100))
    assert found.words is None
    assert "100 Pauli words" in found.refused


def test_the_small_angle_is_the_published_one():
    assert small_angle(6) == pytest.approx(np.sqrt(1 / (4 * 2 * 8)))
    drawn = Setting("small_angles", True, "Z1Z2", 8, 6, small_angle(6)).angles(200, 0)
    assert drawn.std() == pytest.approx(small_angle(6), rel=0.02)


def test_a_whole_study(tmp_path):
    rows, (verdict,) = run_study(STUDY, SMALL, tmp_path, lambda sentence: None)
    assert verdict.claim == "C4"
    assert {each.reference for each in rows} == {"state vector", "finer threshold"}
    assert (tmp_path / "figure.png").stat().st_size > 10_000


def judge(rows):
    (verdict,) = STUDY.judge(rows, Config())
    return {one.statement: one for one in verdict.judgements}


def test_one_threshold_must_simulate_every_width():
    name = "shallow_simulated"
    assert judge(table())[name].outcome == "holds"
    assert judge(table())[name].value == 0.02
    alternating = [
        row(SHALLOW_LOCAL, n, t, 0.3 if (n < 10) == (t == 0.01) else 0.02) for n in WIDTHS for t in (0.01, 0.001)
    ]
    assert judge(table(shallow_local=alternating))[name].outcome == "undecided"
    deeper = family(SHALLOW_LOCAL) + too_dear(SHALLOW_LOCAL, depth=4)
    assert judge(table(shallow_local=deeper))[name].outcome == "fails"


def test_a_threshold_that_is_too_coarse_leaves_a_finer_one_open():
    coarse = [each for each in family(SHALLOW_LOCAL) if each.threshold == 0.01]
    found = judge(table(shallow_local=coarse))["shallow_simulated"]
    assert found.outcome == "undecided"
    assert "finer settings.thresholds" in found.needed
    assert judge(table(shallow_local=too_dear(SHALLOW_LOCAL)))["shallow_simulated"].outcome == "fails"


def test_narrow_circuits_alone_decide_nothing():
    narrow = [each for each in family(SHALLOW_LOCAL) if each.qubits < 20]
    assert judge(table(shallow_local=narrow))["shallow_simulated"].outcome == "undecided"
    wrong = [each for each in too_dear(SHALLOW_LOCAL) if each.qubits < 20]
    assert judge(table(shallow_local=wrong))["shallow_simulated"].outcome == "fails"


def test_several_intervals_hold_together():
    """At 0.07, 1.3 times the error is within 10%, but not what 8 intervals at once allow."""
    close = family(SHALLOW_LOCAL, fine=0.07)
    assert judge(table(shallow_local=close))["shallow_simulated"].outcome == "undecided"
    found = judge(table(shallow_local=close))["shallow_simulated"]
    factor = stats.t.ppf(1 - 0.025 / 8, 31) / stats.t.ppf(0.975, 31)
    assert (found.low, found.high) == pytest.approx((0.07 / 1.3**factor, 0.07 * 1.3**factor))


def test_what_is_given_up_is_not_simulated_but_a_reference_decides_nothing():
    rows = [given_up(SMALL_ANGLES, n, 0.01) for n in WIDTHS]
    assert judge(table(small_angles=rows))["small_angles_simulated"].outcome == "fails"
    rows = [replace(each, words=100.0, refused="of the reference: too many words") for each in rows]
    assert judge(table(small_angles=rows))["small_angles_simulated"].outcome == "undecided"
    without = [replace(each, relative_error_low=None, relative_error_high=None) for each in family(SMALL_ANGLES)]
    assert judge(table(small_angles=without))["small_angles_simulated"].outcome == "undecided"


def test_costs_and_the_contrast_are_told_beside():
    (verdict,) = STUDY.judge(table(), Config())
    assert any("operations grow as n^(2.00)" in one for one in verdict.context)
    assert any("given up from 8 qubits" in one for one in verdict.context)


def test_the_error_and_its_interval():
    """The square of the ratio of root mean square to standard deviation has an F distribution."""
    random, right = np.random.default_rng(0), 0
    for _ in range(400):
        reference = random.normal(size=64)
        found = errors(reference + 0.1 * random.normal(size=64), reference)
        assert found["relative_error"] == pytest.approx(found["error"] / found["spread"])
        right += found["relative_error_low"] <= 0.1 <= found["relative_error_high"]
    assert 0.92 <= right / 400 <= 0.98
    exact = errors(reference, reference)
    assert exact["error"] == ROUNDING
    assert exact["relative_error_high"] < 1e-11


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"thresholds": ()}, r"settings.thresholds=\[\] must list"),
        ({"thresholds": (2.0,)}, "must lie between 0 and 1"),
        ({"deep_qubits": (1,)}, r"settings.deep_qubits=\[1\] must be at least 2"),
        ({"samples": 2}, "settings.samples=2 must be at least 4"),
        ({"state_vector_qubits": 30}, "must be at most 16"),
    ],
)
def test_bad_settings_are_refused_in_a_sentence(settings, sentence):
    with pytest.raises(BadInput, match=sentence):
        Config(**settings)
