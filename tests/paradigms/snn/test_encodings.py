"""Encodings step by step: statistics, timing, reproducibility, and blocks that fit together."""

from __future__ import annotations

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from paradigms.interface import ChecksInputs, Spec, Unsupported
from paradigms.snn import Config, build
from paradigms.snn.encodings import recorded
from paradigms.snn.reading import encoding_of, reading
from training.data.arrays import ArraySplit
from training.errors import BadInput
from training.input_check import require_served
from training.tasks import Task
from training.trainer import Settings, Trainer

KEY = jax.random.key(0)
ENCODINGS = ("direct", "rate", "latency", "population", "rows", "delta")
TIMED, BOUNDED = ("rows", "delta"), ("rate", "latency", "population")
NARROW = ("bfloat16", "float16", "int32")


@cache
def _at_steps(config: Config):
    return jax.jit(encoding_of(config).at_steps, static_argnums=(2, 4))


def _train(
    name: str, values: jax.Array, time_steps: int, key: jax.Array = KEY, block: int = 10, **config
) -> np.ndarray:
    """All steps ``[time, batch, ...]``, computed ``block`` at a time."""
    at_steps = _at_steps(Config(encoding=name, **config))
    blocks = [
        at_steps(values, jnp.asarray(start), min(block, time_steps - start), key, time_steps)
        for start in range(0, time_steps, block)
    ]
    return np.concatenate([np.asarray(part) for part in blocks])


def test_rate_has_binomial_mean_and_variance_and_no_correlation_between_steps():
    intensity = jnp.array([[0.0, 0.1, 0.5, 0.9, 1.0]])
    steps = 4000
    train = _train("rate", intensity, steps, block=1000)[:, 0]
    assert set(np.unique(train)) <= {0, 1}
    mean = np.asarray(intensity)[0]
    assert (np.abs(train.mean(0) - mean) <= 4 * np.sqrt(mean * (1 - mean) / steps) + 1e-9).all()
    middle = train[:, 2] - 0.5
    assert abs(np.mean(middle[1:] * middle[:-1]) / 0.25) < 4 / np.sqrt(steps)


def test_rate_depends_on_the_key_and_on_nothing_else():
    intensity = jnp.full((1, 50), 0.5)
    np.testing.assert_array_equal(_train("rate", intensity, 4), _train("rate", intensity, 4))
    assert (_train("rate", intensity, 4) != _train("rate", intensity, 4, jax.random.key(1))).any()


@pytest.mark.parametrize("backend", ["cpu", "gpu"])
@pytest.mark.parametrize("dtype", [bool, np.float32])
def test_a_recording_is_cut_alike_whatever_the_backend(backend: str, dtype: type, monkeypatch: pytest.MonkeyPatch):
    """Only the way is another one, which is made here on whatever device there is."""
    monkeypatch.setattr(jax, "default_backend", lambda: backend)
    recording = np.random.default_rng(0).random((3, 9, 2, 4)) < 0.5
    steps = recorded(jnp.asarray(recording, dtype), jnp.asarray(2), 5, KEY, 9)
    assert steps.dtype == dtype
    np.testing.assert_array_equal(steps, np.moveaxis(recording[:, 2:7], 1, 0))


@pytest.mark.parametrize("name", ["direct", "rate", "latency", "population", "rows", "delta"])
def test_blocks_give_the_same_steps_as_one_block(name: str):
    values = jnp.asarray(np.random.default_rng(0).random((2, 6, 3)), jnp.float32)
    whole = _train(name, values, 6, block=6)
    assert whole.shape[0] == 6
    np.testing.assert_array_equal(_train(name, values, 6, block=2), whole)


@settings(deadline=None, max_examples=30)
@given(
    intensity=st.lists(st.floats(0, 1, width=32, allow_subnormal=False), min_size=6, max_size=6),
    time_steps=st.sampled_from([1, 2, 7, 30]),
)
def test_latency_gives_one_spike_no_later_for_the_brighter(intensity: list[float], time_steps: int):
    train = _train("latency", jnp.array([intensity], jnp.float32), time_steps, block=30)[:, 0]
    values = np.array(intensity, np.float32)
    np.testing.assert_array_equal(train.sum(0), values > 0)
    first = np.where(values > 0, train.argmax(0), time_steps)
    order = np.argsort(-values, kind="stable")
    assert (np.diff(first[order]) >= 0).all()


