"""The figure is drawn from a table, whatever is missing in it, and its labels stand apart."""

from dataclasses import replace

import matplotlib.image
import numpy as np
import pytest
from matplotlib.figure import Figure

from eval.compare.curve_panels import draw_curves
from eval.compare.figure import draw_comparison
from eval.compare.rows import ComparedRun


def row(paradigm, group, **values):
    given = {
        "paradigm": paradigm, "group": group, "run": f"{group}-{paradigm}", "differentiation": "backprop",
        "settings": "", "task": "digits", "parameters": 586, "learning_rate": 0.01,
        "learning_rates_tried": (0.01, 0.1), "steps": 100, "batch_size": 64, "seed": 0, "test_examples": 358,
        "test_accuracy": 0.9, "test_loss": 0.3, "eval_accuracy": 0.9, "eval_loss": 0.3,
        "variance_over_examples": 0.02, "variance_over_estimates": 0.0, "signal_to_noise": 0.2,
        "residual_bytes": 10_000, "temp_bytes": 20_000, "compile_seconds": 1.0, "forward_seconds": 0.001,
        "gradient_seconds": 0.0025, "gradient_to_forward": 2.5, "flops": 2900, "circuit_executions": None,
        "step_seconds": 0.002, "forward_flops": 1000, "gradient_to_forward_flops": 2.9, "dtype": "float32",
        "versions": {}, "unavailable": {},
    }  # fmt: skip
    return ComparedRun(**given | values)


COMPLETE = [
    row("vqc", "matched"),
    row("vqc", "hardware", circuit_executions=36928, gradient_to_forward_flops=574.0, step_seconds=1.9),
    row("snn", "matched", parameters=612),
    row("transformer", "matched"),
    row("snn", "default", parameters=9748),
    row("transformer", "default", parameters=102090),
]
CURVE = [
    {"step": step, "eval/accuracy": 0.1 + step / 200, "gradient/variance_over_examples": 0.1 / (1 + step)}
    for step in range(0, 101, 20)
]
MISSING = dict.fromkeys(("gradient_to_forward_flops", "gradient_to_forward", "residual_bytes", "temp_bytes"))


@pytest.mark.parametrize(
    ("rows", "curves"),
    [
        (COMPLETE, {row.run: CURVE for row in COMPLETE}),
        (COMPLETE, {}),
        (COMPLETE[:1], {"matched-vqc": CURVE[:1]}),
        ([replace(COMPLETE[0], **MISSING)], {}),
    ],
    ids=["complete", "without curves", "one contender", "nothing measured"],
)
def test_it_is_drawn(rows, curves, tmp_path):
    path = draw_comparison(rows, curves, tmp_path)
    pixels = matplotlib.image.imread(path)[..., :3]
    assert path == tmp_path / "compare.png"
    assert pixels.shape[1] == 1800
    assert 0.005 < np.mean(np.any(pixels < 0.95, axis=-1)) < 0.5


def test_the_first_panel_of_a_regression_is_its_loss():
    rows = [replace(row, eval_accuracy=None, test_accuracy=None) for row in COMPLETE]
    curves = {row.run: [{"step": step, "eval/loss": 2.0 - step / 100} for step in range(0, 101, 20)] for row in rows}
    figure = Figure()
    draw_curves(figure, rows, curves)
    panel = figure.axes[0]
    assert {text.get_text() for text in panel.texts} >= {"Validation loss", "vqc 1", "snn 1", "transformer 1"}
    # Three at the matched size and two at their own.
    assert [list(line.get_ydata()) for line in panel.lines] == [[2.0, 1.8, 1.6, 1.4, 1.2, 1.0]] * 5
    assert panel.get_yscale() == "log"


def test_what_is_measured_shows(tmp_path):
    with_values = matplotlib.image.imread(draw_comparison(COMPLETE, {}, tmp_path))
    without = matplotlib.image.imread(draw_comparison([replace(row, **MISSING) for row in COMPLETE], {}, tmp_path))
    assert np.mean(with_values < 0.95) > 1.2 * np.mean(without < 0.95)
