"""The one kind of row of the study: simulations of a circuit at one threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from eval.models.plateau_formulas import ObservableName
from eval.rows import Row


@dataclass(frozen=True, kw_only=True)
class Simulation(Row):
    """A circuit simulated classically at random angles; quantities are ``None`` where ``refused`` says why.

    Attributes:
        setting: The kind of circuit.
        plateau_free: Whether its gradients do not vanish exponentially.
        qubits: Width.
        depth: Layers.
        observable: What is measured.
        sigma: Standard deviation of the angles; ``None`` where they are uniform on the circle.
        threshold: Below which share of the observable's coefficient a Pauli word is dropped.
        reference: What the surrogate is compared with.
        samples: Vectors of random angles.
        error: Root mean square of surrogate − reference over the angles.
        spread: Standard deviation of the reference over the angles.
        relative_error: ``error`` over ``spread``.
        relative_error_low: The lower end of its 95% interval over the angles.
        relative_error_high: The upper end.
        words: Most Pauli words held at once, in the mean over the angles; known where the reference alone was given up.
        updates: Pauli words visited, summed over gates, in the mean over the angles.
        seconds: Seconds of one simulation, in the mean over the angles.
        refused: Why there is no error.
    """

    part: ClassVar[str] = "simulations"

    setting: str
    plateau_free: bool
    qubits: int
    depth: int
    observable: ObservableName
    sigma: float | None
    threshold: float
    reference: Literal["state vector", "finer threshold"]
    samples: int
    error: float | None = None
    spread: float | None = None
    relative_error: float | None = None
    relative_error_low: float | None = None
    relative_error_high: float | None = None
    words: float | None = None
    updates: float | None = None
    seconds: float | None = None
    refused: str | None = None
