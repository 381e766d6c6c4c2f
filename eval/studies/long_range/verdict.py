"""What the scores say of claim C9."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from eval.claims import CLAIMS
from eval.judgement import Judgement, Verdict, judged, not_measured
from eval.recorder import Row
from eval.statistics.equivalence import above
from eval.statistics.intervals import Interval, student
from eval.statistics.simultaneous import smallest
from eval.studies.long_range.config import GENERATED, Config
from eval.studies.long_range.models import MODELS, REFERENCE
from eval.studies.long_range.training import DEFAULT, OF_THE_LAG

NETWORKS: dict[str, tuple[str, str | None]] = {
    "leaky": (REFERENCE, DEFAULT),
    "leaky_of_the_lag": (REFERENCE, OF_THE_LAG),
    "state_space": ("state space, spikes", None),
    "adaptive": ("adaptive, spikes", OF_THE_LAG),
    "recurrent": ("recurrent, spikes", DEFAULT),
}
"""The spiking networks that are judged: the beginning of a statement's name, to the model and its time constants."""

_LIMITS = CLAIMS["C9"].thresholds


@dataclass(frozen=True)
class Result:
    """A model at one lag, at the learning rate that validation prefers.

    Attributes:
        task: The task, as in the table.
        matching: What the models have as much of, as in the table.
        model: The name of the model.
        constants: The time constants at the start; ``None`` where there are none to choose.
        lag: The steps from what must be kept to the answer.
        learning_rate: The learning rate of the best mean validation score.
        validation: The validation score.
        scores: The score on test sequences for each training seed; 0 is chance, 1 the truth.
        parameters: The number of parameters.
        state_bytes: The bytes kept from one step to the next, per example.
    """

    task: str
    matching: str
    model: str
    constants: str | None
    lag: int
    learning_rate: float
    validation: float
    scores: Mapping[int, float]
    parameters: int
    state_bytes: int

    @property
    def name(self) -> str:
        """The model with its time constants, where they are not the default."""
        return f"{self.model}, τ = lag" if self.constants == OF_THE_LAG else self.model

    @property
    def score(self) -> Interval:
        """The mean score over the seeds with its interval."""
        return student(list(self.scores.values()))

    @property
    def spikes(self) -> bool:
        """Whether its layers speak in spikes."""
        return MODELS[self.model].spikes

    @property
    def bridges(self) -> bool:
        """Whether it bridges the lag, by its validation score."""
        return self.validation >= _LIMITS["learned"]

    def less(self, other: Result) -> Float[np.ndarray, " seeds"]:
        """Subtract the scores of another model, paired by the seeds that both have."""
        shared = sorted(set(self.scores) & set(other.scores))
        return np.array([self.scores[seed] - other.scores[seed] for seed in shared])


def results(rows: Sequence[Row]) -> list[Result]:
    """Choose the learning rate of every model by its mean validation score.

    Args:
        rows: The table of the study.

    Returns:
        One result per task, matching, model, time constant and lag, in the table's order.
    """
    groups: dict[tuple, list[Row]] = {}
    for row in rows:
        key = (row["task"], row["matching"], row["model"], row["constants"], row["lag"])
        groups.setdefault(key, []).append(row)
    return [_result(key, group) for key, group in groups.items()]


def _result(key: tuple, group: Sequence[Row]) -> Result:
    rates = sorted({row["learning_rate"] for row in group})
    tried = [[row for row in group if row["learning_rate"] == rate] for rate in rates]
    best = max(tried, key=_mean_validation)
    scores = {row["training_seed"]: row["test_score"] for row in sorted(best, key=lambda row: row["training_seed"])}
    size = best[0]["parameters"], best[0]["state_bytes"]
    task, matching, model, constants, lag = key
    rate, validation = best[0]["learning_rate"], _mean_validation(best)
    return Result(task, matching, model, constants, lag, rate, validation, scores, *size)


def _mean_validation(runs: Sequence[Row]) -> float:
    return float(np.mean([row["validation_score"] for row in runs]))


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


def bridges(rows: Sequence[Row], task: str) -> list[Bridge]:
    """Find the longest lag that is bridged, for each matching.

    Args:
        rows: The table of the study.
        task: A task with lags.

    Returns:
        One bridge for each matching in which some model without spikes bridges more than the shortest lag.
    """
    own = [one for one in results(rows) if one.task == task]
    found = [
        _bridge([one for one in own if one.matching == name]) for name in dict.fromkeys(one.matching for one in own)
    ]
    return [one for one in found if one is not None]


def _bridge(found: Sequence[Result]) -> Bridge | None:
    shortest = min(one.lag for one in found)
    bridged = [one for one in found if not one.spikes and one.bridges and one.lag > shortest]
    if not bridged:
        return None
    longest = max(one.lag for one in bridged)
    best = max((one for one in bridged if one.lag == longest), key=lambda one: one.validation)
    far, near = (tuple(one for one in found if one.spikes and one.lag == lag) for lag in (longest, shortest))
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


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """Judge the statements of claim C9."""
    found = {task: bridges(rows, task) for task in GENERATED}
    measured = {(row["task"], row["model"], row["constants"]) for row in rows}
    judgements = tuple(
        _loses(f"{name}_{task}", network, found[task], (task, *network) in measured)
        for task in GENERATED
        for name, network in NETWORKS.items()
    )
    return [Verdict("C9", judgements, _conditions(rows, config), _context(rows, found))]


