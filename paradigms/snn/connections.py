"""Connections: what turns the spikes of one population into the current of the next, the same at every step.

A connection offers ``__call__`` over any leading time and batch axes, the shapes of one input and one output, and
``fan_out``: how many connections of non-zero weight leave each input.
"""

from __future__ import annotations

import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from paradigms.snn.ordering import after
from paradigms.tangents import with_tangent_map


def _uniform(key: PRNGKeyArray, shape: tuple[int, ...], fan_in: int) -> Array:
    """Uniform with variance ``1 / fan_in``."""
    limit = math.sqrt(3 / fan_in)
    return jax.random.uniform(key, shape, minval=-limit, maxval=limit)


class Dense(eqx.Module):
    """All-to-all connection ``x W + b``."""

    weight: Float[Array, "inputs outputs"]
    bias: Float[Array, " outputs"]

    def __init__(self, inputs: int, outputs: int, *, key: PRNGKeyArray):
        """Weights uniform with variance ``1 / inputs``, biases zero."""
        self.weight = _uniform(key, (inputs, outputs), inputs)
        self.bias = jnp.zeros((outputs,), self.weight.dtype)

    def __call__(self, x: Float[Array, "*batch inputs"]) -> Float[Array, "*batch outputs"]:
        return x @ self.weight + self.bias

    @property
    def input_shape(self) -> tuple[int, ...]:
        return self.weight.shape[:1]

    @property
    def output_shape(self) -> tuple[int, ...]:
        return self.bias.shape

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one application to one example."""
        return self.weight.size

    def fan_out(self) -> Float[Array, " inputs"]:
        return jnp.count_nonzero(self.weight, axis=1).astype(self.weight.dtype)


class Convolution(eqx.Module):
    """Convolution of images ``[height, width, channels]``, padded so that ``stride`` alone sets the output's size."""

    weight: Float[Array, "kernel kernel inputs outputs"]
    bias: Float[Array, " outputs"]
    input_shape: tuple[int, int, int] = eqx.field(static=True)
    stride: int = eqx.field(static=True)

    def __init__(
        self,
        input_shape: tuple[int, int, int],
        outputs: int,
        *,
        kernel: int,
        stride: int = 1,
        key: PRNGKeyArray,
    ):
        """Weights uniform with variance ``1 / (kernel² inputs)``, biases zero."""
        inputs = input_shape[-1]
        self.weight = _uniform(key, (kernel, kernel, inputs, outputs), kernel**2 * inputs)
        self.bias = jnp.zeros((outputs,), self.weight.dtype)
        self.input_shape = input_shape
        self.stride = stride

    def __call__(self, x: Float[Array, "*batch height width inputs"]) -> Float[Array, "*batch rows columns outputs"]:
        images = x.reshape(-1, *self.input_shape)
        return self._convolve(images, self.weight).reshape(*x.shape[:-3], *self.output_shape) + self.bias

    def _convolve(self, images: Array, weight: Array) -> Array:
        if jax.default_backend() == "cpu":
            return _convolve_by_product(images, weight, self.stride)
        return jax.lax.conv_general_dilated(
            images, weight, (self.stride, self.stride), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )

    @property
    def output_shape(self) -> tuple[int, ...]:
        height, width, _ = self.input_shape
        return -(-height // self.stride), -(-width // self.stride), self.bias.shape[0]

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one application to one example, those on padding included."""
        rows, columns, _ = self.output_shape
        return rows * columns * self.weight.size

    def fan_out(self) -> Float[Array, "height width inputs"]:
        present = (self.weight != 0).astype(self.weight.dtype)
        images = jnp.zeros((1, *self.input_shape), present.dtype)
        _, transposed = jax.vjp(lambda x: self._convolve(x, present), images)
        (counts,) = transposed(jnp.ones((1, *self.output_shape), present.dtype))
        return counts[0]


def _convolve_by_product(images: Array, weight: Array, stride: int) -> Array:
    """The same convolution as one matrix product over patches.

    XLA on CPU takes 20 times as long for a convolution's gradient within a loop as for these products.
    """
    kernel = weight.shape[0]
    rows, columns = (-(-size // stride) for size in images.shape[1:3])
    padding = [
        divmod(max((count - 1) * stride + kernel - size, 0), 2)
        for count, size in zip((rows, columns), images.shape[1:3], strict=True)
    ]
    padded = jnp.pad(images, ((0, 0), *((half, half + odd) for half, odd in padding), (0, 0)))
    last_row, last_column = (rows - 1) * stride + 1, (columns - 1) * stride + 1
    patches = [
        padded[:, row : row + last_row : stride, column : column + last_column : stride]
        for row in range(kernel)
        for column in range(kernel)
    ]
    return jnp.concatenate(patches, axis=-1) @ weight.reshape(-1, weight.shape[-1])


Connection = Dense | Convolution


@jax.custom_vjp
def traced(connection: Connection, x: Array, trace: Array) -> Array:
    """``connection(x)``, whose weights learn as if ``trace`` had entered; ``x`` receives its own gradient.

    What online training through time does (Xiao et al., NeurIPS 2022, eq. 9). The bias learns as from ``x``.
    """
    return connection(x)


def _traced_forward(connection: Connection, x: Array, trace: Array) -> tuple[Array, tuple]:
    return connection(x), (connection, x, trace)


def _traced_backward(residuals: tuple, cotangent: Array) -> tuple:
    connection, x, trace = residuals
    _, to_input = jax.vjp(connection, x)
    _, to_weights = jax.vjp(lambda c: c(trace), connection)
    return (*to_weights(cotangent), *to_input(cotangent), jnp.zeros_like(trace))


traced.defvjp(_traced_forward, _traced_backward)


def compactly(connection: Connection, x: Array) -> Array:
    """``connection(x)`` of spikes, or of sums of fewer than 256: kept for the reverse pass as one byte each."""
    return _compactly(connection, x)


def _applied(connection: Connection, x: Array) -> Array:
    return connection(x)


def _compactly_forward(connection: Connection, x: Array) -> tuple[Array, tuple]:
    return connection(x), (connection, x.astype(jnp.uint8))


def _compactly_tangent(residuals: tuple, tangents: tuple) -> Array:
    connection, small = residuals
    return jax.jvp(_applied, (connection, small.astype(tangents[1].dtype)), tangents)[1]


def _compactly_backward(residuals: tuple, cotangent: Array) -> tuple:
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


_compactly = with_tangent_map(_applied, _compactly_forward, _compactly_tangent, _compactly_backward)
