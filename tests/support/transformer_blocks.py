"""The parameters of a transformer's blocks, however they are laid out."""

from __future__ import annotations

import jax
from jaxtyping import PyTree


def each_block(params: PyTree, layers: int) -> list[PyTree]:
    """Of each block its parameters: under its number where they are apart, along the first axis where stacked."""
    blocks = params["blocks"]
    if 0 in blocks:
        return [blocks[layer] for layer in range(layers)]
    return [jax.tree.map(lambda leaf, layer=layer: leaf[layer], blocks) for layer in range(layers)]
