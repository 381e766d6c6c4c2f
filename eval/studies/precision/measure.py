"""Every network of the study, trained and charged, through the recorder."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from eval.energy.mapping import Mapping
from eval.energy.trained_networks.bills import bills, references
from eval.energy.trained_networks.direct import direct_networks
from eval.energy.trained_networks.quantised import floating_point_networks, quantised_networks
from eval.energy.trained_networks.rows import FloatingPoint
from eval.energy.trained_networks.trained import Trained
from eval.recorder import Recorder
from eval.rows import Row
from eval.studies.precision.config import Config
from eval.studies.precision.rows import Agreement
from paradigms import quantised, snn
from training.config import Settings, TrainerConfig, plain_adam
from training.tasks import Task, TaskConfig, load_task


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Train every network and charge it.

    Args:
        config: The settings of the study.
        recorder: What keeps the points that are measured.

    Returns:
        The table: accuracies in floating point, bills of all other networks, and agreements of twins.
    """
    rows: list[Row] = []
    rows += recorder.measure({"part": FloatingPoint.part}, functools.partial(_floating_point, config))
    for weight_bits, activation_bits in config.widths:
        point = {"kind": "quantised", "weight_bits": weight_bits, "activation_bits": activation_bits}
        rows += recorder.measure(point, functools.partial(_quantised, weight_bits, activation_bits, config))
    for steps in config.time_steps:
        point = {"kind": "direct", "weight_bits": config.weight_bits, "time_steps": steps}
        rows += recorder.measure(point, functools.partial(_direct, steps, config))
    return rows


@functools.lru_cache(maxsize=1)
def _task(name: str) -> Task:
    return load_task(TaskConfig(name))


def _settings(config: Config) -> Settings:
    return Settings(
        trainer=TrainerConfig(steps=config.steps, batch_size=config.batch_size),
        optimizer=plain_adam(config.learning_rate),
    )


def _seeds(config: Config) -> list[int]:
    return [config.seed + place for place in range(config.seeds)]


def _floating_point(config: Config) -> list[FloatingPoint]:
    plain = quantised.Config(hidden=config.hidden, weight_bits=None, activation_bits=None)
    found = floating_point_networks(plain, _task(config.task), _settings(config), _seeds(config))
    return references(found, config.task, plain.architecture)


def _quantised(weight_bits: int, activation_bits: int, config: Config) -> list[Row]:
    settings = quantised.Config(hidden=config.hidden, weight_bits=weight_bits, activation_bits=activation_bits)
    ways = config.twins(weight_bits, activation_bits)
    found = quantised_networks(settings, _task(config.task), _settings(config), _seeds(config), config.penalties, ways)
    return [*_charged(found, config), *agreements(found)]


def _direct(steps: int, config: Config) -> list[Row]:
    settings = snn.Config(hidden=config.hidden, neuron="if", time_steps=steps, weight_bits=config.weight_bits)
    return _charged(
        direct_networks(
            settings, _task(config.task), _settings(config), _seeds(config), config.penalties, config.exit_margins
        ),
        config,
    )


def _charged(found: Sequence[Trained], config: Config) -> list[Row]:
    return [row for one in found for row in bills(one, config.task, config.models, Mapping(hops=config.hops))]


def agreements(found: Sequence[Trained]) -> list[Agreement]:
    """Hold the answers of twins beside those of their networks.

    Args:
        found: Quantised networks of one architecture and width, each followed by its twins.
    """
    rows, network = [], None
    for one in found:
        if one.kind == "quantised":
            network = one
        elif network is not None and one.time_steps is not None and one.kind in ("twin_synchronous", "twin_stepwise"):
            rows.append(
                Agreement(
                    kind=one.kind,
                    training_seed=one.seed,
                    weight_bits=one.weight_bits,
                    time_steps=one.time_steps,
                    penalty=one.penalty,
                    images=len(one.answers),
                    changed=int(np.sum(one.answers != network.answers)),
                    lost=float(network.correct.mean() - one.correct.mean()),
                )
            )
    return rows
