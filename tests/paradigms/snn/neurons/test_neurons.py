"""Neurons against float64 NumPy, step by step; decays that stay between 0 and 1 and sums of them that stay accurate."""

from __future__ import annotations

from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from paradigms.snn.neurons import IF, LIF, AdaptiveLIF, Firing, Leak, LeakyIntegrator, Recurrent, SynapticLIF

HALF = 1 / np.log(2)
"""Time constant of a decay of 1/2."""
NEURONS, STEPS = 3, 6
START = np.array([0.25, -0.5, 0.75])
CURRENTS = arrays.arrays(np.float64, (STEPS, 2, NEURONS), elements=st.floats(-3, 3, width=32))


def _lif(reset: str, detach: bool = True) -> LIF:
    return LIF(leak=Leak(1, HALF), start=None, shape=(2,), firing=Firing(reset=reset, detach_reset=detach))


@pytest.mark.parametrize(("reset", "after"), [("subtract", 0.5), ("zero", 0.0)])
def test_a_neuron_above_threshold_fires_and_resets(reset: str, after: float):
    spikes, state = _lif(reset)(jnp.array([1.0, 0.2]), jnp.array([1.0, 1.0]))
    np.testing.assert_allclose(spikes, [1, 0])
    np.testing.assert_allclose(state, [after, 0.7], atol=1e-6)


def test_exactly_at_threshold_it_fires():
    spikes, _ = _lif("subtract")(jnp.array([1.0, 1.0 - 1e-6]), jnp.zeros(2))
    np.testing.assert_array_equal(spikes, [1, 0])


@pytest.mark.parametrize(
    ("reset", "detach", "expected"),
    [
        ("subtract", True, 1.0),
        ("subtract", False, 1 - 1 / (1 + (0.5 * np.pi) ** 2)),
        ("zero", True, 0.0),
        ("zero", False, -1.5 / (1 + (0.5 * np.pi) ** 2)),
    ],
)
def test_gradient_through_the_reset(reset: str, detach: bool, expected: float):
    """At u = 1.5, above threshold by 1/2: dv/dI is 1 - h, or (1 - s) - u h, with h = 0 where the reset is detached."""
    neuron = _lif(reset, detach)
    gradient = jax.grad(lambda current: neuron(jnp.array([current, 0.0]), jnp.array([1.0, 0.0]))[1][0])(1.0)
    np.testing.assert_allclose(gradient, expected, rtol=1e-5)


# One neuron at a time, in float64: (current, state, parameters) -> (spike, state). A state is a list of numbers.


def _fire(u: float, threshold: float, reset: str) -> tuple[float, float]:
    if u < threshold:
        return 0.0, u
    return 1.0, u - 1.0 if reset == "subtract" else 0.0


def _if_by_hand(current: float, state: list, decays: dict, reset: str):
    spike, v = _fire(state[0] + current, 1.0, reset)
    return spike, [v]


def _lif_by_hand(current: float, state: list, decays: dict, reset: str):
    spike, v = _fire(decays["leak"] * state[0] + current, 1.0, reset)
    return spike, [v]


def _adaptive_by_hand(current: float, state: list, decays: dict, reset: str):
    spike, v = _fire(decays["leak"] * state[0] + current, 1.0 + 0.3 * state[1], reset)
    return spike, [v, decays["adaptation"] * state[1] + spike]


def _synaptic_by_hand(current: float, state: list, decays: dict, reset: str):
    i = decays["synapse"] * state[1] + current
    spike, v = _fire(decays["leak"] * state[0] + i, 1.0, reset)
    return spike, [v, i]


LEAKS = {"leak": [0.5, 0.9, 0.2], "adaptation": [0.95, 0.3, 0.8], "synapse": [0.7, 0.4, 0.1]}
BY_HAND = {
    "if": (_if_by_hand, IF, ()),
    "lif": (_lif_by_hand, LIF, ("leak",)),
    "adaptive": (_adaptive_by_hand, AdaptiveLIF, ("leak", "adaptation")),
    "synaptic": (_synaptic_by_hand, SynapticLIF, ("leak", "synapse")),
}


def _leak_of(decays: list[float]) -> Leak:
    leak = Leak(len(decays), 1.0)
    return jax.tree.unflatten(jax.tree.structure(leak), [jnp.log(jnp.asarray(decays) / (1 - jnp.asarray(decays)))])