def test_latency_spans_the_whole_time():
    train = _train("latency", jnp.array([[1.0, 0.5, 1e-6]]), 11)
    np.testing.assert_array_equal(train[:, 0].argmax(0), [0, 5, 10])


@pytest.mark.parametrize("tuned", [1, 4])
def test_population_spikes_as_often_as_the_tuning_curves_are_high(tuned: int):
    """Centres (j + 1/2) / n, standard deviation 1 / (2 n): the neighbour's curve has height exp(-2) at a centre."""
    intensity, steps = np.array([[[0.1, 0.7], [0.0, 1.0]]], np.float32), 4000
    train = _train("population", jnp.asarray(intensity), steps, block=1000, tuned=tuned)
    assert train.shape == (steps, 1, 2, 2 * tuned)
    for index, value in np.ndenumerate(intensity[0]):
        for j in range(tuned):
            height = np.exp(-(((value - (j + 0.5) / tuned) / (0.5 / tuned)) ** 2) / 2)
            measured = train[:, 0, index[0], index[1] * tuned + j].mean()
            assert abs(measured - height) <= 4.5 * np.sqrt(height * (1 - height) / steps) + 1e-6
    if tuned == 4:
        centre = _train("population", jnp.array([[0.125]]), steps, block=1000, tuned=4).mean((0, 1))
        assert centre[0] == 1
        assert abs(centre[1] - np.exp(-2)) < 0.03


@settings(deadline=None, max_examples=30)
@given(recording=arrays.arrays(np.float32, (2, 5, 3), elements=st.integers(0, 8).map(lambda n: n / 8)))
def test_delta_marks_changes_since_the_step_before(recording: np.ndarray):
    """Eighths, so that differences are exact at the threshold."""
    train = _train("delta", jnp.asarray(recording), 5, block=2, delta_threshold=0.25)
    assert train.shape == (5, 2, 6)
    assert train.dtype == bool
    for batch, t, channel in np.ndindex(recording.shape):
        change = recording[batch, t, channel] - (recording[batch, t - 1, channel] if t else 0)
        assert train[t, batch, channel] == (change >= 0.25)
        assert train[t, batch, 3 + channel] == (change <= -0.25)


def test_direct_is_the_input_at_every_step():
    train = _train("direct", jnp.array([[0.3, 0.8]]), 3)
    np.testing.assert_array_equal(train, np.array([[[0.3, 0.8]]] * 3, np.float32))


@pytest.mark.parametrize("dtype", [bool, np.float32])
def test_recordings_are_used_as_they_are(dtype: type):
    recording = np.random.default_rng(0).random((2, 7, 3)) < 0.3
    train = _train("rows", jnp.asarray(recording.astype(dtype)), 7, block=3)
    np.testing.assert_array_equal(np.moveaxis(train, 0, 1), recording)
    assert train.dtype == dtype


@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("name", ENCODINGS)
def test_the_dtype_of_the_input_decides_about_no_spike(name: str, dtype: str):
    """Values that a narrow dtype holds exactly: a thousand steps are those of the same values in float32."""
    shape = (2, 1000, 3) if name in TIMED else (2, 12)
    values = jnp.asarray(1.2 * np.random.default_rng(0).random(shape)).astype(dtype)
    found = _train(name, values, 1000, block=100)
    np.testing.assert_array_equal(found.astype(float), _train(name, values.astype(jnp.float32), 1000, block=100))
    assert found.any()


