"""The one place where a gradient is computed.

An estimator maps ``(loss, params, key)`` to ``((value, auxiliary), gradient)``, where ``loss(params, key)`` returns
``(value, auxiliary)``. How the model inside the loss is differentiated (unrolled, checkpointed, by parameter shift) is
the paradigm's own matter; the estimators here know only the loss.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from training.errors import BadInput

Loss = Callable[[PyTree, PRNGKeyArray], tuple[Float[Array, ""], Any]]
GradientEstimate = tuple[tuple[Float[Array, ""], Any], PyTree]
Estimator = Callable[[Loss, PyTree, PRNGKeyArray], GradientEstimate]
GradientName = Literal["reverse", "spsa", "forward"]

SPSA_RADIUS = 1e-2
"""Half the distance between SPSA's two points along each parameter: large beside float32's rounding of a loss of order
one, small beside the curvature of the losses trained here."""


def reverse(loss: Loss, params: PyTree, key: PRNGKeyArray) -> GradientEstimate:
    """The exact gradient, by one reverse pass."""
    return jax.value_and_grad(loss, has_aux=True)(params, key)


def _random_direction(draw: Callable[..., Array], key: PRNGKeyArray, params: PyTree) -> PyTree:
    leaves, structure = jax.tree.flatten(params)
    keys = jax.random.split(key, len(leaves))
    return jax.tree.unflatten(
        structure, [draw(k, leaf.shape, leaf.dtype) for k, leaf in zip(keys, leaves, strict=True)]
    )


def _along(direction: PyTree, slope: Float[Array, ""]) -> PyTree:
    """Scale the direction, in the types of the parameters, as a reverse pass leaves its gradient."""
    return jax.tree.map(lambda d: (slope * d).astype(d.dtype), direction)


def spsa(
    loss: Loss, params: PyTree, key: PRNGKeyArray, *, radius: float = SPSA_RADIUS, shared_noise: bool = True
) -> GradientEstimate:
    """Estimate by simultaneous perturbation (Spall 1992, eq. 2.2): two evaluations, however many parameters there are.

    Args:
        loss: What is differentiated.
        params: Where.
        key: The key of the direction, and of the loss's own random numbers.
        radius: Half the distance between the two points along each parameter.
        shared_noise: Whether both points see the same random numbers, so that noise in the loss cancels. A device whose
            noise cannot be repeated, such as shots, has other numbers at each point.

    Returns:
        The mean of the two values, the auxiliary of the first, and an estimate that is unbiased up to O(radius²).
    """
    direction_key, loss_key = jax.random.split(key)
    plus_key, minus_key = (loss_key, loss_key) if shared_noise else jax.random.split(loss_key)
    direction = _random_direction(jax.random.rademacher, direction_key, params)
    plus, auxiliary = loss(jax.tree.map(lambda p, d: p + radius * d, params, direction), plus_key)
    minus, _ = loss(jax.tree.map(lambda p, d: p - radius * d, params, direction), minus_key)
    slope = (plus - minus) / (2 * radius)
    return ((plus + minus) / 2, auxiliary), _along(direction, slope)


def forward(loss: Loss, params: PyTree, key: PRNGKeyArray) -> GradientEstimate:
    """The forward gradient (Baydin et al. 2022): the derivative along one Gaussian direction, times the direction.

    Unbiased; keeps nothing for a reverse pass. Needs a loss with a JVP (see :func:`require_forward_mode`).
    """
    direction_key, loss_key = jax.random.split(key)
    direction = _random_direction(jax.random.normal, direction_key, params)
    value, slope, auxiliary = jax.jvp(lambda p: loss(p, loss_key), (params,), (direction,), has_aux=True)
    return (value, auxiliary), _along(direction, slope)


ESTIMATORS: dict[str, Estimator] = {"reverse": reverse, "spsa": spsa, "forward": forward}


def require_forward_mode(loss: Callable[..., tuple[Any, Any]], params: PyTree, *arguments: PyTree) -> None:
    """Lower the derivative of ``loss(params, *arguments)`` along a direction, and refuse it where it does not exist.

    Arguments may be ``jax.ShapeDtypeStruct``: nothing is computed.

    Raises:
        BadInput: The loss contains a custom VJP, which has no forward mode.
    """

    def derivative(params: PyTree, arguments: tuple[PyTree, ...]) -> Array:
        _, slope, _ = jax.jvp(lambda p: loss(p, *arguments), (params,), (params,), has_aux=True)
        return slope

    try:
        jax.jit(derivative).lower(params, arguments)
    except TypeError as error:
        if "custom_vjp" not in str(error):
            raise
        raise BadInput(
            "gradient=forward needs a differentiation with a forward mode, and this one is a custom VJP; choose "
            "gradient=reverse, gradient=spsa, or a paradigm.differentiation that has one: bptt, packed or "
            "checkpointed of spiking networks, adjoint or backprop of circuits and transformers"
        ) from error


def accumulated(estimator: Estimator, microbatches: int) -> Callable[..., GradientEstimate]:
    """Estimate over a batch cut into ``microbatches`` pieces, one at a time: memory holds one piece's residuals.

    For an exact estimator and a model that is deterministic and not batch-coupled, this equals the estimate on the
    whole batch: every piece counts by its share of the batch's weight. The model state passes through the pieces.

    Returns:
        ``(objective, params, model_state, batch, key) -> ((value, auxiliary), gradient)``.
    """

    def estimate(
        objective: Callable, params: PyTree, model_state: PyTree, batch: Any, key: PRNGKeyArray
    ) -> GradientEstimate:
        if microbatches == 1:
            return estimator(lambda p, k: objective(p, model_state, batch, k), params, key)

        # Every piece takes each k-th example, so that a batch split over devices stays where it is.
        pieces = jax.tree.map(lambda x: jnp.moveaxis(x.reshape(-1, microbatches, *x.shape[1:]), 1, 0), batch)
        weight = jnp.maximum(jnp.sum(batch.weights), 1.0)

        def piece_estimate(carry: tuple[PyTree, Any], piece: tuple[Any, Array]) -> tuple[tuple[PyTree, Any], None]:
            (carried_state, sums), (part, index) = carry, piece
            (value, auxiliary), gradient = estimator(
                lambda p, k: objective(p, carried_state, part, k), params, jax.random.fold_in(key, index)
            )
            share = jnp.sum(part.weights) / weight
            terms = (value, auxiliary.metrics, gradient)
            sums = jax.tree.map(lambda total, term: total + share * term, sums, terms)
            return (auxiliary.model_state, sums), None

        first = jax.tree.map(lambda x: x[0], pieces)
        (value, auxiliary), gradient = jax.eval_shape(
            lambda p, s, b, k: estimator(lambda q, kk: objective(q, s, b, kk), p, k), params, model_state, first, key
        )
        of_a_piece = (value, auxiliary.metrics, gradient)
        # Sums of shares are no narrower than a share.
        zeros = jax.tree.map(lambda x: jnp.zeros(x.shape, jnp.result_type(x, weight)), of_a_piece)
        (model_state, sums), _ = jax.lax.scan(piece_estimate, (model_state, zeros), (pieces, jnp.arange(microbatches)))
        value, metrics, gradient = jax.tree.map(lambda total, x: total.astype(x.dtype), sums, of_a_piece)
        return (value, auxiliary._replace(model_state=model_state, metrics=metrics)), gradient

    return estimate
