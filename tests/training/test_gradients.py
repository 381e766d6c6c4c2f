"""Estimators of a gradient: exact, unbiased, or refused."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import Perceptron, batch_of, blobs

from training.errors import BadInput
from training.gradients import accumulated, forward, require_forward_mode, reverse, spsa
from training.objective import training_objective
from training.state import init_state


def quadratic(params, key):
    """Value ½ Σ c p², gradient c p."""
    return 0.5 * sum(jnp.sum(c * p**2) for c, p in zip((1.0, 3.0), jax.tree.leaves(params), strict=True)), None


PARAMS = {"a": np.float32([1, -2]), "b": np.float32([[0.5], [2]])}
"""NumPy's: importing a test computes nothing by JAX, which a forked process would not survive (docs/mutation.md)."""
TRUTH = np.array([1.0, -2.0, 1.5, 6.0])


def flat(tree):
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(tree)])


@pytest.mark.parametrize("estimator", [spsa, forward])
def test_random_direction_estimates_are_unbiased(estimator):
    keys = jax.random.split(jax.random.key(0), 4000)
    gradients = jax.vmap(lambda k: estimator(quadratic, PARAMS, k)[1])(keys)
    rows = np.stack([np.concatenate([np.ravel(g[i]) for g in jax.tree.leaves(gradients)]) for i in range(4000)])
    error = np.abs(rows.mean(axis=0) - TRUTH) / (rows.std(axis=0) / 4000**0.5)
    assert error.max() < 4.5
    assert rows.std(axis=0).min() > 0.5, "one estimate alone is noisy: a zero spread would mean it is not random"


def test_reverse_is_exact():
    (value, _), gradient = reverse(quadratic, PARAMS, jax.random.key(0))
    np.testing.assert_allclose(flat(gradient), TRUTH)
    np.testing.assert_allclose(value, 0.5 * (1 + 4 + 3 * (0.25 + 4)))


def test_spsa_sees_the_same_noise_at_both_points():
    def noisy(params, key):
        return jnp.sum(params) + 100 * jax.random.normal(key, ()), None

    _, gradient = spsa(noisy, jnp.zeros(1), jax.random.key(3))
    np.testing.assert_allclose(gradient, 1.0, rtol=1e-3)


def test_spsa_sees_other_noise_at_each_point_where_noise_cannot_be_shared():
    def noisy(params, key):
        return jnp.sum(params) + jax.random.normal(key, ()), None

    keys = jax.random.split(jax.random.key(0), 4000)
    estimates = jax.vmap(lambda key: spsa(noisy, jnp.zeros(1), key, radius=0.5, shared_noise=False)[1][0])(keys)
    # The slope, 1, and the difference of two standard normals over twice the radius: a variance of 2.
    np.testing.assert_allclose(estimates.mean(), 1, atol=4.5 * np.sqrt(2 / 4000))
    np.testing.assert_allclose(estimates.var(), 2, rtol=4.5 * np.sqrt(2 / 4000))


def test_spsa_takes_the_difference_over_twice_its_radius():
    def cubic(params, key):
        return params[0] ** 3, None

    # ((1 + r)³ - (1 - r)³) / 2r = 3 + r².
    (value, _), gradient = spsa(cubic, jnp.ones(1), jax.random.key(1), radius=0.5)
    np.testing.assert_allclose(gradient, 3.25, rtol=1e-6)
    np.testing.assert_allclose(value, (1.5**3 + 0.5**3) / 2, rtol=1e-6)


def test_forward_mode_is_refused_where_a_custom_vjp_has_none():
    @jax.custom_vjp
    def identity(x):
        return x

    identity.defvjp(lambda x: (x, None), lambda _, g: (g,))
    with pytest.raises(BadInput, match="custom VJP"):
        require_forward_mode(lambda p: (jnp.sum(identity(p)), None), jnp.ones(3))
    require_forward_mode(lambda p, x: (jnp.sum(p * x), None), jnp.ones(3), jax.ShapeDtypeStruct((3,), jnp.float32))


@settings(max_examples=10, deadline=None)
@given(microbatches=st.sampled_from([2, 3, 4, 6, 12]), padded=st.integers(0, 5))
def test_accumulation_equals_the_full_batch(microbatches, padded):
    """Padding lands in some pieces and not in others; the weights must still come out right."""
    task, model = blobs(), Perceptron()
    objective = training_objective(model, task)
    state = init_state(model, optax.sgd(0.1), seed=0)
    batch = batch_of(task, 12)
    batch = batch._replace(weights=batch.weights.at[12 - padded :].set(0.0) if padded else batch.weights)
    whole, parts = (
        accumulated(reverse, count)(objective, state.params, state.model_state, batch, state.key)
        for count in (1, microbatches)
    )
    np.testing.assert_allclose(flat(parts[1]), flat(whole[1]), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(parts[0][0], whole[0][0], rtol=1e-6)
    np.testing.assert_allclose(parts[0][1].metrics["train/accuracy"], whole[0][1].metrics["train/accuracy"], rtol=1e-6)


def test_accumulation_passes_the_model_state_through_every_piece():
    task, model = blobs(), Perceptron()
    objective = training_objective(model, task)
    state = init_state(model, optax.sgd(0.1), seed=0)
    (_, auxiliary), _ = accumulated(reverse, 3)(
        objective, state.params, state.model_state, batch_of(task, 6), state.key
    )
    assert int(auxiliary.model_state["calls"]) == 3
