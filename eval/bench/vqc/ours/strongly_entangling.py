"""``qml.StronglyEntanglingLayers`` as repeated layers on ``scan.qubit``."""

import jax
import jax.numpy as jnp
import pennylane as qml

from paradigms.vqc.circuit.ansatz import LAYERS
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from training.pricing import Program

PACKAGES = ("gradient-cost", "pennylane", "jax")
DTYPE = "complex64"


def compile(angles):
    """Compile the gradient of the circuit; see ``eval/peers/worker.py``."""
    angles = jnp.asarray(angles, jnp.float32)
    _, qubits, _ = angles.shape

    @qml.qnode(qml.device("scan.qubit", wires=qubits), interface="jax", diff_method="adjoint")
    def cost(angles):
        RepeatedLayers(angles, wires=range(qubits), layer=LAYERS["strongly_entangling"])
        return qml.expval(qml.Z(0) @ qml.Z(1))

    program = Program(jax.value_and_grad(cost), angles)
    return program, program.analysis
