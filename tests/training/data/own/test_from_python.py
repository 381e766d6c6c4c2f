"""Tasks of arrays, and of data sets as other libraries give them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jaxtyping
import numpy as np
import pytest
from PIL import Image

from training.errors import BadInput
from training.tasks import from_arrays, from_iterable

DRAWN = np.random.default_rng(0)
IMAGES, CLASSES = DRAWN.integers(0, 256, (40, 4, 4), dtype=np.uint8), np.arange(40) % 4


def _sizes(task: Any) -> list[int]:
    return [len(part) for part in (task.train, task.validation, task.test)]


def test_arrays_and_lists_become_a_task() -> None:
    task = from_arrays(IMAGES, CLASSES, name="mine")
    assert (task.name, task.spec.kind, task.spec.outputs, task.spec.inputs.shape) == (
        "mine",
        "classification",
        4,
        (4, 4, 1),
    )
    assert _sizes(task) == [28, 4, 8]
    listed = from_arrays(DRAWN.random((40, 3)).tolist(), [0.5 * one + 0.1 for one in range(40)])
    assert (listed.spec.kind, listed.spec.outputs) == ("regression", 1)
    assert from_arrays(IMAGES, CLASSES, ["train", "test"] * 20).note.count("as given")


def test_the_fingerprint_is_of_inputs_targets_and_parts() -> None:
    first = from_arrays(IMAGES, CLASSES)
    assert first.fingerprint == from_arrays(IMAGES.copy(), CLASSES.astype(np.int16)).fingerprint
    values = DRAWN.random((40, 3)) * 7
    swapped = from_arrays(values.astype(">f8"), CLASSES).fingerprint
    # Scaled by their range, both are read alike.
    assert swapped == from_arrays(values, CLASSES).fingerprint != from_arrays(values + 1, CLASSES).fingerprint
    changed = IMAGES.copy()
    changed[3, 0, 0] ^= 1
    others = [from_arrays(changed, CLASSES), from_arrays(IMAGES, CLASSES[::-1]), from_arrays(IMAGES, CLASSES, seed=1)]
    assert len({first.fingerprint, *(one.fingerprint for one in others)}) == 4


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ([[1.0], [1.0, 2.0]], "inputs is a list of unequal lengths"),
        (np.ma.masked_array(np.ones((40, 2))), "inputs is a masked array"),
        (object(), "inputs holds Python objects"),
        (3.0, "inputs is one value, 3.0"),
        (np.array(["2020-01-01"] * 40, "datetime64[D]"), "inputs holds datetime64"),
    ],
)
def test_what_is_no_array_is_refused(inputs: Any, sentence: str) -> None:
    with pytest.raises(BadInput, match=f"mine: {sentence}"):
        from_arrays(inputs, CLASSES, name="mine")


class _Torch:
    """A data set as PyTorch's: a length and places, and no end."""

    def __len__(self) -> int:
        return 40

    def __getitem__(self, place: int) -> tuple[np.ndarray, int]:
        return IMAGES[place % 40], int(CLASSES[place % 40])


def _mappings() -> Iterator[dict[str, Any]]:
    for image, label in zip(IMAGES, CLASSES, strict=True):
        yield {"image": Image.fromarray(image), "label": int(label)}


def test_pairs_mappings_and_places_are_the_same_examples() -> None:
    pairs = list(zip(IMAGES, CLASSES, strict=True))
    found = [from_iterable(pairs), from_iterable(_mappings()), from_iterable(_Torch())]
    assert {one.fingerprint for one in found} == {from_arrays(IMAGES, CLASSES).fingerprint}


def test_examples_of_the_test_are_never_trained_on() -> None:
    pairs = list(zip(IMAGES, CLASSES, strict=True))
    task = from_iterable(pairs[:32], test=pairs[32:])
    assert _sizes(task) == [28, 4, 8]
    np.testing.assert_array_equal(task.test.take(np.arange(8))[0][..., 0], IMAGES[32:].astype(np.float32) / 255)
    assert _sizes(from_iterable(pairs[:20], validation=pairs[20:30], test=pairs[30:])) == [20, 10, 10]


