"""Configurations of a wanted size, found by counting the parameters of abstract values: nothing is allocated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

import jax

from eval.compare.config import CompareConfig, Contender, build, package
from paradigms.interface import Paradigm, Spec
from training.errors import BadInput

T = TypeVar("T")

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

    candidates = package(contender.name).resized(contender.config, count, target)
    config, found = nearest([(candidate, count(candidate)) for candidate in candidates], target)
    if abs(found - target) > TOLERANCE * target:
        raise BadInput(
            f"no {contender.name} comes within {TOLERANCE:.0%} of the {target:,} parameters of {reference} on this "
            f"task (the nearest has {found:,}); make {reference} larger, or list another paradigm first in paradigms"
        )
    return replace(contender, config=config)
