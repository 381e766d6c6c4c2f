"""Which examples train, validate and test."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Int, Real

from training.data.stratified import stratified_split
from training.errors import BadInput

NAMES = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing"),
}
"""The three parts, and what else each is called."""
FEWEST = 10


class Parts(NamedTuple):
    """Indices of three parts, and how they were made, in words."""

    train: Int[np.ndarray, " train"]
    validation: Int[np.ndarray, " validation"]
    test: Int[np.ndarray, " test"]
    note: str


def part_of(name: str) -> str | None:
    """Return which part a name stands for; ``None`` for none."""
    return next((part for part, names in NAMES.items() if name.lower() in names), None)


def parts(source: str, targets: Real[np.ndarray, " examples"], split: np.ndarray | None, seed: int) -> Parts:
    """Divide examples, as they say or by chance.

    Args:
        source: Where they were found.
        targets: Their classes, or a value of each, by which parts drawn by chance are stratified.
        split: The name of each example's part; ``None`` to draw 70% for training, 10% for validation, 20% for the test.
        seed: The seed of what is drawn.

    Raises:
        BadInput: An unknown part; none for training or for the test; fewer examples than can be divided.
    """
    if split is None:
        if len(targets) < FEWEST:
            raise BadInput(f"{source} holds {len(targets)} examples: give at least {FEWEST}, or name each one's split")
        train, validation, test = stratified_split(targets, seed=seed)
        return Parts(train, validation, test, f"drawn with seed {seed}, stratified: {_sizes(train, validation, test)}")
    if split.dtype.kind != "U":
        raise BadInput(f"{source}: split is {split.dtype}, and must name train, validation or test for each example")
    named = {name: part_of(str(name)) for name in np.unique(split)}
    unknown = [str(name) for name, part in named.items() if part is None]
    if unknown:
        raise BadInput(f"{source}: split holds {unknown[0]!r}, and must name train, validation or test")
    train, validation, test = (
        np.flatnonzero(np.isin(split, [name for name, one in named.items() if one == part])) for part in NAMES
    )
    for part, found in (("train", train), ("test", test)):
        if len(found) == 0:
            raise BadInput(
                f"{source}: split names no example of {part}: name some, or leave split out to draw the parts"
            )
    if len(validation):
        return Parts(train, validation, test, f"as given: {_sizes(train, validation, test)}")
    if len(train) < FEWEST:
        raise BadInput(
            f"{source}: split names no example of validation and {len(train)} of train: name some, or give at least "
            f"{FEWEST} of train, of which an eighth is then taken"
        )
    kept, taken = stratified_split(targets[train], shares=(7, 1), seed=seed)
    train, validation = train[kept], train[taken]
    return Parts(
        train,
        validation,
        test,
        f"as given, an eighth of train taken for validation with seed {seed}: {_sizes(train, validation, test)}",
    )


def _sizes(*found: np.ndarray) -> str:
    return ", ".join(f"{len(one):,} {name}" for name, one in zip(NAMES, found, strict=True))
