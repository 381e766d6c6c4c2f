"""What the surrogates say on C4: whether escaping the plateau leaves anything for a quantum computer to do."""

from __future__ import annotations

from collections.abc import Sequence

from eval.claims import CLAIMS
from eval.judgement import Verdict
from eval.recorder import Row
from eval.statistics.laws import PowerLaw, power_law
from eval.studies.surrogates_of_circuits.config import Config

LARGEST_ERROR = CLAIMS["C4"].thresholds["surrogate_error"]
QUANTITY = "exponent of the surrogate's operations in the number of qubits, steepest plateau-free setting"


def kinds(rows: Sequence[Row], *, plateau_free: bool) -> dict[tuple[str, int | None, float], list[Row]]:
    """Rows by setting, depth (where it is fixed) and threshold, narrowest first."""
    found: dict[tuple[str, int | None, float], list[Row]] = {}
    for row in sorted(rows, key=lambda row: row["qubits"]):
        if row["plateau_free"] == plateau_free:
            depth = row["depth"] if row["setting"] == "shallow_local" else None
            found.setdefault((row["setting"], depth, row["threshold"]), []).append(row)
    return found


def growth(rows: Sequence[Row]) -> PowerLaw | None:
    """Fit the power of the number of qubits with which the operations grow; ``None`` for fewer than three widths."""
    kept = [row for row in rows if row["updates"]]
    return power_law([row["qubits"] for row in kept], [row["updates"] for row in kept]) if len(kept) >= 3 else None


def simulated(rows: Sequence[Row]) -> dict[tuple[str, int | None], list[Row]]:
    """The plateau-free settings that some threshold simulates at every width, with the cheapest such rows."""
    best: dict[tuple[str, int | None], list[Row]] = {}
    for (name, depth, _), family in kinds(rows, plateau_free=True).items():
        known = best.get((name, depth))
        if all(row["simulated"] for row in family) and (known is None or family[-1]["updates"] < known[-1]["updates"]):
            best[name, depth] = family
    return best


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """One verdict, on C4."""
    settings = {(name, depth) for name, depth, _ in kinds(rows, plateau_free=True)}
    done = simulated(rows)
    fits = {key: fit for key, family in done.items() if (fit := growth(family))}
    conditions = [
        f"{_named(key)}: root-mean-square error at most {max(row['relative_error'] for row in family):.1%} of the "
        f"cost's spread at threshold {family[0]['threshold']:g}, {family[-1]['seconds']:.2g} s a value on "
        f"{family[-1]['qubits']} qubits" + (f", operations ∝ n^({fits[key].exponent:.2f})" if key in fits else "")
        for key, family in sorted(done.items(), key=str)
    ]
    conditions += [
        f"contrast, deep circuit with a plateau, threshold {threshold:g}: {_contrast(family)}"
        for (_, _, threshold), family in kinds(rows, plateau_free=False).items()
    ]
    if not settings:
        statement = "no plateau-free setting was simulated."
        return [Verdict("C4", "not measured here", statement, None, None, None, QUANTITY, tuple(conditions))]
    steepest = max(fits.values(), key=lambda fit: fit.exponent, default=None)
    statement = (
        f"{len(done)} of {len(settings)} plateau-free settings ({', '.join(map(_named, sorted(settings, key=str)))}) "
        f"are simulated by truncated Pauli propagation to {LARGEST_ERROR:.0%} of the cost's spread"
    )
    if steepest is not None:
        statement += f", at a cost that grows at most as n^({steepest.exponent:.1f})"
    outcome = "conditional" if done else "supported"
    if done:
        statement += ": where the plateau is put off so, a classical machine does as well"
    interval = (steepest.exponent, steepest.low, steepest.high) if steepest else (None, None, None)
    return [Verdict("C4", outcome, f"{statement}.", *interval, QUANTITY, tuple(conditions))]


def _named(key: tuple[str, int | None]) -> str:
    name, depth = key
    return name.replace("_", " ") + ("" if depth is None else f", {depth} layers")


def _contrast(family: Sequence[Row]) -> str:
    given_up = [row["qubits"] for row in family if row["refused"]]
    if given_up:
        return f"given up from {min(given_up)} qubits on, for its number of words"
    return f"error {family[-1]['relative_error']:.0%} of the spread on {family[-1]['qubits']} qubits"
