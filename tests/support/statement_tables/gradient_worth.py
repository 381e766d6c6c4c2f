"""Tables of the study of what a gradient is worth whose outcome is known by construction."""

from __future__ import annotations

from typing import Any

import numpy as np

from eval.rows import Row
from eval.studies.gradient_worth.config import Config
from eval.studies.gradient_worth.findings import ranking
from eval.studies.gradient_worth.models import (
    CIRCUIT,
    COMPARED,
    LOGISTIC,
    MODELS,
    PERCEPTRON,
    PRODUCT,
    SPIKING,
    TRANSFORMER,
)
from eval.studies.gradient_worth.rows import End, LayerSignal, Look, Update
from eval.studies.gradient_worth.signal import WHOLE
from eval.studies.gradient_worth.targets import at_equal_flops, costs_to_targets

DERIVED = ("targets", "accuracies_at_equal_flops", "rankings")
CONFIG = Config(accuracy_targets=(0.7, 0.8), loss_targets=(), steps=110, records=11, signal_moments=2)


def curve(model: str, seed: int, accuracies: list[float], every: int = 10) -> list[Look]:
    """Make the looks at a run, of which the first is before training."""
    return [
        Look(
            model=model,
            learning_rate=0.1,
            training_seed=seed,
            updates=every * look,
            eval_accuracy=accuracy,
            eval_loss=3 * (1 - accuracy),
        )
        for look, accuracy in enumerate(accuracies)
    ]


def cost(model: str, flops: int | float | None, seconds: float, executions: int | None = None) -> Update:
    """Make the row of what an update costs."""
    return Update(
        model=model,
        parameters=100,
        update_flops=flops,
        update_seconds=seconds,
        joules=None,
        circuit_executions=executions,
        shots=None if executions is None else 1000 * executions,
    )


def table(
    flops: dict[str, float] | None = None,
    seconds: dict[str, float] | None = None,
    fall_short: tuple[tuple[str, int], ...] = (),
    test_accuracy: dict[str, float] | None = None,
    seeds: int = 8,
) -> list[Row]:
    """Make a table in which all models reach 80% at their second or third look, and an update costs them the same.

    Args:
        flops: What an update takes of a model instead, in units of what the others take.
        seconds: The same in seconds.
        fall_short: Models and seeds that end at 30%.
        test_accuracy: The test accuracy of a model, where it is not 0.8.
        seeds: Paired repetitions.
    """
    random = np.random.default_rng(0)
    price, time = (flops or {}), (seconds or {})
    paid = [
        cost(model, round(100 * price.get(model, 1.0)), time.get(model, 1.0), 9 if model == CIRCUIT else None)
        for model in MODELS
    ]
    rows: list[Row] = []
    curves: list[Look] = []
    for model in MODELS:
        for seed in range(seeds):
            late = 1 + int(random.integers(0, 2))
            top = 0.3 if (model, seed) in fall_short else 0.85
            curves += curve(model, seed, [0.1] * late + [top] * (12 - late))
            accuracy = (test_accuracy or {}).get(model, 0.8) + 0.001 * random.normal()
            run = {"model": model, "learning_rate": 0.1, "training_seed": seed}
            rows.append(End(**run, rate_at_edge=False, test_accuracy=accuracy, test_loss=1.0))
            for updates in (0, 110):
                for shots in (None, 1000) if model in (CIRCUIT, PRODUCT) else (None,):
                    trace = 10.0 * (3 if model == SPIKING else 1) * (1 if shots is None else 5)
                    norm = 1 + 0.1 * random.random()
                    rows.append(
                        LayerSignal(
                            **run, updates=updates, layer=WHOLE, depth=None, layer_parameters=100, batch_size=32,
                            shots_per_circuit=shots, variance=trace / 100, covariance_trace=trace,
                            squared_norm_unbiased=norm, signal_to_noise=32 * norm / trace,
                        )
                    )  # fmt: skip
    rows += [*paid, *curves]
    rows += costs_to_targets(curves, paid, CONFIG)
    rows += at_equal_flops(curves, paid, COMPARED)
    return [*rows, *ranking(rows, COMPARED)]


def without(rows: list[Row], model: str, kind: type[Row] = Row) -> list[Row]:
    """Leave out the rows of a kind of one model."""
    return [row for row in rows if not (isinstance(row, kind) and getattr(row, "model", None) == model)]


DEARER = {SPIKING: 30.0, CIRCUIT: 100.0}
CHEAPER = {SPIKING: 0.03, CIRCUIT: 0.01}
NAMES = {"spiking": SPIKING, "circuit": CIRCUIT, "transformer": TRANSFORMER, "perceptron": PERCEPTRON}


def _priced(cost: str, model: str) -> list[Row]:
    return table(flops={model: 30.0}) if cost == "flops" else table(seconds={model: 30.0})


def _comparison(rival: str, cost: str, deep: str) -> dict[str, Any]:
    """Make the tables of a statement that a rival is dearer, which differ from each other in these two models only."""
    return {
        "holds": (_priced(cost, NAMES[rival]), CONFIG),
        "fails": (_priced(cost, NAMES[deep]), CONFIG),
        "undecided": (table(), CONFIG),
        "not measured": (without(table(), NAMES[rival], Update), CONFIG),
    }


TABLES = {
    f"C0.{rival}_{cost}_{deep}": _comparison(rival, cost, deep)
    for rival in ("spiking", "circuit")
    for cost in ("flops", "seconds")
    for deep in ("transformer", "perceptron")
} | {
    "C0.logistic_regression": {
        "holds": (table(flops={LOGISTIC: 30.0}), CONFIG),
        "fails": (table(flops={LOGISTIC: 0.01}), CONFIG),
        "undecided": (table(), CONFIG),
        "not measured": (without(table(), LOGISTIC), CONFIG),
    },
    "C0.entanglement": {
        "holds": (table(test_accuracy={CIRCUIT: 0.8, PRODUCT: 0.82}), CONFIG),
        "fails": (table(test_accuracy={CIRCUIT: 0.9, PRODUCT: 0.82}), CONFIG),
        "undecided": (table(test_accuracy={CIRCUIT: 0.82}), CONFIG),
        "not measured": (without(table(), PRODUCT, End), CONFIG),
    },
}
