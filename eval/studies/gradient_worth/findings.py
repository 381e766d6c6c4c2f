"""What the table says, in numbers with their intervals."""

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
from eval.statistics.intervals import Interval, jackknife, student
from eval.studies.gradient_worth.signal import WHOLE

Outcome = Literal["dearer", "cheaper", "undecided"]
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
        rival: Another.
        cost: ``flops`` or ``seconds``.
        ratio: log10 of rival ÷ reference, paired by seed; of runs that did not reach the target, with all they spent.
        bound: What that makes of the ratio: exact (``""``), ``at least`` where the rival fell short in some seed,
            ``at most`` where the reference did, ``unknown`` where both did.
        outcome: Of the rival, by the whole interval and as far as the bound allows it to be said.
    """

    reference: str
    rival: str
    cost: str
    ratio: Interval
    bound: Bound
    outcome: Outcome


def part(rows: Sequence[Row], name: str, **wanted: object) -> list[Row]:
    """Rows of a part with these values, in the order of their seeds."""
    own = [row for row in rows if row["part"] == name and all(row[key] == value for key, value in wanted.items())]
    return sorted(own, key=lambda row: row.get("training_seed", 0))


def names(rows: Sequence[Row]) -> list[str]:
    """The models, in the table's order."""
    return [row["model"] for row in part(rows, "cost")]


def seeds(rows: Sequence[Row]) -> int:
    """Judged repetitions, the fewest of any model."""
    return min(len(part(rows, "end", model=model)) for model in names(rows))


def to_target(
    rows: Sequence[Row], model: str, target: float, cost: str, measure: str = "accuracy"
) -> list[float | None]:
    """What each seed paid to a target; ``None`` where it was not reached or the cost is not known."""
    own = [row[cost] for row in part(rows, "target", model=model, target=target, measure=measure)]
    return [None if value is None else float(value) for value in own]


def share_reached(rows: Sequence[Row], model: str, target: float, measure: str = "accuracy") -> tuple[int, int]:
    """Seeds that reached a target, and all of them."""
    own = part(rows, "target", model=model, target=target, measure=measure)
    return sum(row["reached"] for row in own), len(own)


def highest_target(rows: Sequence[Row], model: str) -> float | None:
    """The highest accuracy that all seeds of a model reach."""
    targets = {row["target"] for row in part(rows, "target", model=model, measure="accuracy")}
    reached = [target for target in targets if len(set(share_reached(rows, model, target))) == 1]
    return max(reached, default=None)


def common_target(rows: Sequence[Row], models: Sequence[str]) -> float | None:
    """The highest accuracy that all seeds of all models reach which reach any in all seeds; ``None`` if none does."""
    highest = [target for model in models if (target := highest_target(rows, model)) is not None]
    return min(highest, default=None)


def compare(rows: Sequence[Row], reference: str, rival: str, target: float, cost: str, comparisons: int) -> Comparison:
    """What the rival pays for the target beside the reference; all ``comparisons`` hold at once."""
    paid, short = {}, {}
    for model in (reference, rival):
        own = to_target(rows, model, target, cost)
        short[model] = None in own
        paid[model] = np.array([_whole(rows, model, cost) if one is None else one for one in own], float)
    ratio = student(np.log10(paid[rival] / paid[reference]), comparisons)
    bound = _BOUNDS[short[rival], short[reference]]
    threshold = CLAIMS["C0"].thresholds["log10_ratio"]
    outcome: Outcome = "undecided"
    if ratio.low > threshold and bound in ("", "at least"):
        outcome = "dearer"
    if ratio.high < -threshold and bound in ("", "at most"):
        outcome = "cheaper"
    return Comparison(reference, rival, cost, ratio, bound, outcome)


def _whole(rows: Sequence[Row], model: str, cost: str) -> float:
    """What a whole run costs."""
    (update,) = part(rows, "cost", model=model)
    return float(update[f"{cost}_update"] * max(row["updates"] for row in part(rows, "curve", model=model)))


def geometric(values: Sequence[float | None]) -> Interval | None:
    """Geometric mean with its interval; ``None`` where any is ``None``: a mean over those that succeeded misleads."""
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
    """Of a layer, averaged over moments; with shots, the variance from them is in the trace."""
    own = [row for row in part(rows, "signal", model=model, shots=shots, layer=layer) if row["updates"] in updates]
    sums = {row["training_seed"]: np.zeros(2) for row in own}
    for row in own:
        pair = (row["squared_norm_unbiased"], row["covariance_trace"])
        sums[row["training_seed"]] += np.array(pair, float) / len(updates)
    norms, traces = np.array(list(sums.values())).reshape(-1, 2).T
    return Signal(norms, traces)


def log_ratio(norm: float, trace: float) -> float:
    """log10 of norm ÷ trace; NaN where noise hides the signal."""
    return math.log10(norm / trace) if norm > 0 and trace > 0 else math.nan


def signal_to_noise(found: Signal, batch: int) -> Interval | None:
    """B ‖G‖²/tr Σ with its interval, both averaged over seeds before dividing; ``None`` where noise hides it."""
    interval = jackknife(log_ratio, found.norms, found.traces)
    return None if math.isnan(interval.low) else Interval(*(batch * 10**end for end in interval))


def moments(rows: Sequence[Row]) -> list[int]:
    """Updates at which the signal was measured."""
    return sorted({row["updates"] for row in part(rows, "signal")})


def periods(rows: Sequence[Row]) -> dict[str, list[int]]:
    """What is ranked: the gradient before training, and those after it began, averaged before dividing."""
    first, *rest = moments(rows)
    return {"before training": [first], "through training": rest}


def ranking(rows: Sequence[Row], models: Sequence[str]) -> list[Row]:
    """Models by signal-to-noise before and through training, pair by pair; circuits with shots stand apart.

    ``log10_ratio`` is that of the first to the second, ``low`` and ``high`` its simultaneous 95% interval, all ``None``
    where noise hides a signal. ``ranked`` says whether the order is beyond doubt, for which enough seeds are needed.
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
