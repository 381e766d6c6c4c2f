"""What a split must hold for its task, looked at once, when the task is made.

Nothing of this shows later: labels out of range train on another class, a broadcast makes a loss of the wrong pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

from paradigms.interface import Spec
from training.data.split import LazySplit, Split
from training.errors import BadInput

UNSCORED = -1
"""The target of a token that counts for nothing: of a prompt, or of padding."""
CHUNK = 2048
"""Examples that are decoded at once."""
_KINDS = ((jnp.bool_, "booleans"), (jnp.integer, "whole numbers"), (jnp.floating, "real numbers"))


def checked(name: str, split: Any, spec: Spec, *, unscored: bool = False, texts: int = 1) -> Split:
    """The split, once all of its examples were seen to fit; one whose data are not read yet is checked when they are.

    Args:
        name: The name of the split in messages, as in ``task digits, train``.
        split: What was given as one.
        spec: What the model takes and gives.
        unscored: Whether targets of :data:`UNSCORED` mark tokens that count for nothing.
        texts: Texts of an example, between whose scored tokens there are others.

    Raises:
        BadInput: It is no split or empty; an example has not the shape or the kind of numbers that ``spec`` names; a
            number is not finite; a label is none of 0 … K−1, no token of an example counts, or there are more texts
            or fewer.
    """
    if isinstance(split, LazySplit):
        return split.then(lambda read: checked(name, read, spec, unscored=unscored, texts=texts))
    # An array has a take() too, of another meaning.
    if not isinstance(split, Split) or isinstance(split, np.ndarray | jax.Array):
        raise BadInput(
            f"{name} is a {type(split).__name__} and no split: give ArraySplit(inputs, targets), or an object with "
            "len() and take()"
        )
    if len(split) == 0:
        raise BadInput(f"{name} holds no examples: every split needs at least one")
    for start in range(0, len(split), CHUNK):
        indices = np.arange(start, min(start + CHUNK, len(split)))
        taken = split.take(indices)
        if not isinstance(taken, tuple) or len(taken) != 2:
            raise BadInput(f"{name}: take() returns a {type(taken).__name__} and no pair: return (inputs, targets)")
        inputs, targets = taken
        _check_inputs(f"{name}: inputs", inputs, spec, indices)
        _check_targets(f"{name}: targets", targets, spec, indices, unscored)
        if texts > 1:
            _check_texts(f"{name}: targets", np.asarray(targets), texts, indices)
    return split


def _check_inputs(name: str, inputs: PyTree, spec: Spec, indices: np.ndarray) -> None:
    wanted, structure = jax.tree.flatten(spec.inputs)
    if jax.tree.structure(inputs) != structure:
        raise BadInput(f"{name} are a {jax.tree.structure(inputs)}, where the task's Spec says {structure}")
    for leaf, one in zip(jax.tree.leaves(inputs), wanted, strict=True):
        array = _array(name, leaf)
        _check_shape(name, array, [(len(indices), *one.shape)])
        if _kind(array.dtype) != _kind(one.dtype):
            raise BadInput(
                f"{name} are {array.dtype}, where the task's Spec says {one.dtype}: convert them to "
                f"{_kind(one.dtype)}, as in inputs.astype('{one.dtype}')"
            )
        _check_finite(name, array, indices)
        if spec.kind == "language":
            _check_range(name, array, spec.outputs, indices, "tokens")


def _check_targets(name: str, targets: PyTree, spec: Spec, indices: np.ndarray, unscored: bool) -> None:
    array, count = _array(name, targets), len(indices)
    if spec.kind == "regression":
        shapes = [(count, spec.outputs)] if spec.outputs > 1 else [(count, 1), (count,)]
        _check_shape(name, array, shapes)
        if _kind(array.dtype) == "booleans":
            raise BadInput(f"{name} are {array.dtype}: a regression needs numbers, as in targets.astype('float32')")
        _check_finite(name, array, indices)
        return
    if array.ndim == 2 and array.shape[1] == spec.outputs and spec.kind == "classification":
        raise BadInput(
            f"{name} have the shape [examples, {spec.outputs}] of one-hot codes: give each example the number of its "
            "class, as in targets.argmax(axis=1)"
        )
    shape = jax.tree.leaves(spec.inputs)[0].shape if spec.kind == "language" else ()
    _check_shape(name, array, [(count, *shape)])
    if _kind(array.dtype) != "whole numbers":
        raise BadInput(f"{name} are {array.dtype}: labels are whole numbers, as in targets.astype('int32')")
    if unscored:
        silent = (array == UNSCORED).all(axis=tuple(range(1, array.ndim)))
        if silent.any():
            raise BadInput(
                f"{name} are all {UNSCORED} in example {indices[silent.argmax()]}: at least one token must be scored"
            )
        array = np.where(array == UNSCORED, 0, array)
    _check_range(name, array, spec.outputs, indices, "classes" if spec.kind == "classification" else "tokens")


def _check_texts(name: str, targets: np.ndarray, texts: int, indices: np.ndarray) -> None:
    scored = targets != UNSCORED
    begins = (scored & ~np.pad(scored, ((0, 0), (1, 0)))[:, :-1]).sum(axis=1)
    if (other := begins != texts).any():
        place = other.argmax()
        raise BadInput(
            f"{name} of example {indices[place]} have {begins[place]} runs of scored tokens, where its texts are "
            f"{texts}: score what follows one another in each, and put {UNSCORED} between two"
        )


def _array(name: str, leaf: Any) -> np.ndarray:
    array = np.asarray(leaf)
    if not any(jnp.issubdtype(array.dtype, kind) for kind, _ in _KINDS):
        raise BadInput(f"{name} are {array.dtype}, which is neither real nor whole numbers nor booleans")
    return array


def _kind(dtype: Any) -> str:
    return next(name for kind, name in _KINDS if jnp.issubdtype(dtype, kind))


def _check_shape(name: str, array: np.ndarray, shapes: Sequence[tuple[int, ...]]) -> None:
    if array.shape not in shapes:
        found, wanted = _words(array.shape, shapes[0][0]), " or ".join(_words(shape) for shape in shapes)
        raise BadInput(f"{name} have the shape {found}, where the task's Spec says {wanted}")


def _words(shape: tuple[int, ...], count: int | None = None) -> str:
    first = "examples" if count is None or (shape and shape[0] == count) else str(shape[0]) if shape else ""
    return f"[{', '.join([first, *map(str, shape[1:])])}]"


def _check_finite(name: str, array: np.ndarray, indices: np.ndarray) -> None:
    if not jnp.issubdtype(array.dtype, jnp.floating):
        _check_kept(name, array, indices)
        return
    # As JAX will hold them: half precision is finite in single too, and double may not be.
    wide = array.dtype.itemsize >= 8 and jax.dtypes.canonicalize_dtype(np.float64) == np.float64
    with np.errstate(over="ignore"):
        sound = np.isfinite(array.astype(np.float64 if wide else np.float32))
    if not sound.all():
        place = np.argwhere(~sound)[0]
        raise BadInput(
            f"{name} hold {array[tuple(place)]} in example {indices[place[0]]}: every number must be finite in "
            f"{'double' if wide else 'single'} precision; drop or fill in what is missing, and scale what is too large"
        )


def _check_kept(name: str, array: np.ndarray, indices: np.ndarray) -> None:
    """Refuse whole numbers of 64 bits that JAX, which holds 32 unless it is told otherwise, would cut off."""
    held = jax.dtypes.canonicalize_dtype(array.dtype)
    if held == array.dtype or array.size == 0:
        return
    limits = np.iinfo(held)
    outside = (array < limits.min) | (array > limits.max)
    if outside.any():
        place = np.argwhere(outside)[0]
        raise BadInput(
            f"{name} hold {array[tuple(place)]} in example {indices[place[0]]}: JAX holds them as {held}, and would "
            "cut off the rest; scale them, or give real numbers"
        )


def _check_range(name: str, array: np.ndarray, outputs: int, indices: np.ndarray, what: str) -> None:
    outside = (array < 0) | (array >= outputs)
    if outside.any():
        place = np.argwhere(outside)[0]
        raise BadInput(
            f"{name} hold {array[tuple(place)]} in example {indices[place[0]]}: {outputs} {what} are numbered 0 to "
            f"{outputs - 1}; number them anew, as in numpy.unique(labels, return_inverse=True)[1]"
        )
