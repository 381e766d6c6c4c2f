"""The encoding of a block's input, taken again in the reverse pass no earlier than it is needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from paradigms.snn.connections import Connection
from paradigms.snn.rules.data_dependence import after
from paradigms.tangents import with_tangent_map


def encoded_late(
    function: Callable[[Connection, Array, Array, PRNGKeyArray, Array], tuple[Array, Any]],
) -> Callable[[Connection, Array, Array, PRNGKeyArray, Array], tuple[Array, Any]]:
    """Wrap a function to currents and the rest: it is differentiated by a second run once the cotangent is there.

    ``jax.checkpoint`` says what to compute again but not when; within one block's reverse pass XLA would encode the
    input of the first layer before anything else, and hold it until that layer's turn comes at the end.
    """

    def forward(connection: Connection, drive: Array, *fixed: Array) -> tuple[tuple[Array, Any], tuple]:
        return function(connection, drive, *fixed), (connection, drive, fixed)

    def tangent(residuals: tuple, tangents: tuple) -> tuple[Array, Any]:
        connection, drive, fixed = residuals
        if jnp.issubdtype(drive.dtype, jnp.inexact):
            return jax.jvp(lambda c, d: function(c, d, *fixed), (connection, drive), tangents[:2])[1]
        return jax.jvp(lambda c: function(c, drive, *fixed), (connection,), tangents[:1])[1]

    def backward(residuals: tuple, cotangents: tuple[Array, Any]) -> tuple:
        connection, drive, (fan_out, key, start) = residuals
        to_currents = cotangents[0]
        start = after(start, to_currents)
        if jnp.issubdtype(drive.dtype, jnp.inexact):
            _, pullback = jax.vjp(lambda c, d: function(c, d, fan_out, key, start)[0], connection, drive)
            return (*pullback(to_currents), None, None, None)
        _, pullback = jax.vjp(lambda c: function(c, drive, fan_out, key, start)[0], connection)
        return (*pullback(to_currents), None, None, None, None)

    return with_tangent_map(function, forward, tangent, backward)
