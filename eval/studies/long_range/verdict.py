"""What the scores say of claim C9."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.claims import CLAIMS
from eval.judgement import Verdict
from eval.recorder import Row
from eval.statistics.intervals import Interval, student
from eval.studies.long_range.config import GENERATED, Config
from eval.studies.long_range.models import MODELS, REFERENCE
from eval.studies.long_range.training import DEFAULT, OF_THE_LAG


@dataclass(frozen=True)
class Result:
    """A model at one lag, at the learning rate that validation prefers.

    Attributes:
        task, matching, model, constants, lag: As in the table.
        learning_rate: Chosen by the mean validation score.
        validation: That score.
        scores: On test sequences, a value a seed; 0 is chance, 1 the truth.
        parameters, state_bytes: Of the model.
    """

    task: str
    matching: str
    model: str
    constants: str | None
    lag: int
    learning_rate: float
    validation: float
    scores: np.ndarray
    parameters: int
    state_bytes: int

    @property
    def name(self) -> str:
        """With its time constants, where they are not the default."""
        return f"{self.model}, τ = lag" if self.constants == OF_THE_LAG else self.model

    @property
    def score(self) -> Interval:
        """Mean over the seeds."""
        return student(self.scores)

    @property
    def spikes(self) -> bool:
        """Whether its layers speak in spikes."""
        return MODELS[self.model].spikes

    @property
    def claimed(self) -> bool:
        """Whether the claim is about it: leaky dynamics, binary output, time constants as usual."""
        return self.model == REFERENCE and self.constants == DEFAULT


def results(rows: Sequence[Row]) -> list[Result]:
    """Of every task, matching, model, time constant and lag, in the table's order."""
    groups: dict[tuple, list[Row]] = {}
    for row in rows:
        key = (row["task"], row["matching"], row["model"], row["constants"], row["lag"])
        groups.setdefault(key, []).append(row)
    return [_result(key, group) for key, group in groups.items()]


def _result(key: tuple, group: Sequence[Row]) -> Result:
    rates = sorted({row["learning_rate"] for row in group})
    tried = [[row for row in group if row["learning_rate"] == rate] for rate in rates]
    best = max(tried, key=lambda runs: np.mean([row["validation_score"] for row in runs]))
    best = sorted(best, key=lambda row: row["training_seed"])
    validation = float(np.mean([row["validation_score"] for row in best]))
    scores = np.array([row["test_score"] for row in best])
    size = best[0]["parameters"], best[0]["state_bytes"]
    task, matching, model, constants, lag = key
    return Result(task, matching, model, constants, lag, best[0]["learning_rate"], validation, scores, *size)


@dataclass(frozen=True)
class Case:
    """A task with a lag, and what is matched; at the longest lag that some model without spikes bridges.

    Attributes:
        task, matching: As in the table.
        best: The model without spikes whose validation score is best.
        claimed: What the claim is about.
        others: Other models with spikes.
    """

    task: str
    matching: str
    best: Result
    claimed: Result
    others: tuple[Result, ...]

    @property
    def lag(self) -> int:
        """Steps."""
        return self.claimed.lag

    @property
    def learned(self) -> bool:
        """Whether the best model learned the task, by its validation score."""
        return self.best.validation >= CLAIMS["C9"].thresholds["learned"]

    @property
    def loss(self) -> Interval:
        """Score of the best model less that of leaky spikes, paired by seed."""
        return student(self.best.scores - self.claimed.scores)

    @property
    def lost(self) -> bool:
        """More than ``loss`` of the score, by the whole interval."""
        return self.loss.low > CLAIMS["C9"].thresholds["loss"]

    @property
    def kept(self) -> bool:
        """Less than ``loss``, by the whole interval."""
        return self.loss.high < CLAIMS["C9"].thresholds["loss"]

    @property
    def recovered(self) -> list[Result]:
        """Spiking models that lose less than ``loss``, the intervals of all of them holding at once."""
        limit, count = CLAIMS["C9"].thresholds["loss"], max(len(self.others), 1)
        return [one for one in self.others if student(self.best.scores - one.scores, count).high < limit]

    def __str__(self) -> str:
        return f"{self.task} matched in {self.matching.replace('_', ' ')}"


def cases(rows: Sequence[Row]) -> list[Case]:
    """Of the tasks with lags."""
    found = [one for one in results(rows) if one.task in GENERATED]
    return [_case(task, matching, found) for task, matching in dict.fromkeys((one.task, one.matching) for one in found)]


def _case(task: str, matching: str, found: Sequence[Result]) -> Case:
    """At the longest lag at which the best model learned the task; at the longest of all where it did at none."""
    own = [one for one in found if (one.task, one.matching) == (task, matching)]
    at_lags = [_at(lag, task, matching, own) for lag in sorted({one.lag for one in own}, reverse=True)]
    return next((case for case in at_lags if case.learned), at_lags[0])


