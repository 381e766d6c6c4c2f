"""Transformers of a wanted number of parameters."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from paradigms.sizes import neighbours
from paradigms.transformer.config import Config


def resized(config: Config, count: Callable[[Config], int], target: int) -> Iterator[Config]:
    """Yield configurations about a wanted number of parameters, those most like the given one first.

    They are at most as deep, and their feed-forward networks are one to four times as wide as the tokens, as is usual.

    Args:
        config: The configuration to resize.
        count: The number of parameters of a configuration.
        target: The wanted number of parameters.
    """
    for layers in range(config.layers, 0, -1):
        shape = partial(_transformer_shape, config, layers)
        narrowest, *_ = neighbours(lambda half, shape=shape: count(shape(2 * half, 8 * half)), target)
        # Every even width where a step matters; wider strides where many widths fit.
        for width in itertools.count(2 * narrowest, 2 * max(1, narrowest // 8)):
            if count(shape(width, width)) > target:
                yield shape(width, width)
                break
            for extra in neighbours(lambda extra, width=width, shape=shape: count(shape(width, width + extra)), target):
                if extra <= 3 * width:
                    yield shape(width, width + extra)


def _transformer_shape(config: Config, layers: int, width: int, hidden: int) -> Config:
    # The most heads, up to those given, that divide the width and leave each at least two features.
    heads = max(n for n in range(1, config.heads + 1) if width % n == 0 and width >= 2 * n)
    groups = config.key_value_heads
    if groups is not None:
        groups = max(n for n in range(1, groups + 1) if heads % n == 0)
    return replace(config, width=width, heads=heads, key_value_heads=groups, hidden=hidden, layers=layers)
