"""Tables of the study of precision whose outcome is known by construction."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from eval.claims.c08 import JUDGED
from eval.energy.trained_networks.rows import GROUPS, FloatingPoint, NetworkBill
from eval.energy.trained_networks.trained import NetworkKind
from eval.rows import Row
from eval.studies.precision.config import Config
from eval.studies.precision.rows import Agreement

SEEDS = 8
ACCURACY = 0.98
PRICE = 1000.0
"""The energy of the cheapest quantised network that is accurate, under every model."""
QUANTISED = {(1, 1): (0.01, 0.9), (4, 2): (1.0, ACCURACY), (4, 4): (1.5, ACCURACY), (8, 8): (2.0, ACCURACY)}
"""Bits of weights and activations, with the price in units of that and the accuracy: the cheapest is not accurate."""
SPIKING: tuple[tuple[NetworkKind, int], ...] = (
    ("twin_synchronous", 1), ("twin_stepwise", 1), ("direct", 1), ("direct", 2), ("twin_synchronous", 3),
    ("twin_stepwise", 3), ("direct", 8),
)  # fmt: skip
TWINS = [(kind, steps) for kind, steps in SPIKING if kind in ("twin_synchronous", "twin_stepwise")]
IDLE_GAIN = -2.0
"""Of spiking networks under a penalty, which never fare best."""
Gains = Mapping[int, float]
"""What spiking gains in the logarithm of energy, by time steps."""


def table(
    *,
    gains: Mapping[str, Gains | float] | None = None,
    changes: Mapping[int, float] | None = None,
    changed: Mapping[int, int] | None = None,
    losses: Mapping[int, float] | None = None,
    lead: float = 0.0,
    noise: float = 0.02,
    seeds: int = SEEDS,
) -> list[Row]:
    """Make a table.

    Args:
        gains: What spiking gains beside the cheapest accurate quantised network, by model, and by time steps where
            they differ; in hidden layers. Of the whole the sign is the other one.
        changes: What is added to the accuracy of networks of so many bits, beside floating point.
        changed: The images to which synchronous twins of so many steps give another class, for each seed.
        losses: The accuracy that stepwise twins of so many steps lose.
        lead: What spiking networks are more accurate by than quantised ones.
        noise: How far seeds are from each other, in logarithms of energies; of accuracies a tenth of it.
        seeds: The number of seeds.
    """
    rows: list[Row] = []
    for seed in range(seeds):
        # Deviations that add up to 0 over the seeds.
        turn = noise * (seed - (seeds - 1) / 2)
        rows.append(
            FloatingPoint(
                task="digits",
                architecture="mlp",
                training_seed=seed,
                penalty=0.0,
                test_accuracy=ACCURACY,
                train_seconds=1.0,
            )
        )
        for model in JUDGED:
            for (weight_bits, bits), (price, accuracy) in QUANTISED.items():
                change = (changes or {}).get(bits, 0.0) if weight_bits == bits else 0.0
                deviation = turn / 10 if change and weight_bits == bits else 0.0
                rows += _bills("quantised", model, seed, bits, None, accuracy + change + deviation, price, weight_bits)
            own = (gains or {}).get(model, -0.5)
            for kind, steps in SPIKING:
                gain = own.get(steps, -0.5) if isinstance(own, Mapping) else own
                accuracy = ACCURACY + lead
                for penalty, one in ((0.0, gain + turn), (1.0, IDLE_GAIN + turn)):
                    bits = math.ceil(math.log2(steps + 1))
                    rows += _bills(kind, model, seed, bits, steps, accuracy, math.exp(-one), 4, penalty)
        for kind, steps in TWINS:
            synchronous = kind == "twin_synchronous"
            rows.append(
                Agreement(
                    kind="twin_synchronous" if synchronous else "twin_stepwise",
                    training_seed=seed,
                    weight_bits=4,
                    time_steps=steps,
                    penalty=0.0,
                    images=100,
                    changed=(changed or {}).get(steps, 0) if synchronous else 3,
                    lost=0.0 if synchronous else (losses or {}).get(steps, 0.0) + turn / 10 * (steps > 1),
                )
            )
    return rows


def _bills(
    kind: NetworkKind,
    model: str,
    seed: int,
    bits: int,
    steps: int | None,
    accuracy: float,
    price: float,
    weight_bits: int,
    penalty: float = 0.0,
) -> list[NetworkBill]:
    return [
        NetworkBill(
            task="digits",
            architecture="mlp",
            kind=kind,
            training_seed=seed,
            weight_bits=weight_bits,
            activation_bits=bits,
            time_steps=steps,
            mean_steps=None if steps is None else float(steps),
            latency_steps=steps,
            penalty=penalty,
            exit_margin=None,
            test_accuracy=accuracy,
            group=group,
            spike_rate=None,
            events_per_synapse=0.1,
            model=model,
            technology="",
            hops=1.0,
            unit="pJ",
            energy_total=PRICE * (price if group == "hidden" else 1 / price),
            energy_compute=None,
            energy_weight=None,
            energy_state=None,
            energy_movement=None,
            energy_address=None,
            train_seconds=1.0,
        )
        for group in GROUPS
    ]


def without(rows: list[Row], lost: Callable[[Row], bool]) -> list[Row]:
    """Drop the rows that are lost."""
    return [row for row in rows if not lost(row)]


def _uncharged(model: str) -> list[Row]:
    return without(table(), lambda row: isinstance(row, NetworkBill) and row.model == model)


CONFIG = Config()
OTHER = {"yan2024": "bit_budget", "bit_budget": "yan2024"}
NO_REFERENCE = without(table(), lambda row: isinstance(row, FloatingPoint))
NO_TWINS = without(table(), lambda row: isinstance(row, Agreement))


def _quantised(model: str) -> dict[str, tuple[list[Row], Config]]:
    return {
        # What the other model says is not asked, nor what is gained at a single step.
        "holds": (table(gains={model: {1: 0.5, 2: -0.3, 3: -0.4, 8: -0.6}, OTHER[model]: 0.5}), CONFIG),
        "fails": (table(gains={model: {2: 0.2}, OTHER[model]: -0.5}), CONFIG),
        "undecided": (table(gains={model: {2: -0.1}, OTHER[model]: -0.5}), CONFIG),
        "not measured": (table(seeds=SEEDS - 1), CONFIG),
    }


def _spiking(model: str) -> dict[str, tuple[list[Row], Config]]:
    return {
        "holds": (table(gains={model: {1: -0.5, 2: 0.3, 3: 0.4, 8: 0.6}, OTHER[model]: -0.5}), CONFIG),
        "fails": (table(gains={model: {1: 0.5, 2: 0.5, 3: 0.5, 8: -0.2}, OTHER[model]: 0.5}), CONFIG),
        "undecided": (table(gains={model: {2: 0.5, 3: 0.5, 8: 0.1}, OTHER[model]: 0.5}), CONFIG),
        "not measured": (_uncharged(model), CONFIG),
    }


def _accurate(bits: int, tolerance: float) -> dict[str, tuple[list[Row], Config]]:
    other = {4: 8, 8: 4}[bits]
    return {
        "holds": (table(changes={bits: -tolerance / 3, other: -0.5}, noise=0.001), CONFIG),
        # More accurate is not as accurate either.
        "fails": (table(changes={bits: 3 * tolerance}), CONFIG),
        "undecided": (table(changes={bits: -tolerance}), CONFIG),
        "not measured": (NO_REFERENCE, CONFIG),
    }


TABLES = {
    **{f"C8.quantised_{model}": _quantised(model) for model in JUDGED},
    **{f"C8.spiking_{model}": _spiking(model) for model in JUDGED},
    "C8.eight_bits": _accurate(8, 0.003),
    "C8.four_bits": _accurate(4, 0.01),
    "C8.synchronous": {
        "holds": (table(), CONFIG),
        "fails": (table(changed={3: 1}, seeds=SEEDS - 1), CONFIG),
        "undecided": (table(seeds=SEEDS - 1), CONFIG),
        "not measured": (NO_TWINS, CONFIG),
    },
    "C8.stepwise": {
        "holds": (table(losses={3: -0.01}), CONFIG),
        "fails": (table(losses={3: 0.03}), CONFIG),
        "undecided": (table(losses={3: 0.005}), CONFIG),
        "not measured": (NO_TWINS, CONFIG),
    },
}
