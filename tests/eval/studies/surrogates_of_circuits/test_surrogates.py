"""Surrogates against state vectors, and what is concluded from them."""

import numpy as np
import pytest

from eval.studies.surrogates_of_circuits import STUDY, Config
from eval.studies.surrogates_of_circuits.measure import COLUMNS, simulate, state_vector_values, surrogate
from eval.studies.surrogates_of_circuits.settings import Setting, all_settings, small_angle
from eval.studies.surrogates_of_circuits.verdict import verdicts
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
    row = simulate(Setting("deep", False, "Z1Z2", 4, 12, None), 1e-9, Config(most_words=100))
    assert not row["simulated"]
    assert "100 Pauli words" in row["refused"]


def test_the_small_angle_is_the_published_one():
    assert small_angle(6) == pytest.approx(np.sqrt(1 / (4 * 2 * 8)))
    drawn = Setting("small_angles", True, "Z1Z2", 8, 6, small_angle(6)).angles(200, 0)
    assert drawn.std() == pytest.approx(small_angle(6), rel=0.02)


def test_a_whole_study(tmp_path):
    rows, (verdict,) = run_study(STUDY, SMALL, tmp_path, lambda sentence: None)
    assert all(tuple(row) == COLUMNS for row in rows)
    assert verdict.claim == "C4"
    assert {row["reference"] for row in rows} == {"state vector", "finer threshold"}
    assert (tmp_path / "figure.png").stat().st_size > 10_000


def row(qubits, *, plateau_free=True, relative_error=0.01, refused=None):
    return {
        "setting": "shallow_local" if plateau_free else "deep", "plateau_free": plateau_free, "qubits": qubits,
        "depth": 2, "threshold": 0.01, "relative_error": relative_error, "simulated": relative_error <= 0.1,
        "updates": 10.0 * qubits**2, "seconds": 0.1, "refused": refused,
    }  # fmt: skip


def test_the_verdict_follows_from_the_errors():
    widths = (4, 8, 16, 32)
    (found,) = verdicts([row(n) for n in widths] + [row(8, plateau_free=False, refused="words")], Config())
    assert found.verdict == "conditional"
    assert found.effect == pytest.approx(2.0)
    assert any("given up from 8 qubits" in condition for condition in found.conditions)
    (failed,) = verdicts([row(n, relative_error=0.5 if n == 32 else 0.01) for n in widths], Config())
    assert failed.verdict == "supported"
    (nothing,) = verdicts([], Config())
    assert nothing.verdict == "not measured here"


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
