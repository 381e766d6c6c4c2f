"""The model's QNode: embedding, repeated layers, and one diagonal Pauli word an output."""

from __future__ import annotations

import jax.numpy as jnp
import pennylane as qml
from jaxtyping import Array, Float

from paradigms.target import target_platform
from paradigms.vqc.circuit.ansatz import LAYERS
from paradigms.vqc.circuit.observables import observables
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.circuit.windows import WIDTH
from paradigms.vqc.config import Config
from paradigms.vqc.device import ScanQubit
from paradigms.vqc.gradients.two_term_rule import ModelCircuit


def qnode(config: Config, outputs: int) -> qml.QNode:
    """Write the model's circuit as a QNode on ``scan.qubit``.

    Args:
        config: The settings.
        outputs: The number of observables, at most 2^qubits - 1.

    Returns:
        A QNode ``(angles [layers, qubits, 3], amplitudes [2^n] or None) -> list of expectation values``.
    """
    wires = range(config.qubits)
    layer = LAYERS[config.ansatz]
    words = observables(config.qubits, outputs)
    # The angles, and so the matrices, of every example differ: small ones are faster, except on matrix units.
    narrow = config.embedding == "reuploading" and target_platform() != "tpu"
    method = "adjoint" if config.differentiation == "adjoint" else "backprop"

    @qml.qnode(ScanQubit(wires=config.qubits), interface="jax", diff_method=method)
    def circuit(angles, amplitudes=None):
        if amplitudes is not None:
            qml.StatePrep(amplitudes, wires=wires, validate_norm=False)
        RepeatedLayers(angles, wires=wires, layer=layer, width=3 if narrow else WIDTH)
        return [qml.expval(word) for word in words]

    return circuit


def expectation_values(circuit: qml.QNode) -> ModelCircuit:
    """Make the QNode a function with one array of values ``[outputs]`` in [-1, 1]."""

    def values(
        angles: Float[Array, "layers qubits 3"], amplitudes: Float[Array, " amplitudes"] | None
    ) -> Float[Array, " outputs"]:
        return jnp.stack(circuit(angles, amplitudes))

    return values
