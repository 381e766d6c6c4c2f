"""Tables of the study of long-range dependencies whose outcome is known by construction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eval.studies.long_range.config import GENERATED, Config, Matching, TaskName
from eval.studies.long_range.models import CELLS, DEFAULT, DYNAMICS, MODELS, OF_ITS_SOURCE, Network, networks
from eval.studies.long_range.results import Setting
from eval.studies.long_range.rows import Run
from eval.studies.long_range.verdict import COMPARED, EFFECTS, USUAL

SHORTEST, LONGEST, IMAGE = 5, 100, 784
MATCHINGS: tuple[Matching, ...] = ("parameters", "state_bytes")
SEEDS = 3


def table(
    *,
    far: Mapping[Any, float] | None = None,
    near: Mapping[Any, float] | None = None,
    best: float = 1.0,
    noise: float = 0.01,
    seeds: int = SEEDS,
    change: Mapping[Network, float] | None = None,
) -> list[Run]:
    """Make a table, in which the gated network is the best without spikes.

    Validation prefers the larger of two learning rates; at the smaller every score would bring another outcome.

    Args:
        far: Scores over the longest lag and of images, 0 where nothing is given, by the model and its time constants,
            or by these and the matching.
        near: Scores over the shortest lag likewise, 1 where nothing is given.
        best: The score of the gated network over the longest lag.
        noise: How far seeds are from each other.
        seeds: The number of seeds.
        change: What the last quarter of the updates adds to the validation score, 0 where nothing is given.
    """
    rows: list[Run] = []
    far = {("GRU", None): best} | dict(far or {})
    for lag, scores, other in ((SHORTEST, near or {}, 1.0), (LONGEST, far, 0.0), (IMAGE, far, 0.0)):
        tasks: tuple[TaskName, ...] = ("mnist",) if lag == IMAGE else GENERATED
        for network in networks("all"):
            for matching in MATCHINGS[:1] if lag == IMAGE else MATCHINGS:
                score = scores.get((*network, matching), scores.get(network, other))
                for task in tasks:
                    setting = Setting(task, matching, *network, lag)
                    rows += _runs(setting, score, noise, seeds, (change or {}).get(network, 0.0))
    return rows


def _runs(setting: Setting, score: float, noise: float, seeds: int, change: float) -> list[Run]:
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
            earlier_score=score - 0.75 * (rate == 0.01) - change,
            validation_score=score - 0.75 * (rate == 0.01),
            test_score=(score if rate == 0.03 else 1 - score) + noise * (seed - 1) * spikes,
            spike_rate=0.1 if spikes else None,
        )
        for rate in (0.01, 0.03)
        for seed in range(seeds)
    ]


CONFIG = Config(
    tasks=COMPARED, lags=(SHORTEST, LONGEST), models="all", matchings=MATCHINGS, learning_rates=(0.01, 0.03)
)
BEST: Network = ("state space, spikes", OF_ITS_SOURCE)
"""The spiking network that validation prefers in these tables."""


def design(spikes: float = 0.0, leak: float = 0.0, time_constants: float = 0.0, interaction: float = 0.0) -> dict:
    """Give every network of the design the score that these effects make, around the middle."""
    scores = {}
    for model, constants in CELLS:
        with_spikes, leaky, usual = (
            0.5 if level else -0.5 for level in ("spikes" in model, DYNAMICS[model] == "leaky", constants == DEFAULT)
        )
        lost = spikes * with_spikes + leak * leaky + time_constants * usual + interaction * with_spikes * leaky
        scores[model, constants] = 0.8 - lost
    return scores


def _of_the_design(effect: str) -> dict[str, tuple[list[Run], Config]]:
    # Another effect is there as well, and must not be taken for this one.
    other = {"spikes": "leak", "leak": "spikes", "time_constants": "spikes", "interaction": "leak"}[effect]
    return {
        "holds": (table(far=design(**{effect: 0.3})), CONFIG),
        "fails": (table(far=design(**{effect: 0.03, other: 0.3})), CONFIG),
        "undecided": (table(far=design(**{effect: 0.3}), change=dict.fromkeys(CELLS, 0.2)), CONFIG),
        "not measured": ([row for row in table() if row.task != "recall"], CONFIG),
    }


def _beside(task: TaskName, network: Network) -> dict[str, tuple[list[Run], Config]]:
    fails = {network: 0.97} if task == "mnist" else {(*network, "state_bytes"): 0.97, network: 0.5}
    return {
        "holds": (table(far={network: 0.6}), CONFIG),
        # Where state can be matched, it keeps up with equal bytes of it only.
        "fails": (table(far=fails), CONFIG),
        "undecided": (table(far={network: 0.9}), CONFIG),
        "not measured": ([row for row in table() if row.task != task], CONFIG),
    }


TABLES = {f"C9.{effect}_recall": _of_the_design(effect) for effect in EFFECTS} | {
    f"C9.{name}_{task}": _beside(task, network)
    for task in COMPARED
    for name, network in (("usual", USUAL), ("best", BEST))
}
