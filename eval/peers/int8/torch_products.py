"""PyTorch: float32, the linear layer that quantises its inputs on the way (dynamic), a bare product of bytes."""

# Installed only in an environment of its own (see environments.py), not where types are checked.
# pyright: reportMissingImports=false

import numpy as np
import torch

PACKAGES = ("torch",)
DTYPE = "float32 or int8"
STEP = 2**12
"""Of the bytes that the quantised convolution returns: a power of two, by which the division is exact."""


def compile(kernel, inputs, weights, expected):
    torch.set_grad_enabled(False)
    product, expected = PRODUCTS[kernel](torch.from_numpy(inputs), torch.from_numpy(weights), expected)
    wrong = int(np.count_nonzero(np.asarray(product()) != expected))

    def step():
        product()
        return (wrong,)

    return step, None


def matmul(inputs, weights, expected):
    inputs, weights = inputs.float(), weights.float()
    return lambda: inputs @ weights, expected


def linear_dynamic(inputs, weights, expected):
    quantised = torch.quantize_per_tensor(weights.T.float(), 1.0, 0, torch.qint8)
    packed, inputs = torch.ops.quantized.linear_prepack(quantised, None), inputs.float()
    # As torch.ao.nn.quantized.dynamic.Linear calls it.
    return lambda: torch.ops.quantized.linear_dynamic(inputs, packed, reduce_range=True), expected


def int_mm(inputs, weights, expected):
    return lambda: torch._int_mm(inputs, weights), expected


def conv2d(inputs, weights, expected):
    # Views whose channels lie next to each other in memory ("channels last").
    inputs, weights = inputs.float().permute(0, 3, 1, 2), weights.float().permute(3, 2, 0, 1)
    weights = weights.contiguous(memory_format=torch.channels_last)
    product = torch.nn.functional.conv2d
    return lambda: product(inputs, weights, padding=1), expected.transpose(0, 3, 1, 2)


def quantized_conv2d(inputs, weights, expected):
    inputs = torch.quantize_per_tensor(inputs.float().permute(0, 3, 1, 2), 1.0, 0, torch.quint8)
    quantised = torch.quantize_per_tensor(weights.float().permute(3, 2, 0, 1).contiguous(), 1.0, 0, torch.qint8)
    packed = torch.ops.quantized.conv2d_prepack(quantised, None, [1, 1], [1, 1], [1, 1], 1)
    returned = np.clip(np.rint(expected / STEP) + 128, 0, 255)
    product = torch.ops.quantized.conv2d
    return lambda: product(inputs, packed, float(STEP), 128).int_repr(), returned.transpose(0, 3, 1, 2)


PRODUCTS = {
    "matmul": matmul,
    "linear_dynamic": linear_dynamic,
    "_int_mm": int_mm,
    "conv2d": conv2d,
    "quantized.conv2d": quantized_conv2d,
}
