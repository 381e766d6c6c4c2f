"""Read-out and cross-entropy of a language piece by piece, so that no more logits exist than those of one piece.

A batch of 2,048 tokens has 262 MB of logits for 32,000 words, and its gradient as much again. Here a piece's logits
become its loss, and its share of the gradient, before the next piece's are formed: what is kept for the reverse pass is
the gradient of features and of the read-out (Hsu et al. 2024, arXiv 2410.10989), and no product is repeated.
"""

from __future__ import annotations

import functools
import math
import operator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from paradigms.interface import Paradigm, Readout, ReadsOutInPieces
from paradigms.tangents import with_tangent_map


class TokenLosses(NamedTuple):
    """What was made of each token: the loss in nats, and whether the largest logit is the target's."""

    losses: Float[Array, "batch time"]
    right: Bool[Array, "batch time"]


def in_pieces(paradigm: Paradigm, batch: int) -> ReadsOutInPieces | None:
    """Return the paradigm where it cuts a batch of so many examples into pieces, and ``None`` where it is read whole.

    Args:
        paradigm: The model.
        batch: Examples of the batch.
    """
    return paradigm if isinstance(paradigm, ReadsOutInPieces) and paradigm.pieces(batch) > 1 else None


def token_losses(
    features: Float[Array, "batch time width"], readout: Readout, targets: Int[Array, "batch time"], pieces: int
) -> TokenLosses:
    """Cross-entropy of every token with its target, without a gradient.

    Args:
        features: What the read-out reads.
        readout: The last layer.
        targets: Token numbers. The loss of a negative one means nothing; that of one beyond the vocabulary is NaN.
        pieces: Pieces that the time is cut into.
    """
    time = targets.shape[1]

    def of_piece(piece: tuple[Array, Array]) -> tuple[Array, Array]:
        logits, target, _ = _logits(piece[0], readout, piece[1])
        return jax.nn.logsumexp(logits, axis=-1) - target, jnp.argmax(logits, axis=-1) == piece[1]

    losses, right = jax.lax.map(of_piece, (_cut(features, pieces), _cut(targets, pieces)))
    return TokenLosses(_joined(losses, time), _joined(right, time))


def weighted_loss(
    features: Float[Array, "batch time width"],
    readout: Readout,
    targets: Int[Array, "batch time"],
    weights: Float[Array, "batch time"],
    pieces: int,
) -> tuple[Float[Array, ""], Bool[Array, "batch time"]]:
    """Sum cross-entropies, each times its token's weight.

    Args:
        features: What the read-out reads.
        readout: The last layer.
        targets: Token numbers; one that is negative has weight 0, and one beyond the vocabulary makes the sum NaN.
        weights: Factors of the tokens; they are not differentiated.
        pieces: Pieces that the time is cut into.

    Returns:
        The sum in nats, and for each token whether its largest logit is the target's.
    """

    def value(features: Array, readout: Readout, targets: Array, weights: Array) -> Sum:
        return _summed(features, readout, targets, weights, pieces, differentiated=False)[0]

    def value_and_gradient(features: Array, readout: Readout, targets: Array, weights: Array) -> tuple[Sum, Any]:
        return _summed(features, readout, targets, weights, pieces, differentiated=True)

    summed = with_tangent_map(value, value_and_gradient, _along, _scaled)
    return summed(features, readout, targets, jax.lax.stop_gradient(weights))


Sum = tuple[Float[Array, ""], Bool[Array, "batch time"]]


def _summed(
    features: Array, readout: Readout, targets: Array, weights: Array, pieces: int, *, differentiated: bool
) -> tuple[Sum, Any]:
    """The sum, and its gradient with respect to features and read-out where it is asked for."""
    time = targets.shape[1]
    exact = _exact(features)
    kernel = readout.kernel.astype(features.dtype)

    def of_piece(carried: tuple[Array, Any], piece: tuple[Array, Array, Array]) -> tuple[tuple[Array, Any], Any]:
        total, gradient = carried
        tokens, words, shares = piece
        logits, target, is_target = _logits(tokens, readout, words)
        normaliser = jax.nn.logsumexp(logits, axis=-1)
        total = total + jnp.sum(jnp.where(shares > 0, shares * (normaliser - target), 0))
        right = jnp.argmax(logits, axis=-1) == words
        if not differentiated:
            return (total, gradient), right
        # Of the type that was multiplied: the reverse products then are as the forward one.
        back = (jnp.exp(logits - normaliser[..., None]) - is_target) * shares[..., None]
        narrow = back.astype(features.dtype)
        of_tokens = jnp.matmul(narrow, kernel.T, preferred_element_type=exact).astype(features.dtype)
        of_kernel = jnp.einsum("btw,bto->wo", tokens, narrow, preferred_element_type=exact)
        of_bias = None if readout.bias is None else back.sum((0, 1))
        gradient = jax.tree.map(jnp.add, gradient, Readout(of_kernel, of_bias))
        return (total, gradient), (right, of_tokens)

    zeros = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, exact), readout) if differentiated else None
    cut = _cut(features, pieces), _cut(targets, pieces), _cut(weights, pieces)
    (total, of_readout), made = jax.lax.scan(of_piece, (jnp.zeros((), exact), zeros), cut)
    if not differentiated:
        return (total, _joined(made, time)), None
    right, of_features = (_joined(one, time) for one in made)
    of_readout = jax.tree.map(lambda found, leaf: found.astype(leaf.dtype), of_readout, readout)
    return (total, right), (of_features, of_readout)


def _along(gradient: Any, tangents: tuple) -> tuple[Array, None]:
    """The derivative of the sum along tangents of features and read-out."""
    products = jax.tree.map(lambda one, other: jnp.sum(one.astype(_exact(one)) * other), gradient, tangents[:2])
    return functools.reduce(operator.add, jax.tree.leaves(products)), None


def _scaled(gradient: Any, cotangents: tuple[Array, None]) -> tuple:
    scaled = jax.tree.map(lambda one: (cotangents[0] * one).astype(one.dtype), gradient)
    return (*scaled, None, None)


def _exact(array: Array) -> Any:
    return jnp.promote_types(array.dtype, jnp.float32)


def _logits(tokens: Array, readout: Readout, words: Array) -> tuple[Array, Array, Array]:
    """Logits of a piece, those of the targets, and where these are."""
    logits = jnp.matmul(tokens, readout.kernel.astype(tokens.dtype), preferred_element_type=_exact(tokens))
    if readout.bias is not None:
        logits = logits + readout.bias.astype(tokens.dtype).astype(logits.dtype)
    is_target = jnp.arange(logits.shape[-1]) == words[..., None]
    target = jnp.sum(jnp.where(is_target, logits, 0), axis=-1)
    # A word that the vocabulary lacks has no loss: not a number, as where all logits are read at once.
    return logits, jnp.where(words < logits.shape[-1], target, jnp.nan), is_target


def _cut(array: Array, pieces: int) -> Array:
    """``[pieces, batch, time of a piece, ...]``, with zeros after the end; a batch that is split over devices stays."""
    batch, time, *rest = array.shape
    length = math.ceil(time / pieces)
    padded = jnp.pad(array, ((0, 0), (0, pieces * length - time), *((0, 0) for _ in rest)))
    return jnp.moveaxis(padded.reshape(batch, pieces, length, *rest), 1, 0)


def _joined(pieces: Array, time: int) -> Array:
    """The inverse of :func:`_cut`."""
    joined = jnp.moveaxis(pieces, 0, 1)
    return joined.reshape(joined.shape[0], -1, *joined.shape[3:])[:, :time]