def _neuron(name: str, reset: str):
    _, kind, leaks = BY_HAND[name]
    extra = {"strength": 0.3} if name == "adaptive" else {}
    fields = {leak: _leak_of(LEAKS[leak]) for leak in leaks}
    return kind(**fields, **extra, start=jnp.asarray(START), shape=(NEURONS,), firing=Firing(reset=reset))


@pytest.mark.parametrize("reset", ["subtract", "zero"])
@pytest.mark.parametrize("recurrent", [False, True])
@pytest.mark.parametrize("name", BY_HAND)
def test_every_neuron_steps_as_by_hand(name: str, recurrent: bool, reset: str):
    by_hand, _, leaks = BY_HAND[name]
    weight = np.array([[0.4, -0.7, 0.2], [0.3, 0.1, -0.6], [-0.2, 0.9, 0.5]]) * recurrent

    with jax.enable_x64(True):
        neuron = _neuron(name, reset)
        neuron = Recurrent(neuron, jnp.asarray(weight)) if recurrent else neuron

        @jax.jit
        def run(currents):
            def step(state, current):
                spikes, state = neuron(current, state)
                return state, (spikes, state)

            return jax.lax.scan(step, neuron.initial_state((2,)), currents)[1]

        @settings(deadline=None, max_examples=20)
        @given(currents=CURRENTS)
        def check(currents: np.ndarray):
            spikes, states = run(jnp.asarray(currents))
            inner = states[0] if recurrent else states
            states = [np.asarray(part) for part in jax.tree.leaves(inner)]
            for example in range(2):
                by_neuron = [[START[n]] + [0.0] * (len(states) - 1) for n in range(NEURONS)]
                before = np.zeros(NEURONS)
                for t in range(STEPS):
                    # Of the spikes that came out, so that a potential at the threshold is not judged twice.
                    driven = currents[t, example] + before @ weight
                    for n in range(NEURONS):
                        decays = {leak: LEAKS[leak][n] for leak in leaks}
                        spike, by_neuron[n] = by_hand(driven[n], by_neuron[n], decays, reset)
                        assert spike == spikes[t, example, n]
                        ours = [part[t, example, n] for part in states]
                        np.testing.assert_allclose(ours, by_neuron[n], rtol=1e-12, atol=1e-12)
                    before = np.asarray(spikes[t, example])

        check()


def test_adaptation_raises_the_threshold_by_its_strength_a_spike():
    """Driven at 1.25 from rest with memory 0 (decay ~ 0), strength 0.3 and adaptation 1/2: fires at b = 0, not at 1."""
    with jax.enable_x64(True):
        neuron = AdaptiveLIF(
            leak=_leak_of([1e-12]), adaptation=_leak_of([0.5]), strength=0.3, start=None, shape=(1,), firing=Firing()
        )
        state, fired = neuron.initial_state(()), []
        for _ in range(5):
            spikes, state = neuron(jnp.array([1.25]), state)
            fired.append(int(spikes[0]))
    # Thresholds 1, 1.3, 1.15, 1.375, 1.1875: b is 0, 1, 1/2, 5/4, 5/8.
    assert fired == [1, 0, 1, 0, 1]


def test_the_leaky_integrator_sums_with_decay_and_never_fires():
    neuron = LeakyIntegrator(Leak(1, time_constant=HALF), neurons=1)
    state = neuron.initial_state(())
    outputs = []
    for _ in range(3):
        output, state = neuron(jnp.array([4.0]), state)
        outputs.append(float(output[0]))
    np.testing.assert_allclose(outputs, [4, 6, 7], rtol=1e-6)


