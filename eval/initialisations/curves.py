"""Training curves of one classifier of digits from each initialisation."""

from __future__ import annotations

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray, PyTree

from eval.initialisations.config import Config
from eval.short_training import train
from eval.study import Row
from paradigms import vqc
from paradigms.vqc.initialisations import INITIALISATIONS, Initialisation
from training.tasks import TaskConfig, load_task

RECORDS = 10


def measure(initialisation: Initialisation, config: Config) -> list[Row]:
    """Validation loss and accuracy along the training of every seed, a row a record and seed."""
    keys = jax.vmap(jax.random.key)(config.seed + jnp.arange(config.training_seeds))
    draw = INITIALISATIONS[initialisation]
    angles = jax.vmap(lambda key: draw(key, config.training_layers, config.training_qubits))(keys)
    losses, accuracies = _runs(config)(angles, keys)
    steps = np.linspace(0, config.training_steps, RECORDS + 1, dtype=int)
    return [
        {
            "training_seed": seed,
            "step": int(step),
            "validation_loss": float(losses[seed, index]),
            "validation_accuracy": float(accuracies[seed, index]),
        }
        for seed in range(config.training_seeds)
        for index, step in enumerate(steps)
    ]


@functools.lru_cache(maxsize=1)
def _runs(config: Config) -> Callable[[Array, PRNGKeyArray], tuple[Array, Array]]:
    """``(initial angles [seeds, layers, qubits, 3], keys [seeds]) -> losses, accuracies [seeds, records]``."""
    task = load_task(TaskConfig("digits"))
    model = vqc.build(
        vqc.Config(qubits=config.training_qubits, layers=config.training_layers, embedding="amplitude"), task.spec
    )
    (inputs, targets), (held_out, answers) = (
        jax.tree.map(jnp.asarray, split.take(np.arange(len(split)))) for split in (task.train, task.validation)
    )

    def run(angles: Array, key: PRNGKeyArray) -> tuple[Array, Array]:
        def predict(params: PyTree, examples: Array) -> Array:
            return model.apply(params, {}, examples, key=key, train=True).prediction

        def loss(params: PyTree, key: PRNGKeyArray, step: Array) -> Array:
            batch = jax.random.choice(key, len(inputs), (config.batch_size,), replace=False)
            return task.loss(predict(params, inputs[batch]), targets[batch]).mean()

        def record(params: PyTree) -> tuple[Array, Array]:
            prediction = predict(params, held_out)
            return task.loss(prediction, answers).mean(), task.scores(prediction, answers)["accuracy"].mean()

        _, curves = train(
            loss,
            {**model.init(key).params, "angles": angles},
            key,
            steps=config.training_steps,
            learning_rate=config.learning_rate,
            record=record,
            records=RECORDS,
        )
        return curves

    return jax.jit(jax.vmap(run))
