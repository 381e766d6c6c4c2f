"""Bits of hidden neurons, a row per network and layer, and the checks of the estimates: every point of the study."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from eval.recorder import Recorder
from eval.rows import Row
from eval.studies.bandwidth import known
from eval.studies.bandwidth.config import Config, EncodingName, NeuronName
from eval.studies.bandwidth.information import Estimate, estimate, shuffled, words
from eval.studies.bandwidth.networks import Responses, presented, rectified, spiking
from eval.studies.bandwidth.rows import CODES, RESPONSES, Code, KnownCode, RectifiedNetwork, SpikingNetwork

LONGEST_CODE = 16
"""Steps up to which all trains are summed over to know a code's information."""


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Measure every network and every check through the recorder.

    Args:
        config: The settings of the study.
        recorder: What keeps the points that are measured.

    Returns:
        The table: known codes, rectified networks and spiking networks.
    """
    rows: list[Row] = []
    for code in CODES:
        for encoding in config.encodings:
            trials = trials_presented(encoding, config)
            for steps in config.time_steps:
                if code == "driven" or steps <= LONGEST_CODE:
                    point = {"part": KnownCode.part, "code": code, "time_steps": steps, "trials": trials}
                    rows += recorder.measure(point, functools.partial(calibrate, code, steps, trials, config))
    rows += recorder.measure({"part": RectifiedNetwork.part}, functools.partial(measure_rectified, config))
    for neuron in config.neurons:
        for encoding in config.encodings:
            for steps in config.time_steps:
                point = {"part": SpikingNetwork.part, "neuron": neuron, "encoding": encoding, "time_steps": steps}
                rows += recorder.measure(point, functools.partial(measure_spiking, neuron, encoding, steps, config))
    return rows


def measure_spiking(
    neuron: NeuronName, encoding: EncodingName, time_steps: int, config: Config
) -> list[SpikingNetwork]:
    """Train spiking networks and read their neurons.

    Args:
        neuron: The kind of neuron.
        encoding: How the input enters.
        time_steps: The number of steps.
        config: The settings of the study.

    Returns:
        A row per network and layer.
    """
    responses = spiking(neuron, encoding, time_steps, config)
    return [
        SpikingNetwork(
            neuron=neuron,
            encoding=encoding,
            time_steps=time_steps,
            training_seed=layer.training_seed,
            layer=layer.number,
            test_accuracy=layer.test_accuracy,
            trials=len(responses.classes),
            **of_trains(layer.responses, responses.classes, layer.random),
        )
        for layer in _layers(responses, config)
    ]


def measure_rectified(config: Config) -> list[RectifiedNetwork]:
    """Train ReLU networks and read their activations, rounded to each of ``activation_bits``.

    Args:
        config: The settings of the study.

    Returns:
        A row per network, layer and number of bits.
    """
    responses = rectified(config)
    return [
        RectifiedNetwork(
            training_seed=layer.training_seed,
            layer=layer.number,
            test_accuracy=layer.test_accuracy,
            trials=len(responses.classes),
            activation_bits=bits,
            **of_codes(rounded(layer.responses, bits), responses.classes, layer.random)._asdict(),
        )
        for bits in config.activation_bits
        for layer in _layers(responses, config)
    ]


class _Layer(NamedTuple):
    """A layer of one network, and what shuffles when it is read."""

    training_seed: int
    number: int
    test_accuracy: float
    responses: np.ndarray
    random: np.random.Generator


def _layers(responses: Responses, config: Config) -> Iterator[_Layer]:
    for place in range(config.seeds):
        seed = config.seed + place
        for index, layer in enumerate(responses.layers):
            random = np.random.default_rng([seed, index])
            yield _Layer(seed, index + 1, float(responses.test_accuracy[place]), layer[place], random)


def of_trains(
    trains: Int[np.ndarray, "time trials neurons"], classes: Int[np.ndarray, " trials"], random: np.random.Generator
) -> dict[str, float]:
    """Estimate what the neurons of a layer carry, averaged over them.

    Args:
        trains: The spikes of the layer, 0 or 1.
        classes: The class of each trial.
        random: What shuffles.

    Returns:
        The fields of :class:`SpikingNetwork` that are read of spikes.
    """
    neurons = [
        [estimate(code, classes, random) for code in _responses(train, random)] for train in np.moveaxis(trains, 2, 0)
    ]
    entropies = np.array([of_train.entropy for _, of_train, _ in neurons])
    return {
        **{
            f"{response}_{name}": value
            for response, found in zip(RESPONSES, zip(*neurons, strict=True), strict=True)
            for name, value in _mean(found)._asdict().items()
        },
        "layer_spike_rate": float(trains.mean()),
        "most_train_entropy": float(entropies.max()),
        "share_above_bound": float(np.mean(entropies > np.log2(len(trains) + 1))),
    }


def of_codes(
    codes: Int[np.ndarray, "trials neurons"], classes: Int[np.ndarray, " trials"], random: np.random.Generator
) -> Estimate:
    """Estimate what the neurons of a layer carry in one response each, averaged over them.

    Args:
        codes: The response of each neuron in each trial, as a number that names it.
        classes: The class of each trial.
        random: What shuffles.
    """
    return _mean([estimate(code, classes, random) for code in codes.T])


def rounded(activations: Float[np.ndarray, "trials neurons"], bits: int) -> Int[np.ndarray, "trials neurons"]:
    """Round activations to ``2^bits`` evenly spaced levels from 0 to each neuron's largest activation."""
    largest = activations.max(axis=0)
    scale = np.where(largest > 0, largest, 1)
    return np.round(activations / scale * (2**bits - 1)).astype(np.int64)


def calibrate(code: Code, time_steps: int, trials: int, config: Config) -> list[KnownCode]:
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
    rows: list[KnownCode] = []
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
                KnownCode(
                    code=code,
                    time_steps=time_steps,
                    trials=trials,
                    repeat=repeat,
                    response=name,
                    known=train_bits if name == "train" else count_bits,
                    estimate=found.entropy if drawn is None else found.class_bits,
                    control=None if drawn is None else found.control,
                    coverage=found.coverage,
                )
            )
    return rows


def _responses(train: Int[np.ndarray, "time trials"], random: np.random.Generator) -> tuple[np.ndarray, ...]:
    return train.sum(axis=0, dtype=np.int64), words(train), words(shuffled(train, random))


def trials_presented(encoding: str, config: Config) -> int:
    """Count the trials from which the bits of one neuron are estimated."""
    return len(presented(config, 1).classes) * (1 if encoding == "direct" else config.presentations)


def _mean(found: Sequence[Estimate]) -> Estimate:
    return Estimate(*(float(np.mean(values)) for values in zip(*found, strict=True)))
