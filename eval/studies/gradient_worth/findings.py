"""What the table says of costs to a target and of signal-to-noise, in numbers with their intervals."""

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
from eval.statistics.equivalence import above
from eval.statistics.intervals import Interval, jackknife, student
from eval.studies.gradient_worth.rows import Cost, End, LayerSignal, Look, Measure, OfRun, Ranking, Target, Update
from eval.studies.gradient_worth.signal import WHOLE

Judged = Literal["flops", "seconds"]
Q = TypeVar("Q", bound=OfRun)

Bound = Literal["", "at least", "at most", "unknown"]
_BOUNDS: dict[tuple[bool, bool], Bound] = {
    (False, False): "", (True, False): "at least", (False, True): "at most", (True, True): "unknown",
}  # fmt: skip
"""By whether the rival fell short of the target, and whether the reference did."""


@dataclass(frozen=True)
class Comparison:
    """What a rival pays for a target, beside what the reference pays.

    Attributes:
        reference: A model.
        rival: Another model.
        cost: ``flops`` or ``seconds``.
        pairs: The seeds that both models were trained with.
        ratio: log10 of rival ÷ reference, paired by seed; a run that did not reach the target counts with all that it
            spent. ``None`` for fewer than two pairs.
        bound: What that makes of the ratio: exact (``""``), ``at least`` where the rival fell short in some seed,
            ``at most`` where the reference did, ``unknown`` where both did.
    """

    reference: str
    rival: str
    cost: Judged
    pairs: int
    ratio: Interval | None
    bound: Bound

    @property
    def dearer(self) -> bool | None:
        """Whether the rival pays more, by the whole interval and as far as the bound allows it to be said."""
        thresholds = CLAIMS["C0"].thresholds
        if self.ratio is None or self.pairs < thresholds["least_seeds"]:
            return None
        low = -math.inf if self.bound in ("at most", "unknown") else self.ratio.low
        high = math.inf if self.bound in ("at least", "unknown") else self.ratio.high
        return above(low, high, thresholds["log10_ratio"])


def of_model(rows: Sequence[Row], kind: type[Q], model: str) -> list[Q]:
    """Return the rows of a kind of one model, in the order of their seeds."""
    return sorted((row for row in of(rows, kind) if row.model == model), key=lambda row: row.training_seed)


def names(rows: Sequence[Row]) -> list[str]:
    """Return the models whose cost is known, in the table's order."""
    return [row.model for row in of(rows, Update)]


def seeds(rows: Sequence[Row]) -> int:
    """Count the judged repetitions: the seeds with which every model was both looked at and tested."""
    each = [{row.training_seed for row in of_model(rows, kind, model)} for model in names(rows) for kind in (Look, End)]
    return len(set.intersection(*each)) if each else 0


def judged_measure(rows: Sequence[Row]) -> Measure:
    """Return what targets are of: the accuracy, or the loss where what is predicted are values."""
    known = {row.measure for row in of(rows, Target)}
    return "loss" if known == {"loss"} and all(row.eval_accuracy is None for row in of(rows, Look)) else "accuracy"


def to_target(rows: Sequence[Row], model: str, target: float, cost: Cost) -> list[float | None]:
    """Return what each seed paid to a target; ``None`` where it was not reached or the cost is not known."""
    paid = [row.paid(cost) for row in _at(rows, model, target)]
    return [None if value is None else float(value) for value in paid]


def share_reached(rows: Sequence[Row], model: str, target: float) -> tuple[int, int]:
    """Count the seeds that reached a target, and all of them."""
    own = _at(rows, model, target)
    return sum(row.reached for row in own), len(own)


def _at(rows: Sequence[Row], model: str, target: float) -> list[Target]:
    measure = judged_measure(rows)
    return [row for row in of_model(rows, Target, model) if row.measure == measure and row.target == target]


def hardest_target(rows: Sequence[Row], model: str) -> float | None:
    """Return the highest accuracy, or the lowest loss, that all seeds of a model reach; ``None`` if there is none."""
    measure = judged_measure(rows)
    targets = {row.target for row in of_model(rows, Target, model) if row.measure == measure}
    reached = [target for target in targets if len(set(share_reached(rows, model, target))) == 1]
    return (max if measure == "accuracy" else min)(reached, default=None)


def common_target(rows: Sequence[Row], models: Sequence[str]) -> float | None:
    """Return the hardest target that all seeds of all models reach which reach any; ``None`` if no model does."""
    hardest = [target for model in models if (target := hardest_target(rows, model)) is not None]
    return (min if judged_measure(rows) == "accuracy" else max)(hardest, default=None)


