"""What evaluation makes of a batch, and of the padding in the last one."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from toys import Perceptron, blobs

from training.data.pipeline import eval_batches
from training.evaluation import FULL, batch_means, evaluation_means, evaluation_sums, split_means
from training.state import TrainState


def _means(batch_size: int) -> tuple[dict[str, float], np.ndarray]:
    task, paradigm = blobs(), Perceptron()
    variables = paradigm.init(jax.random.key(0))
    sums = jax.jit(evaluation_sums(paradigm, task))
    batches = [sums(*variables, batch, jax.random.key(0)) for batch in eval_batches(task.validation, batch_size)]
    totals = {name: float(sum(batch[name] for batch in batches)) for name in batches[0]}
    inputs, _ = task.validation.take(np.arange(len(task.validation)))
    hidden = np.tanh(inputs @ np.asarray(variables.params["hidden"]["weight"]))
    return evaluation_means(totals, ("hidden_mean",), some_full=totals[FULL] > 0), hidden


def test_loss_is_over_every_example_and_telemetry_over_those_of_full_batches():
    means, hidden = _means(20)  # 53 examples: two full batches, and 13 with padding
    assert means.keys() == {"loss", "accuracy", "hidden_mean"}
    np.testing.assert_allclose(means["hidden_mean"], hidden[:40].mean(), rtol=1e-5)
    whole, _ = _means(53)
    np.testing.assert_allclose(means["loss"], whole["loss"], rtol=1e-5)
    np.testing.assert_allclose(whole["hidden_mean"], hidden.mean(), rtol=1e-5)


def test_without_a_full_batch_there_is_no_telemetry():
    means, _ = _means(64)
    assert means.keys() == {"loss", "accuracy"}


@pytest.mark.parametrize("batch_size", [20, 53, 64])
def test_one_program_gives_the_same_means(batch_size):
    task, paradigm = blobs(), Perceptron()
    params, model_state = paradigm.init(jax.random.key(0))
    state = TrainState(jnp.zeros((), jnp.int32), params, model_state, None, jax.random.key(0))
    found = jax.jit(split_means(paradigm, task, task.validation, batch_size))(state)
    expected, _ = _means(batch_size)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-5)


def test_one_batch_gives_the_same_means_for_states_with_their_own_data():
    model, tasks = Perceptron(), [blobs(0), blobs(1)]
    states = [TrainState(jnp.zeros((), jnp.int32), *model.init(key), None, key) for key in map(jax.random.key, (0, 1))]
    batches = [next(eval_batches(task.test, len(task.test))) for task in tasks]
    stack = jax.tree.map(lambda *leaves: jnp.stack(leaves), states[0], states[1])
    together = jax.vmap(batch_means(model, tasks[0]))(stack, jax.tree.map(lambda *leaves: np.stack(leaves), *batches))
    for place, (state, task) in enumerate(zip(states, tasks, strict=True)):
        alone = split_means(model, task, task.test, len(task.test))(state)
        assert set(alone) == set(together) == {"loss", "accuracy", "hidden_mean"}
        for name, value in alone.items():
            np.testing.assert_allclose(together[name][place], value, rtol=1e-5)