@pytest.mark.parametrize("time_steps", [1000, 7001])
@pytest.mark.parametrize("dtype", [*NARROW, "float8_e4m3fn", "bool", "float32", "float64"])
def test_latency_is_one_spike_a_value_at_its_step(dtype: str, time_steps: int):
    """By the formula in float64; in single precision a value half-way between two steps may take either."""
    with jax.enable_x64(dtype == "float64"):
        values = jnp.asarray(np.append(np.random.default_rng(0).random(40), [0, 1]))[None].astype(dtype)
        train = _train("latency", values, time_steps, block=time_steps)
    exact = np.asarray(values[0]).astype(float)
    np.testing.assert_array_equal(train.sum(0)[0], exact > 0)
    at = (1 - exact) * (time_steps - 1)
    assert (np.abs(train.argmax(0)[0] - at)[exact > 0] <= 0.5 + 1e-3).all()


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
@pytest.mark.parametrize("probability", [0.001, 0.999])
def test_a_rate_near_zero_or_one_is_that_rate(dtype: str, probability: float):
    neurons, steps = 100, 4000
    values = jnp.full((1, neurons), probability).astype(dtype)
    meant = float(values[0, 0])
    measured = _train("rate", values, steps, block=1000).mean()
    assert abs(measured - meant) <= 4.5 * np.sqrt(meant * (1 - meant) / (neurons * steps))


def _task(train: np.ndarray, validation: np.ndarray, test: np.ndarray) -> Task:
    splits = [ArraySplit(values, np.zeros(len(values), np.int32)) for values in (train, validation, test)]
    spec = Spec(jax.ShapeDtypeStruct(train.shape[1:], jnp.dtype(train.dtype)), "classification", 2)
    return Task("own", spec, *splits)


@settings(deadline=None, max_examples=60)
@given(
    name=st.sampled_from(ENCODINGS),
    value=st.one_of(
        st.floats(-3, 3, width=32), st.sampled_from([0.0, 1.0, -1e-7, float(np.nextafter(np.float32(1), 2)), np.nan])
    ),
    place=st.integers(0, 2),
    dtype=st.sampled_from(["float32", "float64", "float16", "bfloat16"]),
)
def test_intensities_outside_the_unit_interval_are_refused_where_they_would_not_spike(name, value, place, dtype):
    """One of 3,000 values, in any split; what is refused is found before anything is traced."""
    splits = [np.random.default_rng(0).random((1500, 2, 1)).astype(np.float32) for _ in range(3)]
    splits[place][1400, 1, 0] = value
    splits = [np.asarray(jnp.dtype(dtype).type(0) + split.astype(jnp.dtype(dtype))) for split in splits]
    held = float(splits[place][1400, 1, 0])
    if np.isnan(held):
        with pytest.raises(BadInput, match="hold nan in example 1400: every number must be finite"):
            _task(*splits)
        return
    task = _task(*splits)
    paradigm = build(Config(encoding=name), task.spec)
    assert isinstance(paradigm, ChecksInputs)
    assert (paradigm.input_check() is not None) == (name in BOUNDED)
    if name not in BOUNDED or 0 <= held <= 1:
        require_served(paradigm, task)
        return
    with pytest.raises(Unsupported) as refusal:
        Trainer(paradigm, task, Settings())
    split = ("training", "validation", "test")[place]
    assert str(refusal.value) == (
        f"own, {split} split: paradigm.encoding={name} reads values in [0, 1] and the inputs hold {held:g}; "
        "rescale or clip them to [0, 1], or choose paradigm.encoding=direct, which takes any finite value"
    )


@pytest.mark.parametrize("name", ENCODINGS)
def test_what_an_encoding_says_of_itself_is_so(name: str):
    """Constant, binary, timed, widening: the network relies on each."""
    values = jnp.asarray(np.random.default_rng(0).random((2, 6, 4)), jnp.float32)
    encoding = encoding_of(Config(encoding=name))
    train = _train(name, values, 6)
    assert encoding.constant == bool((train == train[0]).all())
    assert encoding.binary == (train.dtype == bool)
    assert train.shape[2:] == (*(() if encoding.timed else (6,)), 4 * encoding.widening)
    how = reading(Config(encoding=name, time_steps=6), Spec(jax.ShapeDtypeStruct((6, 4), jnp.float32), "regression", 1))
    assert int(np.prod(how.shape)) == int(np.prod(train.shape[2:]))
    assert how.time_steps == 6
