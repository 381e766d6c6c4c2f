"""What the counts and the shots say of the claim that a gradient by parameter shift takes 2N executions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias, TypeVar, get_args

import numpy as np

from eval.claims import CLAIMS
from eval.judgement import Judgement, Verdict, judged, not_measured
from eval.rows import Row, of
from eval.statistics.equivalence import above, below, every, within
from eval.statistics.intervals import Interval, student
from eval.statistics.laws import PowerLaw, power_law
from eval.studies.executions.circuits import FAMILIES
from eval.studies.executions.config import Config
from eval.studies.executions.rows import (
    BlockCount,
    BlockEstimate,
    CircuitCount,
    CircuitEstimate,
    ExecutionCount,
    GradientEstimate,
    GradientTiming,
    OfBlock,
    OfCircuit,
)
from eval.studies.executions.shots import SPSA_RADIUS

EXACT = FAMILIES[0].name
_LIMITS = CLAIMS["C2"].thresholds
_MORE_DEPTHS = "three depths or more in settings.layers"

Norm: TypeAlias = Literal["l2", "infinity"]
"""Of a gradient's error: of all components, or of the worst."""
NORMS: tuple[Norm, ...] = get_args(Norm)
S = TypeVar("S", CircuitCount, BlockCount, GradientTiming, CircuitEstimate, BlockEstimate)


def ascending(rows: Iterable[S]) -> list[S]:
    """Sort rows by their number of parameters."""
    return sorted(rows, key=lambda row: row.parameters)


def counts(rows: Sequence[Row], family: str) -> list[CircuitCount]:
    """Return what was counted of a family, the fewest parameters first."""
    return ascending(row for row in of(rows, CircuitCount) if row.family == family)


def circuit_estimates(rows: Sequence[Row], rule: OfCircuit) -> list[CircuitEstimate]:
    """Return the errors of a rule in circuits of Pauli rotations, every draw, the fewest parameters first."""
    return ascending(row for row in of(rows, CircuitEstimate) if row.differentiation == rule)


def block_estimates(rows: Sequence[Row], rule: OfBlock) -> list[BlockEstimate]:
    """Return the errors of a rule in blocks of commuting generators, every draw, the fewest parameters first."""
    return ascending(row for row in of(rows, BlockEstimate) if row.differentiation == rule)


def by_draw(rows: Iterable[GradientEstimate], norm: Norm) -> dict[int, dict[int, float]]:
    """Return the shots for the wanted error by the number of parameters, for each draw of the angles."""
    found: dict[int, dict[int, float]] = {}
    for row in rows:
        found.setdefault(row.draw, {})[row.parameters] = row.l2_shots if norm == "l2" else row.infinity_shots
    return found


def exponents(rows: Iterable[GradientEstimate], norm: Norm) -> list[float]:
    """Fit the power of N with which shots grow in each draw that has three numbers of parameters."""
    laws = [law(points) for points in by_draw(rows, norm).values()]
    return [one.exponent for one in laws if one is not None]


def law(points: Mapping[int, int | float]) -> PowerLaw | None:
    """Fit the power of N with which a quantity grows, given by N; ``None`` for fewer than three numbers of it."""
    return power_law(list(points), list(points.values())) if len(points) >= 3 else None


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """Judge the statements of claim C2."""
    judgements = (
        _pauli_rotations(rows),
        _growth(rows),
        _other_circuits(rows),
        _commuting_generators(rows),
        _shots(rows, config),
    )
    checked = [row for row in of(rows, CircuitCount) if row.tracked_executions is not None]
    agree = sum(_agrees(row) for row in checked)
    conditions = (
        f"{agree} of {len(checked)} counts that PennyLane's tracker gives too are the same",
        "no structure is used but in the block of commuting generators: in B blocks they need 2B - 1 circuits (Bowles, "
        "Wierichs, Park)",
        f"the circuits have {config.qubits} qubits, and shots are those at {config.draws} draws of the angles",
        f"SPSA changes each angle by {SPSA_RADIUS:g} radians and takes {config.shots} shots for each of its two values",
    )
    return [Verdict("C2", judgements, conditions, _spsa(rows, config))]


def _pauli_rotations(rows: Sequence[Row]) -> Judgement:
    counted = counts(rows, EXACT)
    name, needed = "pauli_rotations", "a depth whose circuits PennyLane's tracker counts too"
    if not counted:
        return not_measured(name, "No circuit of Pauli rotations was counted.", needed)
    ratios = [_per_parameter(row) for row in counted]
    exact = all(ratio == _LIMITS["executions_per_parameter"] for ratio in ratios)
    return judged(
        name,
        _confirmed(counted, exact),
        f"From N = {counted[0].parameters} to {counted[-1].parameters}, a gradient took "
        f"{_range(ratios)} executions per parameter{_contradicted(counted)}.",
        needed=needed,
        quantity="executions per parameter, Pauli rotations, largest N",
        value=ratios[-1],
        low=min(ratios),
        high=max(ratios),
    )


def _growth(rows: Sequence[Row]) -> Judgement:
    found = law({row.parameters: row.gradient_executions for row in counts(rows, EXACT)})
    if found is None:
        return not_measured("growth", "Fewer than three numbers of parameters were counted.", _MORE_DEPTHS)
    return judged(
        "growth",
        within(found.low, found.high, _LIMITS["exponent"], _LIMITS["exponent_tolerance"]),
        f"The executions grow as N^{found.exponent:.3f}.",
        needed="deeper circuits: the interval of the exponent reaches across the band",
        quantity="exponent of the executions in N, Pauli rotations",
        value=found.exponent,
        low=found.low,
        high=found.high,
    )


