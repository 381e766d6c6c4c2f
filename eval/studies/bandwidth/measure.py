"""Bits of hidden neurons, a row per network and layer, and the checks of the estimates: every point of the study."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from eval.recorder import Recorder, Row
from eval.studies.bandwidth import known
from eval.studies.bandwidth.config import Config, EncodingName, NeuronName
from eval.studies.bandwidth.information import estimate, shuffled, words
from eval.studies.bandwidth.networks import Responses, presented, rectified, spiking

RESPONSES = ("count", "train", "shuffled")
"""What is read of a neuron: its number of spikes, its whole train, its train with the spikes of a trial shuffled."""


LONGEST_CODE = 16
"""Steps up to which all trains are summed over to know a code's information."""


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Measure every network and every check through the recorder.

    Args:
        config: The settings of the study.
        recorder: What keeps the points that are measured.

    Returns:
        The table: rows of the parts ``spiking``, ``rectified`` and ``known``.
    """
    rows: list[Row] = []
    for code in ("driven", "rate", "timing"):
        for encoding in config.encodings:
            trials = trials_presented(encoding, config)
            for steps in config.time_steps:
                if code == "driven" or steps <= LONGEST_CODE:
                    point = {"part": "known", "code": code, "time_steps": steps, "trials": trials}
                    rows += recorder.measure(point, functools.partial(calibrate, code, steps, trials, config))
    rows += recorder.measure({"part": "rectified"}, functools.partial(measure_rectified, config))
    for neuron in config.neurons:
        for encoding in config.encodings:
            for steps in config.time_steps:
                point = {"part": "spiking", "neuron": neuron, "encoding": encoding, "time_steps": steps}
                rows += recorder.measure(point, functools.partial(measure_spiking, neuron, encoding, steps, config))
    return rows


def measure_spiking(neuron: NeuronName, encoding: EncodingName, time_steps: int, config: Config) -> list[Row]:
    """Train spiking networks and read their neurons.

    Args:
        neuron: The kind of neuron.
        encoding: How the input enters.
        time_steps: The number of steps.
        config: The settings of the study.

    Returns:
        A row per network and layer: means over the neurons of a layer in bits, with the columns of :func:`of_trains`.
    """
    responses = spiking(neuron, encoding, time_steps, config)
    return _rows(responses, config, of_trains)


def measure_rectified(config: Config) -> list[Row]:
    """Train ReLU networks and read their activations, rounded to each of ``activation_bits``.

    Args:
        config: The settings of the study.

    Returns:
        A row per network, layer and number of bits, with the columns of :func:`of_codes`.
    """
    responses = rectified(config)
    rows = []
    for bits in config.activation_bits:

        def of(activations: Float[np.ndarray, "trials neurons"], classes, random, bits: int = bits) -> Row:
            return {"bits": bits, **of_codes(rounded(activations, bits), classes, random)}

        rows += _rows(responses, config, of)
    return rows


def _rows(responses: Responses, config: Config, of: Callable[[Any, Any, np.random.Generator], Row]) -> list[Row]:
    return [
        {
            "training_seed": config.seed + seed,
            "layer": index + 1,
            "test_accuracy": float(responses.test_accuracy[seed]),
            "trials": len(responses.classes),
            **of(layer[seed], responses.classes, np.random.default_rng([config.seed + seed, index])),
        }
        for seed in range(config.seeds)
        for index, layer in enumerate(responses.layers)
    ]


def of_trains(
    trains: Int[np.ndarray, "time trials neurons"], classes: Int[np.ndarray, " trials"], random: np.random.Generator
) -> Row:
    """Estimate what the neurons of a layer carry, averaged over them.

    Args:
        trains: The spikes of the layer, 0 or 1.
        classes: The class of each trial.
        random: What shuffles.

    Returns:
        For each of ``RESPONSES``: ``<name>_entropy`` and ``<name>_coverage`` of it, ``<name>_class_bits`` of
        information about the class and its ``<name>_control``. ``spike_rate`` is per step; ``share_above_bound`` is the
        share of neurons whose trains have more entropy than log2(T + 1), ``most_train_entropy`` the largest entropy.
    """
    neurons: list[Row] = []
    for train in np.moveaxis(trains, 2, 0):
        neurons.append(
            {
                f"{name}_{column}": value
                for name, code in zip(RESPONSES, _responses(train, random), strict=True)
                for column, value in estimate(code, classes, random)._asdict().items()
            }
        )
    entropies = np.array([neuron["train_entropy"] for neuron in neurons])
    return {
        **_means(neurons),
        "spike_rate": float(trains.mean()),
        "most_train_entropy": float(entropies.max()),
        "share_above_bound": float(np.mean(entropies > np.log2(len(trains) + 1))),
    }


def of_codes(
    codes: Int[np.ndarray, "trials neurons"], classes: Int[np.ndarray, " trials"], random: np.random.Generator
) -> Row:
    """Estimate what the neurons of a layer carry in one response each, averaged over them.

    Args:
        codes: The response of each neuron in each trial, as a number that names it.
        classes: The class of each trial.
        random: What shuffles.

    Returns:
        The columns ``entropy``, ``coverage``, ``class_bits`` and ``control``, in bits but for the coverage.
    """
    return _means([estimate(code, classes, random)._asdict() for code in codes.T])


def rounded(activations: Float[np.ndarray, "trials neurons"], bits: int) -> Int[np.ndarray, "trials neurons"]:
    """Round activations to ``2^bits`` evenly spaced levels from 0 to each neuron's largest activation."""
    largest = activations.max(axis=0)
    scale = np.where(largest > 0, largest, 1)
    return np.round(activations / scale * (2**bits - 1)).astype(np.int64)


