"""TensorCircuit-NG on its JAX backend, one layer written out and ``jax.lax.scan`` over the layers."""

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

    def apply_layer(state, layer):
        circuit = tc.Circuit(qubits, inputs=state)
        for wire in range(qubits):
            circuit.ry(wire, theta=layer[wire, 0])
            circuit.rz(wire, theta=layer[wire, 1])
        for wire in range(qubits):
            circuit.cz(wire, (wire + 1) % qubits)
        return circuit.state(), None

    def cost(angles):
        state = jnp.zeros(2**qubits, DTYPE).at[0].set(1)
        state, _ = jax.lax.scan(apply_layer, state, angles)
        return tc.backend.real(tc.Circuit(qubits, inputs=state).expectation_ps(z=[0, 1]))

    compiled = jax.jit(jax.value_and_grad(cost)).lower(angles).compile()
    return lambda: compiled(angles), compiled.memory_analysis()
