"""The optimiser's schedule, clipping and mask."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from toys import Perceptron

from training.config import OptimizerConfig, plain_descent
from training.errors import BadInput
from training.optimizer import learning_rate_schedule, make_optimizer


def test_schedule_by_formula():
    schedule = learning_rate_schedule(OptimizerConfig(learning_rate=0.2, warmup_steps=10, final_fraction=0.1), 110)
    np.testing.assert_allclose([schedule(0), schedule(5), schedule(10)], [0.0, 0.1, 0.2], rtol=1e-6)
    # Half of the cosine: midway between the peak and a tenth of it.
    np.testing.assert_allclose(schedule(60), 0.2 * (0.1 + 0.9 * 0.5), rtol=1e-6)
    np.testing.assert_allclose(schedule(110), 0.02, rtol=1e-6)


def test_a_short_run_still_warms_up_and_peaks():
    schedule = learning_rate_schedule(OptimizerConfig(learning_rate=1.0, warmup_steps=50), 10)
    assert max(float(schedule(k)) for k in range(11)) == 1.0
    assert float(learning_rate_schedule(OptimizerConfig(learning_rate=1.0), 1)(0)) == 1.0


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_decay_reaches_only_what_the_paradigm_lets_it(name):
    model = Perceptron()
    params = jax.tree.map(jnp.ones_like, model.init(jax.random.key(0)).params)
    config = OptimizerConfig(name=name, learning_rate=0.1, warmup_steps=0, weight_decay=0.5)
    optimizer = make_optimizer(config, 10, model)
    zeros = jax.tree.map(jnp.zeros_like, params)
    updates, _ = optimizer.update(zeros, optimizer.init(params), params)
    np.testing.assert_allclose(updates["hidden"]["weight"], -0.1 * 0.5, rtol=1e-6)
    np.testing.assert_array_equal(updates["read"]["bias"], 0.0)


class InTurn(Perceptron):
    """Trains its first layer in the first two updates, and half of the bias after them."""

    def trainable(self, update):
        first = (update < 2).astype(jnp.float32)
        return {"hidden": {"weight": first}, "read": {"weight": 1 - first, "bias": jnp.array([1.0, 0.0, 0.0])}}


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_what_a_stage_does_not_train_stays_as_it_is(name):
    model = InTurn()
    params = model.init(jax.random.key(0)).params
    optimizer = make_optimizer(OptimizerConfig(name=name, learning_rate=0.1, warmup_steps=0), 10, model)
    state, seen = optimizer.init(params), [params]
    for _ in range(4):
        updates, state = optimizer.update(jax.tree.map(jnp.ones_like, params), state, seen[-1])
        seen.append(jax.tree.map(jnp.add, seen[-1], updates))

    def moved(of):
        return [bool(np.all(of(one) != of(two))) for one, two in itertools.pairwise(seen)]

    assert moved(lambda tree: tree["hidden"]["weight"]) == [True, True, False, False]
    assert moved(lambda tree: tree["read"]["weight"]) == [False, False, True, True]
    assert moved(lambda tree: tree["read"]["bias"][0]) == [True] * 4
    np.testing.assert_array_equal(seen[-1]["read"]["bias"][1:], 0)
    # Adam's moments are those of all gradients: the second layer's first step is as long as the first layer's third.
    if name == "adamw":
        plain = make_optimizer(OptimizerConfig(learning_rate=0.1, warmup_steps=0), 10, Perceptron())
        state, kept = plain.init(params), params
        for _ in range(3):
            updates, state = plain.update(jax.tree.map(jnp.ones_like, params), state, kept)
        first_step = seen[3]["read"]["weight"] - params["read"]["weight"]
        np.testing.assert_allclose(first_step, updates["read"]["weight"], rtol=1e-4)


def test_gradients_are_clipped_by_their_global_norm():
    model = Perceptron()
    params = model.init(jax.random.key(0)).params
    config = OptimizerConfig(name="sgd", learning_rate=1.0, warmup_steps=0, weight_decay=0.0, b1=0.0, clip_norm=1.0)
    optimizer = make_optimizer(config, 10, model)
    updates, _ = optimizer.update(
        jax.tree.map(lambda p: 100 * jnp.ones_like(p), params), optimizer.init(params), params
    )
    norm = np.sqrt(sum(float(jnp.sum(u**2)) for u in jax.tree.leaves(updates)))
    np.testing.assert_allclose(norm, 1.0, rtol=1e-5)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("learning_rate", -1.0), ("final_fraction", 1.5), ("b1", 1.0), ("clip_norm", 0.0), ("warmup_steps", -1)],
)
def test_settings_out_of_range_are_refused(setting, value):
    with pytest.raises(BadInput, match=f"optimizer.{setting}="):
        OptimizerConfig(**{setting: value})


def test_plain_descent_subtracts_the_gradient_times_the_rate():
    optimizer = make_optimizer(plain_descent(0.5), 3, Perceptron())
    params = Perceptron().init(jax.random.key(0)).params
    state = optimizer.init(params)
    for step in range(1, 5):
        gradient = jax.tree.map(lambda leaf, step=step: step * jnp.ones_like(leaf), params)
        updates, state = optimizer.update(gradient, state, params)
        for leaf in jax.tree.leaves(updates):
            np.testing.assert_array_equal(leaf, -0.5 * step)
