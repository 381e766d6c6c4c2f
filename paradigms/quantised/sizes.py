"""Quantised networks of a wanted number of parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from paradigms.quantised.config import Config
from paradigms.sizes import neighbours


def resized(config: Config, count: Callable[[Config], int], target: int) -> Iterator[Config]:
    """Yield configurations about a wanted number of parameters, whose dense hidden layers are all of one width.

    Args:
        config: The configuration to resize.
        count: The number of parameters of a configuration.
        target: The wanted number of parameters.
    """
    for depth in range(max(len(config.hidden), 1), 0, -1):
        for width in neighbours(lambda width, depth=depth: count(replace(config, hidden=(width,) * depth)), target):
            yield replace(config, hidden=(width,) * depth)
