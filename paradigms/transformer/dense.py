"""The linear map that all parts of the transformer use."""

from __future__ import annotations

import math

from flax import nnx
from jaxtyping import Array, Float


class Dense(nnx.Linear):
    """``nnx.Linear`` applied to all leading axes at once.

    With batch and tokens as one axis, the gradient of the kernel contracts a single axis; XLA takes twice as long on a
    CPU to contract two.
    """

    def __call__(self, inputs: Float[Array, "*leading features"]) -> Float[Array, "*leading outputs"]:
        """Map the last axis."""
        *leading, features = inputs.shape
        return super().__call__(inputs.reshape(math.prod(leading), features)).reshape(*leading, self.out_features)
