"""The settings of the variational quantum circuit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from paradigms.interface import require

Ansatz = Literal["hardware_efficient", "strongly_entangling"]
Embedding = Literal["reuploading", "amplitude"]
Differentiation = Literal["adjoint", "backprop", "parameter_shift"]
Initialisation = Literal["uniform", "small_gaussian", "identity_blocks", "beta", "beta_full_turn"]

_CHOICES = {
    "ansatz": Ansatz,
    "embedding": Embedding,
    "differentiation": Differentiation,
    "initialisation": Initialisation,
}

ANGLES_PER_QUBIT = 3
"""The rotations, each with its own angle, that a layer of either ansatz gives every qubit."""


@dataclass(frozen=True)
class Config:
    """A variational quantum circuit on a simulated register.

    Attributes:
        qubits: The width of the register.
        layers: The depth: how often the ansatz's layer is repeated, each time with its own weights.
        ansatz: ``hardware_efficient``: RY, RZ, RY on every qubit and a ring of CZ. ``strongly_entangling``: ``Rot`` on
            every qubit and a ring of CNOT whose range grows with the layer (Schuld et al. 2020).
        embedding: ``reuploading``: every gate angle is w·x + θ for one input feature x (Pérez-Salinas et al. 2020).
            ``amplitude``: the input, scaled to unit norm, is the initial state.
        differentiation: ``adjoint``: exact, undoing layer after layer; no layer's state is kept. ``backprop``: JAX's
            reverse mode through the simulation (or its forward mode). No quantum device can do either.
            ``parameter_shift``: two circuits for each gate angle, as on hardware (Schuld et al. 2019).
        shift_chunk: How many shifted circuits of an example ``parameter_shift`` evaluates at once: more is faster and
            takes more memory.
        initialisation: The distribution of the angles; ``paradigms.vqc.circuit.initialisations`` says how each is
            drawn.
        gate_dropout: The probability with which each rotation is left out of an update (Scala et al. 2023).
        depolarising: The probability of a random Pauli error on every qubit before every layer, in training.
        angle_penalty: The weight in the loss of the mean squared angle, in units of half turns.
        initial_scale: The initial factor from expectation values, which lie in [-1, 1], to logits; each class has one,
            which is trained.

    Raises:
        Unsupported: If a value is out of range.
    """

    qubits: int = 8
    layers: int = 12
    ansatz: Ansatz = "hardware_efficient"
    embedding: Embedding = "reuploading"
    differentiation: Differentiation = "adjoint"
    shift_chunk: int = 16
    initialisation: Initialisation = "uniform"
    gate_dropout: float = 0.0
    depolarising: float = 0.0
    angle_penalty: float = 0.0
    initial_scale: float = 8.0

    def __post_init__(self) -> None:
        for name in ("qubits", "layers", "shift_chunk"):
            value = getattr(self, name)
            require(value >= 1, f"paradigm.{name}={value} must be at least 1")
        for name in ("gate_dropout", "depolarising"):
            value = getattr(self, name)
            require(0 <= value <= 1, f"paradigm.{name}={value} must be a probability, between 0 and 1")
        require(self.angle_penalty >= 0, f"paradigm.angle_penalty={self.angle_penalty} must not be negative")
        require(self.initial_scale > 0, f"paradigm.initial_scale={self.initial_scale} must be positive")
        for name, choices in _CHOICES.items():
            value, allowed = getattr(self, name), get_args(choices)
            require(value in allowed, f"paradigm.{name}={value} must be one of {', '.join(allowed)}")

    @property
    def gate_angles(self) -> int:
        """The number of Pauli rotations in the circuit, each with its own angle."""
        return self.layers * self.qubits * ANGLES_PER_QUBIT
