"""Spiking networks of a wanted number of parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from paradigms.sizes import neighbours
from paradigms.snn.config import Config, DecayPer


def resized(config: Config, count: Callable[[Config], int], target: int) -> Iterator[Config]:
    """Yield configurations about a wanted number of parameters, those most like the given one first.

    They have one hidden layer. A decay for the layer instead of one for each neuron makes finer steps of the count.

    Args:
        config: The configuration to resize.
        count: The number of parameters of a configuration.
        target: The wanted number of parameters.
    """
    for decay_per in dict.fromkeys((config.decay_per, "neuron", "layer")):
        family = partial(_spiking_layer, config, decay_per)
        yield from map(family, neighbours(lambda neurons, family=family: count(family(neurons)), target))


def _spiking_layer(config: Config, decay_per: DecayPer, neurons: int) -> Config:
    return replace(config, hidden=(neurons,), decay_per=decay_per)
