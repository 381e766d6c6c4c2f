"""One token after another: keys and values of what was read are kept, so that nothing is computed twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, cast

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int, Int32, PyTree

from paradigms.interface import require
from paradigms.transformer.blocks import Block
from paradigms.transformer.model import Transformer
from paradigms.transformer.positions import RotaryAngles, rotation


class Memory(NamedTuple):
    """Keys and values of the tokens that were read; rows may have read different numbers of them.

    Attributes:
        keys: Keys, turned by their positions; places from ``length`` on hold nothing that counts.
        values: Values.
        length: The tokens that each row has read.
    """

    keys: Float[Array, "batch layers groups capacity head_width"]
    values: Float[Array, "batch layers groups capacity head_width"]
    length: Int32[Array, " batch"]


def start(
    model: Transformer, prompts: Int[Array, "batch prompt"], lengths: Int[Array, " batch"], capacity: int
) -> tuple[Float[Array, "batch outputs"], Memory]:
    """Read prompts; see :meth:`paradigms.interface.Decodes.start`.

    A token attends to those before it alone, so what pads a prompt at its end changes nothing of it.
    """
    config, (_, width) = model.config, prompts.shape
    require(
        1 <= width <= capacity,
        f"prompts of {width} tokens do not fit a capacity of {capacity}: prompt and answer share it",
    )
    learned = model.layout.tokens
    require(
        not model.learned_positions or capacity <= learned,
        f"capacity={capacity} is beyond the {learned} positions that the model has learned: use at most as many, or "
        "train with paradigm.positions=rotary",
    )
    tokens = model.embed(prompts)
    turn = None
    if model.learned_positions:
        tokens = model.placed(tokens, model.positions[...][:width])
    else:
        turn = rotation((width,), config.head_width, config.rotary_base)

    def read(block: Block, tokens: Array) -> tuple[Array, tuple[Array, Array]]:
        projected = block.attention.project(block.attention_norm(tokens), turn)
        mixed = block.attention.mix(projected, causal=True)
        return _fed_forward(block, tokens + mixed), (projected.keys, projected.values)

    tokens, kept = _through_blocks(model, read, tokens)
    last = jnp.take_along_axis(tokens, (lengths - 1)[:, None, None], axis=1)
    room = ((0, 0), (0, 0), (0, 0), (0, capacity - width), (0, 0))
    keys, values = (jnp.pad(jnp.einsum("lbpgd->blgpd", one), room) for one in kept)
    return model.read_out(last)[:, 0], Memory(keys, values, lengths.astype(jnp.int32))


def advance(
    model: Transformer, tokens: Int[Array, " batch"], memory: Memory
) -> tuple[Float[Array, "batch outputs"], Memory]:
    """Read one more token of each row; see :meth:`paradigms.interface.Decodes.advance`."""
    config, place = model.config, memory.length
    capacity = memory.keys.shape[3]
    rows = jnp.arange(len(tokens))
    entering = model.embed(tokens[:, None])
    turn = None
    if model.learned_positions:
        entering = model.placed(entering, jnp.take(model.positions[...], place, axis=0, mode="clip")[:, None])
    else:
        table = rotation((capacity,), config.head_width, config.rotary_base)
        turn = RotaryAngles(*(jnp.take(jnp.asarray(one), place, axis=0, mode="clip")[:, None] for one in table))

    def read(block: Block, carried: tuple[Array, Array, Array], layer: Int[Array, ""] | int) -> tuple:
        tokens, keys, values = carried
        projected = block.attention.project(block.attention_norm(tokens), turn)
        keys = keys.at[rows, layer, :, place].set(projected.keys[:, 0], mode="drop")
        values = values.at[rows, layer, :, place].set(projected.values[:, 0], mode="drop")
        mixed = block.attention.recall(projected.queries[:, 0], keys[:, layer], values[:, layer], place + 1)
        return _fed_forward(block, tokens + mixed[:, None]), keys, values

    carried = (entering, memory.keys, memory.values)
    if isinstance(model.blocks, nnx.List):
        for layer, block in enumerate(cast(Iterable[Block], model.blocks)):
            carried = read(block, carried, layer)
    else:
        graphdef, stacked = nnx.split(cast(Block, model.blocks))

        def one(carried: tuple, of: tuple[PyTree, Array]) -> tuple[tuple, None]:
            return read(nnx.merge(graphdef, of[0]), carried, of[1]), None

        carried, _ = jax.lax.scan(one, carried, (stacked, jnp.arange(config.layers)))
    leaving, keys, values = carried
    # What is beyond the capacity was not kept, and an answer that lacks it is none.
    logits = jnp.where((place < capacity)[:, None], model.read_out(leaving)[:, 0], jnp.nan)
    return logits, Memory(keys, values, place + 1)


def _through_blocks(
    model: Transformer, read: Callable[[Block, Array], tuple[Array, tuple[Array, Array]]], tokens: Array
) -> tuple[Array, tuple[Array, Array]]:
    """Read with one block after another; what each keeps has a leading axis of layers."""
    if isinstance(model.blocks, nnx.List):
        kept = []
        for block in cast(Iterable[Block], model.blocks):
            tokens, own = read(block, tokens)
            kept.append(own)
        return tokens, jax.tree.map(lambda *leaves: jnp.stack(leaves), *kept)
    graphdef, stacked = nnx.split(cast(Block, model.blocks))
    return jax.lax.scan(lambda tokens, state: read(nnx.merge(graphdef, state), tokens), tokens, stacked)


def _fed_forward(block: Block, tokens: Float[Array, "batch tokens width"]) -> Float[Array, "batch tokens width"]:
    return tokens + block.feed_forward(block.feed_forward_norm(tokens))
