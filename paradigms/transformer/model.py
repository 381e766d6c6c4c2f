"""The transformer: embedding, a stack of blocks, read-out."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, PRNGKeyArray, Shaped

from paradigms.interface import Spec
from paradigms.transformer.blocks import make_blocks, norm, run_blocks
from paradigms.transformer.config import Config
from paradigms.transformer.dense import Dense
from paradigms.transformer.positions import rotation
from paradigms.transformer.tokens import Layout, cut


class Transformer(nnx.Module):
    """Tokens in, logits out."""

    def __init__(self, config: Config, spec: Spec, layout: Layout, *, rngs: nnx.Rngs):
        self.config = config
        self.layout = layout
        self.language = spec.kind == "language"
        if layout.patch is None:
            table = jax.random.normal(rngs.params(), (layout.features, config.width))
            self.token_embedding = nnx.Param(table / math.sqrt(config.width))
        else:
            self.patch_embedding = Dense(
                layout.features, config.width, use_bias=config.bias, dtype=config.compute_dtype, rngs=rngs
            )
        self.learned_positions = config.positions_for(spec.kind) == "learned"
        if self.learned_positions:
            # Of the size of an embedded patch: a much smaller table is drowned by it and generalises worse.
            table = 0.5 * jax.random.normal(rngs.params(), (layout.tokens, config.width))
            self.positions = nnx.Param(table)
        self.blocks = make_blocks(config, causal=self.language, rngs=rngs)
        self.dropout = nnx.Dropout(config.dropout)
        self.norm = norm(config, rngs)
        if not config.tied:
            self.readout = Dense(
                config.width,
                spec.outputs,
                use_bias=config.bias,
                dtype=config.compute_dtype,
                # Logits are exact sums, whatever is summed.
                preferred_element_type=None if config.compute_dtype is None else jnp.float32,
                rngs=rngs,
            )

    def __call__(
        self, inputs: Shaped[Array, "batch ..."], *, key: PRNGKeyArray, train: bool
    ) -> Float[Array, "batch *time outputs"]:
        """Logits of the batch: one set an example, or one a time step for language.

        Args:
            inputs: Images, recordings or token numbers, as the layout says.
            key: Draws the dropout while training.
            train: Whether dropout is on.
        """
        return self.read_out(self.leaving(inputs, key=key, train=train))

    def leaving(
        self, inputs: Shaped[Array, "batch ..."], *, key: PRNGKeyArray, train: bool
    ) -> Float[Array, "batch tokens width"]:
        """Return the tokens that leave the last block, of the batch."""
        layout, config = self.layout, self.config
        tokens = self.embed(inputs)
        turn = None
        if self.learned_positions:
            tokens = self.placed(tokens, self.positions[...])
        else:
            turn = rotation(layout.grid, config.head_width, config.rotary_base)
        embedding_key, blocks_key = jax.random.split(key)
        tokens = self.dropout(tokens, deterministic=not train, rngs=embedding_key)
        # Texts of an example are numbered by how many have begun.
        texts = None if config.text_start is None else jnp.cumsum(inputs == config.text_start, axis=1)
        return run_blocks(self.blocks, tokens, turn, config, texts=texts, key=blocks_key, train=train)

    def embed(self, inputs: Shaped[Array, "batch ..."]) -> Float[Array, "batch tokens width"]:
        """Turn inputs into tokens, without their positions."""
        if self.layout.patch is not None:
            return self.patch_embedding(cut(inputs, self.layout.patch))
        tokens = jnp.take(self.token_embedding[...], inputs, axis=0)
        return tokens if self.config.compute_dtype is None else tokens.astype(self.config.compute_dtype)

    def placed(
        self, tokens: Float[Array, "batch tokens width"], positions: Float[Array, "*batch tokens width"]
    ) -> Float[Array, "batch tokens width"]:
        """Add learned positions to tokens, whose type they keep."""
        return tokens + positions.astype(tokens.dtype)

    def read_out(self, tokens: Float[Array, "batch tokens width"]) -> Float[Array, "batch *time outputs"]:
        """Turn the tokens that leave the last block into logits."""
        tokens = self.norm(tokens)
        if self.config.tied:
            exact = jnp.promote_types(tokens.dtype, jnp.float32)
            table = self.token_embedding[...].astype(tokens.dtype)
            return jnp.matmul(tokens, table.T, preferred_element_type=exact)
        return self.readout(tokens if self.language else jnp.mean(tokens, axis=1))
