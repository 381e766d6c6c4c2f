"""The embedded digits: read as scikit-learn reads them, without it; split as stated."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from training.data.sets import digits
from training.errors import BadInput

ROOT = Path("not/used")


def whole(split) -> tuple[np.ndarray, np.ndarray]:
    return split.take(np.arange(len(split)))


def test_the_three_splits_are_the_whole_of_scikit_learns_digits() -> None:
    from sklearn.datasets import load_digits

    pixels, classes = load_digits(return_X_y=True)
    data = digits.load(ROOT)
    parts = [whole(split) for split in (data.train, data.validation, data.test)]
    images = np.concatenate([part[0] for part in parts])
    labels = np.concatenate([part[1] for part in parts])
    assert images.dtype == np.float32
    assert images.shape == (1797, 8, 8, 1)

    def rows(images: np.ndarray, labels: np.ndarray) -> list[tuple[float, ...]]:
        return sorted(map(tuple, np.column_stack([images.reshape(-1, 64), labels]).tolist()))

    assert rows(images, labels) == rows(np.asarray(pixels) / 16, np.asarray(classes))


def test_the_sizes_and_the_spec_are_as_stated() -> None:
    data = digits.load(ROOT)
    assert (len(data.train), len(data.validation), len(data.test)) == (1260, 179, 358)
    inputs, targets = data.train.take(np.array([0, 5]))
    assert inputs.shape[1:] == data.spec.inputs.shape
    assert inputs.dtype == data.spec.inputs.dtype
    assert targets.dtype == np.int32
    assert (data.spec.kind, data.spec.outputs) == ("classification", 10)


def assert_shares(part: np.ndarray, whole: np.ndarray, share: float) -> None:
    """Of r < 10 further places in a row, j fall into a split of k places in ten: |j - r k/10| <= k (10 - k)/10."""
    np.testing.assert_array_less(np.abs(part - share * whole), 10 * share * (1 - share) + 1e-9)


def test_every_class_of_the_digits_keeps_its_share() -> None:
    data = digits.load(ROOT)
    counts = np.stack([np.bincount(whole(s)[1], minlength=10) for s in (data.train, data.validation, data.test)])
    for part, share in zip(counts, (0.7, 0.1, 0.2), strict=True):
        assert_shares(part, counts.sum(axis=0), share)


def test_the_same_split_comes_every_time() -> None:
    first, second = (whole(digits.load(ROOT).test) for _ in range(2))
    np.testing.assert_array_equal(first[0], second[0])


def test_scikit_learn_is_not_imported() -> None:
    program = (
        "import sys; from training.tasks import TaskConfig, load_task; import training.data.pipeline; "
        "load_task(TaskConfig('digits')); print(sorted({'sklearn', 'pooch', 'requests'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_missing_scikit_learn_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BadInput, match="pip install scikit-learn"):
        digits.load(ROOT)


def test_a_scikit_learn_without_the_file_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("sklearn", tmp_path / "__init__.py")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    with pytest.raises(BadInput, match=r"digits.csv.gz, which this scikit-learn does not carry"):
        digits.load(ROOT)
