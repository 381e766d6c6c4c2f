"""What the scores say of claim C9."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float

from eval.claims import CLAIMS
from eval.judgement import Judgement, Verdict, judged, not_measured
from eval.statistics.equivalence import above
from eval.statistics.simultaneous import smallest
from eval.studies.long_range.config import GENERATED, Config, Matching, TaskName
from eval.studies.long_range.models import (
    DEFAULT,
    MODELS,
    OF_THE_LAG,
    REFERENCE,
    TIME_CONSTANTS,
    ModelName,
    TimeConstantsName,
    can_match,
)
from eval.studies.long_range.results import Result, Setting, results
from eval.studies.long_range.rows import Run

Network: TypeAlias = tuple[ModelName, TimeConstantsName | None]
"""A model and its time constants."""
VARIANTS: tuple[Network, ...] = tuple(
    (model, time_constants) for model in MODELS for time_constants in TIME_CONSTANTS.get(model, (None,))
)
"""All that are trained."""
NETWORKS: dict[str, Network] = {
    "leaky": (REFERENCE, DEFAULT),
    "leaky_of_the_lag": (REFERENCE, OF_THE_LAG),
    "state_space": ("state space, spikes", None),
    "adaptive": ("adaptive, spikes", OF_THE_LAG),
    "recurrent": ("recurrent, spikes", DEFAULT),
}
"""The spiking networks that are judged, by the beginning of a statement's name."""

_LIMITS = CLAIMS["C9"].thresholds


@dataclass(frozen=True)
class Bridge:
    """The longest lag of a task that some model without spikes bridges, and the shortest beside it.

    Attributes:
        best: The model without spikes whose validation score is best at that lag.
        far: Every model with spikes at that lag.
        near: Every model with spikes at the shortest lag.
    """

    best: Result
    far: tuple[Result, ...]
    near: tuple[Result, ...]


def bridges(found: Sequence[Result], task: TaskName) -> list[Bridge]:
    """Find the longest lag that is bridged, for each matching.

    Args:
        found: The results of the study.
        task: A task with lags.

    Returns:
        One bridge for each matching in which some model without spikes bridges more than the shortest lag.
    """
    own = [one for one in found if one.setting.task == task]
    matchings = dict.fromkeys(one.setting.matching for one in own)
    bridged = [_bridge([one for one in own if one.setting.matching == name]) for name in matchings]
    return [one for one in bridged if one is not None]


def _bridge(found: Sequence[Result]) -> Bridge | None:
    shortest = min(one.setting.lag for one in found)
    bridged = [one for one in found if not one.spikes and one.bridges and one.setting.lag > shortest]
    if not bridged:
        return None
    longest = max(one.setting.lag for one in bridged)
    best = max((one for one in bridged if one.setting.lag == longest), key=lambda one: one.validation)
    far, near = (tuple(one for one in found if one.spikes and one.setting.lag == lag) for lag in (longest, shortest))
    return Bridge(best, far, near)


@dataclass(frozen=True)
class _Pair:
    """A spiking network beside the best model without spikes, over the longest lag that this one bridges."""

    best: Result
    own: Result
    near: Result | None

    @property
    def losses(self) -> Float[np.ndarray, " seeds"]:
        return self.best.less(self.own)

    @property
    def starts(self) -> bool:
        """Whether the spiking network bridges the shortest lag."""
        return self.near is not None and self.near.bridges


def verdicts(rows: list[Run], config: Config) -> list[Verdict]:
    """Judge the statements of claim C9."""
    found = results(rows, config.learning_rates)
    bridged: dict[TaskName, list[Bridge]] = {task: bridges(found, task) for task in GENERATED}
    judgements = tuple(
        _judge(f"{name}_{task}", task, network, found, bridged[task], config)
        for task in GENERATED
        for name, network in NETWORKS.items()
    )
    return [Verdict("C9", judgements, _conditions(found, config), _context(found, bridged))]


def _judge(
    statement: str,
    task: TaskName,
    network: Network,
    found: Sequence[Result],
    bridged: Sequence[Bridge],
    config: Config,
) -> Judgement:
    if task not in config.tasks:
        return not_measured(statement, "Nothing was trained on the task.", "the task among settings.tasks")
    have = {one.setting for one in found}
    compared = list(_compared(task, network, config))
    missing = [setting for setting in compared if setting not in have]
    if missing:
        return not_measured(
            statement,
            f"The table lacks two seeds trained at every learning rate for {len(missing)} of the {len(compared)} "
            f"results that are compared: first for {missing[0]}.",
            "all runs of the study: it measures them again in another run_dir",
        )
    return _loses(statement, network, bridged)


def _compared(task: TaskName, network: Network, config: Config) -> Iterator[Setting]:
    """Yield what a statement compares: the network and every model without spikes, by every matching, at every lag."""
    time_steps = max(config.lags) + config.window
    for model, time_constants in VARIANTS:
        if (model, time_constants) == network or not MODELS[model].spikes:
            for matching in config.matchings:
                if can_match(model, matching, time_steps, config.width):
                    yield from (Setting(task, matching, model, time_constants, lag) for lag in config.lags)


