"""Features as gate angles and as amplitudes."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from paradigms.vqc.circuit.embedding import amplitudes, reuploading_angles


def test_features_go_around_the_gates():
    rng = np.random.default_rng(0)
    features = rng.normal(size=7).astype(np.float32)
    weights, angles = rng.normal(size=(2, 3, 2, 3)).astype(np.float32)
    ours = reuploading_angles(jnp.asarray(features), jnp.asarray(weights), jnp.asarray(angles))
    for layer, qubit, gate in np.ndindex(3, 2, 3):
        feature = features[(6 * layer + 3 * qubit + gate) % 7]
        expected = weights[layer, qubit, gate] * feature + angles[layer, qubit, gate]
        assert ours[layer, qubit, gate] == pytest.approx(expected, rel=1e-5)


def test_amplitudes_are_normalised_and_padded():
    np.testing.assert_allclose(amplitudes(jnp.asarray([3.0, 0.0, 4.0]), 2), [0.6, 0, 0.8, 0], rtol=1e-6)


def test_an_empty_image_is_the_zero_state_with_a_finite_gradient():
    np.testing.assert_array_equal(amplitudes(jnp.zeros(3), 2), [1, 0, 0, 0])
    jacobian = jax.jacobian(lambda features: amplitudes(features, 2))(jnp.zeros(3))
    assert np.isfinite(jacobian).all()
