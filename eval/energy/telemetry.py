"""The energy of a network while it is trained: every event of the validation split, charged under a named model."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import numpy as np

from eval.energy.activity import Activity, joined
from eval.energy.mapping import Mapping
from eval.energy.models import MODELS, energy
from eval.energy.trained_networks.direct import step_activity
from eval.energy.trained_networks.quantised_activity import trained_activity
from eval.energy.trained_networks.training import in_chunks
from paradigms.interface import Paradigm, Variables
from paradigms.quantised import QuantisedParadigm
from paradigms.snn.model import SNN
from training.data.split import Split
from training.errors import BadInput
from training.measure import Measure

WHOLE, HIDDEN = "activity/energy_picojoule", "activity/hidden_energy_picojoule"
"""Picojoules per inference, of all layers and of those that receive spikes or levels."""
_ONE = np.ones(1)
_SMALLEST = Activity("hidden", "quantised", 1, 1, 1, 1, 1, 1, steps=_ONE, events=_ONE, operations=_ONE, fired=_ONE)


def energy_measure(paradigm: Paradigm, split: Split, model: str, hops: float = 1.0) -> Measure:
    """Make the measure of a network's energy, in the mean over the examples of a split.

    Args:
        paradigm: A spiking network, or a quantised one.
        split: The examples.
        model: The name of an energy model that gives picojoules.
        hops: The mean number of hops that a bit travels, where the model knows of them.

    Returns:
        The measure of :data:`WHOLE` and :data:`HIDDEN`.

    Raises:
        BadInput: The model is unknown or gives no picojoules, ``hops`` is negative, or the paradigm is another or in
            floating point.
        Unsupported: Not every event would be counted; see
            :func:`eval.energy.trained_networks.spiking_activity.require_countable`.
    """
    mapping = Mapping(hops)
    # One small layer tells of an unknown model, and what the unit is.
    smallest = energy([_SMALLEST], model, mapping)
    if smallest.unit != "pJ":
        raise BadInput(f"energy={model} counts {smallest.unit}, no picojoules; {_alternatives(mapping)}")
    layers_of = _meter(paradigm, split)

    def measure(variables: Variables) -> dict[str, float]:
        layers = layers_of(variables)
        hidden = [one for one in layers if not one.constant_input]
        return {name: energy(own, model, mapping).total for name, own in ((WHOLE, layers), (HIDDEN, hidden))}

    prices = f"the prices of {smallest.technology} at {mapping.hops:g} hops"
    return Measure((WHOLE, HIDDEN), measure, f"{WHOLE} and {HIDDEN} are of the model {model} with {prices}")


def _alternatives(mapping: Mapping) -> str:
    able = [name for name in MODELS if energy([_SMALLEST], name, mapping).unit == "pJ"]
    return f"use energy={' or energy='.join(able)}"


def _meter(paradigm: Paradigm, split: Split) -> Callable[[Variables], tuple[Activity, ...]]:
    """Compile what counts the events of a network, once for all evaluations."""
    if isinstance(paradigm, SNN):
        examples, counting = _inputs(split), step_activity(paradigm)
        return lambda variables: counting(variables, examples)
    if not isinstance(paradigm, QuantisedParadigm):
        raise BadInput(
            f"energy= is of paradigm=snn or paradigm=quantised; paradigm={paradigm.name} has neither spikes nor levels"
        )
    if paradigm.config.weight_bits is None:
        raise BadInput(
            "energy= is not modelled in floating point: set paradigm.weight_bits and paradigm.activation_bits"
        )
    running = jax.jit(lambda variables, x: paradigm.run(variables.params, variables.state, x))
    inputs = _inputs(split)

    def count(variables: Variables) -> tuple[Activity, ...]:
        parts = in_chunks(partial(running, variables), inputs)
        return joined([trained_activity(paradigm, jax.device_get(result), x) for x, result in parts])

    return count


def _inputs(split: Split) -> np.ndarray:
    return split.take(np.arange(len(split)))[0]
