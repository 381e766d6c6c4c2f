"""The step: pure, faithful to Optax, and deaf to what is not finite."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from toys import Perceptron, batch_of, blobs

from training.gradients import reverse
from training.objective import training_objective
from training.state import init_state
from training.step import FINITE, checked_names, make_step


def prepared(model=None, optimizer=None, microbatches=1):
    task, model = blobs(), model or Perceptron()
    optimizer = optimizer or optax.adam(1e-2)
    state = init_state(model, optimizer, seed=0)
    return (
        state,
        jax.jit(make_step(training_objective(model, task), reverse, optimizer, microbatches)),
        batch_of(task, 16),
    )


def test_a_step_of_gradient_descent_by_hand():
    state, step, batch = prepared(optimizer=optax.sgd(0.5))
    model = Perceptron()

    def loss(params):
        logits = model.apply(params, state.model_state, batch.inputs, key=state.key, train=True).prediction
        return -jnp.mean(jax.nn.log_softmax(logits)[jnp.arange(16), batch.targets])

    value, gradient = jax.value_and_grad(loss)(state.params)
    after, metrics = step(state, batch)
    expected = jax.tree.map(lambda p, g: p - 0.5 * g, state.params, gradient)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7), after.params, expected)
    np.testing.assert_allclose(metrics["train/loss"], value, rtol=1e-6)
    np.testing.assert_allclose(metrics["gradient/norm"], optax.tree.norm(gradient), rtol=1e-6)
    assert int(after.step) == 1
    assert int(after.model_state["calls"]) == 1
    assert bool(metrics[FINITE].all())
    assert "activity/hidden_mean" in metrics


def test_the_penalty_is_part_of_the_loss():
    state, step, batch = prepared(Perceptron(penalty=1.0))
    plain_state, plain_step, _ = prepared()
    penalised, plain = step(state, batch)[1], plain_step(plain_state, batch)[1]
    assert float(penalised["train/loss"]) > float(plain["train/loss"]) + 0.01


def test_every_step_draws_numbers_of_its_own_and_the_same_ones_again():
    state, step, batch = prepared(Perceptron(noise=1.0), optax.sgd(0.0))
    one, first = step(state, batch)
    _, second = step(one, batch)
    _, again = step(state, batch)
    assert float(first["train/loss"]) != float(second["train/loss"])
    assert float(first["train/loss"]) == float(again["train/loss"])
    assert jnp.array_equal(jax.random.key_data(one.key), jax.random.key_data(state.key))


def test_an_update_that_is_not_finite_is_suppressed_and_named():
    state, step, batch = prepared()
    poisoned = batch._replace(inputs=batch.inputs.at[3, 2].set(jnp.nan))
    after, metrics = step(state, poisoned)
    for before, now in zip(
        jax.tree.leaves(state._replace(key=())), jax.tree.leaves(after._replace(key=())), strict=True
    ):
        np.testing.assert_array_equal(before, now)
    flags = dict(zip(checked_names(state), np.asarray(metrics[FINITE]), strict=True))
    assert not flags["loss"]
    assert not flags["gradient['hidden']['weight']"]
    assert not all(flag for name, flag in flags.items() if name.startswith("optimizer_state"))


def test_a_finite_gradient_with_an_overflowing_update_is_caught():
    """Adam squares the gradient: 1e25² overflows float32 although every gradient is finite."""
    huge = optax.chain(optax.scale(1e25), optax.scale_by_adam(), optax.scale(-1e-3))
    state, step, batch = prepared(optimizer=huge)
    after, metrics = step(state, batch)
    flags = dict(zip(checked_names(state), np.asarray(metrics[FINITE]), strict=True))
    assert all(flag for name, flag in flags.items() if name.startswith(("gradient", "loss")))
    assert not all(flag for name, flag in flags.items() if name.startswith("optimizer_state"))
    assert int(after.step) == 0


@pytest.mark.parametrize("microbatches", [2, 4])
def test_training_in_microbatches_gives_the_same_parameters(microbatches):
    state, step, batch = prepared()
    _, pieces, _ = prepared(microbatches=microbatches)
    whole_state, parts_state = state, state
    for _ in range(5):
        whole_state, _ = step(whole_state, batch)
        parts_state, _ = pieces(parts_state, batch)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6), whole_state.params, parts_state.params
    )
