"""Products of connections whose reverse pass is not JAX's: from inputs kept as bytes, or from traces of the inputs."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from paradigms.snn.connections import Connection, Dense
from paradigms.snn.rules.data_dependence import after
from paradigms.tangents import with_tangent_map


@jax.custom_vjp
def product_learning_from_trace(
    connection: Connection, x: Float[Array, "time batch *inputs"], trace: Float[Array, "time batch *inputs"]
) -> Float[Array, "time batch *outputs"]:
    """Apply a connection whose weights learn as if the trace had entered; ``x`` receives its own gradient.

    So online training through time does (Xiao et al., NeurIPS 2022, eq. 9). The bias learns as from ``x``.
    """
    return connection(x)


def _traced_forward(connection: Connection, x: Array, trace: Array) -> tuple[Array, tuple]:
    return connection(x), (connection, x, trace)


def _traced_backward(residuals: tuple, cotangent: Array) -> tuple:
    connection, x, trace = residuals
    _, to_input = jax.vjp(connection, x)
    _, to_weights = jax.vjp(lambda c: c(trace), connection)
    return (*to_weights(cotangent), *to_input(cotangent), jnp.zeros_like(trace))


product_learning_from_trace.defvjp(_traced_forward, _traced_backward)


def product_kept_in_bytes(
    connection: Connection, x: Float[Array, "time batch *inputs"]
) -> Float[Array, "time batch *outputs"]:
    """Apply a connection to spikes, or to sums of fewer than 256 of them, kept for the reverse pass in a byte each."""
    return _kept_in_bytes(connection, x)


def _applied(connection: Connection, x: Array) -> Array:
    return connection(x)


def _bytes_forward(connection: Connection, x: Array) -> tuple[Array, tuple]:
    return connection(x), (connection, x.astype(jnp.uint8))


def _bytes_tangent(residuals: tuple, tangents: tuple) -> Array:
    connection, small = residuals
    return jax.jvp(_applied, (connection, small.astype(tangents[1].dtype)), tangents)[1]


def _bytes_backward(residuals: tuple, cotangent: Array) -> tuple:
    connection, small = residuals
    # Else XLA would expand the bytes long before they are needed.
    x = after(small, cotangent).astype(cotangent.dtype)
    if isinstance(connection, Dense):
        return _dense_backward(connection, x, cotangent)
    _, pullback = jax.vjp(lambda c, x: c(x), connection, x)
    return pullback(cotangent)


def _dense_backward(connection: Dense, x: Array, cotangent: Array) -> tuple[Dense, Array]:
    leading = tuple(range(x.ndim - 1))
    # XLA on CPU, left to itself, moves the transposition to the operands and takes a slower product.
    transposed = jax.lax.optimization_barrier(jax.lax.dot_general(cotangent, x, ((leading, leading), ((), ()))))
    to_bias = jnp.sum(cotangent, axis=leading)
    to_connection = eqx.tree_at(lambda c: (c.weight, c.bias), connection, (transposed.T, to_bias))
    return to_connection, cotangent @ connection.weight.T


_kept_in_bytes = with_tangent_map(_applied, _bytes_forward, _bytes_tangent, _bytes_backward)
