"""The transformer: embedding, a stack of blocks, read-out."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, PRNGKeyArray, PyTree, Shaped

from paradigms.interface import Spec
from paradigms.transformer.attention import Attention
from paradigms.transformer.config import Config
from paradigms.transformer.dense import Dense
from paradigms.transformer.positions import Rotation, rotation
from paradigms.transformer.tokens import Layout, cut

MOST_UNROLLED = 4
"""Blocks that are compiled one after another instead of as a loop: 2 compile in 0.8 of its time, 4 in 1.2. A loop's
reverse pass copies what it keeps (measured on one CPU core, 2 blocks of width 256: without it a gradient takes 0.74 of
the time and 0.67 of the temporaries). A forward pass alone is slower without, from width 768 on: it holds all weights
twice."""


class FeedForward(nnx.Module):
    """Two linear maps with a GELU (Hendrycks & Gimpel 2016, tanh form) between them."""

    def __init__(self, width: int, hidden: int, *, rngs: nnx.Rngs):
        self.up = Dense(width, hidden, rngs=rngs)
        self.down = Dense(hidden, width, rngs=rngs)

    def __call__(self, tokens: Float[Array, "batch tokens width"]) -> Float[Array, "batch tokens width"]:
        """Apply to each token by itself."""
        return self.down(jax.nn.gelu(self.up(tokens)))


def _norm(config: Config, rngs: nnx.Rngs) -> nnx.LayerNorm | nnx.RMSNorm:
    return (nnx.LayerNorm if config.norm == "layer" else nnx.RMSNorm)(config.width, rngs=rngs)


class Block(nnx.Module):
    """Pre-norm residual block (Xiong et al. 2020): attention, then the feed-forward network."""

    def __init__(self, config: Config, *, causal: bool, rngs: nnx.Rngs):
        self.attention_norm = _norm(config, rngs)
        self.attention = Attention(config.width, config.heads, causal=causal, rngs=rngs)
        self.feed_forward_norm = _norm(config, rngs)
        self.feed_forward = FeedForward(config.width, config.hidden_width, rngs=rngs)
        # Built without a stream of its own: the key is passed in, so no generator is part of the model.
        self.dropout = nnx.Dropout(config.dropout)

    def __call__(
        self,
        tokens: Float[Array, "batch tokens width"],
        rotation: Rotation | None,
        *,
        key: PRNGKeyArray,
        train: bool,
    ) -> Float[Array, "batch tokens width"]:
        """Apply both branches; ``key`` draws their dropout while training."""
        attention_key, feed_forward_key = jax.random.split(key)
        mixed = self.attention(self.attention_norm(tokens), rotation)
        tokens = tokens + self.dropout(mixed, deterministic=not train, rngs=attention_key)
        processed = self.feed_forward(self.feed_forward_norm(tokens))
        return tokens + self.dropout(processed, deterministic=not train, rngs=feed_forward_key)


class Transformer(nnx.Module):
    """Tokens in, logits out.

    The blocks are one module whose arrays have a leading ``layers`` axis: scanned over, they compile in the same time
    at any depth.
    The token embedding of a language model and its read-out are separate matrices (not tied).
    """

    def __init__(self, config: Config, spec: Spec, layout: Layout, *, rngs: nnx.Rngs):
        self.config = config
        self.layout = layout
        self.language = spec.kind == "language"
        if layout.patch is None:
            table = jax.random.normal(rngs.params(), (layout.features, config.width))
            self.token_embedding = nnx.Param(table / math.sqrt(config.width))
        else:
            self.patch_embedding = Dense(layout.features, config.width, rngs=rngs)
        self.learned_positions = config.positions_for(spec.kind) == "learned"
        if self.learned_positions:
            # Of the size of an embedded patch: a much smaller table is drowned by it and generalises worse.
            table = 0.5 * jax.random.normal(rngs.params(), (layout.tokens, config.width))
            self.positions = nnx.Param(table)

        @nnx.split_rngs(splits=config.layers)
        @nnx.vmap
        def stack(rngs: nnx.Rngs) -> Block:
            return Block(config, causal=self.language, rngs=rngs)

        self.blocks = stack(rngs)
        self.dropout = nnx.Dropout(config.dropout)
        self.norm = _norm(config, rngs)
        self.readout = Dense(config.width, spec.outputs, rngs=rngs)

    def __call__(
        self, inputs: Shaped[Array, "batch ..."], *, key: PRNGKeyArray, train: bool
    ) -> Float[Array, "batch *time outputs"]:
        """Logits of the batch: one set an example, or one a time step for language.

        Args:
            inputs: Images, recordings or token numbers, as the layout says.
            key: Draws the dropout while training.
            train: Whether dropout is on.
        """
        layout, config = self.layout, self.config
        if layout.patch is None:
            tokens = jnp.take(self.token_embedding[...], inputs, axis=0)
        else:
            tokens = self.patch_embedding(cut(inputs, layout.patch))
        turn = None
        if self.learned_positions:
            tokens = tokens + self.positions[...]
        else:
            turn = rotation(layout.grid, config.width // config.heads)
        embedding_key, blocks_key = jax.random.split(key)
        tokens = self.dropout(tokens, deterministic=not train, rngs=embedding_key)

        graphdef, parameters = nnx.split(self.blocks)

        def block(tokens: Array, layer: tuple[PyTree, PRNGKeyArray]) -> tuple[Array, None]:
            parameters, key = layer
            return nnx.merge(graphdef, parameters)(tokens, turn, key=key, train=train), None

        turns = config.layers if config.layers <= MOST_UNROLLED else 1
        if config.differentiation == "checkpointed":
            # Inside a scan nothing can be merged with the forward pass, so the guard against it is not needed.
            block, turns = jax.checkpoint(block, prevent_cse=False), 1
        keys = jax.random.split(blocks_key, config.layers)
        tokens, _ = jax.lax.scan(block, tokens, (parameters, keys), unroll=turns)

        tokens = self.norm(tokens)
        return self.readout(tokens if self.language else jnp.mean(tokens, axis=1))