def _loses(statement: str, network: Network, found: Sequence[Bridge]) -> Judgement:
    if not found:
        return not_measured(
            statement,
            f"No model without spikes reaches a validation score of {_LIMITS['learned']:g} beyond the shortest lag.",
            "more settings.steps, or a lag in settings.lags between the shortest and those that nothing bridges",
        )
    pairs = [pair for bridge in found for pair in _pairs(network, bridge)]
    if any(len(pair.losses) < 2 for pair in pairs):
        return not_measured(
            statement, "It shares fewer than two seeds with the best model without spikes.", "two seeds of both"
        )
    loss = smallest([pair.losses for pair in pairs])
    least = min(pairs, key=lambda pair: pair.losses.mean())
    loses = above(loss.low, loss.high, _LIMITS["loss"])
    idle = [_equal(pair.best.setting.matching) for pair in pairs if not pair.starts]
    return judged(
        statement,
        # What it cannot do over the shortest lag either, it does not lose to a lag.
        None if loses and idle else loses,
        f"Over {least.best.setting.lag} steps its score is {loss.mean:.2f} below that of the best model without spikes "
        f"({least.best.setting.name}, with {_equal(least.best.setting.matching)})"
        f"{_but(idle)}.",
        needed="more settings.seeds: the interval of the loss holds the threshold"
        if loses is None
        else "more settings.steps, or a larger settings.width, for it to bridge the shortest lag",
        quantity="score (0 chance, 1 truth) lost to the best model without spikes, smallest over what is matched",
        value=loss.mean,
        low=loss.low,
        high=loss.high,
    )


def _but(idle: Sequence[str]) -> str:
    return f", but with {' as with '.join(idle)} it does not bridge the shortest lag either" if idle else ""


def _pairs(network: Network, bridge: Bridge) -> list[_Pair]:
    far, near = (
        [one for one in found if (one.setting.model, one.setting.time_constants) == network]
        for found in (bridge.far, bridge.near)
    )
    return [_Pair(bridge.best, own, near[0] if near else None) for own in far]


def _equal(matching: Matching) -> str:
    return {"parameters": "equal parameters", "state_bytes": "equal bytes of state"}[matching]


def _context(found: Sequence[Result], bridged: Mapping[TaskName, Sequence[Bridge]]) -> tuple[str, ...]:
    sentences = []
    for bridge in (one for own in bridged.values() for one in own):
        task, matching, _, _, lag = bridge.best.setting
        own = [one for one in found if one.setting[:2] == (task, matching) and one.setting.lag == lag]
        where = f"On {task} over {lag} steps, with {_equal(matching)}"
        sentences += [f"{where}, {words}." for words in (*_leak_alone(own), *_spiking_attention(own))]
    tasks: list[TaskName] = list(dict.fromkeys(one.setting.task for one in found))
    for task in tasks:
        if task not in GENERATED:
            sentences += _best_on_images(task, [one for one in found if one.setting.task == task])
    return tuple(sentences)


def _leak_alone(found: Sequence[Result]) -> list[str]:
    """Say what the leak loses without spikes."""
    own = {one.setting.time_constants: one for one in found if one.setting.model == "leaky, continuous"}
    if DEFAULT not in own or OF_THE_LAG not in own:
        return []
    return [
        f"the same leak without spikes scores {own[DEFAULT].score.mean:.2f} with the usual time constants and "
        f"{own[OF_THE_LAG].score.mean:.2f} with those of the lag"
    ]


def _spiking_attention(found: Sequence[Result]) -> list[str]:
    """Say what attention between spikes keeps, of which no statement speaks."""
    own = {one.setting.model: one for one in found}
    if "transformer" not in own or "transformer, spikes" not in own:
        return []
    return [
        f"a transformer scores {own['transformer'].score.mean:.2f} and one of spikes "
        f"{own['transformer, spikes'].score.mean:.2f}"
    ]


def _best_on_images(task: TaskName, found: Sequence[Result]) -> list[str]:
    spiking, others = [one for one in found if one.spikes], [one for one in found if not one.spikes]
    if not spiking or not others:
        return []
    best = [max(own, key=lambda one: one.validation) for own in (spiking, others)]
    shown = " and ".join(f"{one.score.mean:.2f} ({one.setting.name})" for one in best)
    which = "the best models" if len(found) == len(VARIANTS) else f"the best of {len(found)} models measured"
    return [f"On {task} read in sequence, {which} with and without spikes score {shown}."]


def _conditions(found: Sequence[Result], config: Config) -> tuple[str, ...]:
    generated = [one for one in found if one.setting.task in GENERATED]
    left = float(np.exp(-max(config.lags) / config.time_constant))
    seeds = [f"{_range([len(one.scores) for one in found])} paired seeds"] if found else []
    return (
        ", ".join(["two layers", *seeds, f"{config.steps} updates of {config.batch_size} sequences"]),
        f"the same {len(config.learning_rates)} learning rates are tried for every model, and validation chooses",
        f"usual time constants are {config.time_constant:g} steps at the start, of which {left:.1e} is left after the "
        "longest lag; all are trained",
        "state-space layers start as their source says, for no lag",
        *_sizes(generated),
        "transformers keep every step, so that they are matched in parameters only",
    )


def _sizes(found: Sequence[Result]) -> list[str]:
    counts = [one.parameters for one in found if one.setting.matching == "parameters"]
    kept = [
        one.state_bytes
        for one in found
        if one.setting.matching == "state_bytes" and MODELS[one.setting.model].state is not None
    ]
    return [
        *([f"models of equal parameters have {_range(counts)} of them"] if counts else []),
        *([f"models of equal state have {_range(kept)} bytes of it"] if kept else []),
    ]


def _range(counts: Sequence[int]) -> str:
    return f"{min(counts)} to {max(counts)}" if min(counts) < max(counts) else str(counts[0])
