"""PennyLane's ``default.qubit``, differentiated by JAX through its own operations (``diff_method="backprop"``)."""

import jax
import jax.numpy as jnp
import pennylane as qml

PACKAGES = ("pennylane", "jax")
DTYPE = "complex64"


def compile(angles):
    angles = jnp.asarray(angles, jnp.float32)
    _, qubits, _ = angles.shape

    @qml.qnode(qml.device("default.qubit", wires=qubits), interface="jax", diff_method="backprop")
    def cost(angles):
        for layer in angles:
            for wire in range(qubits):
                qml.RY(layer[wire, 0], wires=wire)
                qml.RZ(layer[wire, 1], wires=wire)
            for wire in range(qubits):
                qml.CZ(wires=[wire, (wire + 1) % qubits])
        return qml.expval(qml.Z(0) @ qml.Z(1))

    compiled = jax.jit(jax.value_and_grad(cost)).lower(angles).compile()
    return lambda: compiled(angles), compiled.memory_analysis()
