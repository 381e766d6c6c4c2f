"""The kinds of neurons by name, and how the settings make a population of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from paradigms.snn.neurons import IF, LIF, AdaptiveLIF, Leak, Neuron, SynapticLIF

Shape = tuple[int, ...]


def leak(config: Any, shape: Shape, time_constant: float) -> Leak:
    """Make the decay of a population, from the settings and the time constant at the start, in steps."""
    return Leak(shape[-1] if config.decay_per == "neuron" else 1, time_constant)


def _if(config: Any, shape: Shape, shared: dict[str, Any]) -> Neuron:
    return IF(**shared)


def _lif(config: Any, shape: Shape, shared: dict[str, Any]) -> Neuron:
    return LIF(leak=leak(config, shape, config.time_constant), **shared)


def _adaptive(config: Any, shape: Shape, shared: dict[str, Any]) -> Neuron:
    adaptation = leak(config, shape, config.adaptation_time_constant)
    potential = leak(config, shape, config.time_constant)
    return AdaptiveLIF(leak=potential, adaptation=adaptation, strength=config.adaptation_strength, **shared)


def _synaptic(config: Any, shape: Shape, shared: dict[str, Any]) -> Neuron:
    synapse = leak(config, shape, config.synaptic_time_constant)
    return SynapticLIF(leak=leak(config, shape, config.time_constant), synapse=synapse, **shared)


NEURONS: dict[str, Callable[[Any, Shape, dict[str, Any]], Neuron]] = {
    "lif": _lif,
    "if": _if,
    "adaptive": _adaptive,
    "synaptic": _synaptic,
}
"""By name, what makes a population from the settings, its shape and what all neurons share."""
