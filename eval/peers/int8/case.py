"""Makes the case where it is used, for its arrays are too large for a line of JSON; and the product, by NumPy.

Inputs are whole numbers from 0 to 127, as after a ReLU, so that signed and unsigned bytes hold the same; weights are
from -127 to 127. One input and one weight are the largest there are, so that a step size of 1 is what every library
finds. Products of bytes are added in float64, which is exact.
"""

import numpy as np


def make(product, size, batch, side, kernel, seed):
    draw = np.random.default_rng(seed)
    images = product == "convolution"
    inputs = draw.integers(0, 128, (batch, side, side, size) if images else (size, size)).astype(np.int8)
    weights = draw.integers(-127, 128, (3, 3, size, size) if images else (size, size)).astype(np.int8)
    inputs.flat[0] = weights.flat[0] = 127
    # The wanted type of sums holds them all: 127 · 127 · (terms of a sum) is below 2^31.
    expected = (convolution(inputs, weights) if images else inputs.astype(float) @ weights.astype(float)).astype(int)
    return {"kernel": kernel, "inputs": inputs, "weights": weights, "expected": expected}


def convolution(inputs, weights):
    """3 × 3, stride 1, zeros around: ``[batch, rows, columns, channels]`` and ``[3, 3, channels, outputs]``."""
    _, rows, columns, _ = inputs.shape
    padded = np.pad(inputs.astype(float), ((0, 0), (1, 1), (1, 1), (0, 0)))
    terms = [
        padded[:, row : row + rows, column : column + columns] @ weights[row, column].astype(float)
        for row in range(3)
        for column in range(3)
    ]
    return np.sum(terms, axis=0)
