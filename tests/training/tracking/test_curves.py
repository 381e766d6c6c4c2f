from __future__ import annotations

import itertools
import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread

from training.errors import BadInput
from training.tracking.curves import draw_curves

ROWS = [
    {
        "step": step,
        "train/loss": 2.3 * math.exp(-step / 300),
        "gradient/variance_over_examples": 1e-4 * math.exp(-step / 200),
        "gradient/variance_over_estimates": 0.0,
        "time/step_seconds": 0.002 if step != 300 else 0.004,
        **({"eval/loss": 2.4 * math.exp(-step / 300), "eval/accuracy": 0.5 + step / 2400} if step % 300 == 0 else {}),
        **({"test/accuracy": 0.9625} if step == 900 else {}),
    }
    for step in range(0, 901, 100)
]


@pytest.fixture
def figures(monkeypatch) -> list[Figure]:
    """Every figure that is saved, to look into."""
    saved: list[Figure] = []
    save = FigureCanvasAgg.print_figure

    def watched(self: FigureCanvasAgg, *arguments: object, **options: object) -> object:
        saved.append(self.figure)
        return save(self, *arguments, **options)

    monkeypatch.setattr(FigureCanvasAgg, "print_figure", watched)
    return saved


def draw(directory: Path, rows: list[dict]) -> Path:
    (directory / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return draw_curves(directory)


def texts(axes: object) -> list[str]:
    return [text.get_text() for text in axes.texts]


def numbers(axes: object, renderer: object) -> list[object]:
    """Where the numbers beside a panel stand, from below."""
    low, high = axes.get_ylim()
    shown = [text for text in axes.get_yticklabels() if text.get_text() and low <= text.get_position()[1] <= high]
    return [text.get_window_extent(renderer) for text in shown]


def test_four_panels_show_what_was_measured(tmp_path, figures):
    path = draw(tmp_path, ROWS)
    assert path == tmp_path / "curves.png"
    assert imread(path).shape[0] > 600

    loss, accuracy, variance, duration = figures[0].axes
    assert [axes.get_title(loc="left") for axes in (loss, accuracy, variance, duration)] == [
        "Loss (nats)",
        "Accuracy (share of correct answers)",
        "Gradient variance (mean over parameters)",
        "Time of one update (ms)",
    ]
    train, validation = loss.lines
    np.testing.assert_allclose(train.get_ydata(), [row["train/loss"] for row in ROWS])
    np.testing.assert_array_equal(validation.get_xdata(), [0, 300, 600, 900])
    assert texts(accuracy) == ["validation 87.5%", "test 96.2%"]
    assert variance.get_yscale() == "log"
    np.testing.assert_allclose(duration.lines[0].get_ydata(), [1e3 * row["time/step_seconds"] for row in ROWS])
    assert texts(duration) == ["median 2 ms"]
    assert {axes.get_xlim() for axes in figures[0].axes} == {(0.0, 900.0)}
    # An exact zero has no place on a logarithmic axis and is no curve.
    assert len(texts(variance)) == 1


def test_labels_do_not_overlap_and_stay_inside_the_figure(tmp_path, figures):
    close = [{"step": step, "train/loss": 0.5, "eval/loss": 0.5001} for step in (1, 2)]
    # At the bottom, at the top and in the middle of the panel; large numbers, and a variance that hardly changes.
    large = [
        {name: value if name == "step" or "accuracy" in name else 1e5 * value for name, value in row.items()}
        for row in ROWS
    ]
    narrow = [{"step": step, "gradient/variance_over_examples": 1.1e-4 + 1e-6 * step} for step in range(9)]
    slow = [{"step": 100_000 * step, "time/step_seconds": 12.3456} for step in range(9)]
    for rows in (close, [{"step": 0, "train/loss": 9.0}, *close], ROWS, large, narrow, [*narrow, *slow]):
        draw(tmp_path, rows)
        figure = figures[-1]
        renderer = figure.canvas.get_renderer()
        for axes in figure.axes:
            beside = numbers(axes, renderer)
            assert all(figure.bbox.x0 <= box.x0 for box in beside)
            assert not any(one.overlaps(other) for one, other in itertools.pairwise(beside))
            assert len(beside) >= 2 or texts(axes) == ["not measured"]
            boxes = [text.get_window_extent(renderer) for text in axes.texts]
            for index, box in enumerate(boxes):
                assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
                assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1
                assert not any(box.overlaps(other) for other in boxes[index + 1 :])
                for other in figure.axes:
                    if other != axes:
                        taken = (other.get_window_extent(renderer), *numbers(other, renderer))
                        assert not any(box.overlaps(one) for one in taken)


@pytest.mark.parametrize("rows", [[], [{"step": 0}], [{"step": 0, "eval/loss": 2.0}]])
def test_a_panel_without_data_says_so(tmp_path, figures, rows):
    draw(tmp_path, rows)
    empty = [axes for axes in figures[0].axes if texts(axes) == ["not measured"]]
    assert len(empty) == (3 if any("eval/loss" in row for row in rows) else 4)
    assert all(len(axes.get_xticks()) == 0 for axes in empty)


def test_a_loss_of_which_the_unit_is_not_known_has_none(tmp_path, figures):
    draw(tmp_path, [{"step": 1, "train/loss": 0.5, "eval/loss": 0.5}])
    assert figures[0].axes[0].get_title(loc="left") == "Loss"


def test_pyplot_is_left_alone(tmp_path):
    loaded = "matplotlib.pyplot" in sys.modules
    draw(tmp_path, ROWS)
    assert ("matplotlib.pyplot" in sys.modules) == loaded


def test_damaged_rows_are_refused(tmp_path):
    (tmp_path / "metrics.jsonl").write_text('oops\n{"step": 1}\n')
    with pytest.raises(BadInput, match="line 1"):
        draw_curves(tmp_path)
