"""Circuits of a wanted number of parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from paradigms.sizes import neighbours
from paradigms.vqc.config import Config


def resized(config: Config, count: Callable[[Config], int], target: int) -> Iterator[Config]:
    """Yield configurations about a wanted number of parameters, those most like the given one first.

    They have as many qubits, and more or fewer layers.

    Args:
        config: The configuration to resize.
        count: The number of parameters of a configuration.
        target: The wanted number of parameters.
    """
    for layers in neighbours(lambda layers: count(replace(config, layers=layers)), target):
        yield replace(config, layers=layers)