def _other_circuits(rows: Sequence[Row]) -> Judgement:
    ratios = {}
    for family in FAMILIES[1:]:
        counted = counts(rows, family.name)
        if not counted:
            return not_measured(
                "other_circuits", f"No circuit with {family.name} was counted.", "one depth of every family"
            )
        ratios[family.name] = counted
    last = {name: counted[-1] for name, counted in ratios.items()}
    every_row = [row for counted in ratios.values() for row in counted]
    more = every(*(_per_parameter(row) > _LIMITS["executions_per_parameter"] for row in last.values()))
    words = "; ".join(f"{_per_parameter(row):g} with {name}" for name, row in last.items())
    each = [_per_parameter(row) for row in last.values()]
    return judged(
        "other_circuits",
        _confirmed(every_row, more),
        f"Executions per parameter: {words}{_contradicted(every_row)}.",
        needed="depths whose circuits PennyLane's tracker counts too",
        quantity="least executions per parameter of these families, largest N",
        value=min(each),
        low=min(each),
        high=max(each),
    )


def _commuting_generators(rows: Sequence[Row]) -> Judgement:
    name, needed = "commuting_generators", "a block that is counted, and estimated from shots by both rules"
    blocks = ascending(of(rows, BlockCount))
    if not blocks:
        return not_measured(name, "No block of commuting generators was counted.", needed)
    block = blocks[-1]
    together, shifted = block_estimates(rows, "one_circuit"), block_estimates(rows, "parameter_shift")
    ratio = _ratio(together, shifted, block.parameters)
    fewer = _per_parameter(block) < _LIMITS["executions_per_parameter"]
    cheaper = None if ratio is None else below(ratio.low, ratio.high, 0.0)
    words = "" if ratio is None else f", at {np.exp(ratio.mean):.2g} times the shots for the same error in L2"
    return judged(
        name,
        every(fewer, cheaper),
        f"A block of {block.parameters} generators took {_circuits(block.gradient_executions)} for all its "
        f"derivatives{words}.",
        needed=needed if ratio is None else "more settings.draws: the interval of the ratio of shots holds 1",
        quantity="circuits per parameter of the largest block",
        value=_per_parameter(block),
        low=_per_parameter(block),
        high=_per_parameter(block),
    )


def _ratio(own: Sequence[GradientEstimate], other: Sequence[GradientEstimate], parameters: int) -> Interval | None:
    """Return the logarithm of the ratio of shots in L2, with its interval over the draws that both have."""
    first, second = by_draw(own, "l2"), by_draw(other, "l2")
    shared = [draw for draw in first if parameters in first[draw] and parameters in second.get(draw, {})]
    if len(shared) < 2:
        return None
    return student([np.log(first[draw][parameters] / second[draw][parameters]) for draw in shared])


def _shots(rows: Sequence[Row], config: Config) -> Judgement:
    sampled = circuit_estimates(rows, "parameter_shift")
    each = exponents(sampled, "l2")
    if len(each) < 2:
        return not_measured(
            "shots",
            "Shots were estimated for three numbers of parameters in fewer than two draws of the angles.",
            f"{_MORE_DEPTHS}, and two settings.draws or more",
        )
    found, largest = student(each), student(exponents(sampled, "infinity"))
    return judged(
        "shots",
        above(found.low, found.high, _LIMITS["shot_exponent"]),
        f"For an error of {config.error:g} in L2 the shots grow as N^{found.mean:.2f}, and in the ∞-norm as "
        f"N^{largest.mean:.2f}.",
        needed="more settings.draws, or more depths: the interval of the exponent holds 1",
        quantity="exponent of the shots in N for a fixed error in L2, mean of the draws of angles",
        value=found.mean,
        low=found.low,
        high=found.high,
    )


def _spsa(rows: Sequence[Row], config: Config) -> tuple[str, ...]:
    shift, spsa = (circuit_estimates(rows, rule) for rule in ("parameter_shift", "spsa"))
    most = max({row.parameters for row in shift} & {row.parameters for row in spsa}, default=0)
    ratio = _ratio(spsa, shift, most)
    if ratio is None:
        return ()
    low, high = np.exp([ratio.low, ratio.high])
    return (
        f"At N = {most}, SPSA needs {np.exp(ratio.mean):.2g} times the shots of parameter shift for an error of "
        f"{config.error:g} in L2, with a 95% interval over draws of the angles from {low:.2g} to {high:.2g}.",
    )


def _per_parameter(row: ExecutionCount) -> float:
    return row.gradient_executions / row.parameters


def _confirmed(counted: Sequence[CircuitCount], decision: bool | None) -> bool | None:
    """A count that no other program gives too decides nothing, and one that another contradicts makes it fail."""
    tracked = [_agrees(row) for row in counted if row.tracked_executions is not None]
    return (decision if all(tracked) else False) if tracked else None


def _contradicted(counted: Sequence[CircuitCount]) -> str:
    wrong = [row for row in counted if row.tracked_executions is not None and not _agrees(row)]
    return "" if not wrong else f", but PennyLane's tracker counts other executions at N = {wrong[-1].parameters}"


def _agrees(row: CircuitCount) -> bool:
    return row.tracked_executions in (row.circuit_executions, row.light_cone_executions)


def _circuits(count: int) -> str:
    return f"{count} circuit{'s' if count != 1 else ''}"


def _range(ratios: Sequence[float]) -> str:
    low, high = min(ratios), max(ratios)
    return f"exactly {low:g}" if low == high else f"{low:g} to {high:g}"
