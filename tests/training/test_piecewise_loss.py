"""The loss of a language in pieces: against float64 NumPy, and against the whole."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradigms.interface import Readout, Spec
from paradigms.transformer import Config, build
from paradigms.transformer.readout import MOST_LOGIT_BYTES
from training.data.arrays import ArraySplit
from training.data.checks import UNSCORED
from training.data.split import Batch
from training.evaluation import evaluation_sums
from training.gradients import accumulated, forward, reverse
from training.objective import training_objective
from training.piecewise_loss import token_losses, weighted_loss
from training.tasks import Task, cross_entropy

TIME, VOCABULARY, WIDTH = 7, 11, 4
KEY = jax.random.key(0)


def softmax_cross_entropy(features, kernel, bias, targets):
    """Losses, what is right, and the probabilities less the targets, in float64."""
    logits = features @ kernel + bias
    exponentials = np.exp(logits - logits.max(-1, keepdims=True))
    probabilities = exponentials / exponentials.sum(-1, keepdims=True)
    hot = np.eye(kernel.shape[1])[targets]
    return -np.log((probabilities * hot).sum(-1)), logits.argmax(-1) == targets, probabilities - hot


@partial(jax.jit, static_argnums=4)
def by_pieces(features, readout, targets, weights, pieces):
    """Three times the loss with its gradient, and the losses of the tokens."""

    def of(features, readout):
        loss, right = weighted_loss(features, readout, targets, weights, pieces)
        return 3 * loss, right

    return (
        jax.value_and_grad(of, argnums=(0, 1), has_aux=True)(features, readout),
        token_losses(features, readout, targets, pieces),
    )


@settings(deadline=None, max_examples=20)
@given(
    shape=st.sampled_from([(1, 1, 3, 1, True), (2, 5, 6, 3, True), (3, 4, 2, 4, False)]),
    seed=st.integers(0, 99),
)
def test_value_and_gradient_are_those_of_plain_softmax_in_float64(shape, seed):
    batch, time, vocabulary, pieces, has_bias = shape
    rng = np.random.default_rng(seed)
    features, kernel = rng.normal(size=(batch, time, 3)), 2 * rng.normal(size=(3, vocabulary))
    bias = rng.normal(size=vocabulary) if has_bias else np.zeros(vocabulary)
    targets, weights = rng.integers(0, vocabulary, (batch, time)), rng.uniform(size=(batch, time))
    losses, right, errors = softmax_cross_entropy(features, kernel, bias, targets)
    errors = 3 * errors * weights[..., None]
    with jax.enable_x64(True):
        readout = Readout(jnp.asarray(kernel), jnp.asarray(bias) if has_bias else None)
        arrays = map(jnp.asarray, (targets, weights))
        ((value, found), gradient), alone = by_pieces(jnp.asarray(features), readout, *arrays, pieces)
    np.testing.assert_allclose(value, 3 * (weights * losses).sum(), rtol=1e-12, atol=1e-13)
    np.testing.assert_array_equal(found, right)
    np.testing.assert_array_equal(alone.right, right)
    np.testing.assert_allclose(alone.losses, losses, rtol=1e-12, atol=1e-13)
    of_features, of_readout = gradient
    np.testing.assert_allclose(of_features, errors @ kernel.T, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(of_readout.kernel, np.einsum("btw,bto->wo", features, errors), rtol=1e-10, atol=1e-12)
    if has_bias:
        np.testing.assert_allclose(of_readout.bias, errors.sum((0, 1)), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("weight", "has_no_loss"), [(1.0, True), (0.0, False)])
def test_a_word_that_the_vocabulary_lacks_has_no_loss_rather_than_a_wrong_one(weight, has_no_loss):
    targets = jnp.array([[0, 6, 2]])
    readout = Readout(jnp.ones((3, 6)), None)
    (value, _), alone = by_pieces(jnp.ones((1, 3, 3)), readout, targets, jnp.array([[1.0, weight, 1.0]]), 3)
    assert jnp.isnan(value[0]) == has_no_loss
    assert list(jnp.isnan(alone.losses[0])) == [False, True, False]
    logits = jnp.ones((1, 3, 3)) @ readout.kernel
    np.testing.assert_array_equal(jnp.isnan(cross_entropy(logits, targets)), jnp.isnan(alone.losses))


def model(pieces: int, **settings: Any):
    spec = Spec(jax.ShapeDtypeStruct((TIME,), jnp.int32), "language", VOCABULARY)
    return build(Config(width=WIDTH, heads=1, layers=1, hidden=4, readout_pieces=pieces, **settings), spec)


def task_and_batch(unscored: bool) -> tuple[Task, Batch]:
    rng = np.random.default_rng(1)
    inputs, targets = rng.integers(0, VOCABULARY, (2, 4, TIME)).astype(np.int32)
    if unscored:
        targets[:, :3] = UNSCORED
        targets[1, :5] = UNSCORED
    split = ArraySplit(inputs, targets)
    task = Task("words", model(1).spec, split, split, split, unscored=unscored)
    return task, jax.tree.map(jnp.asarray, Batch(inputs, targets, np.array([1, 1, 1, 0], np.float32)))


@pytest.mark.parametrize(
    ("unscored", "settings", "microbatches"),
    [
        (True, {"tied": True}, 2),
        pytest.param(False, {}, 1, marks=pytest.mark.slow),
        pytest.param(True, {"bias": False}, 1, marks=pytest.mark.slow),
    ],
)
def test_training_and_evaluation_are_those_of_the_whole(unscored, settings, microbatches) -> None:
    task, batch = task_and_batch(unscored)
    params = jax.jit(model(1, **settings).init)(KEY).params
    whole, cut = model(1, **settings), model(3, **settings)

    def gradient(paradigm):
        estimate = accumulated(reverse, microbatches)
        return jax.jit(lambda params: estimate(training_objective(paradigm, task), params, {}, batch, KEY))(params)

    def close(one, other):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=1e-6)

    jax.tree.map(close, gradient(cut), gradient(whole))
    sums = [
        jax.jit(lambda params, of=of: evaluation_sums(of, task)(params, {}, batch, KEY))(params) for of in (cut, whole)
    ]
    assert sums[0].keys() == sums[1].keys()
    jax.tree.map(close, *sums)


@pytest.mark.slow
def test_forward_mode_and_one_example_at_a_time_are_those_of_the_whole() -> None:
    task, batch = task_and_batch(unscored=False)
    params = jax.jit(model(1).init)(KEY).params

    def derivatives(paradigm):
        objective = training_objective(paradigm, task)

        def of_one(params, inputs, targets):
            one = Batch(inputs[None], targets[None], jnp.ones(1))
            return jax.grad(lambda params: objective(params, {}, one, KEY)[0])(params)

        def both(params):
            estimate = forward(lambda params, key: objective(params, {}, batch, key), params, KEY)
            return estimate, jax.vmap(of_one, (None, 0, 0))(params, batch.inputs, batch.targets)

        return jax.jit(both)(params)

    whole, cut = derivatives(model(1)), derivatives(model(7))
    jax.tree.map(lambda one, other: np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6), whole, cut)


def sizes(jaxpr: Any) -> Iterator[int]:
    for equation in jaxpr.eqns:
        yield from (variable.aval.size for variable in equation.outvars)
        for inner in jax.tree.leaves(equation.params, is_leaf=lambda value: hasattr(value, "eqns")):
            if hasattr(inner, "eqns") or hasattr(inner, "jaxpr"):
                yield from sizes(getattr(inner, "jaxpr", inner))


def test_no_array_is_as_large_as_all_logits() -> None:
    rng = np.random.default_rng(0)
    features, kernel = jnp.asarray(rng.normal(size=(2, 8, 2)), jnp.float32), jnp.asarray(rng.normal(size=(2, 50)))
    targets, weights = jnp.zeros((2, 8), jnp.int32), jnp.ones((2, 8))

    def gradient(pieces):
        def of(features, kernel):
            return weighted_loss(features, Readout(kernel, None), targets, weights, pieces)[0]

        return jax.make_jaxpr(jax.grad(of, argnums=(0, 1)))(features, kernel).jaxpr

    assert max(sizes(gradient(1))) == 2 * 8 * 50
    assert max(sizes(gradient(4))) == 2 * 2 * 50


def test_a_large_vocabulary_is_cut_by_itself() -> None:
    def pieces(vocabulary, batch, **settings):
        spec = Spec(jax.ShapeDtypeStruct((128,), jnp.int32), "language", vocabulary)
        return build(Config(**settings), spec).pieces(batch)

    assert pieces(96, 16) == 1
    assert pieces(32_000, 16) == -(-16 * 128 * 32_000 * 4 // MOST_LOGIT_BYTES) == 4
    assert pieces(32_000, 1) == 1
    assert pieces(10**9, 1) == 128, "one token at a time is the least"
    assert pieces(32_000, 16, readout_pieces=1) == 1