def compare(
    rows: Sequence[Row], reference: str, rival: str, target: float, cost: Judged, comparisons: int
) -> Comparison | None:
    """Compare what two models pay for a target.

    Args:
        rows: The table.
        reference: The model whose cost is the denominator.
        rival: The model whose cost is the numerator.
        target: A validation accuracy, or a loss of values.
        cost: ``flops`` or ``seconds``.
        comparisons: How many such intervals are to hold at once.

    Returns:
        The comparison; ``None`` where one of the models was not trained, or its cost is not known.
    """
    paid: dict[str, dict[int, float]] = {}
    short: dict[str, bool] = {}
    for model in (reference, rival):
        whole = _whole(rows, model, cost)
        if whole is None:
            return None
        own = _at(rows, model, target)
        paid[model] = {row.training_seed: whole if (one := row.paid(cost)) is None else float(one) for row in own}
        short[model] = not all(row.reached for row in own)
    pairs = sorted(set(paid[reference]) & set(paid[rival]))
    if not pairs:
        return None
    logarithms = [math.log10(paid[rival][seed] / paid[reference][seed]) for seed in pairs]
    ratio = student(logarithms, comparisons) if len(pairs) > 1 else None
    return Comparison(reference, rival, cost, len(pairs), ratio, _BOUNDS[short[rival], short[reference]])


def _whole(rows: Sequence[Row], model: str, cost: Judged) -> float | None:
    """Return what a whole run costs; ``None`` where no run or no cost is known."""
    updates = [row.updates for row in of_model(rows, Look, model)]
    each = [
        row.update_flops if cost == "flops" else row.update_seconds for row in of(rows, Update) if row.model == model
    ]
    return float(each[0] * max(updates)) if updates and each and each[0] is not None else None


def geometric(values: Sequence[float | None]) -> Interval | None:
    """Return the geometric mean with its interval; ``None`` where any value is: the mean of the rest would mislead."""
    if not values or any(value is None for value in values):
        return None
    return Interval(*(10**end for end in student(np.log10(np.array(values, float)))))


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
    rows: Sequence[Row], model: str, updates: Sequence[int], shots: int | None = None, layer: str = WHOLE
) -> Signal:
    """Average a layer's signal over moments; with shots, the variance from them is in the trace.

    Runs of which a moment is not in the table, or not finite, are left out.
    """
    sums: dict[int, list[tuple[float, float]]] = {}
    for row in of_model(rows, LayerSignal, model):
        if row.shots_per_circuit == shots and row.layer == layer and row.updates in updates:
            own = sums.setdefault(row.training_seed, [])
            if row.squared_norm_unbiased is not None and row.covariance_trace is not None:
                own.append((row.squared_norm_unbiased, row.covariance_trace))
    whole = {seed: np.mean(own, axis=0) for seed, own in sums.items() if len(own) == len(updates)}
    norms, traces = np.array(list(whole.values()), float).reshape(-1, 2).T
    return Signal(tuple(whole), norms, traces)


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


def moments(rows: Sequence[Row]) -> list[int]:
    """Return the numbers of updates at which the signal was measured."""
    return sorted({row.updates for row in of(rows, LayerSignal)})


def periods(rows: Sequence[Row]) -> dict[str, list[int]]:
    """Return the updates of what is ranked: before training, and after it began, averaged before dividing."""
    first, *rest = moments(rows)
    return {"before training": [first], "through training": rest}


def ranking(rows: Sequence[Row], models: Sequence[str]) -> list[Ranking]:
    """Rank models by signal-to-noise before and through training, pair by pair; circuits with shots stand apart.

    Args:
        rows: The table, with signals of at least two moments.
        models: Those that are ranked.
    """
    entries: list[tuple[str, int | None]] = [(model, shots) for model in models for shots in shot_numbers(rows, model)]
    pairs = list(itertools.combinations(entries, 2))
    when = periods(rows)
    least = CLAIMS["C0"].thresholds["least_seeds"]
    ranked: list[Ranking] = []
    for (period, updates), (first, second) in itertools.product(when.items(), pairs):
        one, other = (signal(rows, model, updates, shots) for model, shots in (first, second))
        common = sorted(set(one.seeds) & set(other.seeds))
        log10, low, high = _log10_ratio(one.of(common), other.of(common), len(when) * len(pairs))
        ranked.append(
            Ranking(
                period=period,
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
