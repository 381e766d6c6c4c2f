"""What the table says of a task: whether it is judged, what its target costs, and how signals rank."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar

import numpy as np
from jaxtyping import Float

from eval.claims import CLAIMS
from eval.rows import Row, of
from eval.statistics.intervals import Interval, jackknife, student, total
from eval.studies.gradient_worth.choice import choice, goal, log_cost, trials
from eval.studies.gradient_worth.config import Config
from eval.studies.gradient_worth.data import Kind, cases
from eval.studies.gradient_worth.models import CIRCUIT, COMPARED, DEEP, LINEAR, SPIKING
from eval.studies.gradient_worth.rows import (
    Bound,
    Compared,
    End,
    Goal,
    Judged,
    LayerSignal,
    Look,
    OfRun,
    Ranking,
    Round,
    Target,
    Update,
)
from eval.studies.gradient_worth.signal import START, WHOLE, moments
from eval.studies.gradient_worth.targets import by_run, costs_to_target, each_update, reached_at, update_seconds
from eval.studies.gradient_worth.training import looks

Gate = Literal["open", "narrow", "linear", "unknown"]
Q = TypeVar("Q", bound=OfRun)

_BOUNDS: dict[tuple[bool, bool], Bound] = {
    (False, False): "", (True, False): "at least", (False, True): "at most", (True, True): "unknown",
}  # fmt: skip
"""By whether the rival fell short of the target, and whether the reference did."""


COSTS: dict[Judged, str] = {
    "flops": "FLOPs",
    "synaptic": "operations (event by event)",
    "gates": "operations (gate by gate)",
    "seconds": "seconds",
}
_RIVALS: dict[str, tuple[str, tuple[Judged, ...]]] = {
    "spiking": (SPIKING, ("flops", "synaptic", "seconds")),
    "circuit": (CIRCUIT, ("flops", "gates", "seconds")),
}
_KINDS: tuple[Kind, ...] = ("static", "timed")


class Asked(NamedTuple):
    """What a statement compares."""

    rival: str
    cost: Judged
    kind: Kind


ASKED = {
    f"{own}_{cost}_{kind}": Asked(rival, cost, kind)
    for kind in _KINDS
    for own, (rival, costs) in _RIVALS.items()
    for cost in costs
}
"""Statements that a rival is dearer than the cheapest deep network, by name."""


@dataclass(frozen=True)
class Comparison:
    """What a rival pays for a task's target, beside what the reference pays.

    Attributes:
        task: The task.
        reference: The cheapest deep network.
        rival: Another model.
        cost: What is compared.
        pairs: The seeds that both models were trained with.
        ratio: log10 of rival ÷ reference, paired by seed, and of seconds with the spread of the rounds of timing; a run
            that did not reach the target counts with all that it spent. ``None`` for fewer than two pairs.
        bound: What that makes of the ratio: exact (``""``), ``at least`` where the rival fell short in some seed,
            ``at most`` where the reference did, ``unknown`` where both did.
    """

    task: str
    reference: str
    rival: str
    cost: Judged
    pairs: int
    ratio: Interval | None
    bound: Bound

    @property
    def ends(self) -> tuple[float, float]:
        """Between what the ratio lies, as far as the bound allows it to be said."""
        if self.ratio is None:
            return -math.inf, math.inf
        low = -math.inf if self.bound in ("at most", "unknown") else self.ratio.low
        high = math.inf if self.bound in ("at least", "unknown") else self.ratio.high
        return low, high


def of_model(rows: Sequence[Row], kind: type[Q], model: str) -> list[Q]:
    """Return the rows of a kind of one model, in the order of their seeds."""
    return sorted((row for row in of(rows, kind) if row.model == model), key=lambda row: row.training_seed)


def on(rows: Sequence[Row], task: str) -> list[Row]:
    """Return the rows of one task."""
    return [row for row in rows if getattr(row, "task", None) == task]


@dataclass(frozen=True)
class Findings:
    """What the table holds of one task.

    Attributes:
        task: Its name.
        rows: Its rows, without runs of which a look is missing.
        goal: Its target; ``None`` where the trials that set it are not all in the table.
        gate: Whether it is judged: ``open``; or not, because no target is one that only networks reach (``narrow``), or
            because the linear model reached the target (``linear``), or because the table does not say (``unknown``).
        config: The settings.
    """

    task: str
    rows: tuple[Row, ...]
    goal: Goal | None
    gate: Gate
    config: Config

    def update(self, model: str) -> Update | None:
        """Return what an update of a model costs."""
        return next((row for row in of(self.rows, Update) if row.model == model), None)

    def rounds(self, model: str) -> list[Round]:
        """Return the rounds of timing of a model, in order; none where one is missing."""
        own = sorted((row for row in of(self.rows, Round) if row.model == model), key=lambda row: row.timing_round)
        return own if [row.timing_round for row in own] == list(range(self.config.timing_rounds)) else []

    def reference(self, cost: Judged) -> str | None:
        """Return the deep network that is cheapest on the seeds of tuning; ``None`` where one's cost is not known."""
        ranks: dict[str, tuple[int, float]] = {}
        for model in DEEP:
            own, update = trials(self.rows, self.task, model, self.config), self.update(model)
            if own is None or self.goal is None or update is None:
                return None
            each = update_seconds(self.rounds(model)) if cost == "seconds" else update.update_flops
            if each is None:
                return None
            ranks[model] = log_cost(own, choice(own, self.goal, self.config), self.goal, each, self.config)
        return min(ranks, key=lambda model: ranks[model])

    def reached(self, model: str) -> dict[int, int | None]:
        """Return after how many updates each whole run reached the target; ``None`` where it did not."""
        assert self.goal is not None, "a task without a target is not asked for it"
        found = {}
        for (_, seed), own in by_run(of_model(self.rows, Look, model)).items():
            values = [row.eval_accuracy if self.goal.measure == "accuracy" else row.eval_loss for row in own]
            found[seed] = reached_at([row.updates for row in own], values, self.goal.target, self.goal.measure)
        return found

    def compare(self, rival: str, cost: Judged, comparisons: int) -> Comparison | None:
        """Compare what a rival pays for the target with what the cheapest deep network pays.

        Args:
            rival: The model whose cost is the numerator.
            cost: What is compared.
            comparisons: How many such intervals are to hold at once.

        Returns:
            The comparison; ``None`` where one of the models was not trained, or its cost is not known.
        """
        beside = self.reference(cost)
        if beside is None or self.goal is None:
            return None
        paid = {model: self._paid(model, cost) for model in (beside, rival)}
        if not all(paid.values()):
            return None
        short = {model: any(one is None for one in self.reached(model).values()) for model in paid}
        pairs = sorted(set(paid[beside]) & set(paid[rival]))
        samples = [[paid[rival][seed] - paid[beside][seed] for seed in pairs]]
        if cost == "seconds":
            timed = [[math.log10(row.update_seconds) for row in self.rounds(model)] for model in (rival, beside)]
            samples.append([one - other for one, other in zip(*timed, strict=True)])
        ratio = total(*samples, comparisons=comparisons) if len(pairs) > 1 else None
        return Comparison(self.task, beside, rival, cost, len(pairs), ratio, _BOUNDS[short[rival], short[beside]])

    def _paid(self, model: str, cost: Judged) -> dict[int, float]:
        """Return log10 of what each run paid, of seconds log10 of its updates; none where the cost is not known."""
        update = self.update(model)
        if update is None or (cost == "seconds" and not self.rounds(model)):
            return {}
        reached = self.reached(model)
        found = {}
        for (_, seed), own in by_run(of_model(self.rows, Look, model)).items():
            each = 1.0 if cost == "seconds" else each_update(cost, update, own, self.config.batch_size)
            if each is None:
                return {}
            spent = reached[seed]
            found[seed] = math.log10(each * (self.config.steps if spent is None else spent))
        return found