def _at(lag: int, task: str, matching: str, found: Sequence[Result]) -> Case:
    own = [one for one in found if one.lag == lag]
    (claimed,) = [one for one in own if one.claimed]
    best = max((one for one in own if not one.spikes), key=lambda one: one.validation)
    others = tuple(one for one in own if one.spikes and not one.claimed)
    return Case(task, matching, best, claimed, others)


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """One verdict on C9, from the cases in which some model without spikes learned the task at some lag.

    ``supported`` if leaky spikes lose more than ``loss`` of the score in all of them and no other spiking model keeps
    it in any; ``refuted`` if leaky spikes keep it in all; else ``conditional``.
    """
    every = cases(rows)
    learned = [case for case in every if case.learned]
    if not learned:
        return [_nothing(every, config)]
    lost, kept = [case for case in learned if case.lost], [case for case in learned if case.kept]
    recovered = {str(case): case.recovered for case in learned if case.recovered}
    supported = len(lost) == len(learned) and not recovered
    effect = student(np.mean([case.best.scores - case.claimed.scores for case in learned], axis=0))
    return [
        Verdict(
            claim="C9",
            verdict="supported" if supported else "refuted" if len(kept) == len(learned) else "conditional",
            statement=f"{_on_loss(learned, lost)} {_on_others(learned)}",
            effect=effect.mean,
            low=effect.low,
            high=effect.high,
            quantity="score (0 chance, 1 truth) that leaky spikes lose to the best model without spikes at the longest "
            f"lag that one bridges, mean of {len(learned)} cases",
            conditions=_conditions(rows, every, learned, config),
        )
    ]


def _on_loss(learned: Sequence[Case], lost: Sequence[Case]) -> str:
    parts = [f"{case}, {case.lag} steps: {_shown(case.loss)} to {case.best.name}" for case in learned]
    limit = CLAIMS["C9"].thresholds["loss"]
    return (
        f"At the longest lag that some model without spikes bridges, leaky dynamics with binary output lose more than "
        f"{limit:g} of the score in {len(lost)} of {len(learned)} cases: {'; '.join(parts)}."
    )


def _on_others(learned: Sequence[Case]) -> str:
    """Which spiking models keep up, and where."""
    where: dict[str, list[str]] = {}
    for case in learned:
        for one in case.recovered:
            where.setdefault(one.name, []).append(str(case))
    limit = CLAIMS["C9"].thresholds["loss"]
    if not where:
        return f"No other spiking model stays within {limit:g} of the best beyond doubt."
    parts = [f"{name} ({', '.join(found)})" for name, found in where.items()]
    return f"Within {limit:g} of the best beyond doubt are, with spikes too: {'; '.join(parts)}."


def _on_leak(case: Case, found: Sequence[Result]) -> str:
    """Spikes and leak apart: the combinations of dynamics and output."""
    own = [one for one in found if (one.task, one.matching, one.lag) == (case.task, case.matching, case.lag)]
    shown = [
        f"{one.name} {one.score.mean:.2f}"
        for one in own
        if one.model.startswith(("leaky", "state space", "transformer"))
    ]
    return f"{case}, {case.lag} steps, score by dynamics and output: {'; '.join(shown)}"


def _conditions(rows: Sequence[Row], every: Sequence[Case], learned: Sequence[Case], config: Config) -> tuple[str, ...]:
    found = results(rows)
    decay = float(np.exp(-1 / config.time_constant))
    longest = max(config.lags)
    refused = [str(case) for case in every if not case.learned]
    unlearned = f"; not judged, since no model without spikes learned them: {', '.join(refused)}" if refused else ""
    images = [one for one in found if one.task not in GENERATED]
    shown = ", ".join(f"{one.name} {one.score.mean:.2f}" for one in images)
    return (
        f"two layers, {config.seeds} seeds, {config.steps} updates of {config.batch_size} sequences, the same "
        f"{len(config.learning_rates)} learning rates tried for every model{unlearned}",
        f"time constants of {config.time_constant:g} steps at the start, of which {decay**longest:.1e} is left after "
        f"{longest} steps, or of the lag; they are trained; state-space layers start as their source says, for no lag",
        *(_on_leak(case, found) for case in learned),
        _sizes(found),
        "transformers keep every step, so they are matched in parameters only",
        *_on_what_learned_nothing(found),
        *((f"images, by {config.order}, score: {shown}",) if images else ()),
    )


def _on_what_learned_nothing(found: Sequence[Result]) -> tuple[str, ...]:
    """Models whose failure over long lags says nothing of lags, for they fail at the shortest too."""
    limit = CLAIMS["C9"].thresholds["loss"]
    shortest = min(one.lag for one in found if one.task in GENERATED)
    best: dict[str, float] = {}
    for one in found:
        if one.task in GENERATED and one.lag == shortest:
            best[one.name] = max(best.get(one.name, one.validation), one.validation)
    idle = [name for name, score in best.items() if score < limit]
    if not idle:
        return ()
    return (
        f"at this size, with these updates and rates, {', '.join(idle)} stay under {limit:g} of validation score at "
        f"{shortest} steps too: what they lose at longer lags is not memory",
    )


def _sizes(found: Sequence[Result]) -> str:
    parts = []
    for matching in dict.fromkeys(one.matching for one in found):
        own = [one for one in found if one.matching == matching and one.task in GENERATED]
        counts = [one.parameters for one in own]
        states = [one.state_bytes for one in own if MODELS[one.model].state is not None]
        parts.append(
            f"matched in {matching.replace('_', ' ')}: {min(counts)} to {max(counts)} parameters, {min(states)} to "
            f"{max(states)} bytes of state"
        )
    return "; ".join(parts)


def _nothing(every: Sequence[Case], config: Config) -> Verdict:
    least = CLAIMS["C9"].thresholds["learned"]
    scores = "; ".join(f"{case}: {case.best.name} {case.best.validation:.2f}" for case in every)
    return Verdict(
        claim="C9",
        verdict="not measured here",
        statement=f"At no lag does a model without spikes reach a validation score of {least:g} (at the longest: "
        f"{scores}); more updates may.",
        effect=None,
        low=None,
        high=None,
        quantity="score that leaky spikes lose to the best model without spikes",
        conditions=(),
    )


def _shown(interval: Interval) -> str:
    return f"{interval.mean:.2f} [{interval.low:.2f}, {interval.high:.2f}]"
