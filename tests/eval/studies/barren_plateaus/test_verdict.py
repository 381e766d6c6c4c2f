"""The verdict follows from the numbers, and the figure is drawn whatever is missing."""

from dataclasses import replace

import matplotlib.image
import numpy as np
import pytest

from eval.studies.barren_plateaus.config import Config
from eval.studies.barren_plateaus.figure import draw
from eval.studies.barren_plateaus.formulas import formula
from eval.studies.barren_plateaus.table import complete
from eval.studies.barren_plateaus.verdict import duration, verdicts

CONFIG = replace(Config(), local_layers=(2,))


def deep(slope, observable="Z1Z2", part="deep"):
    """Rows at two depths that agree, whose variance departs from the formula by ``slope`` bits a qubit."""
    return [
        {
            "part": part, "ansatz": "ry_rz_cz", "observable": observable, "parameter": "first", "qubits": qubits,
            "depth": depth * qubits, "depth_per_qubit": float(depth), "method": "chain", "parameters": 10,
            "variance": formula("ry_rz_cz", observable, qubits) * 2.0 ** (slope * qubits), "variance_low": None,
            "variance_high": None, "formula": formula("ry_rz_cz", observable, qubits), "cost_variance": 0.1,
        }
        for qubits in (4, 8, 16, 32)
        for depth in (4, 8)
    ]  # fmt: skip


def shallow(decay):
    return [
        {
            "part": "local", "ansatz": "ry_rz_cz", "observable": "local", "parameter": "first", "qubits": qubits,
            "depth": 2, "variance": decay(qubits), "method": "chain", "parameters": 10,
        }
        for qubits in (4, 8, 16, 32, 64, 100)
    ]  # fmt: skip


def networks():
    return [
        {
            "part": "network", "ansatz": name, "width": width, "depth": 2, "variance": 1 / width, "method": "x",
            "variance_low": 0.9 / width, "variance_high": 1.1 / width,
        }
        for name in ("transformer", "snn")
        for width in (16, 32, 64)
    ]  # fmt: skip


def noisy():
    return [entry | {"part": "noise", "noise_rate": rate} for entry in deep(0)[:2] for rate in (0.0, 0.01)]


def judge(rows):
    (verdict,) = verdicts(complete(rows), CONFIG)
    return verdict


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (deep(0), "supported"),
        (deep(0) + shallow(lambda n: 1 / n**2), "conditional"),
        (deep(0) + shallow(lambda n: 2.0**-n), "supported"),
        (deep(1.0), "refuted"),
        ([], "not measured here"),
    ],
)
def test_it_follows_from_the_slopes(rows, expected):
    assert judge(rows).verdict == expected


def test_it_states_the_slope_and_whether_the_formula_holds():
    verdict = judge(deep(0) + deep(0, "projector") + shallow(lambda n: 1 / n**2) + networks())
    assert verdict.effect == pytest.approx(-1.0, abs=0.01)
    assert verdict.low <= verdict.effect <= verdict.high
    assert "polynomial" in verdict.statement
    assert any("inside ±0.05" in condition and "not inside" not in condition for condition in verdict.conditions)
    assert any("transformer" in condition and "width^(-1.00)" in condition for condition in verdict.conditions)
    off = judge(deep(0.2))
    assert any("not inside ±0.05" in condition for condition in off.conditions)


def test_the_interval_and_not_the_estimate_decides():
    wobbling = deep(0)
    for entry in wobbling:
        entry["variance"] *= {4: 2.0, 8: 0.5, 16: 2.0, 32: 0.5}[entry["qubits"]]
    assert any("not inside ±0.05" in condition for condition in judge(wobbling).conditions)


@pytest.mark.parametrize(
    "rows",
    [
        deep(0) + deep(0, "projector") + shallow(lambda n: 1 / n**2) + networks() + noisy(),
        deep(0),
        networks(),
        [],
    ],
    ids=["complete", "deep circuits only", "networks only", "nothing"],
)
def test_it_is_drawn(rows, tmp_path):
    table = complete(rows)
    path = draw(table, verdicts(table, CONFIG), tmp_path)
    pixels = matplotlib.image.imread(path)[..., :3]
    assert path == tmp_path / "figure.png"
    assert 0.005 < np.mean(np.any(pixels < 0.95, axis=-1)) < 0.5


def test_durations_are_in_people_s_units():
    assert duration(0.5) == "0.5 s"
    assert duration(7200.0) == "2.0 hours"
    assert duration(3.5 * 365.25 * 86400) == "3.5 years"