def findings(rows: Sequence[Row], task: str, config: Config) -> Findings:
    """Gather what the table holds of a task.

    A run some of whose looks are not in the table is left out: when it reached a target would not be known.

    Args:
        rows: The table; what was derived in it is left out.
        task: The task.
        config: The settings, which say what makes a run and a set of trials whole.
    """
    own = [row for row in on(rows, task) if not isinstance(row, (Look, Goal, Target, Compared, Ranking))]
    runs = by_run(of(on(rows, task), Look))
    whole = [row for run in runs.values() if [one.updates for one in run] == looks(config) for row in run]
    found = Findings(task, (*own, *whole), goal(own, task, config), "unknown", config)
    return Findings(task, found.rows, found.goal, _gate(found), config)


def _gate(found: Findings) -> Gate:
    if found.goal is None:
        return "unknown"
    if not found.goal.wide:
        return "narrow"
    reached = list(found.reached(LINEAR).values())
    if len(reached) < found.config.seeds:
        return "unknown"
    return "linear" if sum(one is not None for one in reached) >= len(reached) / 2 else "open"


def comparisons(config: Config) -> int:
    """Count the intervals that the statements rest on, all of which hold at once."""
    found = cases(config)
    return len(found) * len(ASKED) // len(_KINDS) + sum(case.kind == "static" for case in found)


