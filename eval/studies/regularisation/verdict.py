"""What the paired runs say of claim C5."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from eval.claims import CLAIMS
from eval.judgement import Judgement, Verdict, judged, not_measured
from eval.statistics.equivalence import above, below, every
from eval.statistics.intervals import Interval, student
from eval.statistics.simultaneous import largest, smallest_of_largest
from eval.studies.regularisation.config import Config, DataSetName
from eval.studies.regularisation.rows import (
    CIRCUIT,
    EARLY_STOPPING,
    LOGISTIC,
    NETWORK,
    NONE,
    PRODUCT,
    ModelName,
    RegulariserName,
    Run,
)

REGULARISERS: tuple[RegulariserName, ...] = (EARLY_STOPPING, "gate_dropout", "l2", "layerwise", "depolarising_noise")
"""The regularisers that are judged, which are the names of their statements too."""

_LIMITS = CLAIMS["C5"].thresholds
_MORE_SEEDS = "more settings.seeds: the interval holds the threshold"
_NOT_SHARED = "The data sets share fewer than two seeds.", "two seeds that every data set has"
_OVERFITTING = "a circuit that overfits: fewer settings.train_examples, or more settings.steps"


@dataclass(frozen=True)
class Effect:
    """A model or regulariser on one data set, against the circuit without a regulariser, paired by seed.

    Attributes:
        data_set: The data set that it was trained on.
        model: The kind of model that was trained.
        regulariser: What regularised it.
        strength: The strength with the lowest mean validation loss.
        eval_loss: The mean validation loss at that strength, in nats.
        seeds: The training seeds that both have, ascending.
        gains: The test accuracy less that of the circuit alone, for each seed.
        test_losses: The test loss less that of the circuit alone, in nats, for each seed.
        gap: The test loss less the training loss, in nats, for each seed.
        gap_changes: The gap less that of the circuit alone, in nats, for each seed.
    """

    data_set: DataSetName
    model: ModelName
    regulariser: RegulariserName
    strength: float
    eval_loss: float
    seeds: tuple[int, ...]
    gains: Float[np.ndarray, " seeds"]
    test_losses: Float[np.ndarray, " seeds"]
    gap: Float[np.ndarray, " seeds"]
    gap_changes: Float[np.ndarray, " seeds"]


_Compared = tuple[DataSetName, ModelName, RegulariserName]


def effects(rows: Sequence[Run]) -> list[Effect]:
    """Compare every model and regulariser with the circuit alone, which is among them.

    Args:
        rows: The table of the study.

    Returns:
        One effect per data set, model and regulariser, in the table's order, at the strength with the lowest mean
        validation loss. What shares fewer than two seeds with the circuit alone is left out.
    """
    groups: dict[_Compared, list[Run]] = {}
    for row in rows:
        groups.setdefault((row.data_set, row.model, row.regulariser), []).append(row)
    found = [_effect(key, group, groups.get((key[0], CIRCUIT, NONE), [])) for key, group in groups.items()]
    return [effect for effect in found if len(effect.seeds) >= 2]


def _effect(key: _Compared, group: Sequence[Run], alone: Sequence[Run]) -> Effect:
    data_set, model, regulariser = key
    best = min(_by_strength(regulariser, group), key=_eval_loss)
    one, other = ({row.training_seed: row for row in runs} for runs in (best, alone))
    seeds = sorted(set(one) & set(other))
    gap = np.array([_gap(one[seed]) for seed in seeds])
    return Effect(
        data_set=data_set,
        model=model,
        regulariser=regulariser,
        strength=float(np.mean([row.strength for row in best])),
        eval_loss=_eval_loss(best),
        seeds=tuple(seeds),
        gains=np.array([one[seed].test_accuracy - other[seed].test_accuracy for seed in seeds]),
        test_losses=np.array([one[seed].test_loss - other[seed].test_loss for seed in seeds]),
        gap=gap,
        gap_changes=gap - np.array([_gap(other[seed]) for seed in seeds]),
    )


def _by_strength(regulariser: RegulariserName, group: Sequence[Run]) -> list[list[Run]]:
    """Split the runs of a regulariser into those of each strength; early stopping finds one for each seed instead."""
    if regulariser == EARLY_STOPPING:
        return [list(group)]
    return [[row for row in group if row.strength == one] for one in sorted({row.strength for row in group})]


def _eval_loss(runs: Sequence[Run]) -> float:
    return float(np.mean([row.eval_loss for row in runs]))


def _gap(row: Run) -> float:
    return row.test_loss - row.train_loss


def regularised(found: Sequence[Effect]) -> list[Effect]:
    """Return the effects of the circuit with a regulariser."""
    return [effect for effect in found if effect.model == CIRCUIT and effect.regulariser != NONE]


def overfitted(found: Sequence[Effect]) -> list[DataSetName]:
    """Return the data sets on which the circuit alone overfits.

    Args:
        found: The effects, those of the circuit alone among them.

    Returns:
        The data sets on which the whole interval of its train-test gap is positive, the intervals of all data sets
        holding at once.
    """
    alone = [effect for effect in found if (effect.model, effect.regulariser) == (CIRCUIT, NONE)]
    return [effect.data_set for effect in alone if student(effect.gap, len(alone)).low > 0]


def verdicts(rows: list[Run], config: Config) -> list[Verdict]:
    """Judge the statements of claim C5, on the data sets on which the circuit alone overfits."""
    found = effects(rows)
    where = overfitted(found)
    tried: _Tried = {(one.data_set, one.regulariser): one for one in regularised(found) if one.data_set in where}
    judgements = (
        *(_narrows(name, where, tried) for name in REGULARISERS),
        _accuracy(where, tried),
        _relevant_gain(where, tried),
        _preferred(where, tried),
    )
    return [Verdict("C5", judgements, _conditions(rows, where, config), _context(found, tried))]


_Tried = dict[tuple[DataSetName, RegulariserName], Effect]


def _narrows(regulariser: RegulariserName, where: Sequence[DataSetName], tried: _Tried) -> Judgement:
    if lacking := _lacking(where, tried, (regulariser,)):
        return not_measured(regulariser, *lacking)
    own = [tried[data_set, regulariser] for data_set in where]
    change, gain = _mean(own, _gap_changes), _mean(own, _gains)
    if change is None or gain is None:
        return not_measured(regulariser, *_NOT_SHARED)
    alone = [one.data_set for one in own if student(one.gap_changes, len(own)).high < _LIMITS["gap_change"]]
    return judged(
        regulariser,
        # A model that learns nothing has no gap: what narrows it must not be that less is learned.
        every(
            below(change.low, change.high, _LIMITS["gap_change"]),
            above(gain.low, gain.high, -_LIMITS["relevant_gain"]),
        ),
        f"In the mean of the data sets the gap changes by {change.mean:+.2g} nats and the test accuracy by "
        f"{gain.mean:+.3f}; taken one by one, the gap narrows on {' and '.join(alone) or 'none of them'}.",
        needed="more settings.seeds: the interval of the gap or that of the test accuracy holds its threshold",
        quantity=f"change of the gap between test and training loss with {in_words(regulariser)}, nats, mean of the "
        "data sets",
        value=change.mean,
        low=change.low,
        high=change.high,
    )


def _accuracy(where: Sequence[DataSetName], tried: _Tried) -> Judgement:
    if lacking := _lacking(where, tried, REGULARISERS):
        return not_measured("accuracy", *lacking)
    on_each = [[tried[data_set, name] for name in REGULARISERS] for data_set in where]
    gain = smallest_of_largest([[effect.gains for effect in own] for own in on_each])
    least = min((max(own, key=_mean_gain) for own in on_each), key=_mean_gain)
    return judged(
        "accuracy",
        above(gain.low, gain.high, _LIMITS["accuracy_gain"]),
        f"On {least.data_set}, where the best regulariser gains least, {in_words(least.regulariser)} changes the test "
        f"accuracy by {gain.mean:+.3f}.",
        needed=_MORE_SEEDS,
        quantity="smallest, over the data sets, of the largest gain in test accuracy of a regulariser",
        value=gain.mean,
        low=gain.low,
        high=gain.high,
    )


def _relevant_gain(where: Sequence[DataSetName], tried: _Tried) -> Judgement:
    if lacking := _lacking(where, tried, REGULARISERS):
        return not_measured("relevant_gain", *lacking)
    gain = largest([effect.gains for effect in tried.values()])
    most = max(tried.values(), key=_mean_gain)
    return judged(
        "relevant_gain",
        above(gain.low, gain.high, _LIMITS["relevant_gain"]),
        f"Of {len(tried)} combinations of regulariser and data set, {in_words(most.regulariser)} on {most.data_set} "
        f"gains the most test accuracy, {gain.mean:+.3f}.",
        needed=_MORE_SEEDS,
        quantity="largest gain in test accuracy of a regulariser on a data set",
        value=gain.mean,
        low=gain.low,
        high=gain.high,
    )


def _preferred(where: Sequence[DataSetName], tried: _Tried) -> Judgement:
    if lacking := _lacking(where, tried, REGULARISERS):
        return not_measured("preferred", *lacking)
    chosen = [
        min((tried[data_set, name] for name in REGULARISERS), key=lambda effect: effect.eval_loss) for data_set in where
    ]
    gain = _mean(chosen, _gains)
    if gain is None:
        return not_measured("preferred", *_NOT_SHARED)
    names = ", ".join(f"{in_words(one.regulariser)} on {one.data_set}" for one in chosen)
    return judged(
        "preferred",
        above(gain.low, gain.high, _LIMITS["accuracy_gain"]),
        f"Validation prefers {names}, which changes the test accuracy by {gain.mean:+.3f} in the mean.",
        needed=_MORE_SEEDS,
        quantity="gain in test accuracy of the regulariser that validation prefers, mean of the data sets",
        value=gain.mean,
        low=gain.low,
        high=gain.high,
    )


def _lacking(
    where: Sequence[DataSetName], tried: _Tried, regularisers: Sequence[RegulariserName]
) -> tuple[str, str] | None:
    """Return why there is nothing to judge and what is needed; ``None`` where all is there."""
    if not where:
        return "The circuit alone overfits on no data set, so that there is nothing to regularise.", _OVERFITTING
    for data_set in where:
        for name in regularisers:
            if (data_set, name) not in tried:
                return (
                    f"Fewer than two paired seeds were trained with {in_words(name)} on {data_set}.",
                    "two seeds of every regulariser on every data set",
                )
    return None


def _mean(found: Sequence[Effect], values: Callable[[Effect], Float[np.ndarray, " seeds"]]) -> Interval | None:
    """Return the mean over effects with its interval over the seeds that all have; ``None`` for fewer than two."""
    by_seed = [dict(zip(effect.seeds, values(effect).tolist(), strict=True)) for effect in found]
    shared = sorted(set.intersection(*(set(one) for one in by_seed)))
    return student([np.mean([one[seed] for one in by_seed]) for seed in shared]) if len(shared) >= 2 else None


def _gains(effect: Effect) -> Float[np.ndarray, " seeds"]:
    return effect.gains


def _gap_changes(effect: Effect) -> Float[np.ndarray, " seeds"]:
    return effect.gap_changes


def _mean_gain(effect: Effect) -> float:
    return float(effect.gains.mean())


def in_words(name: RegulariserName) -> str:
    """Return the name of a regulariser as it is written in a sentence."""
    return {"l2": "L2", "layerwise": "layerwise training"}.get(name, name.replace("_", " "))


def _context(found: Sequence[Effect], tried: _Tried) -> tuple[str, ...]:
    """Say what each regulariser does to test accuracy, and how other models do beside the circuit alone."""
    sentences = []
    for name in REGULARISERS:
        own = [effect for (_, regulariser), effect in tried.items() if regulariser == name]
        if own and (gain := _mean(own, _gains)) and (loss := _mean(own, lambda effect: effect.test_losses)):
            sentences.append(
                f"With {in_words(name)} the test accuracy changes by {gain} and the test loss by {loss} nats in the "
                "mean of the data sets on which the circuit alone overfits."
            )
    for model in (PRODUCT, NETWORK, LOGISTIC):
        own = [effect for effect in found if effect.model == model]
        if own and (gain := _mean(own, _gains)):
            sentences.append(
                f"Without a regulariser, the test accuracy of the {model} less that of the circuit is {gain} in the "
                "mean of all data sets."
            )
    return tuple(sentences)


def _conditions(rows: Sequence[Run], where: Sequence[DataSetName], config: Config) -> tuple[str, ...]:
    counts = {row.model: row.parameters for row in rows}
    shown = ", ".join(f"{model} {count}" for model, count in counts.items())
    return (
        f"the circuit has {config.qubits} qubits and {config.layers} layers that load the features again",
        f"it learns from {config.train_examples} examples in {config.steps} updates, with {config.seeds} paired seeds",
        f"the parameters are: {shown}",
        f"the circuit alone overfits on {', '.join(where) or 'no data set'}",
        "strengths and the time to stop are chosen by the validation split",
    )
