"""Splits held as arrays, small in memory and decoded a batch at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jaxtyping import Bool, Float32, Int, PyTree, UInt8

from training.errors import BadInput


def as_stored(inputs: Any) -> Any:
    """The default decoding: none."""
    return inputs


def unit_interval(images: UInt8[np.ndarray, "*shape"], maximum: int = 255) -> Float32[np.ndarray, "*shape"]:
    """Integers 0 ... ``maximum`` as float32 in [0, 1]."""
    return np.divide(images, np.float32(maximum), dtype=np.float32)


def unpack_steps(packed: UInt8[np.ndarray, "batch bytes channels"]) -> Bool[np.ndarray, "batch steps channels"]:
    """Spikes of 8 time steps a byte, earliest in the highest bit (``np.packbits`` along time), one by one."""
    return np.unpackbits(packed, axis=1).view(np.bool_)


def is_masked(data: Any) -> bool:
    """Whether it is a masked array or a list that holds one: as a plain array it would have what the mask hides."""
    return isinstance(data, np.ma.MaskedArray) or (isinstance(data, list | tuple) and any(map(is_masked, data)))


def _host_array(name: str, data: Any) -> np.ndarray:
    if is_masked(data):
        raise BadInput(
            f"{name} are a masked array, whose mask would be lost: drop what is masked, or fill it in (filled)"
        )
    try:
        array = np.asarray(data)
    # Tensors of other libraries raise what they like, as where they need a gradient or lie on a device.
    except Exception as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        kind = "a list that is" if isinstance(data, list) else f"a {type(data).__name__} that makes"
        raise BadInput(
            f"{name} are {kind} no array ({reason}): give arrays of NumPy, every example of the same shape"
        ) from error
    if array.ndim == 0 or array.dtype == object:
        raise BadInput(f"{name} are {type(data).__name__}, which is no array of examples: give numbers [examples, ...]")
    return array


@dataclass(frozen=True, eq=False)
class ArraySplit:
    """Examples along the first axis of arrays in memory.

    Attributes:
        inputs: A pytree of arrays ``[examples, ...]``, in as small a dtype as holds them. NumPy and JAX arrays are
            taken, and lists of numbers: a list is data, so several arrays go into a tuple or a dictionary.
        targets: Likewise, in the dtype that the loss takes: int32 classes or float32 values.
        decode: Turns a gathered batch of ``inputs`` into what the task's ``Spec`` names; pure.

    Raises:
        BadInput: If the arrays do not all hold the same number of examples, or a list is no array.
    """

    inputs: PyTree
    targets: PyTree
    decode: Callable[[Any], PyTree[np.ndarray]] = as_stored

    def __post_init__(self) -> None:
        for name in ("inputs", "targets"):
            held = jax.tree.map(
                lambda leaf, name=name: _host_array(name, leaf),
                getattr(self, name),
                is_leaf=lambda leaf: isinstance(leaf, list),
            )
            object.__setattr__(self, name, held)
        lengths = {len(leaf) for leaf in jax.tree.leaves((self.inputs, self.targets))}
        if len(lengths) != 1:
            raise BadInput(
                f"arrays of {sorted(lengths)} examples make no split: inputs and targets need the same number of them"
            )

    def __len__(self) -> int:
        return len(jax.tree.leaves(self.targets)[0])

    def take(self, indices: Int[np.ndarray, " batch"]) -> tuple[PyTree[np.ndarray], PyTree[np.ndarray]]:
        """Inputs, decoded, and targets of the examples at ``indices``, in that order; always a copy."""
        inputs, targets = jax.tree.map(lambda array: array[indices], (self.inputs, self.targets))
        return self.decode(inputs), targets
