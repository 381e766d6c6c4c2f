"""Random parameterised circuits: Pauli rotations by independent random angles, fixed Clifford gates, local noise.

The gates are those whose average over angles is known exactly on two copies of the circuit (McClean et al. 2018, Nat.
Commun. 9, 4812; Heyraud et al. 2023, PRX Quantum 4, 040303). What does not qualify can be written down here and is
refused by :func:`eval.second_moment.qualification.qualify`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Float

from paradigms.interface import Unsupported, require

CLIFFORDS = {"X": 1, "Y": 1, "Z": 1, "H": 1, "S": 1, "CZ": 2, "CNOT": 2, "SWAP": 2}
"""Fixed gates and the number of qubits each acts on."""


class Unqualified(Unsupported):
    """The circuit's second moments are not given by its Pauli chain, or not to the accuracy asked for."""


@dataclass(frozen=True)
class Rotation:
    """exp(-i · frequency · t · P/2), where t is the random angle ``parameter``.

    Attributes:
        words: The Pauli words P may be, one of them drawn uniformly for every circuit; usually one, ``("Y",)``.
        wires: The qubits that the letters of a word act on, in order.
        parameter: Number of the angle, counted from 0.
        frequency: Turns of the gate in one turn of the angle; 1/2 in the two halves of a controlled rotation.
    """

    words: tuple[str, ...]
    wires: tuple[int, ...]
    parameter: int
    frequency: float = 1.0

    def __post_init__(self) -> None:
        require(bool(self.words), f"the rotation on wires {self.wires} has no Pauli word; give at least one")
        for word in self.words:
            require(
                len(word) == len(self.wires) and set(word) <= set("XYZ"),
                f"the rotation {word!r} on wires {self.wires} must have one letter X, Y or Z a wire",
            )


@dataclass(frozen=True)
class Clifford:
    """A gate without parameters: one of :data:`CLIFFORDS`. A CNOT's control comes first."""

    name: str
    wires: tuple[int, ...]

    def __post_init__(self) -> None:
        require(
            CLIFFORDS.get(self.name) == len(self.wires),
            f"the Clifford gate {self.name!r} on wires {self.wires} must be one of {sorted(CLIFFORDS)} on one wire, "
            "or two for CZ, CNOT and SWAP",
        )


@dataclass(frozen=True)
class Depolarising:
    """ρ → (1 − rate)·ρ + rate·I/2 on every wire by itself: a Pauli word shrinks by (1 − rate) a letter X, Y or Z."""

    wires: tuple[int, ...]
    rate: float

    def __post_init__(self) -> None:
        require(0.0 <= self.rate <= 1.0, f"the depolarising rate {self.rate} must lie in [0, 1]")


Gate = Rotation | Clifford | Depolarising


@dataclass(frozen=True)
class RandomCircuit:
    """Gates in the order in which they act on a product state.

    Attributes:
        qubits: Number of qubits.
        gates: First gate first.
        bloch: Bloch vectors ``[qubits, 3]`` (x, y, z) of the input; |0…0⟩ where None.
    """

    qubits: int
    gates: tuple[Gate, ...]
    bloch: Float[np.ndarray, "qubits 3"] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        require(self.qubits >= 1, f"qubits={self.qubits} must be at least 1")
        for gate in self.gates:
            require(
                len(set(gate.wires)) == len(gate.wires) and all(0 <= wire < self.qubits for wire in gate.wires),
                f"{gate} must act on distinct wires between 0 and {self.qubits - 1}",
            )
        if self.bloch is not None:
            require(
                self.bloch.shape == (self.qubits, 3) and bool(np.all(np.linalg.norm(self.bloch, axis=1) <= 1 + 1e-12)),
                f"the input's Bloch vectors must be {self.qubits} rows (x, y, z) of length at most 1",
            )
        numbers = {gate.parameter for gate in self.gates if isinstance(gate, Rotation)}
        require(
            numbers == set(range(len(numbers))),
            f"the parameters of the rotations must be numbered 0 to {len(numbers) - 1} without gaps",
        )

    @cached_property
    def parameters(self) -> int:
        """Number of random angles."""
        return len({gate.parameter for gate in self.gates if isinstance(gate, Rotation)})

    def input_moments(self) -> Float[np.ndarray, "qubits 4"]:
        """Squared expectation of the letters I, X, Z, Y on every qubit of the input: float64."""
        moments = np.zeros((self.qubits, 4))
        moments[:, 0] = 1.0
        if self.bloch is None:
            moments[:, 2] = 1.0
        else:
            moments[:, [1, 3, 2]] = np.square(self.bloch)
        return moments


def controlled_rotation(axis: str, control: int, target: int, parameter: int) -> tuple[Rotation, Rotation]:
    """CRX, CRY or CRZ as its two commuting halves: one angle in two gates, each at half frequency."""
    return (
        Rotation((axis,), (target,), parameter, frequency=0.5),
        Rotation(("Z" + axis,), (control, target), parameter, frequency=-0.5),
    )
