"""Training curves of one classifier of digits from each initialisation."""

from __future__ import annotations

import numpy as np

from eval.studies.initialisations.config import RECORDS, Config
from eval.studies.initialisations.rows import Look
from paradigms import vqc
from paradigms.vqc.circuit.initialisations import Initialisation
from training.config import Settings, TrainerConfig, plain_adam
from training.evaluation import split_means
from training.many import Many
from training.tasks import TaskConfig, load_task

EXAMPLES_AT_ONCE = 64


def measure(initialisation: Initialisation, config: Config) -> list[Look]:
    """Train from an initialisation with every seed, and look at the validation split on the way.

    Args:
        initialisation: How the angles are drawn.
        config: What is trained, and for how long.

    Returns:
        One per seed and look.

    Raises:
        NonFiniteUpdate: A run diverged.
    """
    task = load_task(TaskConfig("digits"))
    model = vqc.build(
        vqc.Config(
            qubits=config.training_qubits,
            layers=config.training_layers,
            embedding="amplitude",
            initialisation=initialisation,
        ),
        task.spec,
    )
    many = Many(
        model,
        task,
        Settings(
            trainer=TrainerConfig(steps=config.training_steps, batch_size=config.batch_size),
            optimizer=plain_adam(config.learning_rate),
        ),
        record=split_means(model, task, task.validation, EXAMPLES_AT_ONCE),
        every=config.training_steps // RECORDS,
    )
    seeds = [config.seed + place for place in range(config.training_seeds)]
    curves = many.run(seeds).require_finite()
    means = {name: np.asarray(curves.records[name]) for name in ("loss", "accuracy")}
    return [
        Look(
            setting=initialisation,
            qubits=config.training_qubits,
            layers=config.training_layers,
            learning_rate=config.learning_rate,
            training_seed=seed,
            updates=updates,
            eval_loss=float(means["loss"][member, look]),
            eval_accuracy=float(means["accuracy"][member, look]),
        )
        for member, seed in enumerate(seeds)
        for look, updates in enumerate(curves.looks)
    ]
