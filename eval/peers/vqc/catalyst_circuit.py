"""Catalyst: the whole program compiled by ``qml.qjit``, loops included, on ``lightning.qubit`` with its adjoint."""

# Installed only in an environment of its own (see environments.py), not where types are checked; and PennyLane's types
# do not say that a decorated loop is called without its index.
# pyright: reportMissingImports=false, reportCallIssue=false

import catalyst
import jax.numpy as jnp
import pennylane as qml

PACKAGES = ("pennylane", "pennylane-catalyst", "pennylane-lightning", "jax")
DTYPE = "complex128"  # whatever c_dtype the device is given


def compile(angles):
    angles = jnp.asarray(angles, jnp.float32)
    depth, qubits, _ = angles.shape

    @qml.qnode(qml.device("lightning.qubit", wires=qubits), diff_method="adjoint")
    def cost(angles):
        @qml.for_loop(0, depth, 1)
        def layers(layer):
            @qml.for_loop(0, qubits, 1)
            def rotations(wire):
                qml.RY(angles[layer, wire, 0], wires=wire)
                qml.RZ(angles[layer, wire, 1], wires=wire)

            @qml.for_loop(0, qubits, 1)
            def ring(wire):
                qml.CZ(wires=[wire, (wire + 1) % qubits])

            rotations()
            ring()

        layers()
        return qml.expval(qml.Z(0) @ qml.Z(1))

    compiled = qml.qjit(catalyst.value_and_grad(cost))
    compiled.jit_compile((angles,))
    return lambda: compiled(angles), None