@settings(deadline=None, max_examples=12)
@given(
    currents=arrays.arrays(np.float64, (7, 2, 3), elements=st.floats(-3, 3, width=32)),
    decays=st.lists(st.floats(1e-3, 0.999), min_size=3, max_size=3),
    shared=st.booleans(),
    cut=st.sampled_from([2, 5]),
)
def test_sums_of_the_integrator_equal_stepping_it(currents: np.ndarray, decays: list, shared: bool, cut: int):
    """In two blocks: each adds its currents' share of the sum of potentials over all seven steps."""
    decays = decays[:1] if shared else decays
    with jax.enable_x64(True):
        neuron = LeakyIntegrator(_leak_of(decays), neurons=3)
        ours = sum(
            neuron.summed(jnp.asarray(part), jnp.asarray(start), 7)
            for part, start in ((currents[:cut], 0), (currents[cut:], cut))
        )
    potential, expected = np.zeros((2, 3)), np.zeros((2, 3))
    for current in currents:
        potential = np.array(decays) * potential + current
        expected += potential
    np.testing.assert_allclose(ours, expected, rtol=1e-10, atol=1e-10)


@settings(deadline=None, max_examples=40)
@given(logit=st.floats(-30, 17, width=32), steps=st.integers(1, 2000))
def test_remaining_is_the_geometric_sum_in_float32(logit: float, steps: int):
    """Also next to 0 and to 1 (a logit of 17 is a decay of 1 - 4e-8, which float32 rounds to 1): exact arithmetic."""
    leak = jax.tree.unflatten(jax.tree.structure(Leak(1, 1.0)), [jnp.array([logit], jnp.float32)])
    decay = 1 / (1 + Fraction(np.exp(-np.float64(logit))))
    exact = float((1 - _power(decay, steps)) / (1 - decay))
    ours = leak.remaining(jnp.array([float(steps)]))
    assert ours.shape == (1, 1)
    np.testing.assert_allclose(ours[0, 0], exact, rtol=2e-5)


def _power(base: Fraction, exponent: int) -> Fraction:
    """By squaring, rounded to 200 binary digits."""
    result = Fraction(1)
    while exponent:
        result = _rounded(result * base) if exponent % 2 else result
        base, exponent = _rounded(base * base), exponent // 2
    return result


def _rounded(number: Fraction) -> Fraction:
    return Fraction(round(number * (1 << 200)), 1 << 200)


def test_the_gradient_of_remaining_is_finite_where_the_decay_rounds_to_one():
    leak = jax.tree.unflatten(jax.tree.structure(Leak(2, 1.0)), [jnp.array([25.0, -60.0])])
    gradient = jax.grad(lambda leak: leak.remaining(jnp.array([1.0, 100.0])).sum())(leak)
    assert np.isfinite(gradient.logit).all()


@settings(deadline=None)
@given(time_constant=st.floats(0.1, 1e6))
def test_decay_starts_at_the_exponential_of_the_time_constant_and_within_the_unit_interval(time_constant: float):
    decay = float(Leak(1, time_constant)()[0])
    assert 0 < decay < 1
    np.testing.assert_allclose(decay, np.exp(-1 / time_constant), rtol=1e-5)


@settings(deadline=None)
@given(updates=st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=8))
def test_no_update_takes_a_decay_out_of_the_unit_interval(updates: list[float]):
    logit = Leak(1, 5.0).logit
    for update in updates:
        logit = logit + update
    decay = jax.nn.sigmoid(logit)[0]
    assert 0 < decay < 1


def test_initial_states_have_the_batch_axes_and_the_trained_start():
    assert _lif("zero").initial_state((3, 4)).shape == (3, 4, 2)
    assert not _lif("zero").initial_state((3,)).any()
    potential, synaptic = _neuron("synaptic", "zero").initial_state((4,))
    np.testing.assert_allclose(potential, np.broadcast_to(START, (4, 3)))
    assert synaptic.shape == (4, 3)
    assert not synaptic.any()
    inner, spikes = Recurrent(_neuron("lif", "zero"), jnp.zeros((3, 3))).initial_state((4,))
    np.testing.assert_allclose(inner, np.broadcast_to(START, (4, 3)))
    assert not spikes.any()


@pytest.mark.parametrize(("name", "expected"), [("if", 1.0), ("lif", 1.6 / 3), ("adaptive", 1.6 / 3)])
def test_mean_decay_is_that_of_the_potential(name: str, expected: float):
    np.testing.assert_allclose(_neuron(name, "zero").mean_decay(), expected, rtol=1e-6)
    wrapped = Recurrent(_neuron(name, "zero"), jnp.zeros((3, 3)))
    np.testing.assert_allclose(wrapped.mean_decay(), expected, rtol=1e-6)
