"""Every point of the study, through its recorder."""

from __future__ import annotations

import functools

import jax
import numpy as np

from eval.recorder import Recorder
from eval.rows import Row, of
from eval.studies.gradient_worth import costs, data, signal
from eval.studies.gradient_worth.config import Config
from eval.studies.gradient_worth.findings import ranking
from eval.studies.gradient_worth.models import COMPARED, FLOORS, MODELS
from eval.studies.gradient_worth.rows import End, Look
from eval.studies.gradient_worth.targets import at_equal_flops, costs_to_targets
from eval.studies.gradient_worth.training import chosen_rate, judged_seeds, looks, runs, tested, tune


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Measure updates, trials, runs and signals; what they cost to a target and how they rank is computed from them."""
    rows: list[Row] = []
    if config.task is not None:
        rows += recorder.measure({"part": "data"}, functools.partial(data.seen, config))
    updates = recorder.measure({"part": "updates"}, functools.partial(costs.measure, config))
    rows += updates
    for name in MODELS:
        trials = recorder.measure({"part": "trials", "model": name}, functools.partial(tune, name, config))
        rate = chosen_rate(trials)
        point = {"part": "training", "model": name, "learning_rate": rate}
        rows += [*trials, *recorder.measure(point, functools.partial(_train, name, rate, config))]
    looked = of(rows, Look)
    rows += costs_to_targets(looked, updates, config)
    rows += at_equal_flops(looked, updates, COMPARED)
    return [*rows, *ranking(rows, COMPARED)]


def _train(name: str, rate: float, config: Config) -> list[Row]:
    seeds = judged_seeds(config)
    found = runs(name, [rate] * len(seeds), seeds, config)
    loss = np.asarray(found.loss, float)
    accuracy = None if found.accuracy is None else np.asarray(found.accuracy, float)
    rows: list[Row] = [
        Look(
            model=name,
            learning_rate=rate,
            training_seed=seed,
            updates=updates,
            eval_loss=float(loss[place, look]) if np.isfinite(loss[place, look]) else None,
            eval_accuracy=None if accuracy is None else float(accuracy[place, look]),
        )
        for place, seed in enumerate(seeds)
        for look, updates in enumerate(looks(config))
    ]
    test_losses, test_accuracies = tested(name, jax.tree.map(lambda leaf: leaf[:, -1], found.params), config)
    edge = rate in (config.learning_rates[0], config.learning_rates[-1])
    rows += [
        End(
            model=name,
            learning_rate=rate,
            training_seed=seed,
            rate_at_edge=edge,
            test_loss=float(test_losses[place]) if np.isfinite(loss[place, -1]) else None,
            test_accuracy=None if test_accuracies is None else float(test_accuracies[place]),
        )
        for place, seed in enumerate(seeds)
    ]
    # The models of matched size stand beside the others for their cost alone.
    return [*rows, *(signal.measure(name, rate, found, config) if name in (*COMPARED, *FLOORS) else [])]