def _loses(statement: str, network: tuple[str, str | None], found: Sequence[Bridge], measured: bool) -> Judgement:
    if not measured:
        return not_measured(statement, "This network was not trained on the task.", "the task among settings.tasks")
    if not found:
        return not_measured(
            statement,
            f"No model without spikes reaches a validation score of {_LIMITS['learned']:g} beyond the shortest lag.",
            "more settings.steps, or a lag in settings.lags between the shortest and those that nothing bridges",
        )
    pairs = [pair for bridge in found for pair in _pairs(network, bridge) if len(pair.losses) >= 2]
    if not pairs:
        return not_measured(
            statement, "It shares fewer than two seeds with the best model without spikes.", "two seeds of both"
        )
    loss = smallest([pair.losses for pair in pairs])
    least = min(pairs, key=lambda pair: pair.losses.mean())
    loses = above(loss.low, loss.high, _LIMITS["loss"])
    idle = [_equal(pair.best.matching) for pair in pairs if not pair.starts]
    return judged(
        statement,
        # What it cannot do over the shortest lag either, it does not lose to a lag.
        None if loses and idle else loses,
        f"Over {least.best.lag} steps its score is {loss.mean:.2f} below that of the best model without spikes "
        f"({least.best.name}, with {_equal(least.best.matching)})"
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


def _pairs(network: tuple[str, str | None], bridge: Bridge) -> list[_Pair]:
    far, near = ([one for one in found if (one.model, one.constants) == network] for found in (bridge.far, bridge.near))
    return [_Pair(bridge.best, own, near[0] if near else None) for own in far]


def _equal(matching: str) -> str:
    return {"parameters": "equal parameters", "state_bytes": "equal bytes of state"}[matching]


def _context(rows: Sequence[Row], found: Mapping[str, Sequence[Bridge]]) -> tuple[str, ...]:
    every = results(rows)
    sentences = []
    for task, bridged in found.items():
        for matching, lag in dict.fromkeys((one.best.matching, one.best.lag) for one in bridged):
            own = [one for one in every if (one.task, one.matching, one.lag) == (task, matching, lag)]
            where = f"On {task} over {lag} steps, with {_equal(matching)}"
            sentences += [f"{where}, {words}." for words in (*_leak_alone(own), *_spiking_attention(own))]
    for task in dict.fromkeys(one.task for one in every if one.task not in GENERATED):
        images = [one for one in every if one.task == task]
        best = [max(own, key=lambda one: one.validation) for own in _by_spikes(images) if own]
        shown = " and ".join(f"{one.score.mean:.2f} ({one.name})" for one in best)
        sentences.append(f"On {task} read in sequence, the best models with and without spikes score {shown}.")
    return tuple(sentences)


def _leak_alone(found: Sequence[Result]) -> list[str]:
    """Say what the leak loses without spikes."""
    own = {one.constants: one for one in found if one.model == "leaky, continuous"}
    if DEFAULT not in own or OF_THE_LAG not in own:
        return []
    return [
        f"the same leak without spikes scores {own[DEFAULT].score.mean:.2f} with the usual time constants and "
        f"{own[OF_THE_LAG].score.mean:.2f} with those of the lag"
    ]


def _spiking_attention(found: Sequence[Result]) -> list[str]:
    """Say what attention between spikes keeps, of which no statement speaks."""
    own = {one.model: one for one in found}
    if "transformer" not in own or "transformer, spikes" not in own:
        return []
    return [
        f"a transformer scores {own['transformer'].score.mean:.2f} and one of spikes "
        f"{own['transformer, spikes'].score.mean:.2f}"
    ]


def _by_spikes(found: Sequence[Result]) -> tuple[list[Result], list[Result]]:
    return [one for one in found if one.spikes], [one for one in found if not one.spikes]


def _conditions(rows: Sequence[Row], config: Config) -> tuple[str, ...]:
    found = [one for one in results(rows) if one.task in GENERATED]
    left = float(np.exp(-max(config.lags) / config.time_constant))
    return (
        f"two layers, {config.seeds} paired seeds, {config.steps} updates of {config.batch_size} sequences",
        f"the same {len(config.learning_rates)} learning rates are tried for every model, and validation chooses",
        f"usual time constants are {config.time_constant:g} steps at the start, of which {left:.1e} is left after the "
        "longest lag; all are trained",
        "state-space layers start as their source says, for no lag",
        *_sizes(found),
        "transformers keep every step, so that they are matched in parameters only",
    )


def _sizes(found: Sequence[Result]) -> list[str]:
    sizes = []
    for matching in dict.fromkeys(one.matching for one in found):
        own = [one for one in found if one.matching == matching]
        if matching == "parameters":
            counts = [one.parameters for one in own]
            sizes.append(f"models of equal parameters have {_range(counts)} of them")
        else:
            counts = [one.state_bytes for one in own if MODELS[one.model].state is not None]
            sizes.append(f"models of equal state have {_range(counts)} bytes of it")
    return sizes


def _range(counts: Sequence[int]) -> str:
    return f"{min(counts)} to {max(counts)}" if min(counts) < max(counts) else str(counts[0])
