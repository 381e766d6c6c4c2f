"""Tables of the study of what a gradient is worth whose outcome is known by construction."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from eval.rows import Row
from eval.studies.gradient_worth.config import Config
from eval.studies.gradient_worth.findings import derived
from eval.studies.gradient_worth.models import (
    CIRCUIT,
    COMPARED,
    DEEP,
    LINEAR,
    MODELS,
    PRODUCT,
    SPIKING,
    sizes,
)
from eval.studies.gradient_worth.rows import End, LayerSignal, Look, Round, Seen, Trial, Update
from eval.studies.gradient_worth.signal import START, WHOLE
from eval.studies.gradient_worth.training import tuning_seeds

STATIC, TIMED = "bars_and_stripes", "matching"
CONFIG = Config(
    tasks=(STATIC, TIMED), steps=110, records=11, learning_rates=(0.01, 0.1), timing_rounds=3, signal_losses=(0.6,)
)
KINDS = {STATIC: "static", TIMED: "timed"}


def curve(
    model: str, seed: int, accuracies: list[float], every: int = 10, task: str = STATIC, events: float | None = None
) -> list[Look]:
    """Make the looks at a run, of which the first is before training."""
    return [
        Look(
            task=task,
            model=model,
            size=0,
            learning_rate=0.1,
            training_seed=seed,
            updates=every * look,
            eval_accuracy=accuracy,
            eval_loss=3 * (1 - accuracy),
            synaptic_operations=events,
        )
        for look, accuracy in enumerate(accuracies)
    ]


def cost(
    model: str,
    flops: int | float | None,
    executions: int | None = None,
    task: str = STATIC,
    gates: int | float | None = None,
    spikes: int | None = None,
) -> Update:
    """Make the row of what an update costs."""
    return Update(
        task=task,
        model=model,
        size=0,
        parameters=100,
        update_flops=flops,
        spike_flops=spikes,
        gate_flops=gates,
        joules=None,
        circuit_executions=executions,
        shots=None if executions is None else 1000 * executions,
    )


def rounds(model: str, seconds: list[float], task: str = STATIC) -> list[Round]:
    """Make the rounds in which a model's update was timed."""
    return [
        Round(task=task, model=model, timing_round=number, update_seconds=one) for number, one in enumerate(seconds)
    ]


def trials(model: str, end: float, task: str = STATIC, config: Config = CONFIG, flops: float = 100.0) -> list[Trial]:
    """Make the trials of a model: one size and rate ends as said, from its second look on, and the others at 20%."""
    found = []
    for size in [0] if model == PRODUCT else sizes(model, config):
        for rate in config.learning_rates:
            for seed in tuning_seeds(config):
                own = end if (size, rate) == (0, 0.1) else 0.2
                accuracies = [0.1] + [own] * config.records
                found.append(
                    Trial(
                        task=task,
                        model=model,
                        training_seed=seed,
                        size=size,
                        learning_rate=rate,
                        update_flops=flops,
                        losses=tuple(3 * (1 - one) for one in accuracies),
                        accuracies=tuple(accuracies),
                    )
                )
    return found


