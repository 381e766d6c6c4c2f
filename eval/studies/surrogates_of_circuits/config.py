"""The settings of the study of classical surrogates."""

from __future__ import annotations

from dataclasses import dataclass, fields

from training.errors import BadInput


@dataclass(frozen=True)
class Config:
    """What is simulated; the defaults are the preset ``quick``.

    Attributes:
        shallow_qubits: Widths of the shallow circuits with a local cost, uniform angles.
        shallow_layers: Their depths.
        small_angle_qubits: Widths of the deep circuits whose angles start near the identity.
        deep_qubits: Widths of the deep circuits with uniform angles, which have a plateau: the contrast.
        layers_per_qubit: Depth of both kinds of deep circuit.
        thresholds: Coefficients below which a Pauli word is dropped, coarsest first.
        samples: Random angles a point.
        most_words: Words beyond which a simulation is given up.
        state_vector_qubits: Widths up to which a state vector is the reference; beyond, a threshold ten times finer.
        seed: The seed of the angles.
    """

    shallow_qubits: tuple[int, ...] = (4, 8, 16, 32, 64, 100)
    shallow_layers: tuple[int, ...] = (2,)
    small_angle_qubits: tuple[int, ...] = (4, 6, 8, 10, 12, 16, 20)
    deep_qubits: tuple[int, ...] = (4, 6, 8)
    layers_per_qubit: float = 2.0
    thresholds: tuple[float, ...] = (1e-2, 1e-3)
    samples: int = 32
    most_words: int = 20_000
    state_vector_qubits: int = 12
    seed: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, tuple) and not value:
                raise BadInput(f"settings.{field.name}=[] must list at least one value")
        for name in ("shallow_qubits", "small_angle_qubits", "deep_qubits"):
            if min(getattr(self, name)) < 2:
                raise BadInput(f"settings.{name}={list(getattr(self, name))} must be at least 2")
        for name, least in (("samples", 4), ("most_words", 100), ("state_vector_qubits", 0), ("seed", 0)):
            if getattr(self, name) < least:
                raise BadInput(f"settings.{name}={getattr(self, name)} must be at least {least}")
        if min(self.shallow_layers) < 1:
            raise BadInput(f"settings.shallow_layers={list(self.shallow_layers)} must be at least 1")
        if self.layers_per_qubit <= 0:
            raise BadInput(f"settings.layers_per_qubit={self.layers_per_qubit} must be positive")
        if not all(0 < threshold < 1 for threshold in self.thresholds):
            raise BadInput(f"settings.thresholds={list(self.thresholds)} must lie between 0 and 1")
        if self.state_vector_qubits > 16:
            raise BadInput(f"settings.state_vector_qubits={self.state_vector_qubits} must be at most 16: hours beyond")
