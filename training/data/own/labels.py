"""Targets that are understood: classes by number, or real values."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float32, Int32

from training.errors import BadInput

TargetKind: TypeAlias = Literal["classification", "regression"]
SHOWN = 12
"""Classes that are named one by one."""


class Labels(NamedTuple):
    """Targets as a task takes them.

    Attributes:
        values: ``int32`` numbers of classes, or ``float32`` values.
        kind: Which of the two.
        outputs: Classes, or values per example.
        note: What was understood, in one sentence.
    """

    values: Int32[np.ndarray, " examples"] | Float32[np.ndarray, "examples values"]
    kind: TargetKind
    outputs: int
    note: str


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
        _refuse_rows(source, targets)
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
    values = targets.reshape(len(targets), -1).astype(np.float32)
    if not np.isfinite(values).all():
        place = int(np.argwhere(~np.isfinite(values))[0, 0])
        raise BadInput(f"{source}: targets of example {place} is too large for single precision: scale the targets")
    if (values == values[0]).all():
        raise BadInput(f"{source}: targets is the same in every example: there is nothing to predict")
    outputs = values.shape[1]
    many = "a value" if outputs == 1 else f"{outputs} values"
    return Labels(
        values, "regression", outputs, f"{many} per example, from {values.min():.4g} to {values.max():.4g} in all"
    )


def _classes(source: str, targets: np.ndarray, kind: TargetKind | None) -> Labels:
    if targets.dtype.kind in "bU":
        names, numbers = np.unique(targets, return_inverse=True)
        found = [str(name) for name in names]
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
    shown = [f"{name}: {count}" for name, count in zip(found, counts, strict=True)]
    if len(shown) > SHOWN:
        shown = [*shown[: SHOWN - 1], "…", shown[-1]]
    return Labels(
        numbers.astype(np.int32), "classification", len(found), f"{len(found)} classes (examples of {', '.join(shown)})"
    )


def _refuse_rows(source: str, targets: np.ndarray) -> None:
    """Refuse rows that are no values of a regression, unless they plainly are."""
    numeric = targets.dtype.kind != "U"
    if numeric and ((targets != 0).sum(axis=1) == 1).all() and (targets.sum(axis=1) == 1).all():
        raise BadInput(
            f"{source}: targets has the shape {_shape(targets)} of one-hot codes: give the number of the class, "
            "targets.argmax(axis=1)"
        )
    if targets.dtype.kind != "f":
        raise BadInput(
            f"{source}: targets has the shape {_shape(targets)}, and an example has one class: give its number, or say "
            "that the rows are values, task.kind=regression"
        )


def _shape(array: np.ndarray) -> str:
    return f"[{', '.join(map(str, array.shape))}]"