def table(
    flops: dict[str, float] | None = None,
    seconds: dict[str, float] | None = None,
    fall_short: tuple[tuple[str, int], ...] = (),
    test_accuracy: dict[str, float] | None = None,
    events: float = 1.0,
    gates: float = 1.0,
    linear: dict[str, float] | None = None,
    linear_run: float = 0.5,
    spread: float = 0.01,
    seeds: int = 8,
    tasks: tuple[str, ...] = (STATIC, TIMED),
    config: Config = CONFIG,
) -> list[Row]:
    """Make a table in which all networks reach 90% at their second or third look, and an update costs them the same.

    Args:
        flops: What an update takes of a model instead, in units of what the others take; the circuit's gate by gate and
            the spiking network's event by event are in proportion.
        seconds: The same in seconds.
        fall_short: Models and seeds that end at 30%.
        test_accuracy: The test accuracy of a model, where it is not 0.8.
        events: Operations of a spiking network's update event by event, in units of those that are not.
        gates: Operations of a circuit's update gate by gate, in the same units.
        linear: Where the linear model's trials end on a task, where that is not at 50%.
        linear_run: Where its judged runs end.
        spread: The deviation of the logarithm of seconds between rounds.
        seeds: Paired repetitions.
        tasks: The tasks, all alike.
        config: The settings that the table is of.
    """
    rows: list[Row] = []
    for task in tasks:
        random = np.random.default_rng(0)
        price, time = (flops or {}), (seconds or {})
        rows.append(Seen(task=task, kind="classification", timed=KINDS.get(task) == "timed", features=16,
                         training_examples=1000, note="made up"))  # fmt: skip
        rows += [
            row
            for model in MODELS
            for row in trials(
                model,
                (linear or {}).get(task, 0.5) if model == LINEAR else 0.9,
                task,
                config,
                100.0 * price.get(model, 1.0),
            )
        ]
        for model in MODELS:
            each = 1000.0 * price.get(model, 1.0)
            if model in (CIRCUIT, PRODUCT):
                rows.append(cost(model, each, 9, task, gates=gates * each))
            elif model == SPIKING:
                # Half of the update are products of spikes, in place of which come twice the events of a batch.
                rows.append(cost(model, each, None, task, spikes=round(each / 2)))
            else:
                rows.append(cost(model, each, None, task))
            logs = spread * random.normal(size=config.timing_rounds)
            rows += rounds(model, [time.get(model, 1.0) * float(np.exp(one)) for one in logs], task)
            for seed in range(seeds):
                late = 1 + int(random.integers(0, 2))
                top = linear_run if model == LINEAR else 0.3 if (model, seed) in fall_short else 0.9
                own_events = (events - 0.5) * each / (2 * config.batch_size) if model == SPIKING else None
                accuracies = [0.1] * late + [top] * (config.records + 1 - late)
                rows += curve(model, seed, accuracies, config.steps // config.records, task, own_events)
                accuracy = (test_accuracy or {}).get(model, 0.8) + 0.001 * random.normal()
                run = {"task": task, "model": model, "learning_rate": 0.1, "training_seed": seed}
                rows.append(End(**run, rate_at_edge=False, test_accuracy=accuracy, test_loss=1.0))
                if model in COMPARED:
                    rows += _signals(run, random)
    return [*rows, *derived(rows, config)]


def _signals(run: dict[str, Any], random: np.random.Generator) -> list[Row]:
    rows: list[Row] = []
    for moment, centred in ((START, True), (START, False), ("0.6", False)):
        for shots in (None, 1000) if run["model"] == CIRCUIT else (None,):
            trace = 10.0 * (3 if run["model"] == SPIKING else 1) * (1 if shots is None else 5)
            norm = (1 if centred else 20) + 0.1 * random.random()
            rows.append(
                LayerSignal(
                    **run, moment=moment, centred=centred, updates=0 if moment == START else 20, layer=WHOLE,
                    depth=None, layer_parameters=100, batch_size=32, shots_per_circuit=shots, variance=trace / 100,
                    covariance_trace=trace, squared_norm_unbiased=norm, signal_to_noise=32 * norm / trace,
                )
            )  # fmt: skip
    return rows


def without(rows: list[Row], model: str, kind: type[Row] = Row, task: str | None = None) -> list[Row]:
    """Leave out the rows of a kind of one model, on one task or on all."""
    return [
        row
        for row in rows
        if not (
            isinstance(row, kind)
            and getattr(row, "model", None) == model
            and task in (None, getattr(row, "task", None))
        )
    ]


DEARER = {SPIKING: 30.0, CIRCUIT: 100.0}
CHEAPER = {SPIKING: 0.03, CIRCUIT: 0.01}
NAMES = {"spiking": SPIKING, "circuit": CIRCUIT}
COSTS = {"spiking": ("flops", "synaptic", "seconds"), "circuit": ("flops", "gates", "seconds")}


@functools.cache
def _priced(cost: str, model: str, factor: float) -> list[Row]:
    if cost == "synaptic":
        return table(events=factor) if factor > 1 else table(flops=dict.fromkeys(DEEP, 1 / factor))
    if cost == "gates":
        return table(gates=factor)
    return table(**{cost: {model: factor}})


def _comparison(rival: str, cost: str, kind: str) -> dict[str, Any]:
    """Make the tables of a statement that a rival is dearer, in which an update of it costs more, less or as much."""
    task = STATIC if kind == "static" else TIMED
    return {
        "holds": (_priced(cost, NAMES[rival], 30.0), CONFIG),
        "fails": (_priced(cost, NAMES[rival], 0.03), CONFIG),
        "undecided": (ALIKE, CONFIG),
        "not measured": (SOLVED[task], CONFIG),
    }


ALIKE = table()
SOLVED = {task: table(linear={task: 0.88}) for task in (STATIC, TIMED)}
TABLES = {
    f"C0.{rival}_{cost}_{kind}": _comparison(rival, cost, kind)
    for kind in ("static", "timed")
    for rival, costs in COSTS.items()
    for cost in costs
} | {
    "C0.entanglement": {
        "holds": (table(test_accuracy={CIRCUIT: 0.8, PRODUCT: 0.82}), CONFIG),
        "fails": (table(test_accuracy={CIRCUIT: 0.9, PRODUCT: 0.82}), CONFIG),
        "undecided": (table(test_accuracy={CIRCUIT: 0.82}), CONFIG),
        "not measured": (without(ALIKE, PRODUCT, End), CONFIG),
    },
}
