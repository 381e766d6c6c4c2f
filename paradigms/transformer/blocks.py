"""The blocks of the transformer, and how a number of them are run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

from paradigms.transformer.attention import Attention
from paradigms.transformer.config import Config, RematPolicy
from paradigms.transformer.dense import Dense
from paradigms.transformer.positions import RotaryAngles

MOST_APART = 4
"""Blocks up to which each has its own arrays and they are compiled one after another; beyond, their arrays are stacked
and one block is compiled, as a loop. A loop copies every block's weights out of the stack, and what it keeps into one:
on a CPU core, 2 blocks of width 1024, a gradient takes 0.65 of its time without, and 0.15 of its temporaries."""
MOST_UNROLLED = 8
"""Stacked blocks up to which the loop is written out when every activation is kept: 7 blocks of width 64 then take 0.7
of the time on two CPU cores, and no longer to compile."""
# Linear maps multiply one matrix of tokens; only attention's products have axes that both operands share.
REMAT_POLICIES: Mapping[RematPolicy | None, Callable[..., Any]] = MappingProxyType(
    {
        None: jax.checkpoint_policies.nothing_saveable,
        "linear": jax.checkpoint_policies.dots_with_no_batch_dims_saveable,
        "products": jax.checkpoint_policies.dots_saveable,
    }
)
"""What JAX keeps of a block, by the name of the setting."""


class FeedForward(nnx.Module):
    """Linear maps to more features and back, with a GELU (Hendrycks & Gimpel 2016, tanh form) between them.

    With a gate (SwiGLU, Shazeer 2020) the SiLU of another map is multiplied by the first, in place of the GELU.
    """

    def __init__(self, config: Config, *, rngs: nnx.Rngs):
        width, hidden = config.width, config.hidden_width
        self.gated = config.feed_forward == "swiglu"
        settings = {"use_bias": config.bias, "dtype": config.compute_dtype, "rngs": rngs}
        self.up = Dense(width, hidden, **settings)
        self.down = Dense(hidden, width, **settings)
        if self.gated:
            self.gate = Dense(width, hidden, **settings)

    def __call__(self, tokens: Float[Array, "batch tokens width"]) -> Float[Array, "batch tokens width"]:
        """Apply to each token by itself."""
        if self.gated:
            return self.down(jax.nn.silu(self.gate(tokens)) * self.up(tokens))
        return self.down(jax.nn.gelu(self.up(tokens)))


def norm(config: Config, rngs: nnx.Rngs) -> nnx.LayerNorm | nnx.RMSNorm:
    """The normalisation that the config names; its statistics are taken in float32 at least."""
    settings = {"epsilon": config.norm_epsilon, "dtype": config.compute_dtype, "rngs": rngs}
    if config.norm == "rms":
        return nnx.RMSNorm(config.width, **settings)
    return nnx.LayerNorm(config.width, use_bias=config.bias, **settings)


class Block(nnx.Module):
    """Pre-norm residual block (Xiong et al. 2020): attention, then the feed-forward network."""

    def __init__(self, config: Config, *, causal: bool, rngs: nnx.Rngs):
        self.attention_norm = norm(config, rngs)
        self.attention = Attention(config, causal=causal, rngs=rngs)
        self.feed_forward_norm = norm(config, rngs)
        self.feed_forward = FeedForward(config, rngs=rngs)
        # Built without a stream of its own: the key is passed in, so no generator is part of the model.
        self.dropout = nnx.Dropout(config.dropout)

    def __call__(
        self,
        tokens: Float[Array, "batch tokens width"],
        rotation: RotaryAngles | None,
        texts: Int[Array, "batch tokens"] | None = None,
        *,
        key: PRNGKeyArray,
        train: bool,
    ) -> Float[Array, "batch tokens width"]:
        """Apply both branches; ``key`` draws their dropout while training."""
        attention_key, feed_forward_key = jax.random.split(key)
        mixed = self.attention(self.attention_norm(tokens), rotation, texts)
        tokens = tokens + self.dropout(mixed, deterministic=not train, rngs=attention_key)
        processed = self.feed_forward(self.feed_forward_norm(tokens))
        return tokens + self.dropout(processed, deterministic=not train, rngs=feed_forward_key)


def make_blocks(config: Config, *, causal: bool, rngs: nnx.Rngs) -> nnx.Module:
    """A list of up to ``MOST_APART`` blocks; of more, one block whose arrays have a leading ``layers`` axis."""

    def make(rngs: nnx.Rngs) -> Block:
        return Block(config, causal=causal, rngs=rngs)

    if config.layers <= MOST_APART:
        return nnx.List([make(rngs) for _ in range(config.layers)])
    return nnx.split_rngs(splits=config.layers)(nnx.vmap(make))(rngs)


def each_block(blocks: PyTree, layers: int) -> list[PyTree]:
    """Return the part of each block, in their order, of a tree like the blocks' parameters.

    Args:
        blocks: What is under ``blocks`` in the parameters, or a gradient.
        layers: How many blocks there are.
    """
    if layers <= MOST_APART:
        return [blocks[place] for place in range(layers)]
    return [jax.tree.map(lambda leaf, place=place: leaf[place], blocks) for place in range(layers)]


def joined_blocks(parts: Sequence[PyTree]) -> PyTree:
    """Return what :func:`each_block` takes apart, as it is under ``blocks``.

    Args:
        parts: The part of each block, in their order.
    """
    if len(parts) <= MOST_APART:
        return dict(enumerate(parts))
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *parts)


def run_blocks(
    blocks: nnx.Module,
    tokens: Float[Array, "batch tokens width"],
    rotation: RotaryAngles | None,
    config: Config,
    *,
    texts: Int[Array, "batch tokens"] | None = None,
    key: PRNGKeyArray,
    train: bool,
) -> Float[Array, "batch tokens width"]:
    """Apply one block after another, keeping for the reverse pass what ``config.differentiation`` says."""
    apart = isinstance(blocks, nnx.List)
    graphdef, _ = nnx.split(blocks[0] if apart else blocks)

    def block(tokens: Array, layer: tuple[PyTree, PRNGKeyArray]) -> tuple[Array, None]:
        parameters, key = layer
        return nnx.merge(graphdef, parameters)(tokens, rotation, texts, key=key, train=train), None

    if config.differentiation == "checkpointed":
        # Inside a scan nothing can be merged with the forward pass, so the guard against it is not needed.
        block = jax.checkpoint(block, prevent_cse=apart, policy=REMAT_POLICIES[config.remat_policy])
    keys = jax.random.split(key, config.layers)
    if not apart:
        unroll = config.layers if config.layers <= MOST_UNROLLED and config.differentiation == "backprop" else 1
        return jax.lax.scan(block, tokens, (nnx.state(blocks), keys), unroll=unroll)[0]
    for one, its_key in zip(blocks, keys, strict=True):
        tokens, _ = block(tokens, (nnx.state(one), its_key))
    return tokens
