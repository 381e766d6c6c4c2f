"""Tables of the study of barren plateaus whose outcome is known by construction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from eval.models.plateau_formulas import ObservableName, formula, product
from eval.rows import Row
from eval.studies.barren_plateaus.config import Config
from eval.studies.barren_plateaus.rows import (
    FIRST,
    Ansatz,
    Calibration,
    CircuitVariance,
    ComputedVariance,
    Family,
    NetworkVariance,
    Paradigm,
    SampledVariance,
)
from eval.studies.barren_plateaus.table import complete

WIDTHS = (4, 8, 16, 32)
ANSAETZE: Mapping[Family, Ansatz] = {
    "deep": "ry_rz_cz", "mcclean": "mcclean", "entangling": "strongly_entangling",
}  # fmt: skip
CONFIG = replace(Config(), local_layers=(2, 4))
Excess = Callable[[int], float]


def circuit(
    family: Family, ansatz: Ansatz, observable: ObservableName, qubits: int, layers: int, variance: float | None
) -> dict[str, Any]:
    """Make the fields that all variances of circuits have."""
    return {
        "family": family, "ansatz": ansatz, "observable": observable, "qubits": qubits, "layers": layers,
        "layers_per_qubit": layers / qubits, "parameters": 10, "cost_formula": None, "seconds": 0.1,
        "formula": formula(ansatz, observable, qubits), "variance_over_initialisations": variance,
    }  # fmt: skip


def bounds(variance: float, half_width: float) -> dict[str, float]:
    """Make the ends of an interval of that half width in bits."""
    return {"variance_low": variance / 2**half_width, "variance_high": variance * 2**half_width}


def point(
    family: Family,
    ansatz: Ansatz,
    observable: ObservableName,
    qubits: int,
    layers: int,
    variance: float | None,
    **others: Any,
) -> ComputedVariance:
    """Make a row of an exact variance."""
    fields = circuit(family, ansatz, observable, qubits, layers, variance) | {"method": "chain", "noise_rate": 0.0}
    return ComputedVariance(**fields | others)


def deep(
    family: Family, observable: ObservableName, excess: Excess, depths: Sequence[int] = (4, 8)
) -> list[ComputedVariance]:
    """Make a family at depths that agree, whose log2 variance exceeds the formula by ``excess`` of the qubits."""
    ansatz = ANSAETZE[family]
    return [
        point(family, ansatz, observable, n, depth * n, formula(ansatz, observable, n) * 2 ** excess(n))
        for n in WIDTHS
        for depth in depths
    ]


def by_state_vector(
    observable: ObservableName, qubits: int, layers: int, variance: float, half_width: float, effective: float
) -> SampledVariance:
    """Make a row of a deep circuit's sampled variance, with an interval of that half width in bits."""
    return SampledVariance(
        **circuit("deep", "ry_rz_cz", observable, qubits, layers, variance), **bounds(variance, half_width),
        parameter=FIRST, cost_variance=0.1, samples=1000, effective_samples=effective,
    )  # fmt: skip


def sampled(excess: Excess, half_width: float, effective: float, coverage: float) -> list[Row]:
    """Make variances from state vectors, with intervals of that half width in bits, and their calibration."""
    observables: tuple[ObservableName, ...] = ("Z1Z2", "projector")
    rows: list[Row] = [
        by_state_vector(
            observable, n, 4 * n, formula("ry_rz_cz", observable, n) * 2 ** excess(n), half_width, effective
        )
        for observable in observables
        for n in (4, 6, 8)
    ]
    calibration = Calibration(
        ansatz="ry_rz_cz", observable="Z1Z2", qubits=4, layers=8, method="state vector", samples=500,
        variance_over_initialisations=0.03, truth=0.03, coverage=coverage, repeats=100, seconds=0.1,
    )  # fmt: skip
    return [*rows, calibration]


def noise(losses: Mapping[float, float], half_width: float = 0.0) -> list[ComputedVariance]:
    """Make variances at 24 and 48 layers that lose so many bits at every rate, with bounds of that half width."""
    return [
        point("noise", "ry_rz_cz", "Z1Z2", 12, layers, variance, noise_rate=rate, **bounds(variance, half_width))
        for rate, loss in losses.items()
        for layers, variance in ((24, 1e-4), (48, 1e-4 / 2**loss))
    ]


def shallow(slope: float, half_width: float = 0.0) -> list[ComputedVariance]:
    """Make local costs that lose so many bits per qubit, the widest with bounds of that half width."""
    rows = [point("local", "product", "local", n, 1, product("local", n)) for n in (4, 8, 16, 32, 64, 100)]
    for layers in (2, 4):
        for n in (4, 8, 16, 32):
            variance = 1e-3 * 2.0 ** (slope * n)
            rows.append(point("local", "ry_rz_cz", "local", n, layers, variance, **bounds(variance, half_width)))
    return rows


