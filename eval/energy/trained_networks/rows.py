"""Rows that every study of energy measures: trained networks with their bills, and accuracies in floating point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from eval.energy.trained_networks.trained import NetworkKind
from eval.rows import Row

Group: TypeAlias = Literal["hidden", "whole"]
"""Layers of a network: those that receive spikes in the spiking network, or all of them."""
GROUPS: tuple[Group, ...] = ("hidden", "whole")


@dataclass(frozen=True, kw_only=True)
class NetworkBill(Row):
    """What one inference of a trained network costs under one model, in the mean over the test images.

    Attributes:
        task: The task.
        architecture: The kind of layers.
        kind: How the network computes.
        training_seed: The seed of its initial parameters and of the order of the batches.
        weight_bits: Bits of a weight.
        activation_bits: Bits of a quantised activation, or those that the time steps of a spiking network stand for.
        time_steps: T; ``None`` of a quantised network.
        mean_steps: Time steps that an example took, in the mean; ``None`` of a quantised network.
        latency_steps: Time steps until the answer is there; ``None`` of a quantised network.
        penalty: The weight of activity in the loss.
        exit_margin: The lead of the first class over the second, in sums of read-out potentials over the steps, at
            which an example stops; ``None`` where all take all steps.
        test_accuracy: The share of the test images that it got right.
        group: The layers that are charged.
        spike_rate: Spikes per connection and step of these layers; ``None`` of a quantised network, and of the whole,
            whose first layer receives no spikes.
        events_per_synapse: Events per connection and inference of these layers: spikes, or activations other than 0.
        model: The energy model.
        technology: Its prices; empty where the model has none.
        hops: The mean number of hops that a bit travels.
        unit: The unit of all that follows but the seconds, such as ``pJ``.
        energy_total: The sum of the parts that the model knows.
        energy_compute, energy_weight, energy_state, energy_movement, energy_address: The parts; ``None`` where the
            model does not know one.
        train_seconds: Seconds that its training took.
    """

    part: ClassVar[str] = "networks"

    task: str
    architecture: str
    kind: NetworkKind
    training_seed: int
    weight_bits: int
    activation_bits: int
    time_steps: int | None
    mean_steps: float | None
    latency_steps: int | None
    penalty: float
    exit_margin: float | None
    test_accuracy: float
    group: Group
    spike_rate: float | None
    events_per_synapse: float
    model: str
    technology: str
    hops: float
    unit: str
    energy_total: float
    energy_compute: float | None
    energy_weight: float | None
    energy_state: float | None
    energy_movement: float | None
    energy_address: float | None
    train_seconds: float


@dataclass(frozen=True, kw_only=True)
class FloatingPoint(Row):
    """The same network in floating point: what quantised networks are held against.

    Attributes:
        task: The task.
        architecture: The kind of layers.
        training_seed: The seed of its initial parameters and of the order of the batches.
        penalty: The weight of activity in the loss.
        test_accuracy: The share of the test images that it got right.
        train_seconds: Seconds that its training took.
    """

    part: ClassVar[str] = "references"

    task: str
    architecture: str
    training_seed: int
    penalty: float
    test_accuracy: float
    train_seconds: float
