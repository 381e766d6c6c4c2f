"""Multi-head self-attention."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from paradigms.transformer.dense import Dense
from paradigms.transformer.positions import RotaryAngles, rotate


class Attention(nnx.Module):
    """Multi-head self-attention (Vaswani et al. 2017) with one fused projection to queries, keys and values."""

    def __init__(self, width: int, heads: int, *, causal: bool, rngs: nnx.Rngs):
        self.heads = heads
        self.causal = causal
        self.query_key_value = Dense(width, 3 * width, rngs=rngs)
        self.output = Dense(width, width, rngs=rngs)

    def __call__(
        self, tokens: Float[Array, "batch tokens width"], rotation: RotaryAngles | None
    ) -> Float[Array, "batch tokens width"]:
        """Mix the tokens; ``rotation`` turns queries and keys by their positions."""
        batch, length, width = tokens.shape
        projected = self.query_key_value(tokens).reshape(batch, length, 3, self.heads, width // self.heads)
        query, key, value = jnp.moveaxis(projected, 2, 0)
        if rotation is not None:
            query, key = rotate(query, rotation), rotate(key, rotation)
        mixed = jax.nn.dot_product_attention(query, key, value, is_causal=self.causal)
        return self.output(mixed.reshape(batch, length, width))
