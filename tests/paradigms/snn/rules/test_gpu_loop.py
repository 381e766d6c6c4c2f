"""The Pallas kernels, interpreted, against the plain loop."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from paradigms.snn.neurons import LIF, Firing, Leak
from paradigms.snn.rules.lif_reverse_pass import lif_over_time


@pytest.mark.parametrize("shape", [(3, 5), (2, 4, 40)])
@pytest.mark.parametrize(("reset", "detach"), [("subtract", True), ("zero", False)])
@pytest.mark.parametrize("constant", [False, True])
def test_kernels_equal_the_plain_loop(shape: tuple[int, ...], reset: str, detach: bool, constant: bool):
    random = np.random.default_rng(0)
    steps = 6
    currents = jnp.asarray(random.random(shape if constant else (steps, *shape)), jnp.float32)
    state = jnp.asarray(random.random(shape), jnp.float32)
    weights = jnp.asarray(random.standard_normal((steps, *shape)), jnp.float32)

    def value_and_gradient(loop: str):
        firing = replace(Firing(reset=reset, detach_reset=detach), loop=loop)

        def value(logit, currents, state):
            leak = Leak(shape[-1], 3.0)
            neuron = LIF(start=None, shape=shape[1:], firing=firing, leak=replace_logit(leak, logit))
            spikes, last = lif_over_time(neuron, currents, state, steps=steps, constant=constant)
            return jnp.sum(weights * spikes) + jnp.sum(jnp.sin(last)), spikes

        logit = jnp.linspace(0.5, 2.0, shape[-1])
        return jax.jit(jax.value_and_grad(value, argnums=(0, 1, 2), has_aux=True))(logit, currents, state)

    ((_, spikes), _) = plain = value_and_gradient("plain")
    assert 0.05 < spikes.mean() < 0.95
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), value_and_gradient("pallas"), plain
    )


def replace_logit(leak: Leak, logit: jax.Array) -> Leak:
    return jax.tree.unflatten(jax.tree.structure(leak), [logit])
