"""The activity of a quantised network and of its spiking twin, counted on examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Array, Int, Shaped

from eval.energy.activity import Activity, Kind
from paradigms.quantised import IntegerNetwork, IntegerResult, SpikingResult


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
    return _activities("quantised", network, network.levels(x), sent, 1)


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
    return _activities("spiking", network, network.levels(x), counts, network.highest, synchronous)


def _activities(
    kind: Kind,
    network: IntegerNetwork,
    inputs: Int[Array, "batch *inputs"],
    sent: Sequence[Shaped[np.ndarray, "batch ..."]],
    steps: int,
    counted: bool = False,
) -> tuple[Activity, ...]:
    """Count events that enter and leave each layer; the first receives the input, once, in both kinds."""
    examples = len(inputs)
    bits = 1 if kind == "spiking" else int(network.highest).bit_length()
    entering: Sequence[Shaped[np.ndarray, "batch ..."]] = [np.asarray(inputs) != 0, *sent]
    found = []
    for index, (one, events) in enumerate(zip(network.layers, entering, strict=True)):
        layer = one.layer
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
