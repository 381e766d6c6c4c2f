"""Multi-head self-attention."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int

from paradigms.transformer.config import Config
from paradigms.transformer.dense import Dense
from paradigms.transformer.positions import RotaryAngles, rotate


class Projected(NamedTuple):
    """What attention compares and mixes, queries and keys turned by their positions."""

    queries: Float[Array, "batch tokens heads head_width"]
    keys: Float[Array, "batch tokens groups head_width"]
    values: Float[Array, "batch tokens groups head_width"]


class Attention(nnx.Module):
    """Multi-head self-attention (Vaswani et al. 2017) with one fused projection to queries, keys and values.

    Several heads of queries may share one of keys and values (Ainslie et al. 2023).
    """

    def __init__(self, config: Config, *, causal: bool, rngs: nnx.Rngs):
        self.heads = config.heads
        self.groups = config.groups
        self.head_width = config.head_width
        self.causal = causal
        projected = (config.heads + 2 * config.groups) * config.head_width
        self.query_key_value = Dense(config.width, projected, use_bias=config.bias, rngs=rngs)
        self.output = Dense(config.width, config.width, use_bias=config.bias, rngs=rngs)

    def __call__(
        self, tokens: Float[Array, "batch tokens width"], rotation: RotaryAngles | None
    ) -> Float[Array, "batch tokens width"]:
        """Mix the tokens; ``rotation`` turns queries and keys by their positions."""
        projected = self.project(tokens, rotation)
        return self.mix(projected, is_causal=self.causal)

    def project(self, tokens: Float[Array, "batch tokens width"], rotation: RotaryAngles | None) -> Projected:
        """Make queries, keys and values of tokens."""
        batch, length, _ = tokens.shape
        cuts = (self.heads, self.heads + self.groups)
        heads = self.query_key_value(tokens).reshape(batch, length, -1, self.head_width)
        query, key, value = jnp.split(heads, cuts, axis=2)
        if rotation is not None:
            query, key = rotate(query, rotation), rotate(key, rotation)
        return Projected(query, key, value)

    def mix(self, projected: Projected, **masks: Any) -> Float[Array, "batch tokens width"]:
        """Let every query read the values; ``masks`` says which, as to ``jax.nn.dot_product_attention``."""
        mixed = jax.nn.dot_product_attention(*projected, **masks)
        return self.output(mixed.reshape(*mixed.shape[:2], -1))

    def recall(
        self,
        queries: Float[Array, "batch heads head_width"],
        keys: Float[Array, "batch groups capacity head_width"],
        values: Float[Array, "batch groups capacity head_width"],
        lengths: Int[Array, " batch"],
    ) -> Float[Array, "batch width"]:
        """Let one query of each row read the first ``lengths`` values; keys and values lie as they are multiplied.

        What is kept from token to token would have to be transposed at each for ``jax.nn.dot_product_attention``.
        """
        grouped = queries.reshape(len(queries), self.groups, -1, self.head_width)
        scores = jnp.einsum("bghd,bgkd->bghk", grouped, keys) / jnp.sqrt(self.head_width).astype(queries.dtype)
        seen = jnp.arange(keys.shape[2]) < lengths[:, None]
        weights = jax.nn.softmax(scores, axis=-1, where=seen[:, None, None])
        mixed = jnp.einsum("bghk,bgkd->bghd", weights, values)
        return self.output(mixed.reshape(len(queries), -1))