def derived(rows: Sequence[Row], config: Config) -> list[Row]:
    """Compute what the table says of every task: its target, what each run paid for it, and how signals rank."""
    new: list[Row] = []
    for case in cases(config):
        found = findings(rows, case.task, config)
        if found.goal is None:
            continue
        new.append(found.goal)
        for update in of(found.rows, Update):
            own = of_model(found.rows, Look, update.model)
            new += costs_to_target(
                own, update, found.rounds(update.model), found.goal.measure, found.goal.target, config.batch_size
            )
        new += ranking(found.rows, case.task, COMPARED, config)
        if found.gate == "open":
            asked: dict[tuple[str, Judged], None] = dict.fromkeys((one.rival, one.cost) for one in ASKED.values())
            compared = [found.compare(rival, cost, comparisons(config)) for rival, cost in asked]
            new += [_row(one) for one in compared if one is not None]
    return new


def _row(one: Comparison) -> Compared:
    low, high = (None, None) if one.ratio is None else (one.ratio.low, one.ratio.high)
    return Compared(
        task=one.task,
        rival=one.rival,
        reference=one.reference,
        cost=one.cost,
        pairs=one.pairs,
        log10_ratio=None if one.ratio is None else one.ratio.mean,
        low=low,
        high=high,
        bound=one.bound,
    )


def seeds(rows: Sequence[Row]) -> int:
    """Count the judged repetitions of a task: the seeds with which every model was both looked at and tested."""
    models = [row.model for row in of(rows, Update)]
    each = [{row.training_seed for row in of_model(rows, kind, model)} for model in models for kind in (Look, End)]
    return len(set.intersection(*each)) if each else 0


class Signal(NamedTuple):
    """Squared gradient norms and covariance traces by seed, and the batch that they are held against."""

    seeds: tuple[int, ...]
    norms: Float[np.ndarray, " seeds"]
    traces: Float[np.ndarray, " seeds"]

    def of(self, seeds: Sequence[int]) -> Signal:
        """Return that of some of the seeds."""
        places = [self.seeds.index(seed) for seed in seeds]
        return Signal(tuple(seeds), self.norms[places], self.traces[places])


