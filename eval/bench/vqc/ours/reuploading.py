"""Data re-uploading on ``scan.qubit``: derivatives with respect to features, input weights and angles."""

import jax
import jax.numpy as jnp
import pennylane as qml

from paradigms.vqc.circuit.ansatz import LAYERS
from paradigms.vqc.circuit.embedding import reuploading_angles
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from training.pricing import Program

PACKAGES = ("gradient-cost", "pennylane", "jax")
DTYPE = "complex64"


def compile(angles):
    """Compile the gradient of the circuit; see ``eval/peers/worker.py``."""
    angles = jnp.asarray(angles, jnp.float32)
    _, qubits, _ = angles.shape
    features, input_weights = jnp.linspace(0, 1, qubits), jnp.ones_like(angles)

    @qml.qnode(qml.device("scan.qubit", wires=qubits), interface="jax", diff_method="adjoint")
    def circuit(angles):
        RepeatedLayers(angles, wires=range(qubits), layer=LAYERS["hardware_efficient"])
        return qml.expval(qml.Z(0) @ qml.Z(1))

    def cost(features, input_weights, angles):
        return circuit(reuploading_angles(features, input_weights, angles))

    program = Program(jax.value_and_grad(cost, argnums=(0, 1, 2)), features, input_weights, angles)
    return lambda: jax.tree.leaves(program()), program.analysis
