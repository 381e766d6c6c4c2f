"""Layers one after the other."""

from __future__ import annotations

from typing import Any

import equinox as eqx
from jaxtyping import Array

from paradigms.snn.layers.layer import FanOut, Pass, Population, TimeBlock


class Chain(eqx.Module):
    """Layers one after the other; with ``residual``, what enters is added to what comes out.

    The sum of spikes and spikes is 0, 1 or 2 (Fang et al., NeurIPS 2021: SEW ResNet with the ADD function).
    """

    layers: tuple[Any, ...]
    residual: bool = eqx.field(static=True, default=False)

    def initial_state(self, batch: int, traced_shape: tuple[int, ...] | None) -> tuple:
        """Return the state before the first step."""
        states = []
        for layer in self.layers:
            states.append(layer.initial_state(batch, traced_shape))
            traced_shape = None if traced_shape is None else layer.output_shape
        return tuple(states)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Return the shape that leaves the layer, without batch axes."""
        return self.layers[-1].output_shape

    @property
    def binary(self) -> bool:
        """Return whether what leaves is 0 or 1."""
        return not self.residual and self.layers[-1].binary

    def populations(self, binary: bool) -> tuple[Population, ...]:
        """Return the populations of neurons, in order."""
        found: tuple[Population, ...] = ()
        for layer in self.layers:
            found += layer.populations(binary)
            binary = layer.binary
        return found

    def fan_out(self) -> tuple[FanOut, ...]:
        """Return how many synapses each input drives."""
        return sum((layer.fan_out() for layer in self.layers), ())

    def __call__(self, inputs: Array, state: tuple, fan_out: tuple[FanOut, ...], block: TimeBlock) -> Pass:
        """Apply the layers one after the other; see :mod:`paradigms.snn.layers`."""
        outputs, states, activity = inputs, [], ()
        for layer, layer_state in zip(self.layers, state, strict=True):
            own = fan_out[len(activity) : len(activity) + len(layer.populations(True))]
            outputs, layer_state, done = layer(outputs, layer_state, own, block)
            states.append(layer_state)
            activity += done
        return Pass(inputs + outputs if self.residual else outputs, tuple(states), activity)