def calibrate(code: str, time_steps: int, trials: int, config: Config) -> list[Row]:
    """Estimate bits of trains whose bits are known.

    The code is the same in every repetition, the trials are not.

    Args:
        code: ``rate`` or ``timing`` (information about the class in trains drawn with known probabilities), or
            ``driven`` (entropies of an integrate-and-fire neuron under a uniform drive).
        time_steps: The number of steps.
        trials: The number of trains.
        config: The settings of the study.

    Returns:
        A row per repetition and response.
    """
    random = np.random.default_rng([config.seed, time_steps, trials])
    drawn = None if code == "driven" else known.CLASS_CODES[code](time_steps, random)
    count_bits, train_bits = known.driven_bits(time_steps) if drawn is None else drawn.bits()
    rows: list[Row] = []
    for repeat in range(config.repeats):
        if drawn is None:
            train, classes = known.driven_trains(random.uniform(size=trials), time_steps), np.zeros(trials, np.int64)
        else:
            train, classes = drawn.draw(trials, random)
        for name, response in zip(RESPONSES, _responses(train, random), strict=True):
            if drawn is None and name == "shuffled":
                continue
            found = estimate(response, classes, random)
            rows.append(
                {
                    "repeat": repeat,
                    "response": name,
                    "known": train_bits if name == "train" else count_bits,
                    "estimate": found.entropy if drawn is None else found.class_bits,
                    "control": None if drawn is None else found.control,
                    "coverage": found.coverage,
                }
            )
    return rows


def _responses(train: Int[np.ndarray, "time trials"], random: np.random.Generator) -> tuple[np.ndarray, ...]:
    return train.sum(axis=0, dtype=np.int64), words(train), words(shuffled(train, random))


def trials_presented(encoding: str, config: Config) -> int:
    """Count the trials from which the bits of one neuron are estimated."""
    return len(presented(config, 1).classes) * (1 if encoding == "direct" else config.presentations)


def _means(neurons: list[Row]) -> Row:
    return {name: float(np.mean([neuron[name] for neuron in neurons])) for name in neurons[0]}
