"""The figure is drawn from a table, whatever is missing in it, and its labels stand apart."""

import matplotlib.image
import numpy as np
import pytest

from eval.compare.figure import draw_comparison


def row(paradigm, group, **values):
    given = {
        "paradigm": paradigm,
        "group": group,
        "run": f"{group}-{paradigm}",
        "differentiation": "backprop",
        "task": "digits",
        "parameters": 586,
        "steps": 100,
        "learning_rates_tried": [0.01, 0.1],
        "batch_size": 64,
        "gradient_to_forward_flops": 2.9,
        "gradient_to_forward": 2.5,
        "residual_bytes": 10_000,
        "temp_bytes": 20_000,
        "step_seconds": 0.002,
        "circuit_executions": None,
    }
    return given | values


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
MISSING = dict.fromkeys(
    ("gradient_to_forward_flops", "gradient_to_forward", "residual_bytes", "temp_bytes", "step_seconds")
)


@pytest.mark.parametrize(
    ("rows", "curves"),
    [
        (COMPLETE, {row["run"]: CURVE for row in COMPLETE}),
        (COMPLETE, {}),
        (COMPLETE[:1], {"matched-vqc": CURVE[:1]}),
        ([COMPLETE[0] | MISSING], {}),
    ],
    ids=["complete", "without curves", "one contender", "nothing measured"],
)
def test_it_is_drawn(rows, curves, tmp_path):
    path = draw_comparison(rows, curves, tmp_path)
    pixels = matplotlib.image.imread(path)[..., :3]
    assert path == tmp_path / "compare.png"
    assert pixels.shape[1] == 1800
    assert 0.005 < np.mean(np.any(pixels < 0.95, axis=-1)) < 0.5


def test_what_is_measured_shows(tmp_path):
    with_values = matplotlib.image.imread(draw_comparison(COMPLETE, {}, tmp_path))
    without = matplotlib.image.imread(draw_comparison([row | MISSING for row in COMPLETE], {}, tmp_path))
    assert np.mean(with_values < 0.95) > 1.2 * np.mean(without < 0.95)
