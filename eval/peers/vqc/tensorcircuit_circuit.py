"""TensorCircuit-NG on its JAX backend, every gate of every layer in one program."""

# Installed only in an environment of its own (see environments.py), not where types are checked.
# pyright: reportMissingImports=false

import jax
import jax.numpy as jnp
import tensorcircuit as tc

PACKAGES = ("tensorcircuit-ng", "jax")
DTYPE = "complex64"

tc.set_backend("jax")
tc.set_dtype(DTYPE)


def compile(angles):
    angles = jnp.asarray(angles, jnp.float32)
    _, qubits, _ = angles.shape

    def cost(angles):
        circuit = tc.Circuit(qubits)
        for layer in angles:
            for wire in range(qubits):
                circuit.ry(wire, theta=layer[wire, 0])
                circuit.rz(wire, theta=layer[wire, 1])
            for wire in range(qubits):
                circuit.cz(wire, (wire + 1) % qubits)
        return tc.backend.real(circuit.expectation_ps(z=[0, 1]))

    compiled = jax.jit(jax.value_and_grad(cost)).lower(angles).compile()
    return lambda: compiled(angles), compiled.memory_analysis()
