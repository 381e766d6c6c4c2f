"""Targets that are understood: classes by number, or real values."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float32, Int32

from training.data.own.inputs import LOST
from training.errors import BadInput

TargetKind: TypeAlias = Literal["classification", "regression"]
SHOWN = 12
"""Classes that are named one by one."""
FIGURES = re.compile(r"[-+]?[$€£]?\s?\d[\d.,'\s]*\s?[$€£%]?")
"""A number as people write it."""
MARKED = re.compile(r"[,'\s$€£%]")
"""What stands in such a number, and in none that programs read."""


class Labels(NamedTuple):
    """Targets as a task takes them.

    Attributes:
        values: ``int32`` numbers of classes, or ``float32`` values.
        kind: Which of the two.
        outputs: Classes, or values per example.
        note: What was understood, in one sentence.
        names: The names of the classes; none of a regression.
    """

    values: Int32[np.ndarray, " examples"] | Float32[np.ndarray, "examples values"]
    kind: TargetKind
    outputs: int
    note: str
    names: tuple[str, ...] = ()


def understood(source: str, targets: np.ndarray, kind: TargetKind | None) -> Labels:
    """Say what targets are, or refuse them.

    Whole numbers, booleans and texts are classes, real numbers are values; where this is not plain, ``kind`` decides.

    Args:
        source: Where they were found.
        targets: ``[examples]`` or ``[examples, values]``.
        kind: What they are; ``None`` to read it off their type.

    Raises:
        BadInput: They are one-hot codes, numbered from 1, not finite, of one class only, or may be read in two ways.
    """
    if targets.size == 0:
        raise BadInput(f"{source}: targets has the shape {_shape(targets)}: an axis is empty")
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]
    if targets.ndim > 2:
        raise BadInput(f"{source}: targets has the shape {_shape(targets)}: give one class, or a row of values, each")
    if targets.dtype.kind == "f" and not np.isfinite(targets).all():
        place = int(np.argwhere(~np.isfinite(targets))[0, 0])
        raise BadInput(f"{source}: targets is not finite in example {place}: drop the example, or fill it in")
    if kind == "regression":
        return _values(source, targets)
    if targets.ndim == 2:
        _refuse_rows(source, targets, kind)
        return _values(source, targets)
    if targets.dtype.kind == "f":
        whole = bool((targets == np.round(targets)).all())
        if not whole and kind == "classification":
            raise BadInput(f"{source}: targets holds {targets[targets != np.round(targets)][0]}, which is no class")
        if not whole:
            return _values(source, targets)
        if kind is None:
            raise BadInput(
                f"{source}: targets is {targets.dtype} and holds whole numbers only, which may be classes or values: "
                "say which, task.kind=classification or task.kind=regression"
            )
        targets = targets.astype(np.int64)
    return _classes(source, targets, kind)


def _values(source: str, targets: np.ndarray) -> Labels:
    if targets.dtype.kind not in "iuf":
        raise BadInput(f"{source}: targets is {targets.dtype}, no numbers: use task.kind=classification")
    # Wide, so that no difference overflows.
    wide = targets.reshape(len(targets), -1).astype(np.float64)
    with np.errstate(over="ignore"):
        values = wide.astype(np.float32)
    if not np.isfinite(values).all():
        place = int(np.argwhere(~np.isfinite(values))[0, 0])
        raise BadInput(f"{source}: targets of example {place} is too large for single precision: scale the targets")
    width = wide.max(axis=0) - wide.min(axis=0)
    if (width == 0).all():
        raise BadInput(f"{source}: targets is the same in every example: there is nothing to predict")
    moved = (np.abs(values - wide) > LOST * width) & (width > 0)
    if moved.any():
        raise BadInput(
            f"{source}: targets holds {wide[moved][0]} in example {int(np.argwhere(moved)[0, 0])}, and others are so "
            "near to it that single precision does not tell them apart: subtract the mean of the targets"
        )
    outputs = values.shape[1]
    many = "a value" if outputs == 1 else f"{outputs} values"
    return Labels(
        values, "regression", outputs, f"{many} per example, from {values.min():.4g} to {values.max():.4g} in all"
    )


def _classes(source: str, targets: np.ndarray, kind: TargetKind | None) -> Labels:
    if targets.dtype.kind in "bU":
        names, numbers = np.unique(targets, return_inverse=True)
        found = [str(name) for name in names]
        _require_names(source, targets, found, kind)
    else:
        low, high = int(targets.min()), int(targets.max())
        if low != 0:
            raise BadInput(
                f"{source}: targets holds classes from {low} to {high}, and classes are numbered from 0: number them "
                + ("anew, targets - 1" if low == 1 else "anew, as in numpy.unique(targets, return_inverse=True)[1]")
                + ("" if kind else ", or say that they are values, task.kind=regression")
            )
        if high >= len(targets) or (kind is None and 2 * (high + 1) > len(targets)):
            raise BadInput(
                f"{source}: targets holds whole numbers up to {high} in {len(targets)} examples: number the classes "
                "from 0 without gaps, or say that they are values, task.kind=regression"
            )
        numbers, found = targets.astype(np.int64), [str(name) for name in range(high + 1)]
    if len(found) < 2:
        raise BadInput(f"{source}: targets holds one class only, {found[0]}: there is nothing to predict")
    counts = np.bincount(numbers, minlength=len(found))
    # A name may hold the end of a line.
    shown = [
        f"{name if name.isprintable() else repr(name)}: {count}" for name, count in zip(found, counts, strict=True)
    ]
    if len(shown) > SHOWN:
        shown = [*shown[: SHOWN - 1], "…", shown[-1]]
    return Labels(
        numbers.astype(np.int32),
        "classification",
        len(found),
        f"{len(found)} classes (examples of {', '.join(shown)})",
        tuple(found),
    )


def _require_names(source: str, targets: np.ndarray, names: list[str], kind: TargetKind | None) -> None:
    """Refuse texts that name no classes, or seem to mean something else.

    Args:
        source: Where they were found.
        targets: ``[examples]``.
        names: The different texts among them.
        kind: ``classification`` if they are said to be classes.

    Raises:
        BadInput: One is empty; or, where nothing is said, two differ in case or spaces only, all are numbers as a table
            writes them, or most stand at one example only.
    """
    if "" in names:
        place = int((targets == "").argmax())
        raise BadInput(f"{source}: targets is an empty text in example {place}: name its class, or drop the example")
    if kind is not None:
        return
    alike: dict[str, str] = {}
    for name in names:
        other = alike.setdefault(" ".join(name.casefold().split()), name)
        if other != name:
            raise BadInput(
                f"{source}: targets holds {other!r} and {name!r}, which differ in case or spaces only: write them "
                "alike, or say that they are two classes, task.kind=classification"
            )
    marked = next((name for name in names if MARKED.search(name)), None)
    if marked is not None and all(FIGURES.fullmatch(name) for name in names):
        raise BadInput(
            f"{source}: targets holds {marked!r}, which looks like a number: write it as 1234.5, or say that the texts "
            "are classes, task.kind=classification"
        )
    if len(names) > 2 and 2 * len(names) > len(targets):
        raise BadInput(
            f"{source}: targets holds {len(names)} different texts in {len(targets)} examples, such as {names[0]!r}: "
            "choose other targets, or say that each is a class, task.kind=classification"
        )


def _refuse_rows(source: str, targets: np.ndarray, kind: TargetKind | None) -> None:
    """Refuse rows that are no values of a regression, unless they plainly are."""
    numeric = targets.dtype.kind != "U"
    if numeric and ((targets != 0).sum(axis=1) == 1).all() and (targets.sum(axis=1) == 1).all():
        raise BadInput(
            f"{source}: targets has the shape {_shape(targets)} of one-hot codes: give the number of the class, "
            "targets.argmax(axis=1)"
        )
    if targets.dtype.kind != "f" or kind is not None:
        raise BadInput(
            f"{source}: targets has the shape {_shape(targets)}, and an example has one class: give its number, or say "
            "that the rows are values, task.kind=regression"
        )


def _shape(array: np.ndarray) -> str:
    return f"[{', '.join(map(str, array.shape))}]"
