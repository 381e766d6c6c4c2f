"""How one example becomes a sequence of tokens."""

from __future__ import annotations

import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Shaped

from paradigms.interface import Spec, Unsupported
from paradigms.transformer.config import Config

# An image is cut into at most this many patches along its longer side, unless the patch is chosen.
_PATCHES_ALONG_A_SIDE = 8
# Features are tokens of their own up to this many; above, several that stand beside each other share one.
_MOST_FEATURE_TOKENS = 64


@dataclass(frozen=True)
class Layout:
    """The token sequence of one example.

    Attributes:
        grid: Tokens along each axis: ``(time,)`` for text and recordings, ``(rows, columns)`` for images,
            ``(groups,)`` for features.
        patch: Extent of a token along each of these axes; ``None`` where the input is token numbers already.
        features: Numbers in one patch, or the size of the vocabulary.
        notes: What was done to the input, one sentence each.
    """

    grid: tuple[int, ...]
    patch: tuple[int, ...] | None
    features: int
    notes: tuple[str, ...] = ()

    @property
    def tokens(self) -> int:
        """Length of the sequence."""
        return math.prod(self.grid)


def layout(config: Config, spec: Spec) -> Layout:
    """Choose the token sequence for a task.

    Raises:
        Unsupported: If the transformer has no way to read the task's input.
    """
    inputs = spec.inputs
    if not isinstance(inputs, jax.ShapeDtypeStruct):
        raise Unsupported(
            "the transformer takes one array an example: images, recordings or text, not a tree of arrays"
        )
    shape, dtype = inputs.shape, inputs.dtype
    if 0 in shape:
        raise Unsupported(f"the transformer cannot read an input of shape {shape}: an axis is empty")
    if spec.kind == "language":
        if len(shape) != 1 or not jnp.issubdtype(dtype, jnp.integer):
            raise Unsupported(f"language tasks take token numbers int32[time], not {dtype}{list(shape)}")
        return Layout(shape, None, spec.outputs)
    if jnp.issubdtype(dtype, jnp.integer):
        raise Unsupported(
            f"the transformer reads token numbers ({dtype}{list(shape)}) for language tasks only; "
            f"give images as float32 in [0, 1]"
        )
    if len(shape) == 3:
        side = config.patch or max(2, math.ceil(max(shape[:2]) / _PATCHES_ALONG_A_SIDE))
        return _cut(shape, (side, side), "image")
    if len(shape) == 2:
        return _cut(shape, (config.event_patch,), "recording")
    if len(shape) == 1:
        return _grouped(*shape)
    raise Unsupported(
        f"the transformer reads images [height, width, channels], recordings [time, channels], features [features] and "
        f"text [time], not an input of shape {list(shape)}"
    )


def _cut(shape: tuple[int, ...], patch: tuple[int, ...], what: str) -> Layout:
    *extents, channels = shape
    grid = tuple(math.ceil(extent / size) for extent, size in zip(extents, patch, strict=True))
    cells = Layout(grid, patch, math.prod(patch) * channels)
    padded = tuple(count * size for count, size in zip(grid, patch, strict=True))
    unit = "pixels" if what == "image" else "time steps"
    note = (
        f"Each {what} of {_times(shape)} is read as {_times(grid)} tokens, patches of {_times(patch)} {unit} "
        f"with all channels: {cells.tokens} tokens of {cells.features} numbers."
    )
    padding = () if padded == tuple(extents) else (f"It is padded at the end with zeros to {_times(padded)} {unit}.",)
    return Layout(grid, patch, cells.features, (note, *padding))


def _grouped(features: int) -> Layout:
    size = math.ceil(features / _MOST_FEATURE_TOKENS)
    tokens = math.ceil(features / size)
    each = "one token each" if size == 1 else f"{tokens} tokens, {size} that stand beside each other in each"
    padding = () if tokens * size == features else (f"They are padded at the end with zeros to {tokens * size}.",)
    return Layout((tokens,), (size,), size, (f"The {features} features are read as {each}.", *padding))


def _times(extents: tuple[int, ...]) -> str:
    return "×".join(map(str, extents))


def cut(inputs: Shaped[Array, "batch *extents"], patch: tuple[int, ...]) -> Float[Array, "batch tokens features"]:
    """Cut inputs into patches along every axis but the first and the last, padded with zeros at the end.

    Features ``[batch, features]`` are cut along their only axis. Tokens are in row-major order of the grid; a token's
    features are in row-major order of the patch, channels last.
    ``bool`` inputs become 0.0 and 1.0.
    """
    if not jnp.issubdtype(inputs.dtype, jnp.floating):
        inputs = inputs.astype(jnp.float32)
    if inputs.ndim == 2:
        inputs = inputs[..., None]
    batch, *extents, channels = inputs.shape
    grid = [math.ceil(extent / size) for extent, size in zip(extents, patch, strict=True)]
    padding = [(0, count * size - extent) for count, size, extent in zip(grid, patch, extents, strict=True)]
    padded = jnp.pad(inputs, [(0, 0), *padding, (0, 0)])
    # [batch, rows, height of a patch, columns, width of a patch, channels]: grid axes are odd, patch axes even
    split = padded.reshape(batch, *(n for pair in zip(grid, patch, strict=True) for n in pair), channels)
    axes = len(patch)
    order = (0, *range(1, 2 * axes, 2), *range(2, 2 * axes + 1, 2), 2 * axes + 1)
    return split.transpose(order).reshape(batch, math.prod(grid), math.prod(patch) * channels)
