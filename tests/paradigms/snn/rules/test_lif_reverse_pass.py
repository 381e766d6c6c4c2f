"""LIF and IF differentiated from their potentials alone, in either mode, as JAX does through the plain scan."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from paradigms.snn.neurons import IF, LIF, AdaptiveLIF, Firing, Leak, Recurrent
from paradigms.snn.rules import RULES
from paradigms.snn.rules.lif_reverse_pass import is_served

STEPS, BATCH, NEURONS = 7, 3, 5


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


def _neuron(leak: int | None, firing: Firing) -> IF | LIF:
    shared = {"start": None, "shape": (NEURONS,), "firing": firing}
    return IF(**shared) if leak is None else LIF(leak=Leak(leak, 3.0), **shared)


CASES = [
    # decays, detached, constant, surrogate
    (NEURONS, True, False, "arctan"),
    (NEURONS, False, False, "fast_sigmoid"),
    (NEURONS, False, True, "arctan"),
    (1, True, True, "triangular"),
    (1, False, False, "triangular"),
    (None, True, False, "fast_sigmoid"),
    (None, False, True, "arctan"),
]


@pytest.mark.parametrize("reset", ["subtract", "zero"])
@pytest.mark.parametrize(("leak", "detach", "constant", "surrogate"), CASES)
def test_it_equals_the_plain_scan(leak: int | None, detach: bool, constant: bool, surrogate: str, reset: str):
    firing = Firing(surrogate=surrogate, width=1.5, reset=reset, detach_reset=detach)
    neuron, random = _neuron(leak, firing), np.random.default_rng(0)
    assert is_served(neuron)
    shape = (BATCH, NEURONS) if constant else (STEPS, BATCH, NEURONS)
    currents = jnp.asarray(random.normal(0.5, 1, shape))
    state = jnp.asarray(random.standard_normal((BATCH, NEURONS)))
    to_spikes = jnp.asarray(random.standard_normal((STEPS, BATCH, NEURONS)))
    to_last = jnp.asarray(random.standard_normal((BATCH, NEURONS)))

    @jax.jit
    def both(neuron, currents, state):
        def outputs(rule):
            def run(neuron, currents, state):
                return RULES[rule].step(neuron, currents, state, steps=STEPS, constant=constant)

            primals, pullback = jax.vjp(run, neuron, currents, state)
            _, tangents = jax.jvp(run, (neuron, currents, state), jax.tree.map(jnp.cos, (neuron, currents, state)))
            return primals, pullback((to_spikes, to_last)), tangents

        return outputs("packed"), outputs("bptt")

    ours, plain = both(neuron, currents, state)
    spikes = np.asarray(plain[0][0])
    assert 0.1 < spikes.mean() < 0.9
    np.testing.assert_array_equal(ours[0][0], spikes)
    assert all(np.abs(leaf).max() > 0 for leaf in jax.tree.leaves(plain[1]))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-12), ours, plain)


def test_neurons_with_more_than_a_potential_are_not_served():
    leak = Leak(1, 3.0)
    adaptive = AdaptiveLIF(leak=leak, adaptation=leak, strength=0.1, start=None, shape=(NEURONS,), firing=Firing())
    assert not is_served(adaptive)
    assert not is_served(Recurrent(_neuron(1, Firing()), jnp.zeros((NEURONS, NEURONS))))
