"""Estimators of a gradient: exact, unbiased, or refused."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import Perceptron, batch_of, blobs

from training.data.split import Batch
from training.errors import BadInput
from training.gradients import accumulated, forward, require_forward_mode, reverse, spsa
from training.objective import Auxiliary, training_objective
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


@pytest.mark.parametrize("estimator", [reverse, spsa, forward])
def test_a_loss_is_evaluated_at_parameters_of_their_own_dtypes_and_so_is_its_gradient(estimator):
    params = {"a": jnp.ones(3, jnp.bfloat16), "b": jnp.ones(2)}
    (_, seen), gradient = estimator(lambda p, key: (quadratic(p, key)[0], p), params, jax.random.key(0))
    for found in (seen, gradient):
        assert {name: leaf.dtype for name, leaf in found.items()} == {"a": jnp.bfloat16, "b": jnp.float32}


def test_pieces_of_narrow_numbers_are_summed_in_wider_ones():
    # 1 + 1/256 is no bfloat16: a sum of 256 shares of a 256th in that type would stop short of 1.
    batch = Batch(jnp.ones((256, 1)), jnp.zeros(256), jnp.ones(256))

    def objective(params, model_state, piece, key):
        return params["a"].sum() * piece.inputs.mean(), Auxiliary(model_state, {})

    estimate = accumulated(reverse, 256)
    (value, _), gradient = jax.jit(lambda p: estimate(objective, p, {}, batch, jax.random.key(0)))(
        {"a": jnp.ones(2, jnp.bfloat16)}
    )
    assert gradient["a"].dtype == jnp.bfloat16
    np.testing.assert_array_equal(np.asarray(gradient["a"], np.float32), 1)
    np.testing.assert_allclose(value, 2)


@pytest.mark.parametrize(("estimator", "draw"), [(spsa, jax.random.rademacher), (forward, jax.random.normal)])
def test_the_direction_and_the_loss_draw_different_numbers(estimator, draw):
    def noisy(params, key):
        return jnp.sum(params), key

    (_, seen), gradient = estimator(noisy, jnp.zeros(64), jax.random.key(5))
    # A direction drawn from the loss's key would be this one.
    other = draw(jax.random.split(seen, 1)[0], (64,), jnp.float32)
    assert abs(np.corrcoef(other, gradient)[0, 1]) < 0.6


def test_spsa_returns_the_auxiliary_of_its_first_point():
    (_, seen), gradient = spsa(lambda p, key: (2 * p[0], p), jnp.zeros(1), jax.random.key(0), radius=0.25)
    np.testing.assert_allclose(gradient, 2.0)
    np.testing.assert_allclose(abs(seen[0]), 0.25)
    # The point that is ahead along the direction, whose sign repeats with the key.
    (_, _), along = spsa(lambda p, key: (p[0], p), jnp.zeros(1), jax.random.key(0), radius=0.25)
    np.testing.assert_allclose(along, 1.0)


def test_the_forward_gradient_is_the_slope_along_its_direction_and_the_value_is_exact():
    """Of a linear loss the estimate is (c·d) d, so that c·estimate is the square of the slope."""
    slopes = np.float32([3.0, -1.0, 2.0])
    (value, auxiliary), gradient = forward(
        lambda p, key: (jnp.dot(slopes, p), ("seen", p)), jnp.float32([1.0, 2.0, 5.0]), jax.random.key(2)
    )
    np.testing.assert_allclose(value, 3 - 2 + 10)
    np.testing.assert_array_equal(auxiliary[1], [1.0, 2.0, 5.0])
    direction = np.asarray(gradient) / np.sqrt(np.dot(slopes, gradient))
    np.testing.assert_allclose(np.dot(slopes, direction) * direction, gradient, rtol=1e-5)


def test_forward_mode_is_refused_where_a_custom_vjp_has_none():
    @jax.custom_vjp
    def identity(x):
        return x

    identity.defvjp(lambda x: (x, None), lambda _, g: (g,))
    with pytest.raises(
        BadInput, match=r"^gradient=forward needs a differentiation with .* of circuits and transformers$"
    ):
        require_forward_mode(lambda p: (jnp.sum(identity(p)), None), jnp.ones(3))
    require_forward_mode(lambda p, x: (jnp.sum(p * x), None), jnp.ones(3), jax.ShapeDtypeStruct((3,), jnp.float32))


def test_what_is_wrong_with_a_loss_itself_is_not_taken_for_a_missing_forward_mode():
    def wrong(params):
        raise TypeError("a loss of another kind")

    with pytest.raises(TypeError, match="a loss of another kind"):
        require_forward_mode(wrong, jnp.ones(3))


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


def recorded(params, model_state, batch, key):
    """Notes what every piece is given: a number of its key, and its inputs."""
    count, numbers, inputs = model_state
    state = (count + 1, numbers.at[count].set(jax.random.normal(key)), inputs.at[count].set(batch.inputs))
    return jnp.sum(params * batch.inputs), Auxiliary(state, {"inputs": jnp.sum(batch.inputs)})


def test_a_piece_takes_each_kth_example_under_a_key_of_its_own():
    batch = Batch(np.float32([1, 2, 3, 4, 5, 6]), np.zeros(6, np.float32), np.ones(6, np.float32))
    started = (jnp.int32(0), jnp.zeros(3), jnp.zeros((3, 2)))
    (value, auxiliary), gradient = accumulated(reverse, 3)(recorded, jnp.float32(1), started, batch, jax.random.key(0))
    count, numbers, inputs = auxiliary.model_state
    assert int(count) == 3
    np.testing.assert_array_equal(inputs, [[1, 4], [2, 5], [3, 6]])
    assert len({*np.asarray(numbers).tolist(), float(jax.random.normal(jax.random.key(0)))}) == 4
    # Pieces of the same weight: the mean of their sums.
    assert (float(value), float(gradient), float(auxiliary.metrics["inputs"])) == pytest.approx((7, 7, 7))


@pytest.mark.parametrize(("weights", "expected"), [((0, 1, 0, 0), 2.0), ((0, 0, 0, 0), 0.0), ((1, 0, 1, 1), 8 / 3)])
def test_pieces_count_by_their_weights_and_a_batch_of_padding_counts_nothing(weights, expected):
    def mean(params, model_state, batch, key):
        value = params * jnp.sum(batch.weights * batch.inputs) / jnp.maximum(jnp.sum(batch.weights), 1)
        return value, Auxiliary(model_state, {})

    batch = Batch(np.float32([1, 2, 3, 4]), np.zeros(4, np.float32), np.float32(weights))
    (value, _), gradient = accumulated(reverse, 2)(mean, jnp.float32(1), None, batch, jax.random.key(0))
    assert (float(value), float(gradient)) == pytest.approx((expected, expected))


def test_a_whole_batch_is_estimated_under_the_key_that_is_given():
    batch = Batch(np.ones(2, np.float32), np.zeros(2, np.float32), np.ones(2, np.float32))
    started = (jnp.int32(0), jnp.zeros(1), jnp.zeros((1, 2)))
    (_, auxiliary), _ = accumulated(reverse, 1)(recorded, jnp.float32(1), started, batch, jax.random.key(7))
    assert float(auxiliary.model_state[1][0]) == float(jax.random.normal(jax.random.key(7)))