def networks() -> list[NetworkVariance]:
    """Make networks of three widths, of whose variance there is as much less as they are wider."""
    paradigms: tuple[Paradigm, ...] = ("transformer", "snn")
    return [
        NetworkVariance(
            paradigm=paradigm, width=width, layers=2, parameters=100 * width, samples=320, effective_samples=140.0,
            seconds=0.1, variance_over_initialisations=1 / width, variance_low=0.9 / width, variance_high=1.1 / width,
        )
        for paradigm in paradigms
        for width in (16, 32, 64)
    ]  # fmt: skip


def table(
    *,
    excess: Mapping[Family, Excess] | None = None,
    projector: Excess = lambda n: 0.0,
    one_layer: Excess = lambda n: 0.0,
    of_samples: list[Row] | None = None,
    of_noise: list[ComputedVariance] | None = None,
    of_shallow: list[ComputedVariance] | None = None,
) -> list[Row]:
    """Make a table; each argument replaces what would bring the statements to hold.

    Args:
        excess: Per family, bits of variance beyond the formula of Z1Z2 at a number of qubits.
        projector: The same of the projector in deep circuits.
        one_layer: The same of the projector in the product ansatz.
        of_samples: The rows of sampled variances and their calibration.
        of_noise: The rows of noisy circuits.
        of_shallow: The rows of local costs.
    """
    rows: list[Row] = []
    for family in ANSAETZE:
        rows += deep(family, "Z1Z2", (excess or {}).get(family, lambda n: 0.0))
    rows += deep("deep", "projector", projector)
    rows += [
        point("product", "product", "projector", n, 1, product("projector", n) * 2 ** one_layer(n)) for n in range(2, 9)
    ]
    rows += sampled(lambda n: 0.0, 0.1, 300.0, 0.95) if of_samples is None else of_samples
    rows += noise({0.0: 0.01, 0.003: 3.0, 0.01: 9.0}) if of_noise is None else of_noise
    rows += shallow(-0.05) if of_shallow is None else of_shallow
    return complete(rows)


def without(rows: list[Row], *families: Family) -> list[Row]:
    """Drop the variances of some families."""
    return [row for row in rows if not (isinstance(row, CircuitVariance) and row.family in families)]


def wobbling(bits: float) -> Excess:
    """Bits up at every second width and down at the others, through which no line goes."""
    return lambda n: bits * {4: 1, 8: -1, 16: 1, 32: -1}.get(n, 0)


def corrupted(rows: list[Row]) -> list[Row]:
    """Write nonsense into the fields that are derived from others."""
    nonsense = {"shots_to_resolve": 7.0, "shot_seconds": 7.0}
    return [
        replace(row, **nonsense, saturated=not row.saturated, plateau_layers=7.0)
        if isinstance(row, ComputedVariance)
        else replace(row, **nonsense)
        if isinstance(row, SampledVariance)
        else row
        for row in rows
    ]


TABLES = {
    "C3.deep_circuits": {
        "holds": (table(), CONFIG),
        "fails": (table(excess={"mcclean": lambda n: 0.8 * n}), CONFIG),
        "undecided": (table(excess={"deep": wobbling(6.0)}), CONFIG),
        "not measured": (without(table(), *ANSAETZE), CONFIG),
    },
    "C3.formula": {
        "holds": (table(), CONFIG),
        "fails": (table(projector=lambda n: -0.1 * n), CONFIG),
        "undecided": (table(excess={"deep": wobbling(0.5)}), CONFIG),
        "not measured": (without(table(), *ANSAETZE), CONFIG),
    },
    "C3.global_cost": {
        "holds": (table(), CONFIG),
        "fails": (table(one_layer=lambda n: 1.2 * n), CONFIG),
        "undecided": (without(table(), "product"), CONFIG),
        "not measured": (without(table(), "product", "deep"), CONFIG),
    },
    "C3.sampled_gradients": {
        "holds": (table(), CONFIG),
        "fails": (table(of_samples=sampled(lambda n: 2.0 * n, 0.1, 300.0, 0.95)), CONFIG),
        "undecided": (table(of_samples=sampled(lambda n: 0.0, 0.1, 300.0, 0.89)), CONFIG),
        "not measured": (table(of_samples=sampled(lambda n: 0.0, 0.1, 99.0, 0.95)), CONFIG),
    },
    "C3.noise": {
        "holds": (table(), CONFIG),
        "fails": (table(of_noise=noise({0.0: 0.01, 0.003: 0.2, 0.01: 9.0})), CONFIG),
        "undecided": (table(of_noise=noise({0.0: 0.3, 0.003: 3.0})), CONFIG),
        "not measured": (table(of_noise=noise({0.0: 0.01})), CONFIG),
    },
    "C3.shallow_local": {
        "holds": (table(), CONFIG),
        "fails": (table(of_shallow=shallow(-0.3)), CONFIG),
        "undecided": (table(of_shallow=shallow(-0.2, half_width=1.0)), CONFIG),
        "not measured": (without(table(), "local"), CONFIG),
    },
}
