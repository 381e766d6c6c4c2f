"""What the measured variances say of the claim that gradients of variational circuits vanish exponentially."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.claims import CLAIMS
from eval.judgement import Judgement, Verdict, judged, not_measured
from eval.rows import Row, of
from eval.statistics.equivalence import above, below, every, within
from eval.statistics.intervals import Interval
from eval.studies.barren_plateaus import slopes
from eval.studies.barren_plateaus.config import Config
from eval.studies.barren_plateaus.rows import (
    PARADIGMS,
    Calibration,
    CircuitVariance,
    ComputedVariance,
    Counterexample,
    Family,
    NetworkVariance,
)
from eval.studies.barren_plateaus.table import complete, families

_LIMITS = CLAIMS["C3"].thresholds
_FAMILIES: dict[str, Family] = {
    "RY-RZ-CZ": "deep",
    "McClean's circuit": "mcclean",
    "strongly entangling layers": "entangling",
}
_MORE_WIDTHS = "three widths of every family at which a depth agrees with its double: list more in settings"
_SLOPE = "bits of variance per qubit"


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """Judge the statements of claim C3.

    Args:
        rows: The table; what it holds in derived fields is computed again.
        config: What was measured.

    Returns:
        One verdict.
    """
    table = complete(rows)
    deep = {name: slopes.saturated(table, family, "Z1Z2") for name, family in _FAMILIES.items()}
    projector = slopes.saturated(table, "deep", "projector")
    judgements = (
        _deep_circuits(deep),
        _formula({**deep, "RY-RZ-CZ with the projector": projector}),
        _global_cost({"deep circuits": projector, "one layer": slopes.computed(table, "product", "projector")}),
        _sampled_gradients(table),
        _noise(table),
        _shallow_local(table, config),
    )
    context = (*_depth(deep["RY-RZ-CZ"]), *_shots(deep["RY-RZ-CZ"]), *_powers(table, config), *_networks(table))
    return [Verdict("C3", judgements, _conditions(table), context)]


def _deep_circuits(deep: Mapping[str, Sequence[ComputedVariance]]) -> Judgement:
    name = "deep_circuits"
    fits = {family: slopes.decay(rows, len(deep)) for family, rows in deep.items()}
    known = {family: fit for family, fit in fits.items() if fit is not None}
    if not known:
        return not_measured(name, "No family of deep circuits is saturated at three widths.", _MORE_WIDTHS)
    least = max(known.values(), key=lambda fit: fit.slope)
    return judged(
        name,
        every(*(fit and below(fit.low, fit.high, _LIMITS["exponential_slope"]) for fit in fits.values())),
        f"At saturated depth the variance of Z1Z2 loses at least {-least.slope:.3f} bits per qubit, the widest circuit "
        f"having {max(fit.last for fit in known.values()):.0f} qubits.",
        needed=_MORE_WIDTHS,
        quantity=f"{_SLOPE}, Z1Z2 at saturated depth, the family that loses least",
        value=least.slope,
        low=least.low,
        high=least.high,
    )


def _formula(deep: Mapping[str, Sequence[ComputedVariance]]) -> Judgement:
    name, band = "formula", _LIMITS["formula_band"]
    fits = {family: slopes.departure(rows, len(deep)) for family, rows in deep.items()}
    known = {family: fit for family, fit in fits.items() if fit is not None}
    if not known:
        return not_measured(name, "No family of deep circuits is saturated at three widths.", _MORE_WIDTHS)
    family, most = max(known.items(), key=lambda one: abs(one[1].slope))
    return judged(
        name,
        every(*(fit and within(fit.low, fit.high, 0.0, band) for fit in fits.values())),
        f"The ratio of variance to formula changes by at most {abs(most.slope):.4f} bits per qubit, in {family}.",
        needed=f"{_MORE_WIDTHS}, until the interval no longer reaches across the band",
        quantity="bits of variance ÷ formula per qubit, the family that departs most",
        value=most.slope,
        low=most.low,
        high=most.high,
    )


def _global_cost(costs: Mapping[str, Sequence[ComputedVariance]]) -> Judgement:
    name = "global_cost"
    fits = {where: slopes.decay(rows, len(costs)) for where, rows in costs.items()}
    known = {where: fit for where, fit in fits.items() if fit is not None}
    if not known:
        return not_measured(name, "The projector was measured at fewer than three widths.", _MORE_WIDTHS)
    least = max(known.values(), key=lambda fit: fit.slope)
    lost = " and ".join(f"{-fit.slope:.3f} bits per qubit in {where}" for where, fit in known.items())
    return judged(
        name,
        every(*(fit and below(fit.low, fit.high, _LIMITS["exponential_slope"]) for fit in fits.values())),
        f"The variance of the projector loses {lost}.",
        needed="three widths of the deep circuits and of the product ansatz: list more in settings",
        quantity=f"{_SLOPE}, projector, where it loses least",
        value=least.slope,
        low=least.low,
        high=least.high,
    )


def _sampled_gradients(rows: Sequence[Row]) -> Judgement:
    name, needed = "sampled_gradients", "two settings.state_vector_qubits, with more settings.samples"
    found = [slopes.sampled(rows, "deep", observable) for observable in ("Z1Z2", "projector")]
    changes = [_per_qubit(family[:1] + family[-1:]) for family in found]
    known = [change for change in changes if change is not None]
    if not known:
        return not_measured(name, "Fewer than two widths have enough effective samples.", needed)
    covered = [row.coverage for row in of(rows, Calibration) if row.method == "state vector"]
    right = bool(covered) and min(covered) >= _LIMITS["least_coverage"]
    least = max(known, key=lambda change: change.mean)
    return judged(
        name,
        # Intervals that miss a known truth too often decide nothing.
        every(*(one and below(one.low, one.high, _LIMITS["exponential_slope"]) for one in changes)) if right else None,
        f"Sampled from state vectors of up to {max(row.qubits for family in found for row in family)} qubits, "
        f"the variance loses at least {-least.mean:.2f} bits per qubit.",
        needed=f"{needed}, and a calibration whose intervals cover the truth",
        quantity=f"{_SLOPE}, sampled, the observable that loses least",
        value=least.mean,
        low=least.low,
        high=least.high,
    )


def _noise(rows: Sequence[Row]) -> Judgement:
    name, tolerance = "noise", _LIMITS["saturation_bits"]
    needed = "settings.noise_depths with a depth and its double, deep enough for the noiseless circuit to be saturated"
    lost = {family[0].noise_rate: _lost(family) for family in families(of(rows, ComputedVariance), ("noise",))}
    known = {rate: loss for rate, loss in lost.items() if loss is not None}
    clean = known.pop(0.0, None)
    if clean is None or not known:
        return not_measured(name, "No circuit was measured at a depth and its double with and without noise.", needed)
    settled = within(clean.low, clean.high, 0.0, tolerance)
    least = min(known, key=lambda rate: known[rate].mean)
    return judged(
        name,
        every(*(above(loss.low, loss.high, tolerance) for loss in known.values())) if settled else None,
        f"Doubling the depth takes {known[least].mean:.2f} bits of variance or more with noise, and "
        f"{clean.mean:.3f} bits without.",
        needed=needed,
        quantity=f"bits of variance that doubling the depth takes, depolarising rate {least:g}",
        value=known[least].mean,
        low=known[least].low,
        high=known[least].high,
    )


def _lost(family: Sequence[ComputedVariance]) -> Interval | None:
    """Bits that the deepest circuit has lost since half its depth; ``None`` if that was not measured."""
    half = [row for row in family if 2 * row.layers == family[-1].layers]
    return slopes.change(family[-1], half[0]) if half else None


def _shallow_local(rows: Sequence[Row], config: Config) -> Judgement:
    name, needed = "shallow_local", "two settings.local_qubits, and a settings.bond that leaves narrow bounds"
    shallow = [("product", 1), *(("ry_rz_cz", layers) for layers in config.local_layers)]
    changes = [_per_qubit(slopes.local(rows, ansatz, layers)) for ansatz, layers in shallow]
    known = [change for change in changes if change is not None]
    if not known:
        return not_measured(name, "No local cost was measured at two widths.", needed)
    steepest = min(known, key=lambda change: change.mean)
    widest = max(row.qubits for row in of(rows, ComputedVariance) if row.family == "local")
    return judged(
        name,
        every(*(one and above(one.low, one.high, _LIMITS["no_plateau_slope"]) for one in changes)),
        f"At {widest} qubits the variance of the local cost loses at most {-steepest.mean:.3f} bits per qubit.",
        needed=needed,
        quantity=f"{_SLOPE} between the two widest circuits, local cost, the depth that loses most",
        value=steepest.mean,
        low=steepest.low,
        high=steepest.high,
    )


def _per_qubit(family: Sequence[CircuitVariance]) -> Interval | None:
    """The change per qubit between the two widest of a family; ``None`` where there are no two."""
    if len(family) < 2 or family[-2].qubits == family[-1].qubits:
        return None
    narrow, wide = family[-2:]
    qubits = wide.qubits - narrow.qubits
    return Interval(*(end / qubits for end in slopes.change(narrow, wide)))


def _conditions(rows: Sequence[Row]) -> tuple[str, ...]:
    covered = tuple(
        f"nominal 95% intervals ({row.method}, {row.ansatz}) covered the truth in {row.coverage:.0%} of "
        f"{row.repeats} repeats"
        for row in of(rows, Calibration)
    )
    examined = of(rows, Counterexample)
    right = sum(row.right for row in examined)
    words = f"{right} of {len(examined)} circuits for which word-by-word averages are wrong were refused or right"
    return (*covered, words) if examined else covered


def _depth(family: Sequence[ComputedVariance]) -> tuple[str, ...]:
    reached = [(row.qubits, row.plateau_layers) for row in family if row.plateau_layers]
    if not reached:
        return ()
    qubits, layers = reached[-1]
    return (f"The plateau of Z1Z2 on {qubits} qubits is reached at {layers:.0f} layers of RY-RZ-CZ.",)


def _shots(family: Sequence[ComputedVariance]) -> tuple[str, ...]:
    seconds = family[-1].shot_seconds if family else None
    if seconds is None:
        return ()
    return (
        f"One gradient by parameter shift at the largest depth and {family[-1].qubits} qubits takes "
        f"{duration(seconds)} of shots at 1 MHz for a signal-to-noise ratio of one.",
    )


def _powers(rows: Sequence[Row], config: Config) -> tuple[str, ...]:
    found = {layers: slopes.local(rows, "ry_rz_cz", layers) for layers in config.local_layers}
    fits = {layers: slopes.power([row.qubits for row in family], family) for layers, family in found.items()}
    return tuple(
        f"On {layers} layers the variance of the local cost goes as n^({fit.slope:.2f})."
        for layers, fit in fits.items()
        if fit is not None
    )


def _networks(rows: Sequence[Row]) -> tuple[str, ...]:
    found = {name: slopes.networks(rows, name, 2) for name in PARADIGMS}
    fits = {name: slopes.power([row.width for row in family], family) for name, family in found.items()}
    return tuple(
        f"Over initialisations of a network of kind {name}, the same variance goes as width^({fit.slope:.2f}) up to "
        f"width {2**fit.last:.0f}."
        if fit is not None
        else f"How it goes with the width of a network of kind {name} is undecided: {len(found[name])} of "
        f"{_widths(rows, name)} widths have the effective samples that a point needs, where a law takes three."
        for name, fit in fits.items()
        if _widths(rows, name)
    )


def _widths(rows: Sequence[Row], paradigm: str) -> int:
    return len({row.width for row in of(rows, NetworkVariance) if row.paradigm == paradigm})


def duration(seconds: float) -> str:
    """Write seconds in the unit that people use."""
    for unit, size in (("years", 365.25 * 86400), ("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds:.3g} s"
