"""The generated data sets: their labels follow the definitions, their splits are as stated, their seed is all."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.data.draws import Draws
from training.data.generated import unit_range
from training.data.sets import bars_and_stripes, hidden_manifold, hyperplanes, linearly_separable, two_curves
from training.errors import BadInput
from training.tasks import TaskConfig, load_task

NAMES = ("linearly_separable", "hidden_manifold", "two_curves", "hyperplanes", "bars_and_stripes")
seeds = st.integers(0, 2**32)
features = st.integers(2, 20)


def whole(split) -> tuple[np.ndarray, np.ndarray]:
    return split.take(np.arange(len(split)))


def load(name: str, **options: int):
    return load_task(TaskConfig(name, **options), Path("not/used"))


@pytest.mark.parametrize("name", NAMES)
def test_sizes_spec_and_range_are_as_stated(name: str) -> None:
    task = load(name, features=9, seed=3)
    assert [len(split) for split in (task.train, task.validation, task.test)] == [240, 60, 60]
    assert (task.spec.kind, task.spec.outputs) == ("classification", 2)
    for split in (task.train, task.validation, task.test):
        inputs, classes = whole(split)
        assert inputs.shape[1:] == task.spec.inputs.shape == ((3, 3, 1) if name == "bars_and_stripes" else (9,))
        assert inputs.dtype == task.spec.inputs.dtype == np.float32
        assert classes.dtype == np.int32
        assert set(np.unique(classes)) == {0, 1}
        assert 0.25 < classes.mean() < 0.75
        assert inputs.min() >= 0
        assert inputs.max() <= 1
    train = whole(task.train)[0].reshape(240, 9)
    np.testing.assert_array_equal([train.min(axis=0), train.max(axis=0)], [np.zeros(9), np.ones(9)])


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_of_the_data_is_all_that_decides(name: str) -> None:
    first, again, other = (whole(load(name, seed=seed).train) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("linearly_separable", ("593b511f8899f836", 10.726002)),
        ("hidden_manifold", ("82bf6602522b15bc", 4.4634712)),
        ("two_curves", ("58e46a0fee710cf8", 6.5465019)),
        ("hyperplanes", ("d05c1c0d1c57563d", -6.0901934)),
        ("bars_and_stripes", ("12d91286a06866f9", 4.3351509)),
    ],
)
def test_the_data_are_these_on_every_platform(name: str, expected: tuple[str, float]) -> None:
    """Classes by their digest; features, whose last digits may differ with the C library, by a weighted sum."""
    inputs, classes = whole(load(name).train)
    assert hashlib.sha256(np.packbits(classes).tobytes()).hexdigest()[:16] == expected[0]
    weights = np.cos(np.arange(inputs.size)).reshape(inputs.shape)
    np.testing.assert_allclose((weights * inputs).sum(), expected[1], rtol=1e-4)


@settings(max_examples=30, deadline=None)
@given(seeds, features)
def test_linearly_separable_points_keep_their_margin(seed: int, count: int) -> None:
    points, classes = linearly_separable.draw(Draws(seed), 50, count)
    sums = points.sum(axis=1)
    assert np.all(np.abs(sums) > 0.02 * count)
    np.testing.assert_array_equal(classes, sums > 0)
    assert np.all(np.abs(points) <= 1)


def test_linearly_separable_stays_separable_after_scaling() -> None:
    from sklearn.svm import SVC

    inputs, classes = whole(load("linearly_separable", features=5).train)
    assert SVC(kernel="linear", C=1e5).fit(inputs, classes).score(inputs, classes) == 1


@settings(max_examples=30, deadline=None)
@given(seeds, features, st.integers(1, 20))
def test_hidden_manifold_classes_are_balanced_and_features_bounded(seed: int, count: int, dimension: int) -> None:
    points, classes = hidden_manifold.draw(Draws(seed), 40, count, dimension)
    assert classes.sum() == 20
    assert np.all(np.abs(points) < 1)


@settings(max_examples=20, deadline=None)
@given(seeds, st.integers(2, 6))
def test_hidden_manifold_labels_are_those_of_the_random_network(seed: int, dimension: int) -> None:
    """Recomputed one example at a time from the hidden variables, which the features give back where d = m."""
    draws = Draws(seed)
    embedding = draws.normal(dimension, dimension)
    biases = draws.uniform(dimension, low=-1.0, high=1.0)
    weights, readout = draws.normal(dimension, dimension), draws.normal(dimension)
    points, classes = hidden_manifold.draw(Draws(seed), 30, dimension, dimension)
    scores = []
    for point in points:
        hidden = np.linalg.solve(embedding.T / np.sqrt(dimension), np.arctanh(point) + biases)
        scores.append(readout @ np.tanh(weights @ hidden))
    assert min(np.array(scores)[classes == 1]) >= max(np.array(scores)[classes == 0])


@settings(max_examples=20, deadline=None)
@given(seeds, features, st.integers(1, 12), st.floats(0, 1))
def test_two_curves_are_the_same_fourier_series_shifted(seed: int, count: int, degree: int, place: float) -> None:
    coefficients = Draws(seed).uniform(count, degree + 1, 2)
    (point,) = two_curves.curve(coefficients, np.array([place]))
    for i, row in enumerate(coefficients):
        value = row[0, 0] + row[0, 1]
        for k in range(1, degree + 1):
            value += row[k, 0] * np.cos(np.pi * k * place) + row[k, 1] * np.sin(np.pi * k * place)
        np.testing.assert_allclose(point[i], value, rtol=1e-10, atol=1e-12)


@settings(max_examples=15, deadline=None)
@given(seeds, st.integers(2, 6), st.integers(1, 5))
def test_two_curves_points_lie_on_the_curve_of_their_class(seed: int, count: int, degree: int) -> None:
    points, classes = two_curves.draw(Draws(seed), 20, count, degree, noise=0.0)
    assert classes.sum() == 10
    coefficients = Draws(seed).uniform(count, degree + 1, 2)
    coefficients /= np.linalg.norm(coefficients)
    curve = two_curves.curve(coefficients, np.linspace(0, 1, 4001))
    on_first = points - classes[:, np.newaxis] / (2 * degree)
    nearest = np.linalg.norm(on_first[:, np.newaxis] - curve, axis=-1).min(axis=1)
    # Between two of the grid's places lies at most half a step times the curve's largest speed, π D √2 at unit norm.
    assert nearest.max() < 0.5 / 4000 * np.pi * degree * np.sqrt(2 * (degree + 1) * count)


@settings(max_examples=20, deadline=None)
@given(seeds, st.integers(1, 12))
def test_hyperplanes_classes_are_the_parity_of_sides(seed: int, count: int) -> None:
    draws = Draws(seed)
    weights, biases = draws.uniform(count, 3), draws.uniform(count)
    try:
        points, classes = hyperplanes.draw(draws, 31, weights, biases)
    except BadInput:  # rightly, where a class is rare
        share = hyperplanes.parity(Draws(1).normal(5000, 3), weights, biases).mean()
        assert min(share, 1 - share) < 0.03
        return
    sides = [sum(float(w @ point + b) > 0 for w, b in zip(weights, biases, strict=True)) for point in points]
    np.testing.assert_array_equal(classes, np.array(sides) % 2)
    assert classes.sum() == 15


def test_hyperplanes_that_leave_a_class_empty_are_refused() -> None:
    with pytest.raises(BadInput, match="these 1 hyperplanes put almost all points into one class: choose another"):
        hyperplanes.draw(Draws(0), 20, np.full((1, 3), 0.01), np.ones(1))


def test_hyperplanes_features_are_linear_in_three_dimensions() -> None:
    inputs, _ = whole(load("hyperplanes", features=8).train)
    assert np.linalg.matrix_rank(inputs - inputs.mean(axis=0), tol=1e-3) == 3


@settings(max_examples=30, deadline=None)
@given(seeds, st.integers(2, 5))
def test_bars_and_stripes_are_lines_of_one_direction(seed: int, side: int) -> None:
    images, classes = bars_and_stripes.draw(Draws(seed), 40, side, noise=0.0)
    assert set(np.unique(images)) <= {-1.0, 1.0}
    for image, horizontal in zip(images, classes, strict=True):
        along = image if horizontal else image.T
        assert np.all(along == along[:, :1])


def test_bars_and_stripes_have_noise_of_the_stated_deviation() -> None:
    noisy, clean = (bars_and_stripes.draw(Draws(0), 4000, 4, noise)[0] for noise in (0.5, 0.0))
    np.testing.assert_allclose((noisy - clean).std(), 0.5, rtol=0.02)


def test_pixels_that_make_no_square_are_refused() -> None:
    with pytest.raises(BadInput, match=r"task.features=10 pixels make no square .* choose 4, 9 or 16"):
        load("bars_and_stripes", features=10)


def test_values_beyond_the_reference_are_clipped() -> None:
    scaled = unit_range(np.array([[0.0], [5.0], [20.0], [-3.0]]), reference=np.array([[0.0], [10.0]]))
    np.testing.assert_array_equal(scaled[:, 0], np.array([0, 0.5, 1, 0], np.float32))
