"""Every point of the study, through its recorder."""

from __future__ import annotations

import functools

import jax
import numpy as np

from eval.recorder import Recorder, Row
from eval.studies.gradient_worth import costs, signal
from eval.studies.gradient_worth.config import Config
from eval.studies.gradient_worth.findings import ranking
from eval.studies.gradient_worth.models import COMPARED, FLOORS, MODELS
from eval.studies.gradient_worth.targets import at_equal_flops, costs_to_targets
from eval.studies.gradient_worth.training import chosen_rate, judged_seeds, looks, runs, tested, tune

COST, TUNING, CURVE, END, SIGNAL, TARGET, EQUAL_FLOPS, RANKING = (
    "cost", "tuning", "curve", "end", "signal", "target", "equal_flops", "ranking",
)  # fmt: skip
"""``part`` of a row: an update's cost, a trial of a learning rate, a look at a judged run, its end with the test split,
the signal in its gradient, the cost of a target, accuracy at equal compute, two models by signal-to-noise."""


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Rows of all parts; those of the last three are computed from the others'."""
    rows = recorder.measure({"part": COST}, functools.partial(costs.measure, config))
    updates = list(rows)
    curves: list[Row] = []
    for name in MODELS:
        trials = recorder.measure({"part": TUNING, "model": name}, functools.partial(tune, name, config))
        rate = chosen_rate(trials)
        point = {"part": "training", "model": name, "learning_rate": rate}
        trained = recorder.measure(point, functools.partial(_train, name, rate, config))
        rows += trials + trained
        curves += [row for row in trained if row["part"] == CURVE]
    rows += [{"part": TARGET, **row} for row in costs_to_targets(curves, updates, config)]
    rows += [{"part": EQUAL_FLOPS, **row} for row in at_equal_flops(curves, updates, COMPARED)]
    return rows + [{"part": RANKING, **row} for row in ranking(rows, COMPARED)]


def _train(name: str, rate: float, config: Config) -> list[Row]:
    seeds = judged_seeds(config)
    found = runs(name, [rate] * len(seeds), seeds, config)
    loss, accuracy = np.asarray(found.loss, float), np.asarray(found.accuracy, float)
    rows: list[Row] = [
        {
            "part": CURVE,
            "training_seed": seed,
            "updates": updates,
            "validation_loss": loss[place, look] if np.isfinite(loss[place, look]) else None,
            "validation_accuracy": accuracy[place, look],
        }
        for place, seed in enumerate(seeds)
        for look, updates in enumerate(looks(config))
    ]
    test_losses, test_accuracies = tested(name, jax.tree.map(lambda leaf: leaf[:, -1], found.params), config)
    edge = rate in (config.learning_rates[0], config.learning_rates[-1])
    rows += [
        {
            "part": END,
            "training_seed": seed,
            "rate_at_edge": edge,
            "test_loss": float(test_losses[place]) if np.isfinite(loss[place, -1]) else None,
            "test_accuracy": float(test_accuracies[place]),
        }
        for place, seed in enumerate(seeds)
    ]
    # The models of matched size stand beside the others for their cost alone.
    signals = signal.measure(name, found, config) if name in (*COMPARED, *FLOORS) else []
    return rows + [{"part": SIGNAL, **row} for row in signals]
