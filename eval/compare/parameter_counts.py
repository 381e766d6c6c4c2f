"""Bring contenders to one parameter count, which is counted on abstract values: nothing is allocated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

import jax

from eval.compare.config import CompareConfig, Contender, build, package
from paradigms.interface import Paradigm, Spec
from training.errors import BadInput

T = TypeVar("T")

TOLERANCE = 0.05
"""The largest departure from the wanted count, as a fraction of it."""


def parameter_count(paradigm: Paradigm) -> int:
    """Count the scalars of a paradigm that are trained."""
    return sum(leaf.size for leaf in jax.tree.leaves(jax.eval_shape(paradigm.init, jax.random.key(0)).params))


def nearest(counted: Iterable[tuple[T, int]], target: int) -> tuple[T, int]:
    """Find the candidate whose count is nearest to a target.

    Args:
        counted: The candidates, each with its count.
        target: The wanted count.

    Returns:
        The nearest candidate with its count, the first of those that are equally near.

    Raises:
        ValueError: If there is no candidate.
    """
    return min(counted, key=lambda candidate: abs(candidate[1] - target))


def matched(config: CompareConfig, spec: Spec) -> tuple[Contender, ...]:
    """Bring all contenders to the parameter count of the first.

    Args:
        config: The settings of the comparison.
        spec: The shapes and kind of the task.

    Returns:
        The contenders in their order, each but the first in the configuration whose count is nearest to the first's.

    Raises:
        BadInput: If a contender has no configuration within ``TOLERANCE`` of that count.
        Unsupported: If a contender cannot serve the specification.
    """
    first, *others = config.contenders
    target = parameter_count(build(first.name, first.config, spec))
    return first, *(_resized(contender, target, first.name, spec) for contender in others)


def _resized(contender: Contender, target: int, reference: str, spec: Spec) -> Contender:
    @cache  # the search asks for some sizes again, and a transformer takes long to build
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
