"""Tables of the study of classical surrogates whose outcome is known by construction."""

from __future__ import annotations

from dataclasses import replace

from eval.studies.surrogates_of_circuits.config import Config
from eval.studies.surrogates_of_circuits.rows import Simulation
from eval.studies.surrogates_of_circuits.simulated_circuits import DEEP, SHALLOW_LOCAL, SMALL_ANGLES

WIDTHS = (4, 8, 16, 32)
CONFIG = Config()


def row(
    setting: str, qubits: int, threshold: float, error: float, *, spread: float = 1.3, depth: int = 2
) -> Simulation:
    """Make a row whose error's interval reaches from 1/``spread`` to ``spread`` times it."""
    return Simulation(
        setting=setting, plateau_free=setting != DEEP, qubits=qubits, depth=depth, observable="local", sigma=None,
        threshold=threshold, reference="state vector", samples=32, relative_error=error,
        relative_error_low=error / spread, relative_error_high=error * spread, words=10.0 * qubits,
        updates=10.0 * qubits**2, seconds=0.1,
    )  # fmt: skip


def given_up(setting: str, qubits: int, threshold: float, *, depth: int = 2) -> Simulation:
    """Make a row of a surrogate that took too many words."""
    measured = row(setting, qubits, threshold, 1.0, depth=depth)
    return replace(
        measured, relative_error=None, relative_error_low=None, relative_error_high=None, words=None, updates=None,
        seconds=None, refused="too many words",
    )  # fmt: skip


def family(
    setting: str, *, coarse: float = 0.3, fine: float = 0.02, spread: float = 1.3, depth: int = 2
) -> list[Simulation]:
    """Make the rows of a setting at two thresholds with these errors."""
    return [
        row(setting, qubits, threshold, error, spread=spread, depth=depth)
        for threshold, error in ((0.01, coarse), (0.001, fine))
        for qubits in WIDTHS
    ]


def too_dear(setting: str, depth: int = 2) -> list[Simulation]:
    """Make the rows of a setting whose coarse threshold is wrong and whose fine one takes too many words."""
    coarse = [row(setting, qubits, 0.01, 0.3, depth=depth) for qubits in WIDTHS]
    return coarse + [given_up(setting, qubits, 0.001, depth=depth) for qubits in WIDTHS]


def table(**replaced: list[Simulation]) -> list[Simulation]:
    """Make a table that brings the statements to hold, but for the settings that are replaced."""
    rows = {setting: family(setting) for setting in (SHALLOW_LOCAL, SMALL_ANGLES)} | replaced
    contrast = [row(DEEP, 4, 0.01, 0.5), given_up(DEEP, 8, 0.01)]
    return [each for own in rows.values() for each in own] + contrast


def _outcomes(setting: str) -> dict[str, tuple[list[Simulation], Config]]:
    return {
        "holds": (table(), CONFIG),
        "fails": (table(**{setting: too_dear(setting)}), CONFIG),
        "undecided": (table(**{setting: family(setting, fine=0.08, spread=2.0)}), CONFIG),
        "not measured": (table(**{setting: []}), CONFIG),
    }


TABLES = {
    "C4.shallow_simulated": _outcomes(SHALLOW_LOCAL),
    "C4.small_angles_simulated": _outcomes(SMALL_ANGLES),
}
