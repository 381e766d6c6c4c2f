"""Every split is looked at once: what fits its task passes unchanged, what does not is named in one sentence."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradigms.interface import Spec
from training.data import checks
from training.data.arrays import ArraySplit
from training.data.split import LazySplit
from training.errors import BadInput
from training.tasks import Task, from_arrays

shapes = st.lists(st.integers(1, 3), max_size=2).map(tuple)
dtypes = st.sampled_from([np.float32, np.float64, np.float16, jnp.bfloat16, np.bool_, np.uint8])


@dataclasses.dataclass(frozen=True)
class Data:
    spec: Spec
    inputs: np.ndarray
    targets: np.ndarray

    def split(self):
        return checks.checked("train", ArraySplit(self.inputs, self.targets), self.spec)


@st.composite
def sound(draw, kinds=("classification", "regression", "language")):
    """A task's data, of any kind, that fit its specification."""
    kind, examples, outputs = draw(st.sampled_from(kinds)), draw(st.integers(1, 7)), draw(st.integers(2, 4))
    random = np.random.default_rng(draw(st.integers(0, 99)))
    if kind == "language":
        length = draw(st.integers(1, 4))
        tokens = random.integers(0, outputs, (examples, length + 1), np.int32)
        return Data(Spec(jax.ShapeDtypeStruct((length,), np.int32), kind, outputs), tokens[:, :-1], tokens[:, 1:])
    shape, dtype = draw(shapes), draw(dtypes)
    inputs = random.integers(0, 2, (examples, *shape)).astype(dtype)
    spec = Spec(jax.ShapeDtypeStruct(shape, dtype), kind, outputs)
    if kind == "regression":
        outputs = draw(st.sampled_from([1, outputs]))
        flat = draw(st.booleans()) and outputs == 1
        targets = random.normal(size=(examples,) if flat else (examples, outputs)).astype(np.float32)
        return Data(dataclasses.replace(spec, outputs=outputs), inputs, targets)
    labels = random.integers(0, outputs, examples).astype(draw(st.sampled_from([np.int32, np.int64, np.uint8])))
    return Data(spec, inputs, labels)


@settings(deadline=None)
@given(sound(), st.sampled_from(["numpy", "jax", "list"]))
def test_what_fits_is_taken_as_it_is(data, given_as):
    if given_as == "list" and data.inputs.dtype == jnp.bfloat16:
        return  # NumPy makes no list of it
    convert = {"jax": jnp.asarray, "list": lambda array: array.tolist()}.get(given_as, lambda array: array)
    pair = (convert(data.inputs), convert(data.targets))
    if given_as == "list":
        as_python = np.asarray(pair[0]).dtype
        data = dataclasses.replace(
            data, spec=dataclasses.replace(data.spec, inputs=jax.ShapeDtypeStruct(data.spec.inputs.shape, as_python))
        )
    made = checks.checked("train", ArraySplit(*pair), data.spec)
    inputs, targets = made.take(np.arange(len(made)))
    np.testing.assert_array_equal(np.asarray(inputs, np.float64), np.asarray(data.inputs, np.float64))
    np.testing.assert_array_equal(np.asarray(targets, np.float32), data.targets)


@settings(deadline=None)
@given(sound(["classification"]), st.sampled_from(["shifted", "signed", "float", "one-hot", "column"]), st.data())
def test_labels_that_are_not_0_to_k_are_refused(data, fault, drawn):
    labels, outputs = data.targets.astype(np.int64), data.spec.outputs
    labels[drawn.draw(st.integers(0, len(labels) - 1))] = outputs - 1
    faulty, rule = {
        "shifted": (labels + 1, f"{outputs} classes are numbered 0 to {outputs - 1}"),
        "signed": (2 * labels - (2 * outputs - 1), f"{outputs} classes are numbered 0 to {outputs - 1}"),
        "float": (labels.astype(np.float32), "labels are whole numbers"),
        "one-hot": (np.eye(outputs)[labels], r"one-hot codes: .* targets.argmax\(axis=1\)"),
        "column": (labels[:, np.newaxis], r"shape \[examples, 1\], where the task's Spec says \[examples\]"),
    }[fault]
    if fault == "signed" and labels.min() == outputs - 1:
        faulty = faulty - 2  # as in -1 for every example
    with pytest.raises(BadInput, match=f"^train: targets .*{rule}"):
        Data(data.spec, data.inputs, faulty).split()


