"""Convolutions of images."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from paradigms.snn.connections.dense import uniform_of_fan_in
from paradigms.snn.connections.pooling import Pair
from paradigms.target import target_platform


class Convolution(eqx.Module):
    """A convolution of images ``[height, width, channels]``; pairs are of rows and columns.

    Attributes:
        weight: The kernel; its ``inputs`` are those of one group.
        bias: The current that each output channel has without input.
        input_shape: The shape of the images.
        stride: Pixels between two applications.
        padding: Rows of zeros above and below, columns of zeros left and right.
        dilation: Pixels between two weights.
        groups: Input and output channels are each divided into as many groups, and an output reads its own alone.
    """

    weight: Float[Array, "rows columns inputs outputs"]
    bias: Float[Array, " outputs"]
    input_shape: tuple[int, int, int] = eqx.field(static=True)
    stride: Pair = eqx.field(static=True)
    padding: tuple[Pair, Pair] = eqx.field(static=True)
    dilation: Pair = eqx.field(static=True)
    groups: int = eqx.field(static=True)

    def __init__(
        self,
        input_shape: tuple[int, int, int],
        outputs: int,
        *,
        kernel: int | Pair,
        stride: int | Pair = 1,
        padding: tuple[Pair, Pair] | None = None,
        dilation: Pair = (1, 1),
        groups: int = 1,
        key: PRNGKeyArray,
    ):
        """Draw weights uniformly with variance ``1 / (weights of one output)``; biases are zero.

        Without ``padding`` there is as much as lets ``stride`` alone set the output's size.
        """
        inputs = input_shape[-1] // groups
        rows, columns = _pair(kernel)
        self.weight = uniform_of_fan_in(key, (rows, columns, inputs, outputs), rows * columns * inputs)
        self.bias = jnp.zeros((outputs,), self.weight.dtype)
        self.input_shape = input_shape
        self.stride = _pair(stride)
        self.dilation = dilation
        self.groups = groups
        if padding is None:
            padding = (
                _same(input_shape[0], rows, self.stride[0], dilation[0]),
                _same(input_shape[1], columns, self.stride[1], dilation[1]),
            )
        self.padding = padding

    def __call__(self, x: Float[Array, "*batch height width inputs"]) -> Float[Array, "*batch rows columns outputs"]:
        """Return the convolved spikes."""
        images = x.reshape(-1, *self.input_shape)
        return self._convolve(images, self.weight).reshape(*x.shape[:-3], *self.output_shape) + self.bias

    def _convolve(self, images: Array, weight: Array) -> Array:
        if target_platform() == "cpu":
            return self._convolve_by_product(images, weight)
        return jax.lax.conv_general_dilated(
            images,
            weight,
            self.stride,
            self.padding,
            rhs_dilation=self.dilation,
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
            feature_group_count=self.groups,
        )

    def _convolve_by_product(self, images: Array, weight: Array) -> Array:
        """The same convolution as one matrix product over patches.

        XLA on CPU takes 20 times as long for a convolution's gradient within a loop as for these products.
        """
        padded = jnp.pad(images, ((0, 0), *self.padding, (0, 0)))
        (down, right), (rows, columns) = self.stride, self.output_shape[:2]
        last_row, last_column = (rows - 1) * down + 1, (columns - 1) * right + 1
        patches = [
            padded[:, row : row + last_row : down, column : column + last_column : right]
            for row in range(0, weight.shape[0] * self.dilation[0], self.dilation[0])
            for column in range(0, weight.shape[1] * self.dilation[1], self.dilation[1])
        ]
        if self.groups == 1:
            return jnp.concatenate(patches, axis=-1) @ weight.reshape(-1, weight.shape[-1])
        apart = jnp.stack(patches, axis=-2)
        apart = apart.reshape(*apart.shape[:-1], self.groups, -1)
        taps = weight.reshape(-1, weight.shape[2], self.groups, weight.shape[3] // self.groups)
        together = jnp.einsum("nyxtgi,tigo->nyxgo", apart, taps)
        return together.reshape(*together.shape[:3], -1)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of the output: what does not fill a stride at the lower and right border is cut off."""
        rows, columns = (
            (size + sum(padding) - dilation * (kernel - 1) - 1) // stride + 1
            for size, kernel, stride, padding, dilation in zip(
                self.input_shape[:2], self.weight.shape[:2], self.stride, self.padding, self.dilation, strict=True
            )
        )
        return rows, columns, self.bias.shape[0]

    @property
    def macs(self) -> int:
        """The multiply-accumulates of one application to one example, those on padding included."""
        rows, columns, _ = self.output_shape
        return rows * columns * self.weight.size

    def fan_out(self) -> Float[Array, "height width inputs"]:
        """Return how many synapses each input drives."""
        present = (self.weight != 0).astype(self.weight.dtype)
        images = jnp.zeros((1, *self.input_shape), present.dtype)
        _, transposed = jax.vjp(lambda x: self._convolve(x, present), images)
        (counts,) = transposed(jnp.ones((1, *self.output_shape), present.dtype))
        return counts[0]


def _pair(value: int | Pair) -> Pair:
    return (value, value) if isinstance(value, int) else value


def _same(size: int, kernel: int, stride: int, dilation: int) -> Pair:
    """Padding before and after of an output of ``size / stride``, rounded up; an odd zero comes after."""
    missing = max((-(-size // stride) - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
    return missing // 2, missing - missing // 2
