"""Kernels and windows of a graph, rows before columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import nir
import numpy as np

from paradigms.interface import require
from paradigms.snn.connections.pooling import Pair, Window
from paradigms.snn.exchange.traversal import Traversal, array_of
from paradigms.snn.layered import Kernel

Pool = nir.SumPool2d | nir.AvgPool2d
MOST_SUMMED = 255
"""Spikes in a window: sums of them are kept in a byte."""


def kernel_of(name: str, node: nir.Conv2d, shape: tuple[int, ...]) -> tuple[Kernel, tuple[int, ...]]:
    """Read the kernel of a convolution of images of a shape, and the shape that it leads to.

    NIR defines convolutions by the output's size, ``⌊(size + 2 padding - dilation (kernel - 1) - 1) / stride⌋ + 1``,
    and ``padding=same`` by that of the input, which no stride other than 1 gives.
    """
    require(
        np.ndim(node.weight) == 4,
        f"the graph's {name} has weights of shape {list(np.shape(node.weight))}; they must be [outputs, inputs, rows, "
        "columns]",
    )
    outputs, inputs, rows, columns = np.shape(node.weight)
    groups = array_of(node.groups)
    require(
        groups is not None
        and groups.size == 1
        and groups.dtype.kind in "iuf"
        and groups.item() >= 1
        and outputs % groups.item() == 0,
        f"the graph's {name} has groups={node.groups}; it must be one whole number that divides its {outputs} outputs",
    )
    assert groups is not None
    inputs *= int(groups.item())
    require(
        len(shape) == 3 and shape[2] == inputs,
        f"the graph's {name} takes {inputs} channels and receives {list(shape)} [height, width, channels]",
    )
    stride, dilation = _pair(name, "stride", node.stride, 1), _pair(name, "dilation", node.dilation, 1)
    reach = dilation[0] * (rows - 1), dilation[1] * (columns - 1)
    if isinstance(node.padding, str) and node.padding == "same":
        require(
            stride == (1, 1),
            f"the graph's {name} has padding=same and stride={list(stride)}, which together have no meaning; give the "
            "padding as a number",
        )
        padding = _around(reach)
    else:
        top, left = _pair(name, "padding", 0 if isinstance(node.padding, str) else node.padding, 0)
        padding = (top, top), (left, left)
    height, width = (
        (size + sum(around) - far - 1) // step + 1
        for size, around, far, step in zip(shape[:2], padding, reach, stride, strict=True)
    )
    _require_some(name, (height, width), shape)
    return Kernel((rows, columns), stride, padding, dilation, int(groups.item())), (height, width, outputs)


def settled(kernel: Kernel) -> Kernel:
    """Give a kernel without padding in numbers, where its padding keeps the size of images."""
    reach = kernel.dilation[0] * (kernel.size[0] - 1), kernel.dilation[1] * (kernel.size[1] - 1)
    keeps = kernel.stride == (1, 1) and kernel.padding == _around(reach)
    return replace(kernel, padding=None) if keeps else kernel


def _around(reach: Pair) -> tuple[Pair, Pair]:
    """Padding that keeps the size of images; an odd row or column comes after."""
    return (reach[0] // 2, reach[0] - reach[0] // 2), (reach[1] // 2, reach[1] - reach[1] // 2)


def window_of(traversal: Traversal, shape: tuple[int, ...]) -> tuple[str, Pool, Window, tuple[int, ...]]:
    """Take the next node, which pools: its name, itself, its windows, and the shape that it leads to.

    The sizes of what pooling leaves are rounded down, as PyTorch's are unless it is told otherwise.
    """
    name, node = traversal.take()
    assert isinstance(node, Pool)
    require(len(shape) == 3, f"the graph's {name} pools what is no image, {list(shape)}")
    size, stride = _pair(name, "kernel_size", node.kernel_size, 1), _pair(name, "stride", node.stride, 1)
    window = Window(size, stride, _pair(name, "padding", node.padding, 0))
    height, width = window.output_size(shape[0], shape[1])
    _require_some(name, (height, width), shape)
    return name, node, window, (height, width, shape[2])


def pooling_of(traversal: Traversal, shape: tuple[int, ...]) -> tuple[int, Window | None, float, tuple[int, ...]]:
    """Take the next node, which pools spikes.

    Returns:
        The side of squares or 1, windows or ``None``, what multiplies their sums, and the shape that it leads to.
    """
    name, node, window, after = window_of(traversal, shape)
    if isinstance(node, nir.SumPool2d) and isinstance(traversal.peek(), nir.Threshold):
        return _whether_any(traversal, name, window), None, 1.0, after
    area = window.size[0] * window.size[1]
    require(
        area <= MOST_SUMMED,
        f"the graph's {name} pools {area} spikes at once; here at most {MOST_SUMMED} are",
    )
    require(
        isinstance(node, nir.SumPool2d) or window.padding == (0, 0),
        f"the graph's {name} has padding={list(window.padding)}, and NIR does not say whether an average counts it; "
        "use SumPool2d and divide the weights after it",
    )
    return 1, window, 1.0 if isinstance(node, nir.SumPool2d) else 1 / area, after


def _whether_any(traversal: Traversal, name: str, window: Window) -> int:
    """The side of squares of which a threshold says whether any spike is in them."""
    side = window.size[0]
    require(
        window == Window((side, side), (side, side)),
        f"the graph's {name} has kernel_size={list(window.size)}, stride={list(window.stride)}, "
        f"padding={list(window.padding)} before a Threshold; here images are pooled over squares that neither overlap "
        "nor leave gaps",
    )
    above, threshold = traversal.take()
    assert isinstance(threshold, nir.Threshold)
    values = np.asarray(threshold.threshold)
    require(
        bool(np.all((values >= 0) & (values < 1))),
        f"the graph's {name} is followed by {above}, not by a Threshold in [0, 1); here pooled spikes say whether any "
        "fired",
    )
    return side


def _pair(name: str, what: str, value: Any, least: int) -> Pair:
    """Two whole numbers, or one for both."""
    found = array_of(value)
    values = np.zeros(0) if found is None else np.ravel(found)
    require(
        values.size in (1, 2) and values.dtype.kind in "iuf" and bool(np.all((values >= least) & (values % 1 == 0))),
        f"the graph's {name} has {what}={value}; it must be one or two whole numbers of {least} or more",
    )
    return int(values[0]), int(values[-1])


def _require_some(name: str, left: Pair, shape: tuple[int, ...]) -> None:
    require(min(left) >= 1, f"the graph's {name} leaves nothing of images of {list(shape[:2])} pixels")
