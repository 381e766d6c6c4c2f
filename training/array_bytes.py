"""How many bytes arrays take, by their shapes and dtypes alone."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree


def aval_bytes(aval: Any) -> int:
    """Count the bytes of one array, ``ShapeDtypeStruct`` or abstract value; a random key's are those of its data."""
    if jnp.issubdtype(aval.dtype, jax.dtypes.prng_key):
        aval = jax.eval_shape(jax.random.key_data, jax.ShapeDtypeStruct(aval.shape, aval.dtype))
    return int(np.prod(aval.shape, dtype=object)) * aval.dtype.itemsize


def tree_bytes(tree: PyTree) -> int:
    """Count the bytes of all arrays (or ``ShapeDtypeStruct``) of a pytree."""
    return sum(aval_bytes(leaf) for leaf in jax.tree.leaves(tree))
