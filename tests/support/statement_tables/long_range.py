"""Tables of the study of long-range dependencies whose outcome is known by construction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eval.studies.long_range.config import GENERATED, Config, Matching, TaskName
from eval.studies.long_range.models import MODELS
from eval.studies.long_range.results import Setting
from eval.studies.long_range.rows import Run
from eval.studies.long_range.verdict import NETWORKS, VARIANTS, Network

SHORTEST, LONGEST = 4, 40
MATCHINGS: tuple[Matching, ...] = ("parameters", "state_bytes")
SEEDS = 3


def table(
    *,
    far: Mapping[Any, float] | None = None,
    near: Mapping[Any, float] | None = None,
    best: float = 1.0,
    noise: float = 0.01,
    seeds: int = SEEDS,
) -> list[Run]:
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
    rows: list[Run] = []
    for lag, scores, other in ((SHORTEST, near or {}, 1.0), (LONGEST, {("GRU", None): best} | dict(far or {}), 0.0)):
        for network in VARIANTS:
            for matching in MATCHINGS:
                score = scores.get((*network, matching), scores.get(network, other))
                for task in GENERATED:
                    rows += _runs(Setting(task, matching, *network, lag), score, noise, seeds)
    return rows


def _runs(setting: Setting, score: float, noise: float, seeds: int) -> list[Run]:
    spikes = MODELS[setting.model].spikes
    return [
        Run(
            task=setting.task,
            matching=setting.matching,
            model=setting.model,
            width=24,
            lag=setting.lag,
            time_constants=setting.time_constants,
            learning_rate=rate,
            training_seed=seed,
            parameters=100,
            state_bytes=200,
            validation_score=score - (0.005 / rate - 0.25),
            test_score=(score if rate == 0.02 else 1 - score) + noise * (seed - 1) * spikes,
            spike_rate=0.1 if spikes else None,
        )
        for rate in (0.005, 0.02)
        for seed in range(seeds)
    ]


CONFIG = Config(lags=(SHORTEST, LONGEST))


def _outcomes(task: TaskName, network: Network) -> dict[str, tuple[list[Run], Config]]:
    return {
        "holds": (table(far={network: 0.6}), CONFIG),
        # It keeps up with equal bytes of state only.
        "fails": (table(far={(*network, "state_bytes"): 0.97}), CONFIG),
        "undecided": (table(far={network: 0.9}), CONFIG),
        "not measured": ([row for row in table() if row.task != task], CONFIG),
    }


TABLES = {f"C9.{name}_{task}": _outcomes(task, network) for task in GENERATED for name, network in NETWORKS.items()}
