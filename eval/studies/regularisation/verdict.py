"""What the paired runs say of claim C5."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from eval.claims import CLAIMS
from eval.statistics.intervals import student
from eval.studies.regularisation.config import Config
from eval.studies.regularisation.measure import CIRCUIT, LOGISTIC, NETWORK, NONE, PRODUCT
from eval.study import Row, Verdict

LAYERWISE_IN_THE_LITERATURE = 0.08
"""Skolik et al. 2021: generalisation error of layerwise learning lower by this on average."""


@dataclass(frozen=True)
class Effect:
    """One model or regulariser on one data set, against the circuit without regulariser, paired by seed.

    Attributes:
        data_set: Trained on.
        model: What was trained.
        regulariser: With what.
        strength: The one with the lowest mean validation loss.
        validation_loss: That loss, nats.
        gains: Test accuracy less that of the circuit alone, a value a seed.
        gap: Test loss less training loss, a value a seed, nats.
        gap_changes: ``gap`` less that of the circuit alone.
    """

    data_set: str
    model: str
    regulariser: str
    strength: float
    validation_loss: float
    gains: Float[np.ndarray, " seeds"]
    gap: Float[np.ndarray, " seeds"]
    gap_changes: Float[np.ndarray, " seeds"]


def effects(rows: Sequence[Row]) -> list[Effect]:
    """Every model and regulariser on every data set, at its best strength; the circuit alone among them."""
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["data_set"], row["model"], row["regulariser"]), []).append(row)
    return [_effect(key, group, groups[key[0], CIRCUIT, NONE]) for key, group in groups.items()]


def _effect(key: tuple[str, str, str], group: list[Row], alone: list[Row]) -> Effect:
    data_set, model, regulariser = key
    strengths = sorted({row["strength"] for row in group}) if _is_chosen(group) else [None]
    tried = [[row for row in group if strength is None or row["strength"] == strength] for strength in strengths]
    best = min(tried, key=lambda runs: np.mean([row["validation_loss"] for row in runs]))
    return Effect(
        data_set=data_set,
        model=model,
        regulariser=regulariser,
        strength=float(np.mean([row["strength"] for row in best])),
        validation_loss=float(np.mean([row["validation_loss"] for row in best])),
        gains=_by_seed(best, _accuracy) - _by_seed(alone, _accuracy),
        gap=_by_seed(best, _gap),
        gap_changes=_by_seed(best, _gap) - _by_seed(alone, _gap),
    )


def _is_chosen(group: list[Row]) -> bool:
    """Whether every seed was run at every strength; early stopping finds one for each seed instead."""
    seeds, strengths = ({row[name] for row in group} for name in ("training_seed", "strength"))
    return len(group) == len(seeds) * len(strengths)


def _by_seed(rows: list[Row], value) -> Float[np.ndarray, " seeds"]:
    return np.array([value(row) for row in sorted(rows, key=lambda row: row["training_seed"])])


def _accuracy(row: Row) -> float:
    return row["test_accuracy"]


def _gap(row: Row) -> float:
    return row["test_loss"] - row["train_loss"]


def regularised(found: Sequence[Effect]) -> list[Effect]:
    """The circuit with a regulariser."""
    return [effect for effect in found if effect.model == CIRCUIT and effect.regulariser != NONE]


def overfitted(found: Sequence[Effect]) -> list[str]:
    """Data sets on which the circuit alone has a train-test gap whose whole interval is positive."""
    alone = [effect for effect in found if (effect.model, effect.regulariser) == (CIRCUIT, NONE)]
    return [effect.data_set for effect in alone if student(effect.gap).low > 0]


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """One verdict on C5, from data sets where the circuit alone overfits.

    ``refuted`` if on each of them some regulariser raises the test accuracy, the simultaneous interval of all
    comparisons wholly above the threshold; ``supported`` if all those intervals lie below a gain that would matter;
    else ``conditional``, so that too few seeds support nothing.
    """
    found = effects(rows)
    where = overfitted(found)
    tried = [effect for effect in regularised(found) if effect.data_set in where]
    if not tried:
        return [_nothing_to_regularise(config)]
    thresholds = CLAIMS["C5"].thresholds
    gains = [student(effect.gains, len(tried)) for effect in tried]
    helped = [one for one, gain in zip(tried, gains, strict=True) if gain.low > thresholds["accuracy_gain"]]
    excluded = all(gain.high < thresholds["relevant_gain"] for gain in gains)
    helped_on = {effect.data_set for effect in helped}
    outcome = "supported" if excluded else "refuted" if helped_on == set(where) else "conditional"
    chosen = [
        min((one for one in tried if one.data_set == name), key=lambda one: one.validation_loss) for name in where
    ]
    best = student(np.mean([effect.gains for effect in chosen], axis=0))
    return [
        Verdict(
            claim="C5",
            verdict=outcome,
            statement=f"{_helpful(helped, tried)} {_gaps(tried)} {_beside(found)}",
            effect=best.mean,
            low=best.low,
            high=best.high,
            quantity="test accuracy with the regulariser that validation prefers, less without (mean of the data sets)",
            conditions=_conditions(rows, where, config, len(tried)),
        )
    ]


def _helpful(helped: Sequence[Effect], tried: Sequence[Effect]) -> str:
    if not helped:
        return f"None of {len(tried)} combinations of regulariser and data set raises the test accuracy beyond doubt."
    gains = ", ".join(f"{one.regulariser} on {one.data_set} {student(one.gains, len(tried))}" for one in helped)
    return f"Test accuracy rises in {len(helped)} of {len(tried)} combinations of regulariser and data set: {gains}."


def _gaps(tried: Sequence[Effect]) -> str:
    names = dict.fromkeys(effect.regulariser for effect in tried)
    changes = [
        f"{name} {student(np.mean([one.gap_changes for one in tried if one.regulariser == name], axis=0))}"
        for name in names
    ]
    return f"The gap between test and training loss changes by (nats, mean of the data sets): {', '.join(changes)}."


def _beside(found: Sequence[Effect]) -> str:
    parts = []
    for model in (PRODUCT, NETWORK, LOGISTIC):
        own = [effect.gains for effect in found if effect.model == model]
        if own:
            parts.append(f"{model} {student(np.mean(own, axis=0))}")
    return f"Beside the circuit alone, test accuracy (mean of all data sets): {', '.join(parts)}." if parts else ""


def _conditions(rows: Sequence[Row], where: Sequence[str], config: Config, comparisons: int) -> tuple[str, ...]:
    counts = {row["model"]: row["parameters"] for row in rows}
    shown = ", ".join(f"{model} {count}" for model, count in counts.items())
    return (
        f"{config.qubits} qubits, {config.layers} re-uploading layers, {config.train_examples} training examples, "
        f"{config.steps} steps, {config.seeds} paired seeds; parameters: {shown}",
        f"data sets on which the circuit alone overfits: {', '.join(where)}",
        f"strengths and the time to stop are chosen by the validation split; {comparisons} comparisons, their "
        "intervals covering all at 95%",
        "noise acts in training only, evaluation is exact: this is noise as a regulariser, not a noisy device",
        f"layerwise learning in the literature: generalisation error lower by {LAYERWISE_IN_THE_LITERATURE:.0%} on "
        "average (Skolik et al. 2021, on noisy circuits of MNIST digits)",
    )


def _nothing_to_regularise(config: Config) -> Verdict:
    return Verdict(
        claim="C5",
        verdict="not measured here",
        statement=f"With {config.train_examples} training examples the circuit alone overfits on none of "
        f"{', '.join(config.data_sets)}: there is nothing to regularise.",
        effect=None,
        low=None,
        high=None,
        quantity="gain in test accuracy",
        conditions=(),
    )
