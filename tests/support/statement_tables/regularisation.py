"""Tables of the study of regularisation whose outcome is known by construction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from eval.studies.regularisation.config import Config, DataSetName
from eval.studies.regularisation.rows import CIRCUIT, EARLY_STOPPING, NETWORK, NONE, RegulariserName, Run
from eval.studies.regularisation.verdict import REGULARISERS

DIGITS: DataSetName = "digits_3_8"
MANIFOLD: DataSetName = "hidden_manifold"
DATA_SETS = (DIGITS, MANIFOLD)
SEEDS = 7
PREFERRED = "l2"
"""What validation prefers in every table."""


def table(
    *,
    gains: Mapping[Any, float] | None = None,
    changes: Mapping[Any, float] | None = None,
    gap: float = 1.0,
    noise: float = 0.005,
    seeds: int = SEEDS,
) -> list[Run]:
    """Make a table.

    Validation prefers the stronger of two strengths; at the weaker every number would bring another outcome.

    Args:
        gains: What is gained in test accuracy over the circuit alone, by regulariser, or by data set and regulariser.
        changes: What is added to the gap of the circuit alone, in nats, likewise.
        gap: The test loss of the circuit alone less its training loss, in nats.
        noise: How far seeds are from each other.
        seeds: The number of seeds.
    """
    rows: list[Run] = []
    for data_set in DATA_SETS:
        for model, regulariser in ((CIRCUIT, NONE), *((CIRCUIT, one) for one in REGULARISERS), (NETWORK, NONE)):
            gain, change = (
                (known or {}).get((data_set, regulariser), (known or {}).get(regulariser, 0.0))
                for known in (gains, changes)
            )
            fixed = regulariser in (NONE, EARLY_STOPPING, "layerwise")
            for strength in (0.2,) if fixed else (0.1, 0.2):
                for seed in range(seeds):
                    # Every regulariser has its own order of the same deviations, whose mean is 0 over seven seeds.
                    turn = seed * (1 + REGULARISERS.index(regulariser)) % 7 - 3 if regulariser in REGULARISERS else 0
                    weak = strength == 0.1
                    rows.append(
                        Run(
                            data_set=data_set,
                            model=model,
                            regulariser=regulariser,
                            strength=strength,
                            training_seed=seed,
                            parameters=10,
                            train_loss=0.1,
                            train_accuracy=1.0,
                            eval_loss=1.0 - 0.5 * (regulariser == PREFERRED) + 2 * weak,
                            eval_accuracy=0.7,
                            test_loss=0.1 + gap + (-2 * change if weak else change) + noise * turn,
                            test_accuracy=0.6 + gain + noise * turn - 0.5 * gain * weak,
                        )
                    )
    return rows


def without(rows: list[Run], lost: Callable[[Run], bool]) -> list[Run]:
    """Drop the rows that are lost."""
    return [row for row in rows if not lost(row)]


CONFIG = Config(data_sets=DATA_SETS, seeds=SEEDS)
NOTHING_TO_REGULARISE = table(gap=0.0)


def _gap(name: RegulariserName) -> dict[str, tuple[list[Run], Config]]:
    return {
        "holds": (table(changes={name: -0.3}), CONFIG),
        # What it does on one data set does not make up for the other.
        "fails": (table(changes={(DIGITS, name): -0.1, (MANIFOLD, name): 0.3}), CONFIG),
        "undecided": (table(changes={(DIGITS, name): -0.3, (MANIFOLD, name): 0.3}), CONFIG),
        "not measured": (without(table(), lambda row: (row.regulariser, row.data_set) == (name, MANIFOLD)), CONFIG),
    }


TABLES = {f"C5.{name}": _gap(name) for name in REGULARISERS} | {
    "C5.accuracy": {
        # Another regulariser on each data set.
        "holds": (table(gains={(DIGITS, "l2"): 0.1, (MANIFOLD, "layerwise"): 0.05}), CONFIG),
        "fails": (table(gains={(DIGITS, "l2"): 0.1} | {(MANIFOLD, name): -0.1 for name in REGULARISERS}), CONFIG),
        "undecided": (table(gains={(DIGITS, "l2"): 0.1}), CONFIG),
        "not measured": (NOTHING_TO_REGULARISE, CONFIG),
    },
    "C5.relevant_gain": {
        "holds": (table(gains={(DIGITS, "layerwise"): 0.1}), CONFIG),
        "fails": (table(gains={"layerwise": 0.005}, noise=0.002), CONFIG),
        "undecided": (table(gains={"layerwise": 0.02}), CONFIG),
        "not measured": (NOTHING_TO_REGULARISE, CONFIG),
    },
    "C5.preferred": {
        "holds": (table(gains={PREFERRED: 0.1}), CONFIG),
        # What others gain is not asked.
        "fails": (table(gains={PREFERRED: -0.1, "layerwise": 0.1}), CONFIG),
        "undecided": (table(gains={(DIGITS, PREFERRED): 0.1, (MANIFOLD, PREFERRED): -0.1}), CONFIG),
        "not measured": (table(seeds=1), CONFIG),
    },
}