def test_events_of_structured_arrays_become_recordings() -> None:
    kind = np.dtype([("t", np.int64), ("x", np.int16), ("y", np.int16), ("p", np.bool_)])
    examples = []
    for number in range(40):
        events = np.zeros(30, kind)
        events["t"] = np.sort(DRAWN.integers(0, 1000, 30))
        events["x"], events["y"] = DRAWN.integers(0, 3, 30), DRAWN.integers(0, 2, 30)
        events["p"] = DRAWN.random(30) < 0.5
        examples.append((events, number % 2))
    examples[0][0]["t"][-1], examples[0][0]["x"][0], examples[0][0]["y"][0], examples[0][0]["p"][0] = 1000, 2, 1, True
    task = from_iterable(examples, steps=10)
    assert task.spec.inputs.shape == (10, 2 * 3 * 2)
    whole = np.concatenate([part.take(np.arange(len(part)))[0] for part in (task.train, task.validation, task.test)])
    events = examples[7][0]
    expected = np.zeros((10, 12), bool)
    for one in events:
        expected[min(int(one["t"]) * 10 // 1000, 9), (int(one["y"]) * 3 + int(one["x"])) * 2 + int(one["p"])] = True
    assert (whole == expected).all(axis=(1, 2)).any()


@pytest.mark.parametrize(
    ("examples", "options", "sentence"),
    [
        ([], {}, "the examples are none"),
        ([1, 2], {}, "example 0 is a int: give pairs"),
        ([{"a": 1, "b": 2, "label": 0}], {}, "example 0 has the keys a, b, label: say which is the input"),
        ([{"a": 1, "b": 2, "label": 0}], {"inputs": "c"}, "say which is the input"),
        ([(np.ones(2), 0), (np.ones(3), 1)], {}, r"the shapes \[2\] and \[3\] \(the latter in example 1\)"),
        ([([[1], [1, 2]], 0)] * 20, {}, "the input of example 0 is a list of unequal lengths"),
        ([(IMAGES[0], 0), (IMAGES[0] / 255, 1)], {}, r"the types uint8 and float64 \(the latter in example 1\)"),
        ([{"label": 0, "y": 1}] * 20, {}, "example 0 has the keys label, y: say which is the input"),
        ([(np.ones(2), 0)] * 20, {"steps": 5}, "task.steps=5 is for these"),
        ([(np.zeros((3, 1), [("t", int), ("x", int)]), 0)] * 20, {}, r"example 0 has events of the shape \[3, 1\]"),
        ([(np.zeros((), [("t", int), ("x", int)]), 0)] * 20, {}, r"example 0 has events of the shape \[\]"),
        ([(np.zeros(3, [("t", int), ("x", float)]), 0)] * 20, {}, "events: x is float64: give whole numbers"),
        ([(np.full(3, 2**40, [("t", int), ("x", int), ("y", int)]), 0)] * 20, {}, "events have up to .* y, x"),
        ({"train": []}, {}, "the examples are a dict"),
        (3, {}, "the examples are a int"),
        ([(np.zeros(3, [("t", int)]), 0)] * 20, {}, "beside t, one of y, x, p is needed"),
        ([(np.ones(2), 0)] * 20, {"validation": []}, "validation examples are given and no test"),
        ([(np.ma.masked_array(np.ones(2)), 0)] * 20, {}, "the input of example 0 is a masked array"),
        ([([np.ma.masked_array(np.ones(2))], 0)] * 20, {}, "the input of example 0 is a masked array"),
        ([(np.ones(2), np.ma.masked if place == 3 else 0.5 * place) for place in range(20)], {}, "targets is a masked"),
    ],
)
def test_examples_that_do_not_do_are_refused(examples: Any, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        from_iterable(examples, **options)


class _Tensor:
    """An array as another library's: it may refuse to be one of NumPy's."""

    def __init__(self, values: Any, refuses: bool = False) -> None:
        self.values, self.refuses = values, refuses
        self.shape, self.nbytes = np.shape(values), np.asarray(values).nbytes

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if self.refuses:
            raise RuntimeError("this tensor needs a gradient: detach it")
        return np.asarray(self.values, dtype)

    def item(self) -> Any:
        return np.asarray(self.values).item()


def test_tensors_of_other_libraries_are_taken_or_refused_in_their_words() -> None:
    pairs = [(_Tensor(image), _Tensor(label)) for image, label in zip(IMAGES, CLASSES, strict=True)]
    assert from_iterable(pairs).fingerprint == from_arrays(IMAGES, CLASSES).fingerprint
    refused = _Tensor(IMAGES, refuses=True)
    with pytest.raises(BadInput, match=r"inputs makes no array \(this tensor needs a gradient: detach it"):
        from_arrays(refused, CLASSES)
    with pytest.raises(BadInput, match=r"the input of example 0 makes no array \(this tensor needs a gradient"):
        from_iterable([(refused, 0)])


class _Stream:
    """A data set as PyTorch's of streams: its length is asked for in vain."""

    def __len__(self) -> int:
        raise TypeError("no length")

    def __getitem__(self, place: int) -> Any:
        raise NotImplementedError

    def __iter__(self) -> Iterator[Any]:
        return iter(zip(IMAGES, CLASSES, strict=True))


def test_a_stream_and_keys_of_any_type_are_read() -> None:
    keyed = [{0: image, 1: label} for image, label in zip(IMAGES, CLASSES, strict=True)]
    wanted = from_arrays(IMAGES, CLASSES).fingerprint
    assert from_iterable(_Stream()).fingerprint == wanted
    assert from_iterable(keyed, inputs="0", targets="1").fingerprint == wanted


def test_images_of_pillow_are_read_as_those_of_a_folder() -> None:
    colours = DRAWN.integers(0, 256, (40, 4, 4, 3), dtype=np.uint8) // 51 * 51
    whole = from_arrays(colours, CLASSES).fingerprint
    as_given = [Image.fromarray(one) for one in colours]
    palettes = [one.convert("P", palette=Image.Palette.WEB) for one in as_given]
    for images in (as_given, palettes):
        assert from_iterable(zip(images, CLASSES, strict=True)).fingerprint == whole
    mixed = [one.convert("L") if place % 2 else one for place, one in enumerate(as_given)]
    assert from_iterable(zip(mixed, CLASSES, strict=True)).spec.inputs.shape == (4, 4, 3)
    seen_through = [one.convert("RGBA") for one in as_given]
    assert "transparency is dropped" in from_iterable(zip(seen_through, CLASSES, strict=True)).note
    two_tones = [one.convert("1") for one in as_given]
    assert from_iterable(zip(two_tones, CLASSES, strict=True)).spec.inputs.shape == (4, 4, 1)


def test_what_training_never_shows_is_told_or_refused() -> None:
    split = np.where(CLASSES == 3, "test", np.where(np.arange(40) < 30, "train", "test"))
    assert "classes without an example in training: 3" in from_arrays(IMAGES, CLASSES, split).note
    with pytest.raises(BadInput, match="every training example has the target 3"):
        from_arrays(IMAGES, CLASSES, np.where(CLASSES == 3, "train", "test"))
    values = np.where(CLASSES == 3, 0.5, CLASSES / 7)
    with pytest.raises(BadInput, match="every training example has the target"):
        from_arrays(IMAGES, values, np.where(CLASSES == 3, "train", "test"))


def test_the_parts_are_one_name_for_each_example() -> None:
    split = np.array([["train"], ["test"]] * 20)
    assert from_arrays(IMAGES, CLASSES, split).fingerprint == from_arrays(IMAGES, CLASSES, split[:, 0]).fingerprint
    with pytest.raises(BadInput, match=r"split has the shape \[40, 2\]"):
        from_arrays(IMAGES, CLASSES, np.array([["train", "test"]] * 40))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"kind": "clasification"}, "kind='clasification' must be one of classification, regression, or None"),
        ({"form": "picture"}, "form='picture' must be one of features, image, recording, or None"),
        ({"scaling": "zscore"}, "scaling='zscore' must be one of none, unit, standard, or None"),
        ({"seed": -1}, "seed=-1 must be a whole number of 0 or more"),
        ({"seed": 1.5}, "seed=1.5 must be a whole number of 0 or more"),
    ],
)
def test_an_option_that_there_is_not_is_refused_and_never_passed_over(
    options: dict[str, Any], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Users have no checks of types.
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(BadInput, match=re.escape(sentence)):
        from_arrays(IMAGES, CLASSES, **options)
    with pytest.raises(BadInput, match=re.escape(sentence)):
        from_iterable(list(zip(IMAGES, CLASSES, strict=True)), **options)
