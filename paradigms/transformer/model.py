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
    """Tokens in, logits out.

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
        self.blocks = make_blocks(config, causal=self.language, rngs=rngs)
        self.dropout = nnx.Dropout(config.dropout)
        self.norm = norm(config, rngs)
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
        tokens = run_blocks(self.blocks, tokens, turn, config, key=blocks_key, train=train)
        tokens = self.norm(tokens)
        return self.readout(tokens if self.language else jnp.mean(tokens, axis=1))
