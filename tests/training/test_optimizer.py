"""The optimiser's schedule, clipping and mask."""

import itertools
import math

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
    np.testing.assert_allclose([schedule(k) for k in range(6)], [0, 0.2, 0.4, 0.6, 0.8, 1.0], rtol=1e-6)
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


def by_the_papers(config, steps, params, gradients, decayed):
    """Parameters after every update, in float64: AdamW (Loshchilov & Hutter 2019, algorithm 2) or Nesterov's momentum.

    The gradients are clipped first (Pascanu et al. 2013, algorithm 1); the momentum is that of Sutskever et al. 2013,
    in the form in which the gradient is taken where the parameters are.
    """
    params = [np.asarray(leaf, np.float64) for leaf in params]
    first, second = ([np.zeros(leaf.shape) for leaf in params] for _ in range(2))
    seen = []
    for count, gradient in enumerate(gradients):
        norm = math.sqrt(sum(np.sum(np.float64(leaf) ** 2) for leaf in gradient))
        gradient = [np.float64(leaf) * min(1, config.clip_norm / norm) for leaf in gradient]
        warm, cooled = count / config.warmup_steps, (count - config.warmup_steps) / (steps - config.warmup_steps)
        final = config.final_fraction
        rate = config.learning_rate * (warm if warm < 1 else final + (1 - final) * (1 + math.cos(math.pi * cooled)) / 2)
        for at, leaf in enumerate(gradient):
            if config.name == "adamw":
                first[at] = config.b1 * first[at] + (1 - config.b1) * leaf
                second[at] = config.b2 * second[at] + (1 - config.b2) * leaf**2
                mean, square = first[at] / (1 - config.b1 ** (count + 1)), second[at] / (1 - config.b2 ** (count + 1))
                direction = mean / (np.sqrt(square) + 1e-8)
            else:
                first[at] = config.b1 * first[at] + leaf
                direction = leaf + config.b1 * first[at]
            params[at] = params[at] - rate * (direction + config.weight_decay * decayed[at] * params[at])
        seen.append(list(params))
    return seen


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_updates_are_those_of_the_papers(name):
    model, steps = Perceptron(), 12
    params = model.init(jax.random.key(0)).params
    leaves, structure = jax.tree.flatten(params)
    random = np.random.default_rng(0)
    # Every other gradient is longer than the clip.
    gradients = [[random.normal(scale=[0.01, 2][k % 2], size=leaf.shape) for leaf in leaves] for k in range(steps)]
    config = OptimizerConfig(
        name=name, learning_rate=0.1, warmup_steps=4, final_fraction=0.2, weight_decay=0.3, b1=0.6, b2=0.8
    )
    expected = by_the_papers(config, steps, leaves, gradients, jax.tree.leaves(model.weight_decay_mask(params)))
    optimizer = make_optimizer(config, steps, model)
    state = optimizer.init(params)
    for gradient, wanted in zip(gradients, expected, strict=True):
        gradient = jax.tree.unflatten(structure, [jnp.float32(leaf) for leaf in gradient])
        updates, state = optimizer.update(gradient, state, params)
        params = jax.tree.map(jnp.add, params, updates)
        for leaf, value in zip(jax.tree.leaves(params), wanted, strict=True):
            np.testing.assert_allclose(leaf, value, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("learning_rate", -1.0), ("final_fraction", 1.5), ("b1", 1.0), ("clip_norm", 0.0), ("warmup_steps", -1)],
)
def test_settings_out_of_range_are_refused(setting, value):
    with pytest.raises(BadInput, match=f"optimizer.{setting}="):
        OptimizerConfig(**{setting: value})


@pytest.mark.parametrize("peak", [None, 0.25])
def test_plain_descent_subtracts_the_gradient_times_the_rate(peak):
    optimizer = make_optimizer(plain_descent(0.5), 3, Perceptron(), peak)
    params = Perceptron().init(jax.random.key(0)).params
    state = optimizer.init(params)
    for step in range(1, 5):
        gradient = jax.tree.map(lambda leaf, step=step: step * jnp.ones_like(leaf), params)
        updates, state = optimizer.update(gradient, state, params)
        for leaf in jax.tree.leaves(updates):
            np.testing.assert_array_equal(leaf, -(peak or 0.5) * step)
