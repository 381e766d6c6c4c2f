"""What the table says of costs to a target and of signal-to-noise, in numbers with their intervals."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float

from eval.claims import CLAIMS
from eval.recorder import Row
from eval.statistics.equivalence import above
from eval.statistics.intervals import Interval, jackknife, student
from eval.studies.gradient_worth.signal import WHOLE

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
    cost: str
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


def part(rows: Sequence[Row], name: str, **wanted: object) -> list[Row]:
    """Return the rows of a part with these values, in the order of their seeds."""
    own = [row for row in rows if row["part"] == name and all(row[key] == value for key, value in wanted.items())]
    return sorted(own, key=lambda row: row.get("training_seed", 0))


def names(rows: Sequence[Row]) -> list[str]:
    """Return the models whose cost is known, in the table's order."""
    return [row["model"] for row in part(rows, "cost")]


def seeds(rows: Sequence[Row]) -> int:
    """Count the judged repetitions, the fewest of any model."""
    return min((len(part(rows, "end", model=model)) for model in names(rows)), default=0)


def to_target(
    rows: Sequence[Row], model: str, target: float, cost: str, measure: str = "accuracy"
) -> list[float | None]:
    """Return what each seed paid to a target; ``None`` where it was not reached or the cost is not known."""
    own = [row[cost] for row in part(rows, "target", model=model, target=target, measure=measure)]
    return [None if value is None else float(value) for value in own]


def share_reached(rows: Sequence[Row], model: str, target: float, measure: str = "accuracy") -> tuple[int, int]:
    """Count the seeds that reached a target, and all of them."""
    own = part(rows, "target", model=model, target=target, measure=measure)
    return sum(row["reached"] for row in own), len(own)


def highest_target(rows: Sequence[Row], model: str) -> float | None:
    """Return the highest accuracy that all seeds of a model reach; ``None`` where there is none."""
    targets = {row["target"] for row in part(rows, "target", model=model, measure="accuracy")}
    reached = [target for target in targets if len(set(share_reached(rows, model, target))) == 1]
    return max(reached, default=None)


def common_target(rows: Sequence[Row], models: Sequence[str]) -> float | None:
    """Return the highest accuracy that all seeds of all models reach which reach any; ``None`` if no model does."""
    highest = [target for model in models if (target := highest_target(rows, model)) is not None]
    return min(highest, default=None)


def compare(
    rows: Sequence[Row], reference: str, rival: str, target: float, cost: str, comparisons: int
) -> Comparison | None:
    """Compare what two models pay for a target.

    Args:
        rows: The table.
        reference: The model whose cost is the denominator.
        rival: The model whose cost is the numerator.
        target: A validation accuracy.
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
        own = part(rows, "target", model=model, target=target, measure="accuracy")
        paid[model] = {row["training_seed"]: float(row[cost]) if row["reached"] else whole for row in own}
        short[model] = not all(row["reached"] for row in own)
    pairs = sorted(set(paid[reference]) & set(paid[rival]))
    if not pairs:
        return None
    logarithms = [math.log10(paid[rival][seed] / paid[reference][seed]) for seed in pairs]
    ratio = student(logarithms, comparisons) if len(pairs) > 1 else None
    return Comparison(reference, rival, cost, len(pairs), ratio, _BOUNDS[short[rival], short[reference]])


def _whole(rows: Sequence[Row], model: str, cost: str) -> float | None:
    """Return what a whole run costs; ``None`` where no run or no cost is known."""
    updates = [row["updates"] for row in part(rows, "curve", model=model)]
    each = [row[f"{cost}_update"] for row in part(rows, "cost", model=model)]
    return float(each[0] * max(updates)) if updates and each and each[0] is not None else None


def geometric(values: Sequence[float | None]) -> Interval | None:
    """Return the geometric mean with its interval; ``None`` where any value is: the mean of the rest would mislead."""
    if not values or any(value is None for value in values):
        return None
    return Interval(*(10**end for end in student(np.log10(np.array(values, float)))))


class Signal(NamedTuple):
    """Squared gradient norms and covariance traces, a seed each, and the batch that they are held against."""

    norms: Float[np.ndarray, " seeds"]
    traces: Float[np.ndarray, " seeds"]


def signal(
    rows: Sequence[Row], model: str, updates: Sequence[int], shots: int | None = None, layer: str = WHOLE
) -> Signal:
    """Average a layer's signal over moments; with shots, the variance from them is in the trace."""
    own = [row for row in part(rows, "signal", model=model, shots=shots, layer=layer) if row["updates"] in updates]
    sums = {row["training_seed"]: np.zeros(2) for row in own}
    for row in own:
        pair = (row["squared_norm_unbiased"], row["covariance_trace"])
        sums[row["training_seed"]] += np.array(pair, float) / len(updates)
    norms, traces = np.array(list(sums.values())).reshape(-1, 2).T
    return Signal(norms, traces)


def log_ratio(norm: float, trace: float) -> float:
    """Return log10 of norm ÷ trace; NaN where noise hides the signal."""
    return math.log10(norm / trace) if norm > 0 and trace > 0 else math.nan


def signal_to_noise(found: Signal, batch: int) -> Interval | None:
    """Return B ‖G‖²/tr Σ with its interval, both averaged over seeds first; ``None`` where noise hides it."""
    interval = jackknife(log_ratio, found.norms, found.traces)
    return None if math.isnan(interval.low) else Interval(*(batch * 10**end for end in interval))


def moments(rows: Sequence[Row]) -> list[int]:
    """Return the numbers of updates at which the signal was measured."""
    return sorted({row["updates"] for row in part(rows, "signal")})


def periods(rows: Sequence[Row]) -> dict[str, list[int]]:
    """Return the updates of what is ranked: before training, and after it began, averaged before dividing."""
    first, *rest = moments(rows)
    return {"before training": [first], "through training": rest}


def ranking(rows: Sequence[Row], models: Sequence[str]) -> list[Row]:
    """Rank models by signal-to-noise before and through training, pair by pair; circuits with shots stand apart.

    ``log10_ratio`` is that of the first to the second, ``low`` and ``high`` its simultaneous 95% interval, all ``None``
    where noise hides a signal. ``ranked`` says whether the interval excludes 0, for which enough seeds are needed.
    """
    entries: list[tuple[str, int | None]] = [
        (model, shots)
        for model in models
        for shots in sorted({row["shots"] for row in part(rows, "signal", model=model)}, key=lambda one: one or 0)
    ]
    pairs = list(itertools.combinations(entries, 2))
    when = periods(rows)
    enough = seeds(rows) >= CLAIMS["C0"].thresholds["least_seeds"]
    ranked: list[Row] = []
    for (period, updates), (first, second) in itertools.product(when.items(), pairs):
        one, other = (signal(rows, model, updates, shots) for model, shots in (first, second))
        interval = jackknife(
            lambda a, b, c, d: log_ratio(a, b) - log_ratio(c, d),
            one.norms, one.traces, other.norms, other.traces, comparisons=len(when) * len(pairs),
        )  # fmt: skip
        known = not math.isnan(interval.low)
        ranked.append(
            {
                "period": period,
                "first": first[0],
                "first_shots": first[1],
                "second": second[0],
                "second_shots": second[1],
                "log10_ratio": interval.mean if known else None,
                "low": interval.low if known else None,
                "high": interval.high if known else None,
                "ranked": bool(enough and known and (interval.low > 0 or interval.high < 0)),
            }
        )
    return ranked
