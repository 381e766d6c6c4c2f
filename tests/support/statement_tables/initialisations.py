"""Tables of the study of initialisations whose outcome is known by construction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from eval.studies.initialisations.config import Config
from eval.studies.initialisations.measure import SHALLOW
from eval.studies.initialisations.rows import Look, Variance

Measured = Variance | Look

WIDTHS = (6, 8, 10, 12, 14, 16)
CONFIG = Config()
Law = Callable[[int], float]


def exponential(slope: float) -> Law:
    """Lose as many bits of variance per qubit."""
    return lambda qubits: 2.0 ** (slope * qubits)


def power(exponent: float) -> Law:
    """Fall as a power of the number of qubits."""
    return lambda qubits: float(qubits) ** exponent


LAWS: Mapping[str, Law] = {
    "uniform": exponential(-1.0),
    "small_gaussian": power(-1.1),
    "identity_blocks": power(-1.0),
    "beta": power(-2.0),
    "beta_full_turn": exponential(-0.5),
    SHALLOW: lambda qubits: 0.01,
}
"""Bring every statement on variances to hold."""


def variances(laws: Mapping[str, Law], relative_error: float = 0.01, widths: Sequence[int] = WIDTHS) -> list[Measured]:
    """Make variances that follow laws, with this relative standard error."""
    return [
        Variance(
            setting=setting, qubits=n, layers=2 * n, variance_over_initialisations=law(n),
            relative_error=relative_error, mean_square=law(n), first_component=law(n), samples=100,
            effective_samples=50.0,
        )
        for setting, law in laws.items()
        for n in widths
    ]  # fmt: skip


def training(losses: Mapping[str, Sequence[float]]) -> list[Measured]:
    """Make the validation losses after the last step, one per seed, and the same ones before the first."""
    return [
        Look(
            setting=setting, qubits=8, layers=16, learning_rate=0.02, training_seed=seed, updates=updates,
            eval_loss=2.3 if updates == 0 else loss, eval_accuracy=0.5,
        )
        for setting, own in losses.items()
        for updates in (0, 100)
        for seed, loss in enumerate(own)
    ]  # fmt: skip


UNIFORM_LOSSES = (1.00, 1.10, 1.05)
BETTER, WORSE, UNLIKE = (0.70, 0.81, 0.74), (1.30, 1.41, 1.34), (0.70, 1.60, 1.00)


def table(**laws: Law) -> list[Measured]:
    """Make a table that brings the statements to hold, but for the laws that are replaced."""
    return variances({**LAWS, **laws}) + training({"uniform": UNIFORM_LOSSES, "beta": BETTER})


def without(rows: Sequence[Measured], setting: str) -> list[Measured]:
    """Drop the rows of a setting."""
    return [row for row in rows if row.setting != setting]


def _shape(setting: str, *, holds: Law, fails: Law) -> dict[str, tuple[list[Measured], Config]]:
    return {
        "holds": (variances({setting: holds}), CONFIG),
        "fails": (variances({setting: fails}), CONFIG),
        "undecided": (variances({setting: holds}, relative_error=0.11), CONFIG),
        "not measured": (variances({setting: holds}, widths=WIDTHS[:3]), CONFIG),
    }


TABLES = {
    "C4.plateau": _shape("uniform", holds=exponential(-1.0), fails=power(-1.0)),
    "C4.slower": {
        "holds": (table(), CONFIG),
        "fails": (table(beta=exponential(-1.2)), CONFIG),
        "undecided": (table(beta=lambda n: 2.0 ** (-0.9 * n) * (2.0 if n % 4 else 0.5)), CONFIG),
        "not measured": (without(table(), "uniform"), CONFIG),
    },
    "C4.small_gaussian": _shape("small_gaussian", holds=power(-1.0), fails=exponential(-0.5)),
    "C4.identity_blocks": _shape("identity_blocks", holds=power(-1.0), fails=exponential(-0.5)),
    "C4.beta": _shape("beta", holds=power(-2.0), fails=exponential(-0.5)),
    "C4.shallow_circuits": _shape(SHALLOW, holds=lambda n: 0.01, fails=exponential(-0.5)),
    "C4.training": {
        "holds": (table(), CONFIG),
        "fails": (training({"uniform": UNIFORM_LOSSES, "beta": WORSE}), CONFIG),
        "undecided": (training({"uniform": UNIFORM_LOSSES, "beta": WORSE, "small_gaussian": UNLIKE}), CONFIG),
        "not measured": (training({"uniform": UNIFORM_LOSSES}), CONFIG),
    },
}