@settings(deadline=None)
@given(sound(["language"]), st.sampled_from([-1, None]), st.booleans(), st.data())
def test_tokens_that_are_in_no_vocabulary_are_refused(data, token, of_inputs, drawn):
    faulty = (data.inputs if of_inputs else data.targets).copy()
    place = drawn.draw(st.integers(0, len(faulty) - 1))
    faulty[place, 0] = data.spec.outputs if token is None else token
    pair = (faulty, data.targets) if of_inputs else (data.inputs, faulty)
    with pytest.raises(BadInput, match=rf"hold {faulty[place, 0]} in example {place}: \d tokens are numbered 0"):
        Data(data.spec, *pair).split()


@settings(deadline=None)
@given(sound(), st.sampled_from([np.nan, np.inf, -np.inf]), st.data())
def test_numbers_that_are_not_finite_are_refused_with_their_example(data, value, drawn):
    place = drawn.draw(st.integers(0, len(data.inputs) - 1))
    inputs, targets = data.inputs.copy(), data.targets.copy()
    if jnp.issubdtype(inputs.dtype, jnp.floating):
        inputs[place] = value
    elif data.spec.kind == "regression":
        targets[place] = value
    else:
        return
    with pytest.raises(BadInput, match=f"hold {value} in example {place}: every number must be finite"):
        Data(data.spec, inputs, targets).split()


@settings(deadline=None)
@given(sound(), st.sampled_from(["shape", "kind", "structure"]))
def test_examples_of_another_shape_or_kind_are_refused(data, fault):
    whole = np.issubdtype(data.inputs.dtype, np.integer)
    faulty = {
        "shape": data.inputs[..., np.newaxis],
        "kind": data.inputs.astype(np.float32 if whole else np.int32),
        "structure": {"image": data.inputs},
    }[fault]
    with pytest.raises(BadInput, match=r"^train: inputs .*, where the task's Spec says"):
        Data(data.spec, faulty, data.targets).split()


def test_a_fault_beyond_the_first_chunk_is_found():
    count = checks.CHUNK + 5
    labels = np.zeros(count, np.int32)
    labels[-1] = 2
    spec = Spec(jax.ShapeDtypeStruct((), np.float32), "classification", 2)
    with pytest.raises(BadInput, match=f"hold 2 in example {count - 1}"):
        Data(spec, np.zeros(count, np.float32), labels).split()


def test_windows_without_tokens_are_within_the_vocabulary():
    spec = Spec(jax.ShapeDtypeStruct((0,), np.int32), "language", 3)
    assert len(Data(spec, np.zeros((2, 0), np.int32), np.zeros((2, 0), np.int32)).split()) == 2


SPEC = Spec(jax.ShapeDtypeStruct((2,), np.float32), "classification", 2)
GOOD = ArraySplit(np.zeros((3, 2), np.float32), np.array([0, 1, 1]))


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_every_split_of_a_task_is_looked_at(split):
    faulty = ArraySplit(GOOD.inputs, np.array([1, 2, 1]))
    train, validation, test = (faulty if name == split else GOOD for name in ("train", "validation", "test"))
    with pytest.raises(BadInput, match=f"^task mine, {split}: targets hold 2 in example 1: 2 classes are numbered"):
        Task("mine", SPEC, train, validation, test)


def test_a_split_that_is_read_later_is_looked_at_when_it_is_read():
    read = []

    def load():
        read.append(True)
        return ArraySplit(GOOD.inputs, np.array([-1, 1, 1]))

    task = Task("mine", SPEC, GOOD, GOOD, LazySplit(load))
    assert not read
    with pytest.raises(BadInput, match=r"^task mine, test: targets hold -1 in example 0"):
        len(task.test)


