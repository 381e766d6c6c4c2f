"""Networks in the mean of their seeds, and which of them no other beats in both accuracy and energy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.energy.trained_networks.matching import Network, Runs, networks
from eval.energy.trained_networks.rows import Group, NetworkBill


@dataclass(frozen=True)
class Point:
    """The runs of one network, charged under one model.

    Attributes:
        network: What they share.
        runs: The rows by seed.
    """

    network: Network
    runs: Runs

    @property
    def accuracy(self) -> float:
        """The mean test accuracy."""
        return float(np.mean([row.test_accuracy for row in self.runs.values()]))

    @property
    def energy(self) -> float:
        """The geometric mean of the energies, in the unit of the model."""
        return float(np.exp(np.mean(np.log([row.energy_total for row in self.runs.values()]))))


def charged(rows: Sequence[NetworkBill], model: str, group: Group) -> dict[Network, dict[int, NetworkBill]]:
    """Gather the runs of each network that costs anything.

    Args:
        rows: Bills, all at the same number of hops.
        model: The energy model.
        group: The layers that are charged.

    Returns:
        The runs of each network; see :func:`eval.energy.trained_networks.matching.networks`.
    """
    return networks(rows, model, group, rows[0].hops if rows else 1.0)


def points(rows: Sequence[NetworkBill], model: str, group: Group) -> list[Point]:
    """Return what :func:`charged` does, as points."""
    return [Point(one, runs) for one, runs in charged(rows, model, group).items()]


def front(found: Sequence[Point]) -> list[Point]:
    """Return the Pareto front, by ascending energy: no other point is as accurate, on average, for less."""
    kept: list[Point] = []
    for one in sorted(found, key=lambda point: (point.energy, -point.accuracy)):
        if not kept or one.accuracy > kept[-1].accuracy:
            kept.append(one)
    return kept


def in_words(network: Network) -> str:
    """Say what a network is, as it follows "spiking fares best" or stands for a quantised network."""
    times = f"{network.time_steps} step{'s' * (network.time_steps != 1)}"
    words = {
        "quantised": f"{network.weight_bits}-bit weights, {network.activation_bits}-bit activations,",
        "twin_synchronous": f"as a twin of {times} that is run layer by layer, with",
        "twin_stepwise": f"as a twin of {times} that is run step by step, with",
        "direct": f"trained with {times} and",
        "early_exit": f"trained with {times}, stopped at a margin of {network.exit_margin}, and",
    }[network.kind]
    return f"{words} penalty {network.penalty:g}"
