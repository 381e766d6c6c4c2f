"""What the surrogates say of claim C4: whether escaping the plateau leaves anything for a quantum computer to do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from eval.claims import CLAIMS
from eval.judgement import Judgement, Verdict, judged, not_measured
from eval.recorder import Row
from eval.statistics.equivalence import below, every, some
from eval.statistics.intervals import Interval, together
from eval.statistics.laws import PowerLaw, power_law
from eval.studies.surrogates_of_circuits.config import Config
from eval.studies.surrogates_of_circuits.simulated_circuits import DEEP, SHALLOW_LOCAL, SMALL_ANGLES

_LIMITS = CLAIMS["C4"].thresholds
LARGEST_ERROR = _LIMITS["surrogate_error"]
_STATEMENTS = {"shallow_simulated": SHALLOW_LOCAL, "small_angles_simulated": SMALL_ANGLES}
_NEEDED = {
    SHALLOW_LOCAL: "settings.shallow_qubits that reach 20, more settings.samples, or finer settings.thresholds",
    SMALL_ANGLES: "settings.small_angle_qubits that reach 20, more settings.samples, or finer settings.thresholds",
}


def kinds(rows: Sequence[Row]) -> dict[tuple[str, int | None, float], list[Row]]:
    """Return the rows by setting, depth (where it is fixed) and threshold, narrowest first."""
    found: dict[tuple[str, int | None, float], list[Row]] = {}
    for row in sorted(rows, key=lambda row: row["qubits"]):
        depth = row["depth"] if row["setting"] == SHALLOW_LOCAL else None
        found.setdefault((row["setting"], depth, row["threshold"]), []).append(row)
    return found


def growth(rows: Sequence[Row]) -> PowerLaw | None:
    """Fit the power of the number of qubits with which the operations grow; ``None`` for fewer than three widths."""
    kept = [row for row in rows if row.get("updates")]
    return power_law([row["qubits"] for row in kept], [row["updates"] for row in kept]) if len(kept) >= 3 else None


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """Judge the statements of claim C4 on what is simulated classically.

    Args:
        rows: The table.
        config: What was measured.

    Returns:
        One verdict.
    """
    found = kinds(rows)
    judgements = tuple(
        _simulated(name, setting, {key[1:]: family for key, family in found.items() if key[0] == setting})
        for name, setting in _STATEMENTS.items()
    )
    conditions = (
        f"surrogates were compared at {config.samples} vectors of random angles per circuit",
        f"up to {config.state_vector_qubits} qubits with a state vector, beyond with a ten times finer truncation",
        f"a simulation was given up beyond {config.most_words:,} Pauli words",
    )
    return [Verdict("C4", judgements, conditions, (*_costs(found), *_contrast(found)))]


def _simulated(name: str, setting: str, families: Mapping[tuple[int | None, float], list[Row]]) -> Judgement:
    words, needed = named(setting), _NEEDED[setting]
    if not families:
        return not_measured(name, f"No surrogate of {words} was run.", needed)
    comparisons = sum(map(len, families.values()))
    depths = dict.fromkeys(depth for depth, _ in families)
    by_depth = {
        depth: {threshold: family for (other, threshold), family in families.items() if other == depth}
        for depth in depths
    }
    worst = _worst([_best(tuple(kept.values())) for kept in by_depth.values()])
    if worst is None:
        found, interval = f"At every threshold {words} took too many Pauli words at some width.", None
    else:
        interval = _interval(worst, comparisons)
        found = (
            f"For {words} the surrogate's error is {100 * worst['relative_error']:.2g}% of the cost's spread at "
            f"{worst['qubits']} qubits, where it may be largest."
        )
    return judged(
        name,
        every(*(_depth_simulated(kept, comparisons) for kept in by_depth.values())),
        found,
        needed=needed,
        quantity="root-mean-square error ÷ spread of the cost, the worst width at the best threshold" if worst else "",
        value=worst["relative_error"] if worst else None,
        low=interval and interval.low,
        high=interval and interval.high,
    )


def _depth_simulated(families: Mapping[float, Sequence[Row]], comparisons: int) -> bool | None:
    """Whether some threshold simulates every width, of which one must be wide enough for that to say anything."""
    decision = some(*(every(*(_accurate(row, comparisons) for row in family)) for family in families.values()))
    widest = max(row["qubits"] for family in families.values() for row in family)
    if decision is False and all(row.get("words") is not None for row in families[min(families)]):
        # The finest threshold was affordable everywhere: a finer one may be accurate.
        return None
    return None if decision and widest < _LIMITS["least_qubits"] else decision


def _accurate(row: Row, comparisons: int) -> bool | None:
    if row.get("words") is None:
        # The surrogate itself was given up.
        return False
    interval = _interval(row, comparisons)
    return None if interval is None else below(interval.low, interval.high, LARGEST_ERROR)


def _interval(row: Row, comparisons: int) -> Interval | None:
    """The relative error's interval, as wide as several need to be that hold together; ``None`` where it has none."""
    ends = (row.get(name) for name in ("relative_error", "relative_error_low", "relative_error_high"))
    known = [end for end in ends if end is not None]
    if len(known) < 3:
        return None
    wider = together(Interval(*map(math.log, known)), row["samples"] - 1, comparisons)
    return Interval(known[0], math.exp(wider.low), math.exp(wider.high))


def _upper(row: Row) -> float:
    """What the error may be at most; the error itself in a table without intervals."""
    high = row.get("relative_error_high")
    return row["relative_error"] if high is None else high


def _worst(family: Sequence[Row | None]) -> Row | None:
    """The row whose error may be largest; ``None`` where one has none."""
    errors = [row for row in family if row is not None and row.get("relative_error") is not None]
    return max(errors, key=_upper) if len(errors) == len(family) else None


def _best(families: Sequence[Sequence[Row]]) -> Row | None:
    """The worst row at the threshold where that is the least wrong; ``None`` if every threshold was given up."""
    worst = [row for family in families if (row := _worst(family)) is not None]
    return min(worst, key=_upper, default=None)


def named(setting: str, depth: int | None = None) -> str:
    """Name a kind of circuit in words."""
    words = {
        SHALLOW_LOCAL: "shallow circuits with local costs",
        SMALL_ANGLES: "deep circuits of small angles",
        DEEP: "deep circuits of uniform angles",
    }[setting]
    return words if depth is None else f"{words} on {depth} layers"


def _costs(found: Mapping[tuple[str, int | None, float], list[Row]]) -> tuple[str, ...]:
    fits = {key: growth(family) for key, family in found.items() if key[0] != DEEP}
    return tuple(
        f"For {named(setting, depth)} at threshold {threshold:g} the operations grow as n^({fit.exponent:.2f})."
        for (setting, depth, threshold), fit in fits.items()
        if fit is not None
    )


def _contrast(found: Mapping[tuple[str, int | None, float], list[Row]]) -> tuple[str, ...]:
    return tuple(
        f"For {named(setting)}, which have a plateau, at threshold {threshold:g}: {_end(family)}."
        for (setting, _, threshold), family in found.items()
        if setting == DEEP
    )


def _end(family: Sequence[Row]) -> str:
    given_up = [row["qubits"] for row in family if row["refused"]]
    if given_up:
        return f"given up from {min(given_up)} qubits on, for the number of words"
    return f"an error of {family[-1]['relative_error']:.0%} of the spread on {family[-1]['qubits']} qubits"
