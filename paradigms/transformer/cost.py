"""Multiply-accumulate operations of the transformer, counted by hand."""

from __future__ import annotations

from paradigms.interface import Cost, Spec, Work
from paradigms.transformer.config import Config
from paradigms.transformer.tokens import Layout


def cost(config: Config, spec: Spec, layout: Layout) -> Cost:
    """The dense cost of one example.

    Counted are the multiply-accumulates of matrix products: projections, attention scores and values (all tokens²,
    masked or not, since the dense product computes both halves), feed-forward, embedding and read-out. A token lookup
    multiplies nothing. Norms, softmax, GELU and rotations are elementwise and not counted.

    For the gradient, each product C = A B gives two of the same size, dA = dC Bᵀ and dB = Aᵀ dC, so three in all, but
    for the patch embedding, whose input needs no gradient: two. ``checkpointed`` adds the forward pass of each block
    but for its last product, whose result is the block's output, which the backward pass does not need.
    """
    tokens, width, hidden = layout.tokens, config.width, config.hidden_width
    embedding = 0 if layout.patch is None else tokens * layout.features * width
    projections = 4 * tokens * width * width
    scores_and_values = 2 * tokens * tokens * width
    up = down = tokens * width * hidden
    block = projections + scores_and_values + up + down
    readout = width * spec.outputs * (tokens if spec.kind == "language" else 1)

    forward = embedding + config.layers * block + readout
    gradient = 3 * forward - embedding
    if config.differentiation == "checkpointed":
        gradient += config.layers * (block - down)
    return Cost(forward=Work(macs=forward), gradient=Work(macs=gradient))
