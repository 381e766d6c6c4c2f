"""Trained networks charged under models: rows, of their hidden layers and of the whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eval.energy.activity import Activity
from eval.energy.mapping import Mapping
from eval.energy.models import energy
from eval.energy.trained_networks.quantised import Reference
from eval.energy.trained_networks.rows import GROUPS, FloatingPoint, Group, NetworkBill
from eval.energy.trained_networks.trained import Trained
from training.errors import BadInput


def bills(trained: Trained, task: str, models: Sequence[str], mapping: Mapping) -> list[NetworkBill]:
    """Charge a trained network for one inference, in the mean over the test images.

    Args:
        trained: The network, with what its layers did.
        task: The name of the task.
        models: Names of energy models.
        mapping: How the network is laid out.

    Returns:
        A row for each model, of the hidden layers and of the whole.

    Raises:
        BadInput: An unknown model, or no layer that receives spikes or quantised activations.
    """
    return [_bill(trained, task, model, mapping, group) for model in models for group in GROUPS]


def references(trained: Sequence[Reference], task: str, architecture: str) -> list[FloatingPoint]:
    """Make rows of networks in floating point.

    Args:
        trained: The networks.
        task: The name of the task.
        architecture: Their kind of layers.
    """
    return [
        FloatingPoint(
            task=task,
            architecture=architecture,
            training_seed=one.seed,
            penalty=one.penalty,
            test_accuracy=float(one.correct.mean()),
            train_seconds=one.train_seconds,
        )
        for one in trained
    ]


def layers_of(trained: Trained, group: Group) -> tuple[Activity, ...]:
    """Return the layers of a group.

    Raises:
        BadInput: There is none.
    """
    found = tuple(one for one in trained.layers if group == "whole" or not one.constant_input)
    if not found:
        raise BadInput(f"the {trained.kind} network has no {group} layers; give it a hidden layer")
    return found


def _bill(trained: Trained, task: str, model: str, mapping: Mapping, group: Group) -> NetworkBill:
    layers = layers_of(trained, group)
    bill = energy(layers, model, mapping)
    spiking = trained.time_steps is not None
    connections = sum(one.synapses for one in layers)
    operations = sum(float(one.operations.mean()) for one in layers)
    # Steps are the same of all layers: an example takes them, or stops early, as a whole.
    steps = float(np.mean(layers[-1].steps))
    slots = sum(one.synapses * float(one.steps.mean()) for one in layers)
    return NetworkBill(
        task=task,
        architecture=trained.architecture,
        kind=trained.kind,
        training_seed=trained.seed,
        weight_bits=trained.weight_bits,
        activation_bits=trained.activation_bits,
        time_steps=trained.time_steps,
        mean_steps=steps if spiking else None,
        latency_steps=trained.latency_steps,
        penalty=trained.penalty,
        exit_margin=trained.exit_margin,
        test_accuracy=float(trained.correct.mean()),
        group=group,
        spike_rate=operations / slots if spiking and group == "hidden" else None,
        events_per_synapse=operations / connections,
        model=bill.model,
        technology=bill.technology,
        hops=float(mapping.hops),
        unit=bill.unit,
        energy_total=bill.total,
        energy_compute=bill.compute,
        energy_weight=bill.weight,
        energy_state=bill.state,
        energy_movement=bill.movement,
        energy_address=bill.address,
        train_seconds=trained.train_seconds,
    )
