"""Tables of the study of long-range dependencies whose outcome is known by construction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eval.recorder import Row
from eval.studies.long_range.config import GENERATED, Config
from eval.studies.long_range.models import MODELS
from eval.studies.long_range.training import CONSTANTS
from eval.studies.long_range.verdict import NETWORKS

SHORTEST, LONGEST = 4, 40
MATCHINGS = ("parameters", "state_bytes")
SEEDS = 3


def table(
    *,
    far: Mapping[Any, float] | None = None,
    near: Mapping[Any, float] | None = None,
    best: float = 1.0,
    noise: float = 0.01,
    seeds: int = SEEDS,
) -> list[Row]:
    """Make a table, in which the gated network is the best without spikes.

    Validation prefers the larger of two learning rates; at the smaller every score would bring another outcome.

    Args:
        far: Scores over the longest lag, 0 where nothing is given, by the model and its time constants, or by these
            and the matching.
        near: Scores over the shortest lag likewise, 1 where nothing is given.
        best: The score of the gated network over the longest lag.
        noise: How far seeds are from each other.
        seeds: The number of seeds.
    """
    rows: list[Row] = []
    for lag, scores, other in ((SHORTEST, near or {}, 1.0), (LONGEST, {("GRU", None): best} | dict(far or {}), 0.0)):
        for model in MODELS:
            for constants in CONSTANTS.get(model, (None,)):
                for matching in MATCHINGS:
                    key = (model, constants)
                    score = scores.get((*key, matching), scores.get(key, other))
                    own = {"model": model, "constants": constants, "matching": matching, "lag": lag}
                    rows += [row for task in GENERATED for row in _runs(own | {"task": task}, score, noise, seeds)]
    return rows


def _runs(own: Row, score: float, noise: float, seeds: int) -> list[Row]:
    return [
        own
        | {"learning_rate": rate, "training_seed": seed, "parameters": 100, "state_bytes": 200}
        | {"validation_score": score - (0.005 / rate - 0.25), "spike_rate": None}
        | {"test_score": (score if rate == 0.02 else 1 - score) + noise * (seed - 1) * MODELS[own["model"]].spikes}
        for rate in (0.005, 0.02)
        for seed in range(seeds)
    ]


def without(rows: list[Row], **columns: Any) -> list[Row]:
    """Drop the rows that have all of these values."""
    return [row for row in rows if any(row.get(name) != value for name, value in columns.items())]


CONFIG = Config(lags=(SHORTEST, LONGEST))


def _outcomes(task: str, network: tuple[str, str | None]) -> dict[str, tuple[list[Row], Config]]:
    return {
        "holds": (table(far={network: 0.6}), CONFIG),
        # It keeps up with equal bytes of state only.
        "fails": (table(far={(*network, "state_bytes"): 0.97}), CONFIG),
        "undecided": (table(far={network: 0.9}), CONFIG),
        "not measured": (without(table(), task=task), CONFIG),
    }


TABLES = {f"C9.{name}_{task}": _outcomes(task, network) for task in GENERATED for name, network in NETWORKS.items()}
