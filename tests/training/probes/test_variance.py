"""Gradient variance against explicit loops in float64, and against answers known by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import Mean, Perceptron, batch_of, blobs, regression_task

from training.data.split import Batch
from training.gradients import reverse
from training.objective import training_objective
from training.probes.variance import NoiseScale, make_probe, variance_over_examples
from training.state import init_state


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
    assert scale.read() == {}
    scale.add({"gradient/covariance_trace": 4.0, "gradient/squared_norm_unbiased": -1.0})
    assert scale.read() == {}, "a negative estimate of the signal is no signal"
    scale.add({"gradient/covariance_trace": 2.0, "gradient/squared_norm_unbiased": 4.0})
    assert scale.read() == {"gradient/noise_scale": 2.0, "gradient/signal_to_noise": 5.0}
    scale.add({"train/loss": 1.0})
    assert scale.read() == {"gradient/noise_scale": 2.0, "gradient/signal_to_noise": 5.0}
