"""A convolution and the pooling of what it gives, as one convolution.

A kernel whose weights are ``d`` pixels apart, applied every ``s`` pixels, under windows of ``p`` applications every
``t`` of them reads the pixels ``i t s + q s + k d``: those of a kernel applied every ``t s`` pixels, whose weights are
as far apart as the greatest common divisor of ``s`` and ``d``. That holds for every pixel of the output where pools are
not padded; zeros around the currents would have no bias, which no convolution gives.
"""

from __future__ import annotations

import math

import numpy as np

from paradigms.snn.connections.pooling import Window
from paradigms.snn.layered import Kernel


def folded(weight: np.ndarray, kernel: Kernel, window: Window) -> tuple[np.ndarray, Kernel]:
    """Fold the sums over unpadded windows of what a convolution gives into the convolution.

    Args:
        weight: ``[rows, columns, inputs, outputs]``.
        kernel: The convolution's kernel, its padding given in numbers.
        window: The window over which the sums run.

    Returns:
        Weights, float64, and their kernel. Biases are the convolution's times the pixels of a window.
    """
    rows, height, below = _places(kernel, window, 0)
    columns, width, beside = _places(kernel, window, 1)
    result = np.zeros((height, width, *weight.shape[2:]))
    for row in rows:
        for column in columns:
            result[np.ix_(row, column)] += weight
    stride = kernel.stride[0] * window.stride[0], kernel.stride[1] * window.stride[1]
    return result, Kernel((height, width), stride, kernel.padding, (below, beside), kernel.groups)


def _places(kernel: Kernel, window: Window, axis: int) -> tuple[np.ndarray, int, int]:
    """Where the weights of each application in a window stand along an axis, of how many places, how far apart."""
    size, stride, apart = window.size[axis], kernel.stride[axis], kernel.dilation[axis]
    spacing = math.gcd(stride if size > 1 else 0, apart if kernel.size[axis] > 1 else 0) or 1
    pixels = np.add.outer(np.arange(size) * stride, np.arange(kernel.size[axis]) * apart)
    return pixels // spacing, int(pixels.max()) // spacing + 1, spacing
