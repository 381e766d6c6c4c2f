"""Dense kernels against linear algebra in float64."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pennylane as qml
from hypothesis import given, settings
from hypothesis import strategies as st

from paradigms.vqc.simulator.kernels import multiply, overlap
from paradigms.vqc.simulator.statevector import from_vector, to_vector, zero_state

QUBITS = 5
wires = st.one_of(
    st.permutations(range(QUBITS)).flatmap(lambda order: st.integers(1, 3).map(lambda count: tuple(order[:count]))),
    st.tuples(st.integers(0, QUBITS - 1), st.integers(1, 3)).map(lambda w: tuple(range(w[0], min(sum(w), QUBITS)))),
)


def dense(matrix: np.ndarray, on: tuple[int, ...]) -> np.ndarray:
    return qml.math.expand_matrix(matrix, wires=on, wire_order=range(QUBITS))


@given(wires, st.integers(0, 2**16))
@settings(max_examples=30, deadline=None)
def test_multiply_is_the_matrix_on_its_wires(on, seed):
    rng = np.random.default_rng(seed)
    matrix, part = rng.normal(size=(2 ** len(on),) * 2), rng.normal(size=2**QUBITS)
    ours = multiply(jnp.asarray(matrix, jnp.float32), jnp.asarray(part, jnp.float32).reshape(4, 8), on)
    np.testing.assert_allclose(ours.reshape(-1), dense(matrix, on) @ part, atol=1e-4)


@given(wires, st.integers(0, 2**16))
@settings(max_examples=30, deadline=None)
def test_overlap_is_the_gradient_of_a_product(on, seed):
    rng = np.random.default_rng(seed)
    left, right = rng.normal(size=(2, 2**QUBITS))
    ours = overlap(*(jnp.asarray(part, jnp.float32).reshape(4, 8) for part in (left, right)), on)
    size = 2 ** len(on)
    for i in range(size):
        for j in range(size):
            unit = np.zeros((size, size))
            unit[i, j] = 1
            np.testing.assert_allclose(ours[i, j], left @ dense(unit, on) @ right, atol=1e-4)


def test_a_vector_and_its_parts(x64):
    vector = np.array([0.6, 0.8j, 0, 0])
    state = from_vector(jnp.asarray(vector))
    assert state.qubits == 2
    np.testing.assert_array_equal(to_vector(state), vector)


def test_dtypes_follow_the_precision_of_jax(x64):
    assert zero_state(1).real.dtype == jnp.float64
    assert to_vector(zero_state(1)).dtype == jnp.complex128
