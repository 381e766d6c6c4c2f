"""The model's QNode: embedding, repeated layers, and one diagonal Pauli word an output."""

from __future__ import annotations

import itertools

import jax.numpy as jnp
import pennylane as qml
from jaxtyping import Array, Float
from pennylane.operation import Operator
from pennylane.pauli import PauliWord

from paradigms.vqc.ansatz import LAYERS
from paradigms.vqc.config import Config
from paradigms.vqc.device import ScanQubit
from paradigms.vqc.differentiation import Circuit
from paradigms.vqc.planes import WIDTH
from paradigms.vqc.repeated import RepeatedLayers


def observables(qubits: int, count: int) -> list[Operator]:
    """The first ``count`` products of Pauli Z: single qubits, then pairs, then triples, in lexicographic order.

    All are diagonal, so one set of measurements gives them all. ``count`` is at most 2^qubits - 1.
    """
    sizes = range(1, qubits + 1)
    words = itertools.chain.from_iterable(itertools.combinations(range(qubits), size) for size in sizes)
    return [PauliWord(dict.fromkeys(word, "Z")).operation() for word in itertools.islice(words, count)]


def qnode(config: Config, outputs: int) -> qml.QNode:
    """``(angles [layers, qubits, 3], amplitudes [2^n] or None) -> list of expectation values`` on ``scan.qubit``."""
    wires = range(config.qubits)
    layer = LAYERS[config.ansatz]
    words = observables(config.qubits, outputs)
    embedded = config.embedding == "reuploading"  # the angles, and so the matrices, of every example differ
    method = "adjoint" if config.differentiation == "adjoint" else "backprop"

    @qml.qnode(ScanQubit(wires=config.qubits), interface="jax", diff_method=method)
    def circuit(angles, amplitudes=None):
        if amplitudes is not None:
            qml.StatePrep(amplitudes, wires=wires, validate_norm=False)
        RepeatedLayers(angles, wires=wires, layer=layer, width=3 if embedded else WIDTH)
        return [qml.expval(word) for word in words]

    return circuit


def expectation_values(circuit: qml.QNode) -> Circuit:
    """The QNode as a function with one array of values ``[outputs]`` in [-1, 1]."""

    def values(
        angles: Float[Array, "layers qubits 3"], amplitudes: Float[Array, " amplitudes"] | None
    ) -> Float[Array, " outputs"]:
        return jnp.stack(circuit(angles, amplitudes))

    return values
