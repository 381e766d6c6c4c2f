"""What evaluation makes of a batch, and of the padding in the last one."""

from __future__ import annotations

import jax
import numpy as np
from toys import Perceptron, blobs

from training.data.pipeline import eval_batches
from training.objective import evaluation_means, evaluation_sums


def _means(batch_size: int) -> tuple[dict[str, float], np.ndarray]:
    task, paradigm = blobs(), Perceptron()
    variables = paradigm.init(jax.random.key(0))
    sums = jax.jit(evaluation_sums(paradigm, task))
    batches = [sums(*variables, batch, jax.random.key(0)) for batch in eval_batches(task.validation, batch_size)]
    totals = {name: float(sum(batch[name] for batch in batches)) for name in batches[0]}
    inputs, _ = task.validation.take(np.arange(len(task.validation)))
    hidden = np.tanh(inputs @ np.asarray(variables.params["hidden"]["weight"]))
    return evaluation_means(totals, ("hidden_mean",)), hidden


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
