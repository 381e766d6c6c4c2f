"""What the measured variances and training curves say of the claim that plateaus can be put off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from eval.claims import CLAIMS
from eval.judgement import Judgement, Verdict, judged, not_measured
from eval.rows import Row, of
from eval.statistics.decay import Decay, DecayShape, decay
from eval.statistics.equivalence import above, below, every, some
from eval.statistics.intervals import student
from eval.statistics.laws import Line, difference, line
from eval.studies.initialisations.config import Config
from eval.studies.initialisations.measure import SHALLOW
from eval.studies.initialisations.rows import Look, Variance

UNIFORM = "uniform"
WAYS_OUT = {
    "small_gaussian": "small_gaussian",
    "identity_blocks": "identity_blocks",
    "beta": "beta",
    "shallow_circuits": SHALLOW,
}
"""Statements on one way to put a plateau off, and the setting whose rows decide each."""
_LIMITS = CLAIMS["C4"].thresholds
_PRECISION = "more widths, or a smaller settings.relative_error with more settings.most_samples"
_WORDS: dict[DecayShape, str] = {
    "exponential": "exponentially",
    "polynomial": "as a power of the number of qubits",
    "none": "not at all",
    "undecided": "in a way that these widths and errors leave open",
}


def variances(rows: Sequence[Row]) -> dict[str, list[Variance]]:
    """Return the variances of every setting in the order of the table, narrowest first."""
    found: dict[str, list[Variance]] = {}
    for row in of(rows, Variance):
        found.setdefault(row.setting, []).append(row)
    return {setting: sorted(points, key=lambda row: row.qubits) for setting, points in found.items()}


def fall(points: Sequence[Variance]) -> Decay | None:
    """Tell how the variance of a setting falls with the number of qubits; ``None`` for fewer than five widths.

    The shape is that of all widths where it stays the same whichever one of them is left out, else ``undecided``; the
    evidence is the weakest of all these, so that none hangs on a single point.
    """
    widths = sorted({row.qubits for row in points})
    if len(widths) < 5:
        return None
    whole = _decay(points)
    others = [_decay([row for row in points if row.qubits != left_out]) for left_out in widths]
    weakest = min((whole, *others), key=lambda one: one.evidence if whole.evidence > 0 else -one.evidence)
    shape: DecayShape = whole.shape if {one.shape for one in others} == {whole.shape} else "undecided"
    return replace(whole, shape=shape, evidence=weakest.evidence)


def _decay(points: Sequence[Variance]) -> Decay:
    return decay(
        [row.qubits for row in points],
        [row.variance_over_initialisations for row in points],
        [row.relative_error for row in points],
        flat_slope=_LIMITS["flat_slope"],
        least_evidence=_LIMITS["evidence"],
    )


def final_losses(rows: Sequence[Row]) -> dict[str, dict[int, float]]:
    """Return the validation loss in nats after the last update, per setting and seed."""
    looks = of(rows, Look)
    last = max((row.updates for row in looks), default=0)
    found: dict[str, dict[int, float]] = {}
    for row in looks:
        if row.updates == last:
            found.setdefault(row.setting, {})[row.training_seed] = row.eval_loss
    return found


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """Judge the statements of claim C4 that variances and training decide.

    Args:
        rows: The table.
        config: What was measured.

    Returns:
        One verdict.
    """
    found = variances(rows)
    judgements = (
        _shape("plateau", UNIFORM, found, holds=("exponential",)),
        _slower(found),
        *(_shape(name, setting, found, holds=("polynomial", "none")) for name, setting in WAYS_OUT.items()),
        _training(rows),
    )
    return [Verdict("C4", judgements, _conditions(config), _context(found))]


def _shape(name: str, setting: str, found: dict[str, list[Variance]], *, holds: tuple[DecayShape, ...]) -> Judgement:
    points = found.get(setting, [])
    how = fall(points)
    if how is None:
        return not_measured(
            name, f"The variance of {setting} was measured at fewer than five widths.", f"five widths of {setting}"
        )
    decision = None if how.shape == "undecided" or not _precise(points) else how.shape in holds
    return judged(
        name,
        decision,
        f"The variance of {setting} falls {_WORDS[how.shape]}, with a slope of {how.per_qubit.slope:.2f} bits per "
        "qubit.",
        needed=_PRECISION,
        quantity=f"QAIC of an exponential less that of a power law, {setting}, the weakest with a width left out",
        value=how.evidence,
    )


def _precise(points: Sequence[Variance]) -> bool:
    """Whether the errors are as small as a fit needs them."""
    return max(row.relative_error for row in points) <= _LIMITS["relative_error"]


def _slower(found: dict[str, list[Variance]]) -> Judgement:
    others = [setting for setting in found if setting != UNIFORM]
    lines = {setting: _line(points, max(1, len(others))) for setting, points in found.items()}
    uniform = lines.pop(UNIFORM, None)
    known = {setting: difference(one, uniform) for setting, one in lines.items() if one and uniform}
    if not known:
        reason = "Fewer than three widths of uniform angles and of another setting were measured."
        return not_measured("slower", reason, "three widths of both")
    least = min(known, key=lambda setting: known[setting].mean)
    effect, low, high = known[least]
    precise = all(_precise(points) for points in found.values())
    return judged(
        "slower",
        every(*(above(known[one].low, known[one].high, 0.0) if one in known else None for one in others))
        if precise
        else None,
        f"Per qubit the variance of {least}, which falls fastest of these, loses {effect:.2f} bits less than that of "
        f"uniform angles in deep circuits.",
        needed=_PRECISION,
        quantity=f"bits of variance per qubit, slope of {least} less that of uniform angles",
        value=effect,
        low=low,
        high=high,
    )


def _line(points: Sequence[Variance], comparisons: int) -> Line | None:
    if len({row.qubits for row in points}) < 3:
        return None
    errors = [row.relative_error / float(np.log(2)) for row in points]
    bits = np.log2([row.variance_over_initialisations for row in points])
    return line([float(row.qubits) for row in points], bits, errors, comparisons=comparisons)


def _training(rows: Sequence[Row]) -> Judgement:
    name, needed = "training", "more settings.training_seeds, or more settings.training_steps"
    losses = final_losses(rows)
    uniform = losses.pop(UNIFORM, {})
    gains = {setting: _paired(own, uniform) for setting, own in losses.items()}
    known = {setting: gain for setting, gain in gains.items() if len(gain) >= 2}
    if not known:
        return not_measured(name, "Fewer than two seeds of uniform angles and another start were trained.", needed)
    intervals = {setting: student(gain, len(known)) for setting, gain in known.items()}
    best = min(intervals, key=lambda setting: intervals[setting].mean)
    effect, low, high = intervals[best]
    return judged(
        name,
        some(*(below(one.low, one.high, 0.0) for one in intervals.values())),
        f"The best of these starts, {best}, ends {abs(effect):.3f} nats {'below' if effect < 0 else 'above'} the "
        f"{np.mean(list(uniform.values())):.3f} nats of uniform angles.",
        needed=needed,
        quantity=f"nats of validation loss, {best} less uniform angles",
        value=effect,
        low=low,
        high=high,
    )


def _paired(own: dict[int, float], uniform: dict[int, float]) -> Float[np.ndarray, " seeds"]:
    seeds = sorted(set(own) & set(uniform))
    return np.array([own[seed] - uniform[seed] for seed in seeds], float)


def _context(found: dict[str, list[Variance]]) -> tuple[str, ...]:
    falls = {setting: how for setting, points in found.items() if (how := fall(points)) is not None}
    return tuple(
        f"The variance of {setting} falls {_WORDS[how.shape]}: {how.per_qubit.slope:.2f} bits per qubit, or as "
        f"n^({how.exponent.slope:.2f})."
        for setting, how in falls.items()
    )


def _conditions(config: Config) -> tuple[str, ...]:
    return (
        f"from {min(config.qubits)} to {max(config.qubits)} qubits",
        f"deep circuits have {config.layers_per_qubit} layers per qubit of RY, RZ, RY and a ring of CZ, shallow ones "
        f"{config.shallow_layers} in all",
        "the cost is ⟨Z₁Z₂⟩ on a product state of RY(π/4)|0⟩",
        f"a classifier of {config.training_qubits} qubits is trained for {config.training_steps} steps",
        "a variance that does not vanish is necessary for training, not sufficient",
    )
