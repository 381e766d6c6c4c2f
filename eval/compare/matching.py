"""Configurations of a wanted size, found by counting the parameters of abstract values: nothing is allocated."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import jax

from eval.compare.config import CompareConfig, Contender, build
from paradigms.interface import Paradigm, Spec
from training.errors import BadInput

T = TypeVar("T")
Count = Callable[[Any], int]

TOLERANCE = 0.05
"""Largest departure from the wanted count, as a fraction of it."""


def parameter_count(paradigm: Paradigm) -> int:
    """Trained scalars."""
    return sum(leaf.size for leaf in jax.tree.leaves(jax.eval_shape(paradigm.init, jax.random.key(0)).params))


def nearest(counted: Iterable[tuple[T, int]], target: int) -> tuple[T, int]:
    """The candidate, with its count, nearest to ``target``; the first of those equally near.

    Raises:
        ValueError: There is no candidate.
    """
    return min(counted, key=lambda candidate: abs(candidate[1] - target))


def neighbours(count: Callable[[int], int], target: int) -> tuple[int, ...]:
    """The largest size that counts at most ``target`` and the smallest that counts more, of sizes from 1.

    Only the second where every size counts more. ``count`` must be strictly increasing.
    """
    below, above = 0, 1
    while count(above) <= target:
        below, above = above, 2 * above
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (middle, above) if count(middle) <= target else (below, middle)
    return (below, above) if below else (above,)


def matched(config: CompareConfig, spec: Spec) -> tuple[Contender, ...]:
    """The contenders, all but the first in the configuration nearest to the first's parameter count.

    Raises:
        BadInput: A contender has no configuration within ``TOLERANCE``.
        Unsupported: A contender cannot serve ``spec``.
    """
    first, *others = config.contenders
    target = parameter_count(build(first.name, first.config, spec))
    return first, *(_resized(contender, target, first.name, spec) for contender in others)


def _resized(contender: Contender, target: int, reference: str, spec: Spec) -> Contender:
    def count(config: Any) -> int:
        return parameter_count(build(contender.name, config, spec))

    candidates = _CANDIDATES[contender.name](contender.config, count, target)
    config, found = nearest([(candidate, count(candidate)) for candidate in candidates], target)
    if abs(found - target) > TOLERANCE * target:
        raise BadInput(
            f"no {contender.name} comes within {TOLERANCE:.0%} of the {target:,} parameters of {reference} on this "
            f"task (the nearest has {found:,}); make {reference} larger, or list another paradigm first in paradigms"
        )
    return replace(contender, config=config)


def _spiking(config: Any, count: Count, target: int) -> Iterator[Any]:
    """One hidden layer. A decay for the layer instead of one for each neuron makes for finer steps of the count."""
    for decay_per in dict.fromkeys((config.decay_per, "neuron", "layer")):
        family = partial(_spiking_layer, config, decay_per)
        yield from map(family, neighbours(lambda neurons, family=family: count(family(neurons)), target))


def _spiking_layer(config: Any, decay_per: str, neurons: int) -> Any:
    return replace(config, hidden=(neurons,), decay_per=decay_per)


def _transformer(config: Any, count: Count, target: int) -> Iterator[Any]:
    """At most as deep; feed-forward networks as wide as the tokens or up to four times, as is usual."""
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


def _transformer_shape(config: Any, layers: int, width: int, hidden: int) -> Any:
    # The most heads, up to those given, that divide the width and leave each at least two features.
    heads = max(n for n in range(1, config.heads + 1) if width % n == 0 and width >= 2 * n)
    return replace(config, width=width, heads=heads, hidden=hidden, layers=layers)


def _circuit(config: Any, count: Count, target: int) -> Iterator[Any]:
    """As wide, deeper or shallower."""
    for layers in neighbours(lambda layers: count(replace(config, layers=layers)), target):
        yield replace(config, layers=layers)


_CANDIDATES: dict[str, Callable[[Any, Count, int], Iterator[Any]]] = {
    "snn": _spiking,
    "transformer": _transformer,
    "vqc": _circuit,
}
"""Configurations about the wanted size, those most like the given one first."""
