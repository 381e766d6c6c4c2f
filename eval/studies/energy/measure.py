"""Every network and every point of the map, through the recorder."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import replace

from eval.energy.break_even import Setting, band
from eval.energy.mapping import Mapping
from eval.energy.published import published
from eval.energy.technology import YAN_22NM
from eval.energy.trained_networks.bills import bills, references
from eval.energy.trained_networks.direct import direct_networks
from eval.energy.trained_networks.quantised import floating_point_networks, quantised_networks
from eval.energy.trained_networks.rows import FloatingPoint, NetworkBill
from eval.energy.trained_networks.trained import Trained
from eval.recorder import Recorder
from eval.rows import Row
from eval.studies.energy.config import Config, TaskName
from eval.studies.energy.rows import BreakEven, PublishedNumber
from paradigms import quantised, snn
from training.config import Settings, TrainerConfig, plain_adam
from training.tasks import Task, TaskConfig, load_task

SOURCES = 4096
"""Connections into a neuron of the break-even map, as in the published numbers."""


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Train, charge and map through the recorder.

    Args:
        config: The settings of the study.
        recorder: What keeps the points that are measured.

    Returns:
        The table.

    Raises:
        NonFiniteUpdate: A training diverged; no accuracy stands for it.
    """
    rows: list[Row] = []
    for task in config.tasks:
        point = {"part": FloatingPoint.part, "task": task}
        rows += recorder.measure(point, functools.partial(floating_point, task, config))
        for weight_bits in config.weight_bits:
            for bits in config.activation_bits:
                point = {"part": NetworkBill.part, "task": task, "weight_bits": weight_bits, "activation_bits": bits}
                rows += recorder.measure(point, functools.partial(twins, task, weight_bits, bits, config))
            for steps in config.time_steps:
                point = {"part": NetworkBill.part, "task": task, "weight_bits": weight_bits, "time_steps": steps}
                rows += recorder.measure(point, functools.partial(directly, task, weight_bits, steps, config))
    rows += recorder.measure({"part": BreakEven.part}, functools.partial(break_evens, config))
    return rows + recorder.measure({"part": PublishedNumber.part}, published_numbers)


def floating_point(task: TaskName, config: Config) -> list[FloatingPoint]:
    """Train the networks in floating point."""
    trained = floating_point_networks(_architecture(config, None, None), _task(task), _settings(config), _seeds(config))
    return references(trained, task, config.architecture)


def twins(task: TaskName, weight_bits: int, activation_bits: int, config: Config) -> list[NetworkBill]:
    """Train quantised networks, and charge them and their spiking twins."""
    architecture = _architecture(config, weight_bits, activation_bits)
    trained = quantised_networks(architecture, _task(task), _settings(config), _seeds(config), config.penalties)
    return _charged(trained, task, config)


def directly(task: TaskName, weight_bits: int, time_steps: int, config: Config) -> list[NetworkBill]:
    """Train spiking networks through time, and charge them for all steps and with early exit."""
    architecture = snn.Config(hidden=config.hidden, neuron="if", time_steps=time_steps, weight_bits=weight_bits)
    trained = direct_networks(
        architecture, _task(task), _settings(config), _seeds(config), config.penalties, config.exit_margins
    )
    return _charged(trained, task, config)


def break_evens(config: Config) -> list[BreakEven]:
    """Compute the break-even map and its bands."""
    found = []
    dense = YAN_22NM["dense_movement"]
    for steps in config.map_steps:
        for weight_bits in config.weight_bits:
            for hops in config.hops:
                for eta in config.etas:
                    technology = replace(
                        YAN_22NM.with_values(sparse_movement=eta * dense), name=f"yan_22nm, eta {eta:g}"
                    )
                    spread = band(Setting(steps, weight_bits, SOURCES, Mapping(hops), technology))
                    found.append(
                        BreakEven(
                            time_steps=steps,
                            weight_bits=weight_bits,
                            hops=hops,
                            eta=eta,
                            sources=SOURCES,
                            rate=spread.rate,
                            inferred_low=spread.inferred[0],
                            inferred_high=spread.inferred[1],
                            published_low=spread.published[0],
                            published_high=spread.published[1],
                        )
                    )
    return found


def published_numbers() -> list[PublishedNumber]:
    """Put the published numbers beside what the model gives."""
    return [
        PublishedNumber(name=one.name, published=one.published, modelled=one.modelled, fitted=one.fitted)
        for one in published()
    ]


def _charged(trained: Iterable[Trained], task: TaskName, config: Config) -> list[NetworkBill]:
    return [row for one in trained for row in bills(one, task, config.models, Mapping())]


def _architecture(config: Config, weight_bits: int | None, activation_bits: int | None) -> quantised.Config:
    return quantised.Config(
        config.architecture, config.hidden, weight_bits=weight_bits, activation_bits=activation_bits
    )


def _settings(config: Config) -> Settings:
    return Settings(
        trainer=TrainerConfig(steps=config.steps, batch_size=config.batch_size),
        optimizer=plain_adam(config.learning_rate),
    )


def _seeds(config: Config) -> list[int]:
    return [config.seed + place for place in range(config.seeds)]


@functools.lru_cache(maxsize=1)
def _task(name: TaskName) -> Task:
    return load_task(TaskConfig(name))
