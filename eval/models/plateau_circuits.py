"""The ansätze of the study, each in two languages: gates for second moments, and a QNode for state vectors."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import pennylane as qml
from jaxtyping import Array, Float, PRNGKeyArray

from eval.models.plateau_formulas import ObservableName
from eval.second_moment import (
    Observable,
    Projector,
    RandomCircuit,
    mcclean,
    product,
    ry_rz_cz,
    strongly_entangling,
)
from paradigms.vqc.circuit.ansatz import LAYERS
from paradigms.vqc.circuit.layers import CircuitLayer
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.device import ScanQubit
from training.errors import BadInput


@dataclass(frozen=True)
class CircuitFamily:
    """A family of random circuits.

    Attributes:
        random_circuit: (qubits, layers, noise rate) to the circuit whose second moments are propagated.
        layer: One layer; a function (angles ``[qubits, axes]``, wires) queues its gates.
        axes: Rotations per qubit that a layer has on the tape.
        first: Which of the first qubit's rotations in the first layer is looked at.
        prepare: Queues what comes before the layers.
        random_axis: Whether one of the ``axes`` is drawn for every qubit and layer, the others being left out.
    """

    random_circuit: Callable[[int, int, float], RandomCircuit]
    layer: CircuitLayer | Callable[[Any, Sequence], None]
    axes: int
    first: int = 0
    prepare: Callable[[Sequence], None] = lambda wires: None
    random_axis: bool = False

    def draw(
        self, key: PRNGKeyArray, qubits: int, layers: int
    ) -> tuple[Float[Array, "layers qubits axes"], Float[Array, "layers qubits axes"]]:
        """Draw the angles of a circuit, and which of its rotations are there.

        Args:
            key: The source of randomness.
            qubits: The circuit's width.
            layers: The circuit's depth.

        Returns:
            Angles uniform in [0, 2π), and 1 for every rotation that is in the circuit with 0 for every other.
        """
        angle_key, axis_key = jax.random.split(key)
        angles = jax.random.uniform(angle_key, (layers, qubits, self.axes), maxval=2 * jnp.pi)
        if not self.random_axis:
            return angles, jnp.ones_like(angles)
        chosen = jax.random.randint(axis_key, (layers, qubits), 0, self.axes)
        return angles, jax.nn.one_hot(chosen, self.axes, dtype=angles.dtype)

    def parameters(self, qubits: int, layers: int) -> int:
        """Count the random angles of a circuit."""
        return layers * qubits * (1 if self.random_axis else self.axes)

    def expectation(self, qubits: int, observable: ObservableName) -> Callable[[Array], Any]:
        """Return the function from angles ``[layers, qubits, axes]`` to the expectation value, on ``scan.qubit``."""
        wires = range(qubits)

        @qml.qnode(ScanQubit(wires=qubits), interface="jax", diff_method="adjoint")
        def circuit(angles):
            self.prepare(wires)
            RepeatedLayers(angles, wires=wires, layer=self.layer)
            return qml.expval(operator(observable, qubits))

        return circuit


def operator(observable: ObservableName, qubits: int) -> qml.operation.Operator:
    """Return the observable as PennyLane's operator."""
    match observable:
        case "Z1Z2":
            return qml.Z(0) @ qml.Z(1)
        case "projector":
            return qml.Projector([0] * qubits, wires=range(qubits))
        case "local":
            return qml.Hamiltonian([1 / (2 * qubits)] * qubits, [qml.Z(wire) for wire in range(qubits)])


def pauli_words(observable: ObservableName, qubits: int) -> Observable:
    """Return the observable as second moments take it."""
    return Projector(qubits) if observable == "projector" else words_of(observable, qubits)


def words_of(observable: ObservableName, qubits: int) -> dict[str, float]:
    """Return the observable's Pauli words with their coefficients.

    Raises:
        BadInput: For the projector, which has 2^n.
    """
    if observable == "projector":
        raise BadInput(f"the projector on {qubits} qubits has 2^{qubits} Pauli words; use pauli_words")
    if observable == "Z1Z2":
        return {"ZZ" + "I" * (qubits - 2): 1.0}
    words = ("I" * wire + "Z" + "I" * (qubits - wire - 1) for wire in range(qubits))
    return dict.fromkeys(words, 1 / (2 * qubits))


def _ring(wires: Sequence) -> list[tuple[Any, Any]]:
    count = len(wires) if len(wires) > 2 else len(wires) - 1
    return [(wires[i], wires[(i + 1) % len(wires)]) for i in range(count)]


def _ry_rz_cz(angles: Any, wires: Sequence) -> None:
    for i, wire in enumerate(wires):
        qml.RY(angles[i, 0], wires=wire)
        qml.RZ(angles[i, 1], wires=wire)
    for pair in _ring(wires):
        qml.CZ(wires=pair)


def _mcclean(angles: Any, wires: Sequence) -> None:
    # Two of the three angles are 0, so that the third alone turns the qubit.
    for i, wire in enumerate(wires):
        for axis, gate in enumerate((qml.RX, qml.RY, qml.RZ)):
            gate(angles[i, axis], wires=wire)
    for pair in itertools.pairwise(wires):
        qml.CZ(wires=pair)


def _quarter_turns(wires: Sequence) -> None:
    for wire in wires:
        qml.RY(math.pi / 4, wires=wire)


def _product(angles: Any, wires: Sequence) -> None:
    for i, wire in enumerate(wires):
        qml.RX(angles[i, 0], wires=wire)


ANSAETZE = {
    "ry_rz_cz": CircuitFamily(lambda qubits, layers, noise: ry_rz_cz(qubits, layers, noise=noise), _ry_rz_cz, axes=2),
    "mcclean": CircuitFamily(
        lambda qubits, layers, noise: mcclean(qubits, layers, noise=noise),
        _mcclean,
        axes=3,
        prepare=_quarter_turns,
        random_axis=True,
    ),
    "strongly_entangling": CircuitFamily(
        lambda qubits, layers, noise: strongly_entangling(qubits, layers, noise=noise),
        LAYERS["strongly_entangling"],
        axes=3,
        first=1,
    ),
    "product": CircuitFamily(lambda qubits, layers, noise: product(qubits), _product, axes=1),
}
"""``ry_rz_cz``: RY, RZ and a ring of CZ. ``mcclean``: McClean et al. 2018. ``strongly_entangling``: Schuld et al. 2020,
whose first RZ has no effect on |0…0⟩. ``product``: one RX per qubit."""
