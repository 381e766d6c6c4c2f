"""Multiply-accumulate operations of the transformer, counted by hand."""

from __future__ import annotations

from paradigms.interface import Cost, Spec, Work
from paradigms.transformer.config import Config
from paradigms.transformer.tokens import Layout


def projection_macs(config: Config) -> int:
    """Count the products of one token's projections to queries, keys and values, and back."""
    return config.width * (2 * config.heads + 2 * config.groups) * config.head_width


def feed_forward_macs(config: Config) -> int:
    """Count the products of one token's feed-forward network."""
    return (3 if config.feed_forward == "swiglu" else 2) * config.width * config.hidden_width


def cost(config: Config, spec: Spec, layout: Layout) -> Cost:
    """The dense cost of one example.

    Counted are the multiply-accumulates of matrix products: projections, attention scores and values (all tokens²,
    masked or not, since the dense product computes both halves), feed-forward, embedding and read-out. A token lookup
    multiplies nothing. Norms, softmax, GELU and rotations are elementwise and not counted.

    For the gradient, each product C = A B gives two of the same size, dA = dC Bᵀ and dB = Aᵀ dC, so three in all, but
    for the patch embedding, whose input needs no gradient: two. ``checkpointed`` adds the forward pass of each block
    but for its last product, whose result is the block's output, which the backward pass does not need; of attention
    alone where ``remat_policy`` keeps what linear maps give, and nothing where it keeps all products.
    """
    tokens, width, hidden = layout.tokens, config.width, config.hidden_width
    embedding = 0 if layout.patch is None else tokens * layout.features * width
    projections = projection_macs(config) * tokens
    scores_and_values = 2 * tokens * tokens * width
    down = tokens * width * hidden
    block = projections + scores_and_values + feed_forward_macs(config) * tokens
    readout = width * spec.outputs * (tokens if spec.kind == "language" else 1)

    forward = embedding + config.layers * block + readout
    gradient = 3 * forward - embedding
    if config.differentiation == "checkpointed":
        recomputed = {None: block - down, "linear": scores_and_values, "products": 0}
        gradient += config.layers * recomputed[config.remat_policy]
    return Cost(forward=Work(macs=forward), gradient=Work(macs=gradient))


def start_macs(config: Config, spec: Spec, prompt: int) -> int:
    """Count the products of reading one prompt of a language and predicting what follows it.

    Counted as in :func:`cost`; the read-out is of the last token alone.

    Args:
        config: The model's settings.
        spec: Its task.
        prompt: Tokens that the prompt has, its padding included.
    """
    block = prompt * (projection_macs(config) + feed_forward_macs(config)) + 2 * prompt * prompt * config.width
    return config.layers * block + config.width * spec.outputs


def advance_macs(config: Config, spec: Spec, capacity: int) -> int:
    """Count the products of reading one more token and predicting what follows it.

    Args:
        config: The model's settings.
        spec: Its task.
        capacity: Places whose keys and values are read: all that the memory has, or those in use, where what is wanted
            is the least that a decoder could do.
    """
    block = projection_macs(config) + feed_forward_macs(config) + 2 * capacity * config.width
    return config.layers * block + config.width * spec.outputs
