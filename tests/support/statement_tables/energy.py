"""Tables of the study of energy whose outcome is known by construction."""

from __future__ import annotations

from dataclasses import replace

from eval.energy.trained_networks.rows import GROUPS, NetworkBill
from eval.rows import Row
from eval.studies.energy.config import Config
from eval.studies.energy.rows import BreakEven

SEEDS = 8
CONFIG = Config()
QUANTISED = 100.0
"""Energy of the hidden layers of the quantised network that is as accurate as all spiking ones."""
FIRST = 50.0
"""What the first layer adds on both sides."""


def network(
    kind="direct", *, ratio=1.0, rate=0.1, penalty=1.0, weight_bits=4, time_steps=5, margin=None, accuracy=0.95,
    noise=0.002, seeds=SEEDS, first=FIRST,
) -> list[NetworkBill]:  # fmt: skip
    """Rows of one network of ``ratio`` times the quantised energy."""
    rows = []
    for seed in range(seeds):
        # Deviations whose mean is 0, which the quantised network does not share.
        turn = (seed * 3 % 8 - 3.5) / 3.5
        hidden = QUANTISED * ratio * (1 + (noise * turn if kind != "quantised" else 0))
        for group in GROUPS:
            rows.append(
                NetworkBill(
                    task="digits", architecture="mlp", kind=kind, training_seed=seed, weight_bits=weight_bits,
                    activation_bits=3, time_steps=None if kind == "quantised" else time_steps,
                    mean_steps=None if kind == "quantised" else float(time_steps),
                    latency_steps=None if kind == "quantised" else time_steps, penalty=penalty, exit_margin=margin,
                    test_accuracy=accuracy, group=group,
                    spike_rate=rate if kind != "quantised" and group == "hidden" else None, events_per_synapse=0.5,
                    model="yan2024", technology="yan_22nm", hops=1.0, unit="pJ",
                    energy_total=hidden + (first if group == "whole" else 0), energy_compute=None, energy_weight=None,
                    energy_state=None, energy_movement=None, energy_address=None, train_seconds=1.0,
                )
            )  # fmt: skip
    return rows


def several(*ratios, rate, weight_bits=4, penalty=1.0, **how) -> list[Row]:
    """A network for each ratio, told apart by its penalty or margin, beside quantised ones.

    One of the quantised networks is as accurate, another is cheaper and less accurate, and a third is dearer.
    """
    rows: list[Row] = network("quantised", penalty=0.0)
    rows += network("quantised", ratio=0.01, accuracy=0.9, penalty=7.0)
    rows += network("quantised", ratio=50.0, penalty=8.0)
    for place, ratio in enumerate(ratios):
        rows += network(ratio=ratio, rate=rate, weight_bits=weight_bits, penalty=penalty, margin=place + 1.0, **how)
    return rows


def _necessary(weight_bits: int):
    own = {"rate": 0.1, "weight_bits": weight_bits}
    # What fires less, takes other steps or has other weights is not asked.
    others = [
        *network(ratio=0.1, rate=0.01, weight_bits=weight_bits, penalty=5.0),
        *network(ratio=0.1, rate=0.1, weight_bits=weight_bits, time_steps=3),
        *network(ratio=0.1, rate=0.1, weight_bits=12 - weight_bits),
    ]
    return {
        "holds": ([*several(1.5, 2.0, 3.0, **own), *others], CONFIG),
        "fails": (several(1.5, 0.7, 3.0, **own), CONFIG),
        "undecided": (several(1.5, 1.0, 3.0, **own), CONFIG),
        "not measured": (several(1.5, 2.0, **own), CONFIG),
    }


def _sufficient(weight_bits: int):
    own = {"rate": 0.03, "weight_bits": weight_bits}
    others = network(ratio=9.0, rate=0.2, weight_bits=weight_bits, penalty=5.0)
    return {
        "holds": ([*several(0.5, 0.7, 0.9, **own), *others], CONFIG),
        "fails": (several(0.5, 1.3, 0.9, **own), CONFIG),
        "undecided": (several(0.5, 1.0, 0.9, **own), CONFIG),
        # Seven seeds are too few.
        "not measured": (several(0.5, 0.7, 0.9, seeds=7, **own), CONFIG),
    }


def break_even(rate, *, inferred=0.05, time_steps=5, **how) -> BreakEven:
    """A point of the map whose band is a share of the rate wide."""
    known = 0.0 if rate is None else rate
    spread = (known * (1 - inferred), known * (1 + inferred))
    return BreakEven(
        time_steps=time_steps, weight_bits=4, hops=1.0, eta=12.0, sources=4096, rate=rate, inferred_low=spread[0],
        inferred_high=spread[1], published_low=spread[0] / 2, published_high=2 * spread[1],
    )  # fmt: skip


TABLES = {
    **{f"C7.necessary_{bits}": _necessary(bits) for bits in (4, 8)},
    **{f"C7.sufficient_{bits}": _sufficient(bits) for bits in (4, 8)},
    "C7.without_penalty": {
        "holds": ([*several(1.5, 2.0, 3.0, rate=0.01, penalty=0.0, time_steps=3), *network(ratio=0.1)], CONFIG),
        "fails": (several(1.5, 0.5, 3.0, rate=0.1, penalty=0.0), CONFIG),
        "undecided": (several(1.5, 1.0, 3.0, rate=0.1, penalty=0.0), CONFIG),
        "not measured": (several(1.5, 2.0, 3.0, rate=0.1, penalty=1.0), CONFIG),
    },
    "C7.first_layer": {
        "holds": (several(1.5, 0.7, 3.0, rate=0.1), CONFIG),
        # The spiking network's first layer costs more than all that its hidden layers save.
        "fails": ([*several(1.5, 0.7, rate=0.1), *network(ratio=0.5, margin=9.0, first=150.0)], CONFIG),
        "undecided": (several(1.5, 1.0, 3.0, rate=0.1), CONFIG),
        "not measured": (several(1.5, 0.7, rate=0.1), CONFIG),
    },
    "C7.one_rate": {
        "holds": ([break_even(0.06), break_even(0.07), break_even(0.3, time_steps=1)], CONFIG),
        "fails": ([break_even(0.06), break_even(0.02)], CONFIG),
        "undecided": ([break_even(0.06), break_even(0.095, inferred=0.2)], CONFIG),
        "not measured": ([break_even(0.06, time_steps=3)], CONFIG),
    },
}
NO_RATE = [replace(break_even(0.06), rate=None, inferred_low=0.0, inferred_high=0.0)]
"""A map on which a silent network costs more already."""
