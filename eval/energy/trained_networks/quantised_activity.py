"""The activity of a quantised network and of its spiking twin, counted on examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Shaped

from eval.energy.activity import Activity, Kind
from paradigms.quantised import IntegerNetwork, IntegerResult, QuantisedParadigm, SpikingResult
from paradigms.quantised.layers import Layer
from paradigms.quantised.network import Result, with_bits


class _Structure(NamedTuple):
    """A network's layers, the bits of a weight, and the highest levels of an input and of an activation."""

    layers: tuple[Layer, ...]
    weight_bits: int
    input_highest: int
    highest: int


def quantised_activity(
    network: IntegerNetwork, result: IntegerResult, x: Shaped[Array, "batch *inputs"]
) -> tuple[Activity, ...]:
    """Count what the layers of a quantised network do: activations other than 0.

    Args:
        network: The network in whole numbers.
        result: What it gave on these examples.
        x: The examples.
    """
    sent = [np.asarray(levels) > 0 for levels in result.levels]
    return _activities("quantised", _structure(network), np.asarray(network.levels(x)) != 0, sent, 1)


def trained_activity(
    paradigm: QuantisedParadigm, result: Result, x: Shaped[Array, "batch ..."]
) -> tuple[Activity, ...]:
    """Count the same of a network as it is trained, whose levels are those of its whole numbers bit for bit.

    Args:
        paradigm: The network.
        result: What it gave on these examples.
        x: The examples.

    Raises:
        Unsupported: The network is in floating point.
    """
    bits, highest = with_bits(paradigm.config)
    input_highest = 2**paradigm.config.input_bits - 1
    sent = [np.asarray(levels) > 0 for levels in result.levels]
    # An input is rounded to the nearest level in single precision, halves upwards.
    entering = np.floor(np.asarray(x, np.float32) * np.float32(input_highest) + np.float32(0.5)) != 0
    return _activities("quantised", _Structure(paradigm.layers, bits, input_highest, highest), entering, sent, 1)


def twin_activity(
    network: IntegerNetwork, result: SpikingResult, x: Shaped[Array, "batch *inputs"], *, synchronous: bool
) -> tuple[Activity, ...]:
    """Count what the layers of its spiking twin do: spikes, over all steps.

    Args:
        network: The network in whole numbers.
        result: What its twin gave on these examples.
        x: The examples.
        synchronous: Whether it ran a layer after the other, so that counts of spikes are kept between layers.
    """
    counts = [np.asarray(one) for one in result.counts]
    entering = np.asarray(network.levels(x)) != 0
    return _activities("spiking", _structure(network), entering, counts, network.highest, synchronous)


def _structure(network: IntegerNetwork) -> _Structure:
    layers = tuple(one.layer for one in network.layers)
    return _Structure(layers, network.weight_bits, network.input_highest, network.highest)


def _activities(
    kind: Kind,
    network: _Structure,
    inputs: Shaped[np.ndarray, "batch ..."],
    sent: Sequence[Shaped[np.ndarray, "batch ..."]],
    steps: int,
    counted: bool = False,
) -> tuple[Activity, ...]:
    """Count events that enter and leave each layer; the first receives the input, once, in both kinds."""
    examples = len(inputs)
    bits = 1 if kind == "spiking" else int(network.highest).bit_length()
    found = []
    for index, (layer, events) in enumerate(zip(network.layers, [inputs, *sent], strict=True)):
        shaped = events.reshape(examples, *layer.inputs)
        leaving = sent[index] if layer.hidden else np.zeros((examples, 1))
        found.append(
            Activity(
                layer=layer.name,
                kind=kind,
                neurons=layer.neurons,
                synapses=layer.synapses,
                positions=layer.positions,
                weight_bits=network.weight_bits,
                input_bits=int(network.input_highest).bit_length() if index == 0 else bits,
                output_bits=bits if layer.hidden else None,
                steps=np.full(examples, float(steps)),
                events=_per_example(shaped),
                operations=_per_example(shaped * layer.fan_out),
                fired=_per_example(leaving),
                constant_input=index == 0,
                count_bits=int(network.highest).bit_length() if counted and layer.hidden else 0,
            )
        )
    return tuple(found)


def _per_example(values: Shaped[np.ndarray, "batch ..."]) -> np.ndarray:
    return values.reshape(len(values), -1).sum(1).astype(float)