@pytest.mark.parametrize(
    ("split", "sentence"),
    [
        (lambda: ArraySplit(GOOD.inputs[:0], GOOD.targets[:0]), "holds no examples"),
        (lambda: iter([GOOD]), "is a list_iterator and no split: give"),
        (lambda: GOOD.inputs, "is a ndarray and no split: give ArraySplit"),
        (lambda: (GOOD.inputs, GOOD.targets), "is a tuple and no split: give ArraySplit"),
        (lambda: ArraySplit([[0.0, 1.0], [2.0]], [0, 1]), "inputs are a list that is no array"),
        (
            lambda: ArraySplit(["a", "b"], [0, 1]),
            "inputs are <U1, which is neither real nor whole numbers nor booleans",
        ),
        (lambda: ArraySplit([None, {}], [0, 1]), "which is no array of examples"),
        (lambda: ArraySplit(GOOD.inputs, GOOD.targets[:2]), r"arrays of \[2, 3\] examples make no split"),
        (lambda: ArraySplit(GOOD.inputs.astype(np.complex64), GOOD.targets), "inputs are complex64"),
        (lambda: Three(), r"take\(\) returns a tuple and no pair: return \(inputs, targets\)"),
        (lambda: ArraySplit(Attached(), GOOD.targets), r"inputs are a Attached that makes no array \(detach it\)"),
        (lambda: ArraySplit(GOOD.inputs, jax.random.split(jax.random.key(0), 3)), "targets are a .* makes no array"),
    ],
)
def test_what_is_no_data_is_refused(split, sentence):
    with pytest.raises(BadInput, match=sentence) as refusal:
        checks.checked("train", split(), SPEC)
    assert "\n" not in str(refusal.value)


class Three:
    def __len__(self):
        return len(GOOD)

    def take(self, indices):
        return (*GOOD.take(indices), indices)


class Attached:
    """A tensor of another library, which refuses to be an array."""

    def __array__(self, *_, **__):
        raise RuntimeError("detach it")


@settings(deadline=None)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=3), st.data())
def test_a_mask_is_never_lost_however_deep_it_lies(sizes, data):
    """NumPy makes an array of a list of masked arrays, of what the masks hide."""
    masked = np.ma.masked_array(np.ones((*sizes, 2)), mask=np.zeros((*sizes, 2), bool))
    depth = data.draw(st.integers(0, len(sizes)))

    def nested(array, depth):
        return [nested(one, depth - 1) for one in array] if depth else array

    given_as, targets = nested(masked, depth), np.zeros(sizes[0], np.int32)
    with pytest.raises(BadInput, match=r"^inputs are a masked array, whose mask would be lost"):
        ArraySplit(given_as, targets)
    with pytest.raises(BadInput, match=r"^mine: inputs is a masked array, whose mask would be lost"):
        from_arrays(given_as, targets, name="mine")


@settings(deadline=None)
@given(
    st.sampled_from([np.int64, np.uint64]),
    st.sampled_from(["inputs", "values"]),
    st.sampled_from([2**31 - 1, 2**31, 2**32, 2**40, 2**62, -(2**31), -(2**31) - 1]),
    st.integers(0, 4),
)
def test_whole_numbers_that_jax_would_cut_off_are_refused(dtype, place, value, example):
    if value < 0 and dtype == np.uint64:
        return
    numbers = np.zeros((5, 1), dtype)
    numbers[example] = value
    others = np.zeros((5, 1), np.float32)
    inputs, targets = (numbers, others) if place == "inputs" else (others, numbers)
    spec = Spec(jax.ShapeDtypeStruct((1,), inputs.dtype), "regression", 1)
    kept = np.asarray(jnp.asarray(numbers[example, 0]))
    if int(kept) == value:
        Data(spec, inputs, targets).split()
        return
    with pytest.raises(BadInput, match=rf"hold {value} in example {example}: JAX holds them as {kept.dtype}, and"):
        Data(spec, inputs, targets).split()
