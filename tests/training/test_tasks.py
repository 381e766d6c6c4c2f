"""The choice of a task, and its loss and scores against float64 NumPy."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import training.data
from paradigms.interface import Kind, Spec
from training.data.arrays import ArraySplit
from training.data.vocabulary import Vocabulary
from training.errors import BadInput
from training.tasks import OPTIONS, TASKS, Task, TaskConfig, load_task, task_files


def task_of(kind: Kind, outputs: int) -> Task:
    split = ArraySplit(np.zeros((1, 1), np.int32), np.zeros((1, 1) if kind == "language" else 1, np.int32))
    if kind == "regression":
        split = ArraySplit(split.inputs, np.zeros((1, outputs)))
    spec = Spec(jax.ShapeDtypeStruct((1,), jnp.int32), kind, outputs)
    return Task("toy", spec, split, split, split)


def cross_entropy(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """-log softmax(logits)[target] in float64, for any leading axes."""
    logits = logits.astype(np.float64)
    top = logits.max(axis=-1, keepdims=True)
    normaliser = np.log(np.exp(logits - top).sum(axis=-1)) + top[..., 0]
    return normaliser - np.take_along_axis(logits, targets[..., np.newaxis], axis=-1)[..., 0]


# Few shapes, since each is compiled anew; the values vary.
shapes = st.sampled_from([(1, 1, 2), (1, 6, 5), (4, 3, 3)])


@settings(deadline=None, max_examples=30)
@given(shapes, st.integers(0, 2**31), st.sampled_from([0.1, 1.0, 30.0]))
def test_classification(shape: tuple[int, int, int], seed: int, scale: float) -> None:
    batch, _, outputs = shape
    random = np.random.default_rng(seed)
    logits = (scale * random.standard_normal((batch, outputs))).astype(np.float32)
    targets = random.integers(0, outputs, batch, np.int32)
    task = task_of("classification", outputs)
    loss = task.loss(jnp.asarray(logits), jnp.asarray(targets))
    np.testing.assert_allclose(loss, cross_entropy(logits, targets), rtol=1e-5, atol=1e-5)
    accuracy = task.scores(jnp.asarray(logits), jnp.asarray(targets))["accuracy"]
    np.testing.assert_array_equal(accuracy, logits.argmax(axis=-1) == targets)


@settings(deadline=None, max_examples=30)
@given(shapes, st.integers(0, 2**31))
def test_tokens_that_are_not_scored_count_for_nothing(shape: tuple[int, int, int], seed: int) -> None:
    batch, time, outputs = shape
    random = np.random.default_rng(seed)
    logits = random.standard_normal((batch, time, outputs)).astype(np.float32)
    targets = random.integers(0, outputs, (batch, time), np.int32)
    scored = random.random((batch, time)) < 0.5
    scored[:, random.integers(time)] = True
    # About half of the scored tokens are predicted, and some examples whole.
    targets = np.where(random.random((batch, 1)) < 0.5, logits.argmax(axis=-1), targets).astype(np.int32)
    task = masked(outputs)
    given = jnp.asarray(logits), jnp.asarray(np.where(scored, targets, -1))
    losses, right = cross_entropy(logits, targets), logits.argmax(axis=-1) == targets
    for place in range(batch):
        own = scored[place]
        np.testing.assert_allclose(task.loss(*given)[place], losses[place][own].mean(), rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(task.scores(*given)["accuracy"][place], right[place][own].mean(), rtol=1e-6)
        assert task.scores(*given)["solved"][place] == right[place][own].all()
    # What is not scored has no gradient either.
    slopes = jax.grad(lambda logits: task.loss(logits, given[1]).sum())(given[0])
    np.testing.assert_array_equal(np.abs(slopes).sum(axis=-1) > 0, scored)


def masked(outputs: int) -> Task:
    split = ArraySplit(np.zeros((1, 2), np.int32), np.array([[-1, 0]], np.int32))
    return Task("toy", Spec(jax.ShapeDtypeStruct((2,), jnp.int32), "language", outputs), *[split] * 3, unscored=True)


def test_an_example_needs_a_token_that_is_scored() -> None:
    task = masked(3)
    silent = ArraySplit(np.zeros((2, 2), np.int32), np.array([[-1, 0], [-1, -1]], np.int32))
    with pytest.raises(BadInput, match="targets are all -1 in example 1: at least one token must be scored"):
        replace(task, train=silent)
    with pytest.raises(BadInput, match="targets hold -1 in example 0"):
        replace(task, unscored=False)
    outside = ArraySplit(np.zeros((1, 2), np.int32), np.array([[-2, 0]], np.int32))
    with pytest.raises(BadInput, match="targets hold -2 in example 0"):
        replace(task, train=outside)
    with pytest.raises(BadInput, match="task toy is no language"):
        replace(task_of("classification", 2), unscored=True)
    with pytest.raises(BadInput, match="task toy has 3 outputs and a vocabulary of 2 words"):
        replace(task, vocabulary=Vocabulary(("a", "b")))


def test_several_texts_of_an_example_count_the_same() -> None:
    # Three scored tokens of the first text and one of the second, then all of one and of three.
    targets = np.array([[-1, 1, 2, 0, -1, 2], [1, -1, -1, 0, 1, 2]], np.int32)
    spec = Spec(jax.ShapeDtypeStruct((6,), jnp.int32), "language", 3)
    split = ArraySplit(np.zeros((2, 6), np.int32), targets)
    task = Task("toy", spec, split, split, split, unscored=True, texts=2)
    logits = np.random.default_rng(0).standard_normal((2, 6, 3)).astype(np.float32)
    logits[1, :1, 1] = 9.0
    losses, right = cross_entropy(logits, np.maximum(targets, 0)), logits.argmax(axis=-1) == targets
    by_hand = [[slice(1, 4), slice(5, 6)], [slice(0, 1), slice(3, 6)]]
    given = jnp.asarray(logits), jnp.asarray(targets)
    loss, scores, weights = task.loss(*given), task.scores(*given), task.token_weights(given[1])
    for row, places in enumerate(by_hand):
        np.testing.assert_allclose(loss[row], np.mean([losses[row, own].mean() for own in places]), rtol=1e-5)
        np.testing.assert_allclose(scores["accuracy"][row], np.mean([right[row, own].mean() for own in places]))
        assert scores["solved"][row] == np.mean([right[row, own].all() for own in places])
        np.testing.assert_allclose(loss[row], (weights[row] * losses[row]).sum(), rtol=1e-5)
    assert scores["solved"][1] >= 0.5
    with pytest.raises(
        BadInput, match="task toy, train: targets of example 0 have 2 runs of scored tokens, where its "
    ):
        replace(task, texts=3)
    with pytest.raises(BadInput, match="task toy has texts=2 an example: it must be at least 1, and several are told"):
        replace(task, unscored=False)


@settings(deadline=None, max_examples=30)
@given(shapes, st.integers(0, 2**31))
def test_language_is_the_mean_over_time_of_each_example(shape: tuple[int, int, int], seed: int) -> None:
    batch, time, outputs = shape
    random = np.random.default_rng(seed)
    logits = random.standard_normal((batch, time, outputs)).astype(np.float32)
    targets = random.integers(0, outputs, (batch, time), np.int32)
    task = task_of("language", outputs)
    loss = task.loss(jnp.asarray(logits), jnp.asarray(targets))
    np.testing.assert_allclose(loss, cross_entropy(logits, targets).mean(axis=1), rtol=1e-5, atol=1e-6)
    accuracy = task.scores(jnp.asarray(logits), jnp.asarray(targets))["accuracy"]
    np.testing.assert_allclose(accuracy, (logits.argmax(axis=-1) == targets).mean(axis=1), rtol=1e-6)


@settings(deadline=None, max_examples=30)
@given(shapes, st.integers(0, 2**31))
def test_regression_is_the_mean_square_over_dimensions(shape: tuple[int, int, int], seed: int) -> None:
    batch, _, outputs = shape
    random = np.random.default_rng(seed)
    prediction, targets = random.standard_normal((2, batch, outputs)).astype(np.float32)
    task = task_of("regression", outputs)
    expected = ((prediction.astype(np.float64) - targets) ** 2).mean(axis=1)
    np.testing.assert_allclose(task.loss(jnp.asarray(prediction), jnp.asarray(targets)), expected, rtol=1e-5)
    assert task.scores(jnp.asarray(prediction), jnp.asarray(targets)) == {}


def test_scalar_regression_targets_do_not_broadcast_over_the_batch() -> None:
    loss = task_of("regression", 1).loss(jnp.array([[1.0], [2.0]]), jnp.array([1.0, 4.0]))
    np.testing.assert_array_equal(loss, [0.0, 4.0])


def test_losses_are_finite_at_confident_mistakes() -> None:
    loss = task_of("classification", 2).loss(jnp.array([[1e4, -1e4]]), jnp.array([1]))
    np.testing.assert_allclose(loss, [2e4])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"name": "imagenet"}, "task.name=imagenet is unknown: choose one of digits, mnist, fashion_mnist, cifar10, "),
        ({"name": "digits", "length": 64}, "task.length=64 has no meaning for digits: it is an option of shakespeare"),
        ({"name": "shakespeare", "length": 0}, "task.length=0 must be at least 1"),
        ({"name": "two_curves", "features": 1}, "task.features=1 must be from 2 to 20"),
        ({"name": "two_curves", "features": 21}, "task.features=21 must be from 2 to 20"),
        ({"name": "hyperplanes", "seed": -1}, "task.seed=-1 must be at least 0"),
        ({"name": "hyperplanes", "degree": 3}, "task.degree=3 has no meaning for hyperplanes: it is an option of two_"),
        ({"name": "mnist", "features": 10}, "no meaning for mnist: it is an option of linearly_separable, hidden_mani"),
    ],
)
def test_what_is_no_task_is_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        TaskConfig(**options)


@pytest.mark.parametrize("name", TASKS)
def test_every_option_of_a_task_is_one_that_its_data_set_takes(name: str) -> None:
    load = importlib.import_module(f"training.data.sets.{name}").load
    assert set(OPTIONS[name]) == set(inspect.signature(load).parameters) - {"root"}


def test_digits_are_the_default_and_need_no_file(tmp_path: Path) -> None:
    task = load_task(TaskConfig(), tmp_path)
    assert task.name == "digits"
    assert task_files(TaskConfig()) == ()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["braille", "shakespeare"])
def test_a_missing_file_is_reported_with_its_place(name: str, tmp_path: Path) -> None:
    (file,) = task_files(TaskConfig(name))
    with pytest.raises(BadInput, match=rf"{tmp_path / file.name} is missing .* set data_dir or GRADIENT_COST_DATA"):
        load_task(TaskConfig(name), tmp_path)


@pytest.mark.parametrize("name", TASKS)
def test_every_file_has_a_checksum_and_its_own_name(name: str) -> None:
    files = task_files(TaskConfig(name))
    assert len({file.name for file in files}) == len({file.sha256 for file in files}) == len(files)
    assert all(len(file.sha256) == 64 and set(file.sha256) <= set("0123456789abcdef") for file in files)


def test_every_task_is_documented_in_the_commands(request: pytest.FixtureRequest) -> None:
    folder = request.config.rootpath / "scripts" / "conf" / "task"
    assert {path.stem for path in folder.glob("*.yaml")} == set(TASKS)


def test_nothing_reads_pickles() -> None:
    sources = [path.read_text() for path in Path(training.data.__file__).parent.rglob("*.py")]
    assert not any("import pickle" in text or "allow_pickle=True" in text for text in sources)
    assert all("allow_pickle=False" in text for text in sources if "np.load(" in text)
