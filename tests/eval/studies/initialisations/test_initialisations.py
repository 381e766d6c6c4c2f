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

from eval.claims import CLAIMS
from eval.recorder import Recorder
from eval.studies.initialisations import STUDY
from eval.studies.initialisations.config import Config
from eval.studies.initialisations.run import SHALLOW
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
    rows = STUDY.run(TINY, Recorder(tmp_path / "rows.jsonl"))
    assert {row["setting"] for row in rows} == {"uniform", "identity_blocks", SHALLOW}
    assert len([row for row in rows if row["part"] == "training"]) == 2 * 2 * 11
    (verdict,) = STUDY.verdicts(rows, TINY)
    assert verdict.claim == "C4"
    assert verdict.verdict == "conditional"
    assert STUDY.draw(rows, [verdict], tmp_path).stat().st_size > 10_000

    def never(*_, **__):
        raise AssertionError("measured again")

    again = Recorder(tmp_path / "rows.jsonl")
    original, jax.grad = jax.grad, never
    try:
        assert STUDY.run(TINY, again) == rows
    finally:
        jax.grad = original


def table(slopes: dict[str, float], powers: dict[str, float], qubits: tuple[int, ...]) -> list[dict[str, Any]]:
    laws = {name: [2.0 ** (slope * n) for n in qubits] for name, slope in slopes.items()}
    laws |= {name: [float(n) ** power for n in qubits] for name, power in powers.items()}
    return [
        {"part": "variance", "setting": name, "qubits": n, "variance": value, "relative_error": 0.03}
        for name, values in laws.items()
        for n, value in zip(qubits, values, strict=True)
    ]


WIDE, NARROW = (4, 6, 8, 10, 12, 14, 16, 18, 20), (4, 6, 8, 10, 12, 14, 16)


@pytest.mark.parametrize(
    ("slopes", "powers", "qubits", "expected"),
    [
        ({"uniform": -1.0, "beta": -0.6}, {"small_gaussian": -1.5}, WIDE, "supported"),
        ({"uniform": -1.0, "beta": -0.6}, {"small_gaussian": -1.5}, NARROW, "conditional"),
        ({"uniform": -1.0, "beta": -0.6}, {}, WIDE, "refuted"),
        ({"uniform": -1.0, "beta": -0.6}, {}, NARROW, "conditional"),
        ({"beta": -0.6}, {"uniform": -1.5}, WIDE, "conditional"),
    ],
)
def test_the_verdict_follows_the_numbers(slopes, powers, qubits, expected) -> None:
    (verdict,) = STUDY.verdicts(table(slopes, powers, qubits), replace(TINY, qubits=qubits))
    assert verdict.verdict == expected
    assert ("preset=full" in verdict.conditions[-1]) == (qubits is NARROW)
    if "small_gaussian" in powers:
        assert "small_gaussian polynomially (-1.50 [" in verdict.statement
        assert verdict.low < verdict.effect < verdict.high
        assert verdict.effect > 0.6


def test_the_claim_names_this_study() -> None:
    assert CLAIMS["C4"].study == STUDY.name