def signal(
    rows: Sequence[Row],
    model: str,
    moment: str,
    shots: int | None = None,
    layer: str = WHOLE,
    centred: bool | None = None,
) -> Signal:
    """Gather a layer's signal at a moment; with shots, the variance from them is in the trace.

    Runs that did not come to the moment, or whose gradient was not finite then, are left out. Before training the mean
    output is taken away, unless ``centred`` says otherwise.
    """
    wanted = moment == START if centred is None else centred
    found = {
        row.training_seed: (row.squared_norm_unbiased, row.covariance_trace)
        for row in of_model(rows, LayerSignal, model)
        if (row.shots_per_circuit, row.layer, row.moment, row.centred) == (shots, layer, moment, wanted)
        and row.squared_norm_unbiased is not None
        and row.covariance_trace is not None
    }
    norms, traces = np.array(list(found.values()), float).reshape(-1, 2).T
    return Signal(tuple(found), norms, traces)


def log_ratio(norm: float, trace: float) -> float:
    """Return log10 of norm ÷ trace; NaN where noise hides the signal."""
    return math.log10(norm / trace) if norm > 0 and trace > 0 else math.nan


def signal_to_noise(found: Signal, batch: int) -> Interval | None:
    """Return B ‖G‖²/tr Σ with its interval, both averaged over seeds first.

    ``None`` where noise hides it, or fewer than two seeds were measured.
    """
    if len(found.seeds) < 2:
        return None
    interval = jackknife(log_ratio, found.norms, found.traces)
    return None if math.isnan(interval.low) else Interval(*(batch * 10**end for end in interval))


def ranking(rows: Sequence[Row], task: str, models: Sequence[str], config: Config) -> list[Ranking]:
    """Rank models by signal-to-noise at each moment, pair by pair; circuits with shots stand apart.

    Args:
        rows: The rows of the task.
        task: Its name.
        models: Those that are ranked.
        config: The settings, for the moments.
    """
    entries: list[tuple[str, int | None]] = [(model, shots) for model in models for shots in shot_numbers(rows, model)]
    pairs = list(itertools.combinations(entries, 2))
    when = moments(config)
    least = CLAIMS["C0"].thresholds["least_seeds"]
    ranked: list[Ranking] = []
    for moment, (first, second) in itertools.product(when, pairs):
        one, other = (signal(rows, model, moment, shots) for model, shots in (first, second))
        common = sorted(set(one.seeds) & set(other.seeds))
        log10, low, high = _log10_ratio(one.of(common), other.of(common), len(when) * len(pairs))
        ranked.append(
            Ranking(
                task=task,
                moment=moment,
                first=first[0],
                first_shots=first[1],
                second=second[0],
                second_shots=second[1],
                log10_ratio=log10,
                low=low,
                high=high,
                ranked=bool(low is not None and high is not None and len(common) >= least and (low > 0 or high < 0)),
            )
        )
    return ranked


def shot_numbers(rows: Sequence[Row], model: str) -> list[int | None]:
    """List the measurement repetitions with which a model's signal is known, ``None`` for none first."""
    return sorted({row.shots_per_circuit for row in of_model(rows, LayerSignal, model)}, key=lambda one: one or 0)


def _log10_ratio(one: Signal, other: Signal, comparisons: int) -> tuple[float, float, float] | tuple[None, None, None]:
    """Return log10 of the ratio of two signals-to-noise, with its interval; ``None`` where that is not known."""
    if len(one.seeds) < 2:
        return None, None, None
    interval = jackknife(
        lambda a, b, c, d: log_ratio(a, b) - log_ratio(c, d),
        one.norms, one.traces, other.norms, other.traces, comparisons=comparisons,
    )  # fmt: skip
    return (None, None, None) if math.isnan(interval.low) else (interval.mean, interval.low, interval.high)


def gain(rows: Sequence[Row], better: str, worse: str, comparisons: int) -> tuple[int, Interval | None]:
    """Return by how much one model's test accuracy is above another's, paired by seed, and the number of pairs."""
    tested = [
        {row.training_seed: row.test_accuracy for row in of_model(rows, End, model) if row.test_accuracy is not None}
        for model in (better, worse)
    ]
    pairs = sorted(set(tested[0]) & set(tested[1]))
    if len(pairs) < 2:
        return len(pairs), None
    return len(pairs), student([tested[0][seed] - tested[1][seed] for seed in pairs], comparisons)
