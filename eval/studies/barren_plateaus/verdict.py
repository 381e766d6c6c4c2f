"""The verdict on C3, composed from the table's numbers and the thresholds of ``eval.claims``."""

from __future__ import annotations

from collections.abc import Sequence

from eval.claims import CLAIMS
from eval.judgement import Verdict
from eval.recorder import Row
from eval.statistics.equivalence import within
from eval.statistics.laws import Line
from eval.studies.barren_plateaus import findings
from eval.studies.barren_plateaus.config import Config

THRESHOLDS = CLAIMS["C3"].thresholds
QUANTITY = "bits of gradient variance per qubit (slope of log2 Var), Z1Z2 at saturated depth"


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """One verdict, on C3."""
    deep = {
        (part, observable): findings.saturated(rows, part, observable)
        for part, observable in (("deep", "Z1Z2"), ("deep", "projector"), ("mcclean", "Z1Z2"))
    }
    shallow = {
        ("product", 1): findings.local(rows, "product", 1),
        **{("ry_rz_cz", depth): findings.local(rows, "ry_rz_cz", depth) for depth in config.local_layers},
    }
    vanishing = {key: fit for key, family in deep.items() if (fit := findings.decay(family))}
    lasting = {key: fit for key, family in shallow.items() if (fit := findings.decay(findings.upper_half(family)))}
    main = vanishing.get(("deep", "Z1Z2"))
    conditions = [*_agreement(deep), *_depths(rows), *_shots(deep["deep", "Z1Z2"]), *_networks(rows, config)]
    conditions += _calibration(rows)
    if main is None:
        statement = "fewer than three widths were saturated, so no slope can be fitted."
        return [Verdict("C3", "not measured here", statement, None, None, None, QUANTITY, tuple(conditions))]

    exponential = [key for key, fit in vanishing.items() if fit.high <= THRESHOLDS["exponential_slope"]]
    flat = [key for key, fit in lasting.items() if fit.low >= THRESHOLDS["no_plateau_slope"]]
    statement = (
        f"At saturated depth the variance of a gradient component loses {_lost(main)} a qubit for Z1Z2"
        + (f" and {_lost(fit)} for the projector" if (fit := vanishing.get(("deep", "projector"))) else "")
        + f", over {main.first:.0f} to {main.last:.0f} qubits"
    )
    if flat:
        last = max(lasting[key].last for key in flat)
        statement += (
            f"; a local cost on shallow circuits ({_named(flat)}) loses at most "
            f"{-min(lasting[key].low for key in flat):.3f} bits a qubit up to {last:.0f} qubits, a polynomial decay"
        )
    outcome = "refuted" if not exponential else "conditional" if flat else "supported"
    if outcome == "conditional":
        statement += ": gradients vanish exponentially in deep circuits and not in shallow ones with local costs"
    return [
        Verdict("C3", outcome, f"{statement}.", main.slope, main.low, main.high, QUANTITY, tuple(conditions)),
    ]


def _lost(fit: Line) -> str:
    return f"{-fit.slope:.3f} bits [{-fit.high:.3f}, {-fit.low:.3f}]"


def _named(keys: Sequence[tuple[str, int]]) -> str:
    return ", ".join("product" if name == "product" else f"{name} with {depth} layers" for name, depth in keys)


def _agreement(deep: dict[tuple[str, str], list[Row]]) -> list[str]:
    band, found = THRESHOLDS["formula_band"], []
    for (part, observable), family in deep.items():
        fit = findings.departure(family)
        if fit is not None:
            inside = "inside" if within(fit.low, fit.high, 0.0, band) else "not inside"
            found.append(
                f"{part}, {observable}: slope of log2(variance ÷ exact formula) {fit} bits a qubit, {inside} "
                f"±{band:g}, from {fit.points} widths of {fit.first:.0f} to {fit.last:.0f} qubits at which depths L "
                "and 2L agree"
            )
    return found


def _depths(rows: Sequence[Row]) -> list[str]:
    reached = {
        row["qubits"]: row["plateau_depth"]
        for row in rows
        if (row["part"], row["observable"]) == ("deep", "Z1Z2") and row["plateau_depth"]
    }
    if not reached:
        return []
    widest = max(reached)
    return [f"the plateau of Z1Z2 on {widest} qubits is reached at {reached[widest]:.0f} layers of RY-RZ-CZ"]


def _shots(family: Sequence[Row]) -> list[str]:
    if not family or not family[-1]["shots"]:
        return []
    widest = family[-1]
    return [
        f"one gradient of {widest['qubits']} qubits and {widest['depth']} layers at signal-to-noise 1 takes "
        f"{widest['shots']:.2g} shots, {duration(widest['shot_seconds'])} at 1 MHz"
    ]


def _networks(rows: Sequence[Row], config: Config) -> list[str]:
    found = []
    for name in ("transformer", "snn"):
        fit = findings.power(findings.networks(rows, name, "width", 2), "width")
        if fit is not None:
            found.append(
                f"{name}: the same variance over initialisations goes as width^({fit.slope:.2f}) "
                f"[{fit.low:.2f}, {fit.high:.2f}] from {2**fit.first:.0f} to {2**fit.last:.0f}"
            )
    return found


def _calibration(rows: Sequence[Row]) -> list[str]:
    least = THRESHOLDS["least_coverage"]
    return [
        f"nominal 95% intervals ({row['method']}, {row['ansatz']}) covered the truth in {row['coverage']:.0%} of "
        f"{row['repeats']} repeats" + ("" if row["coverage"] >= least else f", under the {least:.0%} asked for")
        for row in rows
        if row["part"] == "calibration" and row["coverage"] is not None
    ]


def duration(seconds: float) -> str:
    """Seconds in the unit that people use."""
    for unit, size in (("years", 365.25 * 86400), ("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds:.3g} s"
