"""Every point of the study, through its recorder."""

from __future__ import annotations

import functools

import jax
import numpy as np

from eval.recorder import Recorder
from eval.rows import Row
from eval.studies.gradient_worth import costs, data, signal
from eval.studies.gradient_worth.choice import Choice, choice, goal, trials
from eval.studies.gradient_worth.config import Config
from eval.studies.gradient_worth.data import Case, split
from eval.studies.gradient_worth.findings import derived
from eval.studies.gradient_worth.models import CIRCUIT, COMPARED, GATE, LINEAR, PRODUCT, sizes
from eval.studies.gradient_worth.rows import End, Look
from eval.studies.gradient_worth.training import judged_seeds, looks, runs, scored, tune


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Measure task after task; what runs cost to a target and how signals rank is computed from what was measured."""
    rows: list[Row] = []
    for case in data.cases(config):
        rows += _measured(case, recorder)
    return [*rows, *derived(rows, config)]


def _measured(case: Case, recorder: Recorder) -> list[Row]:
    """Tune what decides whether the task is judged; if it is, tune the rivals, and train all with the judged seeds."""
    config, task = case.config, case.task
    rows: list[Row] = [*recorder.measure({"part": "data", "task": task}, functools.partial(data.seen, case))]

    def tuned(name: str, places: range | list[int]) -> None:
        for size in places:
            point = {"part": "trials", "task": task, "model": name, "size": size}
            rows.extend(recorder.measure(point, functools.partial(tune, name, size, case)))

    for name in GATE:
        tuned(name, sizes(name, config))
    aim = goal(rows, task, config)
    assert aim is not None, "what decides it was tried"
    if not aim.wide:
        return rows
    chosen: dict[str, Choice] = {}
    for name in (LINEAR, *COMPARED, PRODUCT):
        if name not in GATE:
            tuned(name, [chosen[CIRCUIT].size] if name == PRODUCT else sizes(name, config))
        own = trials(rows, task, name, config)
        assert own is not None, "all sizes were tried"
        chosen[name] = choice(own, aim, config)
    own_sizes = {name: one.size for name, one in chosen.items()}
    rows += recorder.measure({"part": "updates", "task": task}, functools.partial(costs.measure, own_sizes, case))
    # Rounds of timing lie between the models' runs, so that they meet the machine at different times.
    pending = list(range(config.timing_rounds))
    for place, (name, one) in enumerate(chosen.items()):
        point = {"part": "training", "task": task, "model": name, "size": one.size, "learning_rate": one.learning_rate}
        rows += recorder.measure(point, functools.partial(_train, name, one, case))
        left = len(chosen) - place
        now, pending = pending[: -(-len(pending) // left)], pending[-(-len(pending) // left) :]
        for number in now:
            at = {"part": "rounds", "task": task, "round": number}
            rows += recorder.measure(at, functools.partial(costs.timed, own_sizes, number, case))
    return rows


def _train(name: str, chosen: Choice, case: Case) -> list[Row]:
    config, task = case.config, case.task
    seeds = judged_seeds(config)
    found = runs(name, chosen.size, [chosen.learning_rate] * len(seeds), seeds, case)
    loss = np.asarray(found.loss, float)
    accuracy = None if found.accuracy is None else np.asarray(found.accuracy, float)
    events = None if found.synaptic_operations is None else np.asarray(found.synaptic_operations, float)
    rows: list[Row] = [
        Look(
            task=task,
            model=name,
            size=chosen.size,
            learning_rate=chosen.learning_rate,
            training_seed=seed,
            updates=updates,
            eval_loss=float(loss[place, look]) if np.isfinite(loss[place, look]) else None,
            eval_accuracy=None if accuracy is None else float(accuracy[place, look]),
            synaptic_operations=None if events is None else float(events[place, look]),
        )
        for place, seed in enumerate(seeds)
        for look, updates in enumerate(looks(config))
    ]
    last = jax.tree.map(lambda leaf: leaf[:, -1:], found.params)
    tested = scored(name, chosen.size, last, [split(case, seed).test for seed in seeds], case)
    edge = chosen.learning_rate in (config.learning_rates[0], config.learning_rates[-1])
    rows += [
        End(
            task=task,
            model=name,
            learning_rate=chosen.learning_rate,
            training_seed=seed,
            rate_at_edge=edge,
            test_loss=float(tested["loss"][place, 0]) if np.isfinite(loss[place, -1]) else None,
            test_accuracy=float(tested["accuracy"][place, 0]) if "accuracy" in tested else None,
        )
        for place, seed in enumerate(seeds)
    ]
    return [*rows, *(signal.measure(name, chosen, found, case) if name in COMPARED else [])]
