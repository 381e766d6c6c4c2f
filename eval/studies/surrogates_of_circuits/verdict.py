"""What the surrogates say of claim C4: whether escaping the plateau leaves anything for a quantum computer to do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from eval.claims import CLAIMS
from eval.judgement import Judgement, Verdict, judged, not_measured
from eval.statistics.equivalence import below, every, some
from eval.statistics.intervals import Interval, together
from eval.statistics.laws import PowerLaw, power_law
from eval.studies.surrogates_of_circuits.config import Config
from eval.studies.surrogates_of_circuits.rows import Simulation
from eval.studies.surrogates_of_circuits.simulated_circuits import DEEP, SHALLOW_LOCAL, SMALL_ANGLES

_LIMITS = CLAIMS["C4"].thresholds
LARGEST_ERROR = _LIMITS["surrogate_error"]
_STATEMENTS = {"shallow_simulated": SHALLOW_LOCAL, "small_angles_simulated": SMALL_ANGLES}
_NEEDED = {
    SHALLOW_LOCAL: "settings.shallow_qubits that reach 20, more settings.samples, or finer settings.thresholds",
    SMALL_ANGLES: "settings.small_angle_qubits that reach 20, more settings.samples, or finer settings.thresholds",
}


def kinds(rows: Sequence[Simulation]) -> dict[tuple[str, int | None, float], list[Simulation]]:
    """Return the rows by setting, depth (where it is fixed) and threshold, narrowest first."""
    found: dict[tuple[str, int | None, float], list[Simulation]] = {}
    for row in sorted(rows, key=lambda row: row.qubits):
        depth = row.depth if row.setting == SHALLOW_LOCAL else None
        found.setdefault((row.setting, depth, row.threshold), []).append(row)
    return found


def growth(rows: Sequence[Simulation]) -> PowerLaw | None:
    """Fit the power of the number of qubits with which the operations grow; ``None`` for fewer than three widths."""
    kept = [(row.qubits, row.updates) for row in rows if row.updates]
    return power_law(*zip(*kept, strict=True)) if len(kept) >= 3 else None


def verdicts(rows: list[Simulation], config: Config) -> list[Verdict]:
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


def _simulated(name: str, setting: str, families: Mapping[tuple[int | None, float], list[Simulation]]) -> Judgement:
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
    error = interval = None
    found = f"At every threshold {words} took too many Pauli words at some width."
    if worst is not None and (error := worst.relative_error) is not None:
        interval = _interval(worst, comparisons)
        found = (
            f"For {words} the surrogate's error is {100 * error:.2g}% of the cost's spread at "
            f"{worst.qubits} qubits, where it may be largest."
        )
    return judged(
        name,
        every(*(_depth_simulated(kept, comparisons) for kept in by_depth.values())),
        found,
        needed=needed,
        quantity="root-mean-square error ÷ spread of the cost, the worst width at the best threshold" if worst else "",
        value=error,
        low=interval and interval.low,
        high=interval and interval.high,
    )


def _depth_simulated(families: Mapping[float, Sequence[Simulation]], comparisons: int) -> bool | None:
    """Whether some threshold simulates every width, of which one must be wide enough for that to say anything."""
    decision = some(*(every(*(_accurate(row, comparisons) for row in family)) for family in families.values()))
    widest = max(row.qubits for family in families.values() for row in family)
    if decision is False and all(row.words is not None for row in families[min(families)]):
        # The finest threshold was affordable everywhere: a finer one may be accurate.
        return None
    return None if decision and widest < _LIMITS["least_qubits"] else decision


def _accurate(row: Simulation, comparisons: int) -> bool | None:
    if row.words is None:
        # The surrogate itself was given up.
        return False
    interval = _interval(row, comparisons)
    return None if interval is None else below(interval.low, interval.high, LARGEST_ERROR)


def _interval(row: Simulation, comparisons: int) -> Interval | None:
    """The relative error's interval, as wide as several need to be that hold together; ``None`` where it has none."""
    value, low, high = row.relative_error, row.relative_error_low, row.relative_error_high
    if value is None or low is None or high is None:
        return None
    wider = together(Interval(math.log(value), math.log(low), math.log(high)), row.samples - 1, comparisons)
    return Interval(value, math.exp(wider.low), math.exp(wider.high))


def _upper(row: Simulation) -> float:
    """What the error may be at most; the error itself where it has no interval, and no bound where there is none."""
    return next((end for end in (row.relative_error_high, row.relative_error) if end is not None), math.inf)


def _worst(family: Sequence[Simulation | None]) -> Simulation | None:
    """The row whose error may be largest; ``None`` where one has none."""
    errors = [row for row in family if row is not None and row.relative_error is not None]
    return max(errors, key=_upper) if len(errors) == len(family) else None


def _best(families: Sequence[Sequence[Simulation]]) -> Simulation | None:
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


def _costs(found: Mapping[tuple[str, int | None, float], list[Simulation]]) -> tuple[str, ...]:
    fits = {key: growth(family) for key, family in found.items() if key[0] != DEEP}
    return tuple(
        f"For {named(setting, depth)} at threshold {threshold:g} the operations grow as n^({fit.exponent:.2f})."
        for (setting, depth, threshold), fit in fits.items()
        if fit is not None
    )


def _contrast(found: Mapping[tuple[str, int | None, float], list[Simulation]]) -> tuple[str, ...]:
    return tuple(
        f"For {named(setting)}, which have a plateau, at threshold {threshold:g}: {_end(family)}."
        for (setting, _, threshold), family in found.items()
        if setting == DEEP
    )


def _end(family: Sequence[Simulation]) -> str:
    given_up = [row.qubits for row in family if row.refused]
    if given_up:
        return f"given up from {min(given_up)} qubits on, for the number of words"
    return f"an error of {family[-1].relative_error:.0%} of the spread on {family[-1].qubits} qubits"
