"""The study of initialisations: its estimates against theory and float64, its verdict from made-up tables."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest
from statement_tables.initialisations import (
    BETTER,
    LAWS,
    UNIFORM_LOSSES,
    WIDTHS,
    WORSE,
    exponential,
    power,
    table,
    training,
    variances,
)

from eval.claims import CLAIMS
from eval.judgement import Judgement
from eval.recorder import Recorder
from eval.rows import of
from eval.studies.initialisations import STUDY
from eval.studies.initialisations.config import Config
from eval.studies.initialisations.measure import SHALLOW
from eval.studies.initialisations.rows import Look
from eval.studies.initialisations.variance import cost, estimate, measure
from training.errors import BadInput

TINY = Config(
    initialisations=("uniform", "identity_blocks"),
    qubits=(3, 4, 5, 6),
    least_samples=4,
    most_samples=8,
    training_qubits=6,
    training_layers=5,
    training_steps=10,
    training_seeds=2,
    batch_size=4,
)


def test_the_cost_is_that_of_the_stock_device() -> None:
    angles = np.random.default_rng(0).normal(size=(2, 3, 3))

    @qml.qnode(qml.device("default.qubit", wires=3))
    def stock():
        for wire in range(3):
            qml.RY(math.pi / 4, wires=wire)
        for layer in angles:
            for wire in range(3):
                qml.RY(layer[wire, 0], wires=wire)
                qml.RZ(layer[wire, 1], wires=wire)
                qml.RY(layer[wire, 2], wires=wire)
            for pair in ((0, 1), (1, 2), (2, 0)):
                qml.CZ(wires=pair)
        return qml.expval(qml.Z(0) @ qml.Z(1))

    np.testing.assert_allclose(cost(3)(jnp.asarray(angles, jnp.float32)), stock(), atol=1e-5)


def test_the_estimate_is_unbiased_and_its_error_is_right() -> None:
    deviations = np.array([1.0, 2.0, 0.5])
    truth = float(np.mean(deviations**2))
    random = np.random.default_rng(0)
    found = [estimate(5.0 + deviations * random.standard_normal((80, 3))) for _ in range(1000)]
    values = np.array([one.variance for one in found])
    np.testing.assert_allclose(values.mean(), truth, rtol=0.03)
    np.testing.assert_allclose(np.mean([one.first_component for one in found]), 1, rtol=0.05)
    stated = np.mean([one.relative_error * one.variance for one in found])
    np.testing.assert_allclose(stated, values.std(), rtol=0.1)
    np.testing.assert_allclose(np.mean([one.mean_square for one in found]), 25 + truth, rtol=0.03)


def test_a_deep_uniform_circuit_has_the_variance_of_the_plateau() -> None:
    """RY components deep inside: d / [2 (d² - 1)]·… averaged over RY, RZ and RY it lies within a factor of two."""
    d = 2**5
    found = measure("uniform", 5, 40, seed=0, relative_error=0.03, least_samples=64, most_samples=256)
    assert found.relative_error <= 0.03
    plateau = d**2 / (2 * (d + 1) ** 2 * (d - 1))  # both halves random, Tr H² = d
    np.testing.assert_allclose(found.variance, plateau, rtol=0.2)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"qubits": (4, 6)}, r"settings.qubits=\[4, 6\] must be at least 4 different numbers"),
        ({"initialisations": ("beta",)}, "settings.initialisations lacks uniform"),
        ({"training_layers": 4}, "settings.training_layers leads to 4 layers, an identity block takes 5"),
        ({"training_qubits": 5}, "settings.training_qubits=5 must hold 64 amplitudes"),
        ({"least_samples": 9, "most_samples": 8}, "settings.least_samples=9 must be from 2 to most_samples=8"),
        ({"seed": -1}, "seed=-1 must be 0 or more"),
        ({"training_steps": 15}, "settings.training_steps=15 must be a multiple of 10"),
    ],
)
def test_wrong_settings_are_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        replace(TINY, **changes)


@pytest.mark.slow
def test_the_study_runs_from_end_to_end_and_again_from_what_is_on_disk(tmp_path: Path) -> None:
    rows = STUDY.run(TINY, Recorder(tmp_path / "rows.jsonl", kinds=STUDY.kinds))
    assert {row.setting for row in rows} == {"uniform", "identity_blocks", SHALLOW}
    assert len(of(rows, Look)) == 2 * 2 * 11
    (verdict,) = STUDY.judge(rows, TINY)
    assert verdict.claim == "C4"
    assert {one.statement for one in verdict.judgements if one.outcome == "not measured"} == {"small_gaussian", "beta"}
    assert STUDY.draw(rows, [verdict], tmp_path).stat().st_size > 10_000

    def never(*_, **__):
        raise AssertionError("measured again")

    again = Recorder(tmp_path / "rows.jsonl", kinds=STUDY.kinds)
    original, jax.grad = jax.grad, never
    try:
        assert STUDY.run(TINY, again) == rows
    finally:
        jax.grad = original


def judge(rows) -> dict[str, Judgement]:
    (verdict,) = STUDY.judge(rows, TINY)
    return {one.statement: one for one in verdict.judgements}


def test_evidence_and_not_a_preset_decides() -> None:
    """Widths end at 16 qubits, as in the quick preset."""
    assert {one.outcome for one in judge(table()).values()} == {"holds"}
    lost = {setting: exponential(-0.6) for setting in LAWS if setting != "uniform"}
    found = judge(table(**lost))
    assert {name: one.outcome for name, one in found.items() if one.outcome != "fails"} == {
        "plateau": "holds", "slower": "holds", "training": "holds",
    }  # fmt: skip


def test_evidence_does_not_hang_on_a_single_width() -> None:
    """Seven widths of which the widest alone tells a power law from an exponential leave it open."""
    widths = (10, 11, 12, 13, 14, 15, 40)
    alone = judge(variances({"small_gaussian": power(-1.0)}, relative_error=0.05, widths=widths))["small_gaussian"]
    spread = judge(variances({"small_gaussian": power(-1.0)}, relative_error=0.05, widths=(*widths, 30, 50)))
    assert alone.outcome == "undecided"
    assert alone.value < 6
    assert spread["small_gaussian"].outcome == "holds"


def test_the_slower_loss_is_that_of_the_fastest() -> None:
    found = judge(table())["slower"]
    assert found.value == pytest.approx(0.5, abs=0.01)
    assert "beta_full_turn" in found.found
    assert judge(variances(LAWS, relative_error=0.11))["slower"].outcome == "undecided"


def test_losses_are_compared_seed_by_seed_at_the_last_step() -> None:
    found = judge(training({"uniform": UNIFORM_LOSSES, "beta": BETTER}))["training"]
    assert found.value == pytest.approx(np.mean(np.subtract(BETTER, UNIFORM_LOSSES)))
    assert "beta, ends 0.300 nats below the 1.050 nats" in found.found
    # More starts are compared at once: the interval of each is wider.
    several = judge(training({"uniform": UNIFORM_LOSSES, "beta": BETTER, "small_gaussian": WORSE}))["training"]
    assert several.value == found.value
    assert several.low < found.low
    alone = judge(training({"uniform": UNIFORM_LOSSES, "beta": BETTER[:1]}))["training"]
    assert alone.outcome == "not measured"


def test_the_figure_counts_outcomes(tmp_path: Path) -> None:
    for rows in (table(), variances(LAWS, widths=WIDTHS[:3])):
        assert STUDY.draw(rows, STUDY.judge(rows, TINY), tmp_path).stat().st_size > 10_000


def test_the_claim_names_this_study() -> None:
    assert CLAIMS["C4"].study == STUDY.name
