"""Every model on every data set, through the recorder."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import jax
import numpy as np
from jaxtyping import Array, Float

from eval.compare.parameter_counts import parameter_count
from eval.recorder import Recorder
from eval.studies.regularisation.config import RECORDS, Config, DataSetName
from eval.studies.regularisation.models import RegularisedCircuit, Regulariser, Strength, matched_network, network
from eval.studies.regularisation.rows import CIRCUIT, EARLY_STOPPING, LOGISTIC, NETWORK, NONE, PRODUCT, ModelName, Run
from eval.studies.regularisation.samples import load
from paradigms.interface import Paradigm
from training.config import Settings, TrainerConfig, plain_adam
from training.data.pipeline import eval_batches
from training.data.split import Batch
from training.evaluation import batch_means
from training.many import Many
from training.state import TrainState
from training.tasks import Task

Scores: TypeAlias = Callable[[TrainState, Batch], dict[str, Array]]
SPLITS = {"train": "train", "validation": "eval", "test": "test"}
"""The splits of a task, and what the metrics on each begin with."""


def run(config: Config, recorder: Recorder) -> list[Run]:
    """Return a row per data set, model, regulariser, strength and seed."""
    return [row for name in config.data_sets for row in _on(name, config, recorder)]


def _on(name: DataSetName, config: Config, recorder: Recorder) -> list[Run]:
    tasks = load(name, config)
    rows: list[Run] = []
    for model, regulariser, strengths in compared(config):
        point = {"data_set": name, "model": model, "regulariser": regulariser}
        rows += recorder.measure(point, functools.partial(measure, name, model, regulariser, strengths, tasks, config))
    return rows


def compared(config: Config) -> list[tuple[ModelName, Regulariser, tuple[float, ...]]]:
    """Model, regulariser and strengths (0 where there is nothing to choose) of all that is trained."""
    return [
        (CIRCUIT, NONE, (0.0,)),
        (CIRCUIT, "gate_dropout", config.dropout_rates),
        (CIRCUIT, "l2", config.penalties),
        (CIRCUIT, "layerwise", (0.0,)),
        (CIRCUIT, "depolarising_noise", config.noise_probabilities),
        (PRODUCT, NONE, (0.0,)),
        (NETWORK, NONE, (0.0,)),
        (LOGISTIC, NONE, (0.0,)),
    ]


def build(model: ModelName, regulariser: Regulariser, strength: Strength, config: Config) -> Paradigm:
    """Build what is trained; the network has the hidden units that bring its parameters closest to the circuit's."""
    if model == LOGISTIC:
        return network(0)
    if model == NETWORK:
        return matched_network(config)
    return RegularisedCircuit(config, regulariser, strength, entangling=model == CIRCUIT)


def measure(
    data_set: DataSetName,
    model: ModelName,
    regulariser: Regulariser,
    strengths: tuple[float, ...],
    tasks: list[Task],
    config: Config,
) -> list[Run]:
    """Return losses and accuracies of the three splits after the last update, a row per strength and seed.

    For the circuit alone also those at the record of lowest validation loss, as regulariser ``early_stopping``.

    Raises:
        NonFiniteUpdate: A run diverged; no accuracy stands for it.
    """
    curves = _curves(model, regulariser, strengths, tasks, config)
    parameters = parameter_count(build(model, regulariser, 0.0, config))
    rows = [
        Run(
            data_set=data_set,
            model=model,
            regulariser=regulariser,
            strength=strength,
            training_seed=config.seed + seed,
            parameters=parameters,
            **{name: float(values[place, seed, -1]) for name, values in curves.items()},
        )
        for place, strength in enumerate(strengths)
        for seed in range(config.seeds)
    ]
    if (model, regulariser) != (CIRCUIT, NONE):
        return rows
    best = curves["eval_loss"][0].argmin(axis=-1)
    return rows + [
        replace(
            row,
            regulariser=EARLY_STOPPING,
            strength=record / RECORDS,
            **{name: float(values[0, seed, record]) for name, values in curves.items()},
        )
        for seed, (row, record) in enumerate(zip(rows, best.tolist(), strict=True))
    ]


def _curves(
    model: ModelName, regulariser: Regulariser, strengths: tuple[float, ...], tasks: list[Task], config: Config
) -> dict[str, Float[np.ndarray, "strengths seeds looks"]]:
    """Scores of all splits at every look; the seeds of every strength train on the same examples."""
    seeds = [config.seed + seed for seed in range(config.seeds)]
    members = [(strength, seed, task) for strength in strengths for seed, task in zip(seeds, tasks, strict=True)]
    strength_of, seed_of, task_of = zip(*members, strict=True)
    many, scores = _program(model, regulariser, config)
    states = many.run(seed_of, tasks=task_of, variants=strength_of).require_finite().records
    found = {}
    for split, prefix in SPLITS.items():
        # The repetitions' examples differ in the numbers only, so that they are the data of one program.
        batches = [next(eval_batches(getattr(task, split), len(getattr(task, split)))) for task in task_of]
        means = scores(states, jax.tree.map(lambda *leaves: np.stack(leaves), *batches))
        for name, value in means.items():
            found[f"{prefix}_{name}"] = np.asarray(value).reshape(len(strengths), len(tasks), -1)
    return found


@functools.lru_cache
def _program(model: ModelName, regulariser: Regulariser, config: Config) -> tuple[Many, Scores]:
    """The training runs and their evaluation, compiled once for all data sets."""
    task = load(config.data_sets[0], config)[0]

    def family(strength: Strength) -> Paradigm:
        return build(model, regulariser, strength, config)

    # The strength counts in training only.
    evaluated = family(0.0)
    many = Many(
        evaluated,
        task,
        Settings(
            trainer=TrainerConfig(steps=config.steps, batch_size=config.train_examples),
            optimizer=plain_adam(config.learning_rate),
        ),
        record=lambda state: state._replace(optimizer_state=None),
        every=config.steps // RECORDS,
        family=family,
    )
    means = batch_means(evaluated, task)

    def scores(looks: TrainState, batch: Batch) -> dict[str, Array]:
        return jax.lax.map(lambda state: means(state, batch), looks)

    return many, jax.jit(jax.vmap(scores))
