"""Multi-head self-attention."""

from __future__ import annotations

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int

from paradigms.target import target_platform
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
        self.query_key_value = Dense(
            config.width, projected, use_bias=config.bias, dtype=config.compute_dtype, rngs=rngs
        )
        self.output = Dense(config.width, config.width, use_bias=config.bias, dtype=config.compute_dtype, rngs=rngs)

    def __call__(
        self,
        tokens: Float[Array, "batch tokens width"],
        rotation: RotaryAngles | None,
        texts: Int[Array, "batch tokens"] | None = None,
    ) -> Float[Array, "batch tokens width"]:
        """Mix the tokens; ``rotation`` turns queries and keys by their positions, ``texts`` numbers what is apart."""
        projected = self.project(tokens, rotation)
        return self.mix(projected, causal=self.causal, texts=texts)

    def project(self, tokens: Float[Array, "batch tokens width"], rotation: RotaryAngles | None) -> Projected:
        """Make queries, keys and values of tokens."""
        batch, length, _ = tokens.shape
        cuts = (self.heads, self.heads + self.groups)
        heads = self.query_key_value(tokens).reshape(batch, length, -1, self.head_width)
        query, key, value = jnp.split(heads, cuts, axis=2)
        if rotation is not None:
            query, key = rotate(query, rotation), rotate(key, rotation)
        return Projected(query, key, value)

    def mix(
        self, projected: Projected, *, causal: bool, texts: Int[Array, "batch tokens"] | None = None
    ) -> Float[Array, "batch tokens width"]:
        """Let every query read the values, or those up to its own place alone, or of these those of its own text."""
        if target_platform() == "cpu":
            mixed = attend_heads_first(projected, causal=causal, texts=texts)
        else:
            own = None if texts is None else (texts[:, :, None] == texts[:, None, :])[:, None]
            mixed = jax.nn.dot_product_attention(*projected, mask=own, is_causal=causal)
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
        exact = jnp.promote_types(queries.dtype, jnp.float32)
        scores = jnp.einsum("bghd,bgkd->bghk", grouped, keys, preferred_element_type=exact)
        seen = jnp.arange(keys.shape[2]) < lengths[:, None]
        weights = jax.nn.softmax(scores / math.sqrt(self.head_width), axis=-1, where=seen[:, None, None])
        mixed = jnp.einsum("bghk,bgkd->bghd", weights.astype(values.dtype), values)
        return self.output(mixed.reshape(len(queries), -1))


def attend_heads_first(
    projected: Projected, *, causal: bool, texts: Int[Array, "batch tokens"] | None = None
) -> Float[Array, "batch tokens heads head_width"]:
    """Mix values as ``jax.nn.dot_product_attention`` does, with heads before tokens in every product.

    XLA multiplies matrices that lie so on a CPU as they are, and copies those of the other order for each product.

    Args:
        projected: Queries, keys and values.
        causal: Whether a query reads the values up to its own place alone.
        texts: The number of the text that each token is of, where a query reads those of its own alone.

    Returns:
        What each head of queries has read, in the type of the values. The softmax is taken in float32 at least.
    """
    queries, keys, values = projected
    batch, tokens, heads, width = queries.shape
    groups = keys.shape[2]
    exact = jnp.promote_types(queries.dtype, jnp.float32)
    # All heads of queries that share one of keys are rows of one product.
    apart = queries.reshape(batch, tokens, groups, -1, width).transpose(0, 2, 3, 1, 4)
    rows = apart.reshape(batch, groups, -1, width)
    scores = jnp.einsum("bgrd,bgkd->bgrk", rows, keys.transpose(0, 2, 1, 3), preferred_element_type=exact)
    scores = scores / math.sqrt(width)
    if causal:
        places = jnp.arange(tokens)
        seen = jnp.tile(places[:, None] >= places, (heads // groups, 1))
        scores = jnp.where(seen, scores, jnp.finfo(exact).min)
    if texts is not None:
        own = jnp.tile(texts[:, :, None] == texts[:, None, :], (1, heads // groups, 1))
        scores = jnp.where(own[:, None], scores, jnp.finfo(exact).min)
    weights = jax.nn.softmax(scores, axis=-1).astype(values.dtype)
    mixed = jnp.einsum("bgrk,bgkd->bgrd", weights, values.transpose(0, 2, 1, 3))
    return mixed.reshape(batch, groups, -1, tokens, width).transpose(0, 3, 1, 2, 4).reshape(queries.shape)
