"""Gradient variance against explicit loops in float64, and against answers known by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import Mean, Perceptron, batch_of, blobs, regression_task

from eval.statistics.intervals import jackknife
from training.data.split import Batch
from training.gradients import reverse
from training.objective import Auxiliary, training_objective
from training.probes.variance import (
    MAY_HIDE,
    NO_NOISE,
    NO_SIGNAL,
    ONE_PROBE,
    OVER_EXAMPLES,
    NoiseScale,
    make_probe,
    unavailable_over_examples,
    variance_over_estimates,
    variance_over_examples,
)
from training.state import TrainState, init_state


def flat(tree):
    return np.concatenate([np.asarray(leaf, np.float64).ravel() for leaf in jax.tree.leaves(tree)])


def explicit_gradients(objective, state, batch):
    """One gradient an example, by a Python loop."""
    rows = []
    for index in range(len(batch.weights)):
        single = jax.tree.map(lambda x, i=index: x[i : i + 1], batch)
        gradient = jax.grad(lambda p, b=single: objective(p, state.model_state, b, state.key)[0])(state.params)
        rows.append(flat(gradient))
    return np.stack(rows)


@pytest.mark.parametrize("chunk", [1, 5, 16, 64])
def test_variance_equals_an_explicit_loop(chunk):
    task, model = blobs(), Perceptron(penalty=0.1)
    state = init_state(model, optax.sgd(0.1), seed=1)
    objective = training_objective(model, task)
    batch = batch_of(task, 16)
    rows = explicit_gradients(objective, state, batch)
    trace = rows.var(axis=0, ddof=1).sum()

    found = jax.jit(lambda s, b: variance_over_examples(objective, s, b, s.key, chunk))(state, batch)

    np.testing.assert_allclose(found["gradient/covariance_trace"], trace, rtol=1e-5)
    np.testing.assert_allclose(found["gradient/variance_over_examples"], trace / rows.shape[1], rtol=1e-5)
    expected = np.sum(rows.mean(axis=0) ** 2) - trace / 16
    np.testing.assert_allclose(found["gradient/squared_norm_unbiased"], expected, rtol=1e-4, atol=1e-6)


@settings(max_examples=15, deadline=None)
@given(examples=st.integers(2, 23), chunk=st.integers(1, 30), offset=st.floats(-1e3, 1e3), seed=st.integers(0, 99))
def test_streaming_is_exact_for_any_chunk_and_far_from_zero(examples, chunk, offset, seed):
    """The gradient of the mean model is 2(mean − y)/d: its variance is that of the targets, whatever their offset."""
    targets = (offset + np.random.default_rng(seed).normal(size=(examples, 4))).astype(np.float32)
    batch = Batch(jnp.zeros((examples, 1)), jnp.asarray(targets), jnp.ones(examples))
    model = Mean(4)
    objective = training_objective(model, regression_task(4))
    state = init_state(model, optax.sgd(0.1), seed=0)
    found = variance_over_examples(objective, state, batch, state.key, chunk)
    expected = (2 / 4) ** 2 * targets.astype(np.float64).var(axis=0, ddof=1).mean()
    np.testing.assert_allclose(found["gradient/variance_over_examples"], expected, rtol=2e-3)


def test_pure_noise_reads_as_no_signal():
    """B = 64, true gradient 0: ‖G‖² must average to 0, where the plain squared norm averages to tr Σ / B."""
    examples, dimensions, repeats = 64, 32, 400
    model = Mean(dimensions)
    objective = training_objective(model, regression_task(dimensions))
    state = init_state(model, optax.sgd(0.1), seed=0)
    targets = np.random.default_rng(0).normal(size=(repeats, examples, dimensions)).astype(np.float32)

    @jax.jit
    def measure(targets):
        batch = Batch(jnp.zeros((examples, 1)), targets, jnp.ones(examples))
        return variance_over_examples(objective, state, batch, state.key, 64)

    found = jax.lax.map(measure, jnp.asarray(targets))
    squared_norm = np.asarray(found["gradient/squared_norm_unbiased"])
    trace = np.asarray(found["gradient/covariance_trace"])
    standard_error = squared_norm.std() / repeats**0.5
    assert abs(squared_norm.mean()) < 4 * standard_error
    assert trace.mean() / examples > 20 * standard_error, "the biased estimate would have been seen"
    # Signal-to-noise from averages: far below the 1 that the plain squared norm would give.
    assert abs(examples * squared_norm.mean() / trace.mean()) < 0.1


def test_known_signal_is_found_without_bias():
    """Targets N(μ, 1) in d dimensions: G = −2μ/d, tr Σ = 4/d."""
    dimensions, examples, repeats = 8, 16, 500
    mean = np.linspace(-0.5, 0.5, dimensions)
    model = Mean(dimensions)
    objective = training_objective(model, regression_task(dimensions))
    state = init_state(model, optax.sgd(0.1), seed=0)
    targets = mean + np.random.default_rng(1).normal(size=(repeats, examples, dimensions))

    def measure(targets):
        batch = Batch(jnp.zeros((examples, 1)), targets, jnp.ones(examples))
        return variance_over_examples(objective, state, batch, state.key, 16)

    found = jax.lax.map(measure, jnp.asarray(targets, jnp.float32))
    squared_norm = np.asarray(found["gradient/squared_norm_unbiased"])
    truth = np.sum((2 * mean / dimensions) ** 2)
    assert abs(squared_norm.mean() - truth) < 4 * squared_norm.std() / repeats**0.5
    np.testing.assert_allclose(np.mean(found["gradient/covariance_trace"]), 4 / dimensions, rtol=0.02)


def noise_alone(params, model_state, batch, key):
    """A gradient that is a standard normal number of the key, whatever the batch."""
    return params * jax.random.normal(key), Auxiliary(model_state, {})


def scalar_state(step=0, seed=0):
    return TrainState(jnp.int32(step), jnp.float32(1), None, None, jax.random.key(seed))


def alike(examples):
    return Batch(jnp.zeros((examples, 1)), jnp.zeros(examples, jnp.int32), jnp.ones(examples))


def test_every_example_draws_numbers_of_its_own():
    found = variance_over_examples(noise_alone, scalar_state(), alike(3000), jax.random.key(1), 500)
    # The variance of 3000 standard normal numbers is 1, give or take √(2 / 2999).
    np.testing.assert_allclose(found["gradient/covariance_trace"], 1, atol=4.5 * np.sqrt(2 / 2999))


def test_an_example_counts_as_one_whatever_its_weight_in_the_batch():
    task, model = blobs(), Perceptron()
    state, objective = init_state(model, optax.sgd(0.1), seed=1), training_objective(model, task)
    batch = batch_of(task, 6)
    light = batch._replace(weights=jnp.array([1, 0, 1, 0, 0.5, 2]))
    found, expected = (variance_over_examples(objective, state, one, state.key, 6) for one in (light, batch))
    assert expected["gradient/covariance_trace"] > 0
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-6)


@pytest.mark.parametrize(("chunk", "trips"), [(1, 7), (3, 3), (4, 2), (7, 1), (50, 1)])
def test_so_many_examples_are_held_at_once_and_no_more(chunk, trips):
    def objective(params, model_state, batch, key):
        return jnp.sum(params * batch.inputs), Auxiliary(model_state, {})

    probe = make_probe(objective, reverse, over_examples=True, chunk=chunk, estimates=2)
    (loop,) = [one for one in jax.make_jaxpr(probe)(scalar_state(), alike(7)).eqns if one.primitive.name == "scan"]
    assert loop.params["length"] == trips
    # Spread as evenly as can be.
    assert max(one.aval.shape[1] for one in loop.invars if one.aval.ndim > 1) == -(-7 // trips)


def test_a_probe_draws_numbers_of_its_own_at_every_step():
    def drawn(step, seed):
        probe = make_probe(noise_alone, reverse, over_examples=False, chunk=1, estimates=2)
        return float(probe(scalar_state(step, seed), alike(2))["gradient/variance_over_estimates"])

    assert len({drawn(step, seed) for step in (0, 1) for seed in (0, 1)}) == 4
    state = scalar_state(3)
    training = variance_over_estimates(noise_alone, reverse, state, alike(2), jax.random.fold_in(state.key, 3), 2)
    assert float(training["gradient/variance_over_estimates"]) != drawn(3, 0)


@pytest.mark.parametrize("pieces", [1, 4])
def test_the_noise_of_an_estimate_in_pieces_is_the_mean_of_theirs(pieces):
    probe = make_probe(noise_alone, reverse, over_examples=False, chunk=1, estimates=4000, microbatches=pieces)
    found = jax.jit(probe)(scalar_state(), alike(4))
    # Of standard normal numbers: a variance of 1 over the pieces, give or take √(2 / 3999) of it.
    variance = found["gradient/variance_over_estimates"]
    np.testing.assert_allclose(variance * pieces, 1, atol=4.5 * np.sqrt(2 / 3999))


@pytest.mark.parametrize("estimates", [2, 3])
def test_the_variance_of_few_estimates_is_unbiased(estimates):
    def drawn(key):
        return variance_over_estimates(noise_alone, reverse, scalar_state(), alike(2), key, estimates)

    found = jax.jit(jax.vmap(drawn))(jax.random.split(jax.random.key(0), 4000))["gradient/variance_over_estimates"]
    # Of standard normal numbers: a variance of 1, and of that estimate one of 2 / (estimates - 1).
    np.testing.assert_allclose(found.mean(), 1, atol=4.5 * np.sqrt(2 / (estimates - 1) / 4000))


def test_examples_and_estimates_are_probed_under_different_keys():
    probe = make_probe(noise_alone, reverse, over_examples=True, chunk=2, estimates=2)
    found = probe(scalar_state(), alike(2))
    assert found["gradient/variance_over_examples"] != found["gradient/variance_over_estimates"]


def test_what_examples_cannot_say_is_explained():
    assert unavailable_over_examples(batch_coupled=False, batch_size=2) == {}
    for coupled, size, reason in (
        (True, 8, "batch normalisation"),
        (True, 1, "batch normalisation"),
        (False, 1, "two"),
    ):
        found = unavailable_over_examples(coupled, size)
        assert set(found) == set(OVER_EXAMPLES)
        assert all(reason in one for one in found.values())


@pytest.mark.parametrize(("noise", "is_zero"), [(0.0, True), (0.5, False)])
def test_variance_over_estimates_is_the_noise_of_the_key_alone(noise, is_zero):
    task, model = blobs(), Perceptron(noise=noise)
    state = init_state(model, optax.sgd(0.1), seed=1)
    probe = make_probe(training_objective(model, task), reverse, over_examples=False, chunk=8, estimates=64)
    found = jax.jit(probe)(state, batch_of(task, 8))
    assert set(found) == {"gradient/variance_over_estimates"}
    assert (found["gradient/variance_over_estimates"] == 0) == is_zero


def test_variance_over_estimates_equals_the_variance_over_many_keys():
    task, model = blobs(), Perceptron(noise=0.5)
    state = init_state(model, optax.sgd(0.1), seed=1)
    objective, batch = training_objective(model, task), batch_of(task, 8)
    keys = jax.random.split(jax.random.key(9), 2000)
    gradients = jax.vmap(
        lambda k: jax.grad(lambda p: objective(p, state.model_state, batch, k)[0])(state.params)["hidden"]["weight"]
    )(keys)
    rest = jax.vmap(lambda k: jax.grad(lambda p: objective(p, state.model_state, batch, k)[0])(state.params)["read"])(
        keys
    )
    everything = np.concatenate(
        [np.asarray(g, np.float64).reshape(2000, -1) for g in jax.tree.leaves((gradients, rest))], 1
    )
    probe = make_probe(objective, reverse, over_examples=False, chunk=8, estimates=2000)
    found = jax.jit(probe)(state, batch)["gradient/variance_over_estimates"]
    np.testing.assert_allclose(found, everything.var(axis=0, ddof=1).mean(), rtol=0.1)


def test_noise_scale_averages_before_dividing():
    scale = NoiseScale(batch_size=10)
    assert scale.read() == ({}, {})
    scale.add({"gradient/covariance_trace": 4.0, "gradient/squared_norm_unbiased": -1.0})
    found, absent = scale.read()
    assert found == {"gradient/signal_to_noise": -2.5}, "dropped, the mean would be too high"
    assert absent["gradient/noise_scale"] == NO_SIGNAL
    assert absent["gradient/signal_to_noise_low"] == ONE_PROBE
    scale.add({"gradient/covariance_trace": 2.0, "gradient/squared_norm_unbiased": 4.0})
    found, _ = scale.read()
    assert (found["gradient/noise_scale"], found["gradient/signal_to_noise"]) == (2.0, 5.0)
    for passed_over in ("train/loss", "gradient/covariance_trace", "gradient/squared_norm_unbiased"):
        scale.add({passed_over: 1.0})
    assert scale.read()[0] == found


def test_the_interval_of_the_noise_scale_is_the_jackknife_s():
    """As eval's own jackknife has it, which is held against its definition and SciPy's quantiles."""
    random = np.random.default_rng(0)
    for count in range(2, 11):
        scale = NoiseScale(batch_size=10)
        traces, norms = random.uniform(1, 2, count), random.uniform(0.5, 0.6, count)
        for trace, norm in zip(traces, norms, strict=True):
            scale.add({"gradient/covariance_trace": trace, "gradient/squared_norm_unbiased": norm})
        found, absent = scale.read()
        wanted = jackknife(lambda norm, trace: 10 * norm / trace, norms, traces)
        ends = [found[f"gradient/signal_to_noise{end}"] for end in ("_low", "", "_high")]
        np.testing.assert_allclose(ends, [wanted.low, wanted.mean, wanted.high], rtol=1e-4)
        assert found["gradient/noise_scale_low"] == pytest.approx(10 / ends[2])
        if ends[0] > 0:
            assert found["gradient/noise_scale_high"] == pytest.approx(10 / ends[0])
        else:
            assert absent["gradient/noise_scale_high"] == MAY_HIDE
        assert set(found) | set(absent) == {
            f"gradient/{name}{end}" for name in ("noise_scale", "signal_to_noise") for end in ("", "_low", "_high")
        }


def test_a_weak_signal_is_not_overstated():
    """The mean over many runs of what is logged is the true ratio, though most estimates of a weak signal are lost."""
    random = np.random.default_rng(1)
    told, positive = [], []
    for _ in range(4000):
        scale = NoiseScale(batch_size=1)
        scale.add({"gradient/covariance_trace": 1.0, "gradient/squared_norm_unbiased": random.normal(0.1, 1.0)})
        value = scale.read()[0]["gradient/signal_to_noise"]
        told.append(value)
        positive += [value] if value > 0 else []
    assert abs(np.mean(told) - 0.1) < 4 / np.sqrt(4000)
    assert np.mean(positive) > 0.5


@pytest.mark.parametrize(("trace", "squared_norm", "reason"), [(0.0, 1.0, NO_NOISE), (-1.0, 1.0, NO_NOISE)])
def test_without_noise_there_is_no_ratio(trace, squared_norm, reason):
    scale = NoiseScale(batch_size=10)
    scale.add({"gradient/covariance_trace": trace, "gradient/squared_norm_unbiased": squared_norm})
    found, absent = scale.read()
    assert not found
    assert set(absent.values()) == {reason}


def test_without_signal_there_is_no_noise_scale():
    scale = NoiseScale(batch_size=10)
    scale.add({"gradient/covariance_trace": 1.0, "gradient/squared_norm_unbiased": 0.0})
    found, absent = scale.read()
    assert found == {"gradient/signal_to_noise": 0.0}
    assert absent["gradient/noise_scale"] == NO_SIGNAL


def test_the_last_ten_probes_are_averaged():
    scale = NoiseScale(batch_size=1)
    for trace in (1000.0, *range(1, 11)):
        scale.add({"gradient/covariance_trace": float(trace), "gradient/squared_norm_unbiased": 1.0})
    assert scale.read()[0]["gradient/noise_scale"] == pytest.approx(5.5)
