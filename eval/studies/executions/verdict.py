"""What the counts say of the claim that a gradient by parameter shift takes 2N executions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eval.claims import CLAIMS
from eval.statistics.laws import PowerLaw, power_law
from eval.studies.executions.circuits import FAMILIES
from eval.studies.executions.config import Config
from eval.studies.executions.counts import COMMUTING
from eval.study import Row, Verdict

EXACT = FAMILIES[0].name


def chosen(rows: Sequence[Row], **columns: Any) -> list[Row]:
    """Rows with these values, by ascending number of parameters."""
    found = [row for row in rows if all(row.get(name) == value for name, value in columns.items())]
    return sorted(found, key=lambda row: row.get("parameters", 0))


def growth(rows: Sequence[Row], column: str) -> PowerLaw:
    """Fit the power of the number of parameters with which a column grows."""
    return power_law([row["parameters"] for row in rows], [row[column] for row in rows])


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """``supported`` where every family takes 2N, ``refuted`` where the claim's own case does not, else conditional."""
    thresholds = CLAIMS["C2"].thresholds
    pauli = chosen(rows, part="executions", family=EXACT)
    law = growth(pauli, "gradient_executions")
    exponent, low, high = law.exponent, law.low, law.high
    tolerance = thresholds["exponent_tolerance"]
    holds = all(row["gradient_executions"] == 2 * row["parameters"] for row in pauli) and (
        thresholds["exponent"] - tolerance <= low <= high <= thresholds["exponent"] + tolerance
    )
    checked = [row for row in rows if row.get("tracked_executions") is not None]
    agree = sum(_agrees(row) for row in checked)
    others = {
        family.name: chosen(rows, part="executions", family=family.name)[-1]
        for family in FAMILIES
        if family.name != EXACT
    }
    ratios = {name: row["gradient_executions"] / row["parameters"] for name, row in others.items()}
    block = chosen(rows, part="executions", family=COMMUTING)[-1]
    exceptions = any(ratio != 2 for ratio in ratios.values()) or block["gradient_executions"] != 2 * block["parameters"]
    finding = "refuted" if not holds else "conditional" if exceptions else "supported"
    words = ", ".join(f"{ratio:g} a parameter with {name}" for name, ratio in ratios.items())
    statement = (
        f"A gradient by parameter shift took {'exactly 2N' if holds else 'not 2N'} executions for N = "
        f"{pauli[0]['parameters']} to {pauli[-1]['parameters']} parameters in one Pauli rotation each and one "
        f"measurement group; but {words}; and all {block['parameters']} derivatives of a block of commuting generators "
        f"took {block['gradient_executions']} circuit against {block['parameter_shift_executions']}. "
        f"{_shot_sentence(rows, config)}"
    )
    return [
        Verdict(
            claim="C2",
            verdict=finding,
            statement=statement,
            effect=exponent,
            low=low,
            high=high,
            quantity="exponent of executions in the number of parameters, Pauli rotations",
            conditions=(
                "every parameter in one gate whose generator has two eigenvalues; otherwise Σ 2R over gate occurrences",
                "one group of observables measured together; otherwise times the groups",
                "no structure used: commuting generators in B blocks need 2B - 1 circuits (Bowles, Wierichs, Park)",
                f"{agree} of {len(checked)} counts agree with PennyLane's tracker",
                f"{config.qubits} qubits",
            ),
        )
    ]


def _agrees(row: Row) -> bool:
    return row["tracked_executions"] in (row["executions"], row["light_cone_executions"])


def _shot_sentence(rows: Sequence[Row], config: Config) -> str:
    shift = chosen(rows, part="shots", family=EXACT, rule="parameter_shift")
    infinity = growth(shift, "infinity_shots").exponent
    l2 = growth(shift, "l2_shots").exponent
    last = shift[-1]
    sentence = (
        f"For an error of {config.error:g} at N = {last['parameters']} that is {last['infinity_shots']:,.0f} shots in "
        f"the ∞-norm and {last['l2_shots']:,.0f} in L2, growing as N^{infinity:.2f} and N^{l2:.2f}"
    )
    spsa = chosen(rows, part="shots", family=EXACT, rule="spsa")
    if spsa:
        sentence += f"; SPSA's two executions need {spsa[-1]['l2_shots']:,.0f} in L2"
    return f"{sentence}."
