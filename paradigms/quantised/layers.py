"""The layers of a network, and what each connects: fixed by the settings and the task, before any array exists."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int

from paradigms.interface import Spec, require
from paradigms.quantised.config import CHANNELS, Config

KERNEL = 3
"""Pixels along a side of a convolution's kernel; one pixel of zeros is added around its input."""


@dataclass(frozen=True)
class Layer:
    """A layer of neurons.

    Attributes:
        name: Its name among the parameters.
        inputs: Shape of an example that enters: ``(features,)`` or ``(height, width, channels)``.
        outputs: Shape of what goes out.
        stride: The stride of a convolution; ``None`` in a dense layer.
        hidden: Whether its outputs are activations; else they are logits.
    """

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    stride: int | None
    hidden: bool

    @property
    def kernel(self) -> tuple[int, ...]:
        """Shape of the weights: ``(inputs, outputs)`` or ``(height, width, inputs, outputs)``."""
        around = () if self.stride is None else (KERNEL, KERNEL)
        return (*around, self.inputs[-1], self.outputs[-1])

    @property
    def fan_in(self) -> int:
        """Weights of one neuron."""
        return math.prod(self.kernel[:-1])

    @property
    def neurons(self) -> int:
        """Neurons of one example."""
        return math.prod(self.outputs)

    @property
    def positions(self) -> int:
        """Positions at which each weight is used."""
        return math.prod(self.outputs[:-1])

    @cached_property
    def fan_out(self) -> Int[np.ndarray, "*inputs"]:
        """Connections of each input, those into the padding not among them."""
        if self.stride is None:
            return np.full(self.inputs, self.outputs[-1])
        reached = [_reached(size, self.stride) for size in self.inputs[:2]]
        per_pixel = np.multiply.outer(*reached) * self.outputs[-1]
        return np.broadcast_to(per_pixel[:, :, None], self.inputs)

    @property
    def synapses(self) -> int:
        """Connections of one example, which are also its dense multiply-accumulates."""
        return int(self.fan_out.sum())


def layers(config: Config, spec: Spec) -> tuple[Layer, ...]:
    """List the layers for a task, the read-out last.

    Raises:
        Unsupported: The task is language, its input is no array, or no image where the architecture needs one.
    """
    require(spec.kind != "language", "paradigm=quantised gives one prediction per example: text needs another paradigm")
    shape = tuple(getattr(spec.inputs, "shape", ()))
    require(len(shape) >= 1, "paradigm=quantised needs inputs that are one array per example, of at least one axis")
    return tuple(_layers(config, shape, spec.outputs))


def _layers(config: Config, shape: tuple[int, ...], outputs: int) -> Iterator[Layer]:
    if config.architecture != "mlp":
        require(
            len(shape) == 3,
            f"paradigm.architecture={config.architecture} needs images [height, width, channels], and inputs are of "
            f"shape {list(shape)}: use mlp",
        )
        for index, channels in enumerate(config.channels or CHANNELS[config.architecture]):
            halves = index % 2 == 1 if config.architecture == "vgg" else index > 0
            stride = 2 if halves else 1
            after = (*(-(-size // stride) for size in shape[:2]), channels)
            yield Layer(f"convolution_{index}", shape, after, stride, hidden=True)
            shape = after
    features = math.prod(shape)
    for index, neurons in enumerate((*config.hidden, outputs)):
        readout = index == len(config.hidden)
        yield Layer("readout" if readout else f"dense_{index}", (features,), (neurons,), None, hidden=not readout)
        features = neurons


def _reached(size: int, stride: int) -> Int[np.ndarray, " size"]:
    """Count, along one axis, the outputs that each input reaches."""
    found = np.zeros(size + 2, int)
    for output in range(-(-size // stride)):
        found[stride * output : stride * output + KERNEL] += 1
    return found[1:-1]
