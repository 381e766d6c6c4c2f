"""PennyLane's ``lightning.qubit`` (C++) with its adjoint derivative, called from a program compiled by JAX."""

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml

PACKAGES = ("pennylane", "pennylane-lightning", "jax")
DTYPE = "complex64"


def compile(angles):
    angles = jnp.asarray(angles, jnp.float32)
    _, qubits, _ = angles.shape

    @qml.qnode(
        qml.device("lightning.qubit", wires=qubits, c_dtype=np.complex64), interface="jax", diff_method="adjoint"
    )
    def cost(angles):
        for layer in angles:
            for wire in range(qubits):
                qml.RY(layer[wire, 0], wires=wire)
                qml.RZ(layer[wire, 1], wires=wire)
            for wire in range(qubits):
                qml.CZ(wires=[wire, (wire + 1) % qubits])
        return qml.expval(qml.Z(0) @ qml.Z(1))

    compiled = jax.jit(jax.value_and_grad(cost)).lower(angles).compile()
    # The states live in C++, behind a callback: XLA knows nothing of their memory.
    return lambda: compiled(angles), None
