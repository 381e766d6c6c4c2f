"""Spiking networks beside the cheapest quantised network of their accuracy, paired by seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from eval.energy.trained_networks.rows import Group, NetworkBill
from eval.energy.trained_networks.trained import SPIKING, NetworkKind
from eval.statistics.equivalence import above
from eval.statistics.intervals import Interval, student


class Network(NamedTuple):
    """What all seeds of one network share."""

    task: str
    architecture: str
    kind: NetworkKind
    weight_bits: int
    activation_bits: int
    time_steps: int | None
    penalty: float
    exit_margin: float | None

    @property
    def spiking(self) -> bool:
        """Whether it computes with spikes."""
        return self.kind in SPIKING

    @property
    def label(self) -> str:
        """The network in a few words."""
        steps = f"{self.time_steps} steps" if self.spiking else f"{self.activation_bits}-bit activations"
        penalised = f", penalty {self.penalty:g}" if self.penalty else ""
        return f"{self.kind.replace('_', ' ')}, {steps}, {self.weight_bits}-bit weights{penalised}"


Runs = Mapping[int, NetworkBill]
"""A network's rows by seed."""


def networks(
    rows: Iterable[NetworkBill], model: str, group: Group, hops: float = 1.0
) -> dict[Network, dict[int, NetworkBill]]:
    """Gather the rows of each network.

    Args:
        rows: Rows of trained networks.
        model: The energy model.
        group: The layers that are charged.
        hops: The hops of the mapping.

    Returns:
        For each network its row of every seed, networks and seeds in ascending order. One of which some run costs
        nothing, because no neuron fires, is left out.
    """
    found: dict[Network, dict[int, NetworkBill]] = {}
    for row in rows:
        if (row.model, row.group, row.hops) == (model, group, hops):
            key = Network(
                row.task, row.architecture, row.kind, row.weight_bits, row.activation_bits, row.time_steps,
                row.penalty, row.exit_margin,
            )  # fmt: skip
            found.setdefault(key, {})[row.training_seed] = row
    costing = [key for key, runs in found.items() if all(row.energy_total > 0 for row in runs.values())]
    return {key: dict(sorted(found[key].items())) for key in sorted(costing, key=repr)}


def accurate(found: Mapping[Network, Runs], behind: float) -> dict[Network, Runs]:
    """Keep the networks that are not far less accurate than the best of their task, as one that a penalty silenced is.

    Args:
        found: Networks with their rows.
        behind: How far the mean accuracy may be below the best one's, as a share of the examples.
    """
    means = {key: float(np.mean([row.test_accuracy for row in runs.values()])) for key, runs in found.items()}
    best = {key.task: max(mean for other, mean in means.items() if other.task == key.task) for key in found}
    return {key: runs for key, runs in found.items() if means[key] >= best[key.task] - behind}


def shared(*runs: Runs) -> list[int]:
    """Return the seeds that several networks share."""
    return sorted(set.intersection(*(set(one) for one in runs)))


def energies(runs: Runs, seeds: Sequence[int]) -> Float[np.ndarray, " seeds"]:
    """Return the energies of a network's seeds."""
    return np.array([runs[seed].energy_total for seed in seeds])


def log_ratio(runs: Runs, others: Runs, comparisons: int = 1) -> Interval:
    """Return the mean logarithm of a network's energy in units of another's, paired by seed.

    Args:
        runs: The network.
        others: The other.
        comparisons: How many such intervals are to hold together.

    Raises:
        ValueError: They share fewer than two seeds.
    """
    seeds = shared(runs, others)
    return student(np.log(energies(runs, seeds) / energies(others, seeds)), comparisons)


def gain(runs: Runs, others: Runs, comparisons: int = 1) -> Interval:
    """Return the mean accuracy of a network less that of another, paired by seed.

    Args:
        runs: The network.
        others: The other.
        comparisons: How many such intervals are to hold together.

    Raises:
        ValueError: They share fewer than two seeds.
    """
    seeds = shared(runs, others)
    return student([runs[seed].test_accuracy - others[seed].test_accuracy for seed in seeds], comparisons)


@dataclass(frozen=True)
class Matched:
    """A spiking network beside the cheapest quantised network of its accuracy.

    Attributes:
        network: The spiking network.
        runs: Its rows by seed.
        partner: The quantised network; ``None`` where none is known to be as accurate.
        partner_runs: The rows of that network.
    """

    network: Network
    runs: Runs
    partner: Network | None
    partner_runs: Runs

    @property
    def rate(self) -> float:
        """Spikes per connection and step of the hidden layers, in the mean over seeds."""
        rates = [row.spike_rate for row in self.runs.values() if row.spike_rate is not None]
        return float(np.mean(rates))

    def ratio(self, comparisons: int = 1) -> Interval:
        """Return the mean logarithm of the spiking network's energy in units of the quantised one's."""
        return log_ratio(self.runs, self.partner_runs, comparisons)


def matched(found: Mapping[Network, Runs], tolerance: float, least_seeds: int) -> list[Matched]:
    """Hold each spiking network against the cheapest quantised network that is as accurate.

    A quantised network counts as accurate enough where the whole 95% interval of its accuracy less that of the spiking
    network is above minus the tolerance.

    Args:
        found: Networks with their rows.
        tolerance: The accuracy that may be lost, as a share of the examples.
        least_seeds: The fewest seeds that two networks must share.
    """
    quantised = {key: runs for key, runs in found.items() if not key.spiking}
    result = []
    for network, runs in found.items():
        if not network.spiking:
            continue
        possible = {
            key: own
            for key, own in quantised.items()
            if key.task == network.task
            and len(shared(runs, own)) >= least_seeds
            and above(*gain(own, runs)[1:], -tolerance)
        }
        partner = min(possible, key=lambda key: -log_ratio(runs, possible[key]).mean, default=None)
        result.append(Matched(network, runs, partner, possible[partner] if partner is not None else {}))
    return result
