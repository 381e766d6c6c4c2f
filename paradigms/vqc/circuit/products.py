"""Products of matrices in the precision of their elements."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Inexact


def product(
    left: Inexact[Array | np.ndarray, "..."], right: Inexact[Array | np.ndarray, "..."]
) -> Inexact[Array, "..."]:
    """Multiply as ``left @ right``, and round no element before.

    By default a TPU multiplies float32 as bfloat16, and a GPU as TF32: with 8 and 11 bits of a state's amplitudes, and
    an adjoint gradient undoes layer after layer. On a CPU there is nothing to choose.
    """
    return jnp.matmul(left, right, precision=jax.lax.Precision.HIGHEST)
