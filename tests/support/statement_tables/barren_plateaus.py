"""Tables of the study of barren plateaus whose outcome is known by construction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from eval.models.plateau_formulas import formula, product
from eval.recorder import Row
from eval.studies.barren_plateaus.config import Config
from eval.studies.barren_plateaus.table import DERIVED, FIRST, STATE_VECTOR, complete

WIDTHS = (4, 8, 16, 32)
ANSAETZE = {"deep": "ry_rz_cz", "mcclean": "mcclean", "entangling": "strongly_entangling"}
CONFIG = replace(Config(), local_layers=(2, 4))
Excess = Callable[[int], float]


def point(part: str, ansatz: str, observable: Any, qubits: int, depth: int, variance: float, **others: Any) -> Row:
    """Make a row of an exact variance."""
    row: Row = {
        "part": part, "ansatz": ansatz, "observable": observable, "parameter": FIRST, "qubits": qubits,
        "depth": depth, "depth_per_qubit": depth / qubits, "method": "chain", "parameters": 10, "variance": variance,
        "formula": formula(ansatz, observable, qubits),
    }  # fmt: skip
    return row | others


def deep(part: str, observable: Any, excess: Excess, depths: tuple[int, ...] = (4, 8)) -> list[Row]:
    """Make a family at depths that agree, whose log2 variance exceeds the formula by ``excess`` of the qubits."""
    return [
        point(part, ANSAETZE[part], observable, n, depth * n, formula(ANSAETZE[part], observable, n) * 2 ** excess(n))
        for n in WIDTHS
        for depth in depths
    ]


def sampled(excess: Excess, half_width: float, effective: float, coverage: float) -> list[Row]:
    """Make variances from state vectors, with intervals of that half width in bits, and their calibration."""
    rows = [
        point("deep", "ry_rz_cz", observable, n, 4 * n, variance, method=STATE_VECTOR, effective_samples=effective)
        | {"variance_low": variance / 2**half_width, "variance_high": variance * 2**half_width}
        for observable in ("Z1Z2", "projector")
        for n in (4, 6, 8)
        for variance in [formula("ry_rz_cz", observable, n) * 2 ** excess(n)]
    ]
    calibration = point("calibration", "ry_rz_cz", "Z1Z2", 4, 8, 0.03, method=STATE_VECTOR)
    return [*rows, calibration | {"coverage": coverage, "repeats": 100}]


def noise(losses: Mapping[float, float], half_width: float = 0.0) -> list[Row]:
    """Make variances at 24 and 48 layers that lose so many bits at every rate, with bounds of that half width."""
    return [
        point("noise", "ry_rz_cz", "Z1Z2", 12, depth, variance, noise_rate=rate)
        | {"variance_low": variance / 2**half_width, "variance_high": variance * 2**half_width}
        for rate, loss in losses.items()
        for depth, variance in ((24, 1e-4), (48, 1e-4 / 2**loss))
    ]


def shallow(slope: float, half_width: float = 0.0) -> list[Row]:
    """Make local costs that lose so many bits per qubit, the widest with bounds of that half width."""
    rows = [point("local", "product", "local", n, 1, product("local", n)) for n in (4, 8, 16, 32, 64, 100)]
    for depth in (2, 4):
        for n in (4, 8, 16, 32):
            variance = 1e-3 * 2.0 ** (slope * n)
            bounds = {"variance_low": variance / 2**half_width, "variance_high": variance * 2**half_width}
            rows.append(point("local", "ry_rz_cz", "local", n, depth, variance) | bounds)
    return rows


def table(
    *,
    excess: Mapping[str, Excess] | None = None,
    projector: Excess = lambda n: 0.0,
    one_layer: Excess = lambda n: 0.0,
    of_samples: list[Row] | None = None,
    of_noise: list[Row] | None = None,
    of_shallow: list[Row] | None = None,
) -> list[Row]:
    """Make a table; each argument replaces what would bring the statements to hold.

    Args:
        excess: Per part, bits of variance beyond the formula of Z1Z2 at a number of qubits.
        projector: The same of the projector in deep circuits.
        one_layer: The same of the projector in the product ansatz.
        of_samples: The rows of sampled variances and their calibration.
        of_noise: The rows of noisy circuits.
        of_shallow: The rows of local costs.
    """
    rows: list[Row] = []
    for part in ANSAETZE:
        rows += deep(part, "Z1Z2", (excess or {}).get(part, lambda n: 0.0))
    rows += deep("deep", "projector", projector)
    rows += [
        point("product", "product", "projector", n, 1, product("projector", n) * 2 ** one_layer(n)) for n in range(2, 9)
    ]
    rows += sampled(lambda n: 0.0, 0.1, 300.0, 0.95) if of_samples is None else of_samples
    rows += noise({0.0: 0.01, 0.003: 3.0, 0.01: 9.0}) if of_noise is None else of_noise
    rows += shallow(-0.05) if of_shallow is None else of_shallow
    return complete(rows)


def without(rows: list[Row], *parts: str) -> list[Row]:
    """Drop the rows of some parts."""
    return [row for row in rows if row["part"] not in parts]


def wobbling(bits: float) -> Excess:
    """Bits up at every second width and down at the others, through which no line goes."""
    return lambda n: bits * {4: 1, 8: -1, 16: 1, 32: -1}.get(n, 0)


def corrupted(rows: list[Row]) -> list[Row]:
    """Write nonsense into the columns that are derived from others."""
    return [row | dict.fromkeys(DERIVED, 7.0) for row in rows]


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
