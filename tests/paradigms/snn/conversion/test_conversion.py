"""From quantised activations to spikes: the equality where it is claimed, and its failure where it is not."""

import doctest
import math
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from paradigms.interface import Unsupported
from paradigms.snn import conversion
from paradigms.snn.conversion import (
    DenseLayer,
    Parameters,
    calibrated,
    convert,
    error_curve,
    initial,
    integrate_and_fire,
    level,
    predictions,
    quantised,
    rectified,
    rounded,
    spike_counts,
    stepwise,
    synchronous,
    twin,
)
from paradigms.snn.neurons import Firing, if_step

BITS = (1, 2, 3, 4)
INPUT_BITS = 4
"""Pixels of digits are multiples of 1/16."""


# --- One neuron.


def _levels(charge: np.ndarray, steps: int, threshold: int) -> list[int]:
    """Rounding half upwards and clipping, in rational numbers."""
    half = Fraction(1, 2)
    return [min(max(math.floor(Fraction(int(c), threshold) + half), 0), steps) for c in charge]


_counted = jax.jit(spike_counts)


@given(st.integers(1, 40), st.integers(1, 2**20), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_a_constant_current_is_counted_to_its_level(steps, threshold, seed):
    """Of any threshold and any current between none and one threshold a step, ties among them."""
    rng = np.random.default_rng(seed)
    charge = rng.integers(0, steps * threshold + 1, 64)  # over all steps; a step's share need not be whole
    ties = (2 * rng.integers(0, steps + 1, 16) + 1) * threshold // 2
    charge = np.concatenate([charge, np.minimum(ties, steps * threshold), [0, steps * threshold]])
    counts = _counted(jnp.asarray(charge, jnp.int32), steps * threshold, steps)
    np.testing.assert_array_equal(counts, _levels(charge, steps, threshold))


@jax.jit
def _run(currents, threshold):
    """Spikes and potentials at every step, from half the threshold."""

    def step(potential, current):
        spikes, potential = integrate_and_fire(current, potential, threshold)
        return potential, (spikes, potential)

    return jax.lax.scan(step, jnp.full_like(currents[0], threshold // 2), currents)[1]


@given(st.integers(1, 30), st.integers(1, 1000), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_so_is_any_current_that_stays_in_the_range(steps, threshold, seed):
    """Theorem 1 asks no more than that no step brings less than none or more than one threshold."""
    currents = np.random.default_rng(seed).integers(0, threshold + 1, (30, 32))
    currents[steps:] = 0
    spikes, potentials = _run(jnp.asarray(currents), jnp.asarray(threshold))
    assert bool(jnp.all((potentials >= 0) & (potentials < threshold)))
    np.testing.assert_array_equal(spikes.sum(0), _levels(currents.sum(0), steps, threshold))


@pytest.mark.parametrize(
    ("currents", "counted", "level_"),
    [([8, -8], 1, 0), ([-8, 8], 0, 0), ([16, 16, -16, -16], 2, 0), ([0, 0, 32, 0], 2, 4)],
)
def test_a_current_outside_the_range_may_be_miscounted(currents, counted, level_):
    """A spike cannot be taken back, and no step has two."""
    spikes, _ = _run(jnp.asarray(currents)[:, None], jnp.asarray(8))
    assert (int(spikes.sum()), *_levels(np.array([sum(currents)]), len(currents), 8)) == (counted, level_)


@pytest.mark.parametrize("steps", [1, 3, 7, 15, 5])
def test_counts_are_all_codes_only_for_one_less_than_a_power_of_two(steps):
    threshold, bits = 64, math.ceil(math.log2(steps + 1))
    counts = spike_counts(jnp.arange(steps * threshold + 1), steps * threshold, steps)
    assert set(np.asarray(counts).tolist()) == set(range(steps + 1))
    assert (steps + 1 == 2**bits) == (steps != 5)


def test_the_neuron_is_that_of_the_spiking_networks():
    """In thresholds, of which all its charges are multiples of a power of two: floats are exact."""
    rng = np.random.default_rng(0)
    currents, threshold = rng.integers(-100, 200, (50, 20)), 128
    whole, scaled = jnp.full(20, threshold // 2), jnp.full(20, 0.5)
    fired = 0
    for current in currents:
        spikes, whole = integrate_and_fire(jnp.asarray(current), whole, threshold)
        same, scaled = if_step(jnp.asarray(current / threshold, jnp.float32), scaled, firing=Firing())
        np.testing.assert_array_equal(spikes, same)
        np.testing.assert_array_equal(whole / threshold, scaled)
        fired += int(spikes.sum())
    assert 100 < fired < 900


# --- The quantiser.


def test_rounding_is_upwards_at_halves_and_lets_gradients_through():
    x = jnp.asarray([-1.5, -0.51, -0.5, 0.49, 0.5, 1.5, 2.5])
    np.testing.assert_array_equal(rounded(x), [-1, -1, 0, 0, 1, 2, 3])
    np.testing.assert_array_equal(jax.grad(lambda v: jnp.sum(v * rounded(v)))(x), x + rounded(x))


def test_the_gradient_of_a_ceiling_is_that_of_a_learned_step_size():
    """Esser et al., eq. 3, times the number of levels: step and ceiling differ by it."""
    steps, ceiling = 7, 1.7
    a = jnp.asarray([-0.3, 0.2, 0.9, 1.3, 1.69, 2.4])
    found = jax.vmap(jax.grad(lambda s, v: s * level(steps * v / s, steps) / steps), (None, 0))(ceiling, a)
    ratio = np.asarray(a) * steps / ceiling
    expected = np.where(ratio <= 0, 0, np.where(ratio >= steps, steps, np.floor(ratio + 0.5) - ratio)) / steps
    np.testing.assert_allclose(found, expected, atol=1e-6)


# --- A trained network.


@pytest.fixture(scope="module")
def digits():
    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    x, y = jnp.asarray(images[order] / 16, jnp.float32), jnp.asarray(labels[order])
    return (x[:1200], y[:1200]), (x[1200:], y[1200:])


def _trained(loss, params, updates: int):
    """By Adam on the whole set."""
    optimizer = optax.adam(1e-2)

    def update(carried, _):
        params, state = carried
        changes, state = optimizer.update(jax.grad(loss)(params), state)
        return (optax.apply_updates(params, changes), state), None

    return jax.lax.scan(update, (params, optimizer.init(params)), None, length=updates)[0][0]


@pytest.fixture(scope="module")
def networks(digits):
    """A rectified network, calibrated, then trained with 1, 2, 3 and 4 bits: parameters by steps."""
    x, labels = digits[0]

    def cross_entropy(logits):
        return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()

    first = jax.jit(lambda p: _trained(lambda q: cross_entropy(rectified(q, x)), p, 150))(
        initial((64, 48, 32, 10), key=jax.random.key(0))
    )
    start = calibrated(first, x)

    @jax.jit
    def fine_tuned(params, steps):
        return _trained(lambda q: cross_entropy(quantised(q, x, steps=steps, input_bits=INPUT_BITS)), params, 150)

    return {2**bits - 1: fine_tuned(start, 2**bits - 1) for bits in BITS}


def _converted(params, steps: int):
    return convert(params, steps=steps, input_bits=INPUT_BITS)


def test_layer_by_layer_every_test_image_is_put_in_the_class_of_the_twin(digits, networks):
    """And not the class alone: every neuron's count, and the charge of every output."""
    x, labels = digits[1]
    for steps, params in networks.items():
        network = _converted(params, steps)
        expected, found = twin(network, x), synchronous(network, x)
        np.testing.assert_array_equal(predictions(found), predictions(expected))
        np.testing.assert_array_equal(found.charge, expected.charge)
        for ours, theirs in zip(found.counts, expected.counts, strict=True):
            np.testing.assert_array_equal(ours, theirs)
            assert len(np.unique(ours)) == steps + 1, "every level is in use"
        accuracy = float(jnp.mean(predictions(found) == labels))
        assert accuracy > {1: 0.85, 3: 0.93, 7: 0.93, 15: 0.93}[steps]


def test_what_is_trained_is_what_is_converted(digits, networks):
    """The float network equals the one in whole numbers, logit for logit."""
    x, _ = digits[1]
    for steps, params in networks.items():
        network = _converted(params, steps)
        logits = quantised(params, x, steps=steps, input_bits=INPUT_BITS)
        charge = np.asarray(twin(network, x).charge, np.float64) / (steps * network.layers[-1].threshold)
        np.testing.assert_allclose(logits, charge, rtol=3e-7, atol=1e-9)


def test_the_twin_by_numpy(digits, networks):
    """Activations in their own units: weights, ceilings and levels by the definition, in float64."""
    x, steps = np.asarray(digits[1][0], np.float64), 7
    params = networks[steps]
    ceilings = [1.0, *(np.float64(ceiling) for ceiling in params.ceilings), 1.0]
    values = x
    network = _converted(params, steps)
    for index, (weight, bias) in enumerate(params.layers):
        before, behind = ceilings[index], ceilings[index + 1]
        unit = 1 / (network.layers[index].threshold / (2**INPUT_BITS if index == 0 else 1))
        weight, bias = np.asarray(weight, np.float64) * before / behind, np.asarray(bias, np.float64) / behind
        whole = np.rint(weight / unit)
        assert 63 <= np.abs(whole).max() <= 127, "eight bits, all of them in use"
        drive = values @ (whole * unit * behind / before) + np.rint(bias / unit) * unit * behind
        if index == 2:
            break
        values = behind * np.clip(np.floor(steps * drive / behind + 0.5 + 1e-9), 0, steps) / steps
        np.testing.assert_array_equal(np.rint(values * steps / behind), twin(network, jnp.asarray(x)).counts[index])
    np.testing.assert_array_equal(drive.argmax(1), predictions(twin(network, jnp.asarray(x))))


def test_step_by_step_by_the_neurons_of_the_spiking_networks(digits, networks):
    """Counts and charge of the network in whole numbers, in floats, where powers of two keep them exact."""
    x, steps = digits[1][0][:40], 15
    network = _converted(networks[steps], steps)
    potentials = [jnp.full((40, layer.bias.size), 0.5) for layer in network.layers[:-1]]
    counts, charge, outside = [0, 0], 0, []
    for _ in range(steps):
        spikes = network.units(x)
        for index, layer in enumerate(network.layers[:-1]):
            current = (spikes @ layer.weight.astype(float) + layer.bias) / layer.threshold
            outside.append(np.asarray((current < 0) | (current >= 1)))
            spikes, potentials[index] = if_step(current, potentials[index], firing=Firing())
            counts[index] = counts[index] + spikes
        charge = charge + spikes @ network.layers[-1].weight.astype(float) + network.layers[-1].bias
    found = stepwise(network, x)
    for ours, theirs in zip(found.counts, counts, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(found.charge, charge)
    np.testing.assert_allclose(found.outside, np.mean(np.concatenate(outside, axis=1)), rtol=1e-5)


def test_the_error_curve(digits, networks):
    x, labels = digits[1]
    rows = error_curve([_converted(params, steps) for steps, params in networks.items()], x, labels)
    assert [(row.regime, row.steps) for row in rows] == [
        (regime, 2**bits - 1) for bits in BITS for regime in ("synchronous", "stepwise")
    ]
    for exact, row in zip(rows[::2], rows[1::2], strict=True):
        assert (exact.same_class, exact.same_counts, exact.accuracy) == (1.0, 1.0, exact.twin_accuracy)
        assert (exact.latency, row.latency) == (2 * row.steps, row.steps)
        assert row.outside > 0.2
        # A single step has one chance to fire, whatever the current: it is exact. Several are not.
        assert (row.same_counts == 1) == (row.steps == 1)
        assert row.same_class > 0.97
        network = _converted(networks[row.steps], row.steps)
        expected, found = twin(network, x), stepwise(network, x)
        assert row.same_class == pytest.approx(np.mean(predictions(found) == predictions(expected)))
        assert row.accuracy == pytest.approx(np.mean(predictions(found) == labels))
        spikes = sum(int(own.sum()) for own in found.counts)
        assert row.spike_rate == pytest.approx(spikes / (len(x) * 80 * row.steps))


# --- Settings.


def test_ceilings_are_percentiles_of_activations():
    rng = np.random.default_rng(0)
    params, x = initial((5, 6, 4, 3), key=jax.random.key(0)), rng.uniform(size=(200, 5))
    found = calibrated(params, jnp.asarray(x, jnp.float32), percentile=90.0).ceilings
    for layer, ceiling in zip(params.layers, found, strict=False):
        x = np.maximum(x @ np.asarray(layer.weight, np.float64) + np.asarray(layer.bias), 0)
        np.testing.assert_allclose(ceiling, np.percentile(x, 90), rtol=1e-5)


def _parameters(weight=0.5, bias=0.0, ceiling=1.0) -> Parameters:
    layer = DenseLayer(jnp.full((2, 2), weight), jnp.full(2, bias))
    return Parameters((layer, layer), (jnp.asarray(ceiling),))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: initial((3, 2), key=jax.random.key(0)), r"sizes=\[3, 2\] must list"),
        (lambda: calibrated(_parameters(), jnp.ones((1, 2)), percentile=101.0), r"percentile=101\.0"),
        (lambda: calibrated(_parameters(-1.0), jnp.ones((1, 2))), "activations of layer 0 is zero"),
        (lambda: convert(_parameters(), steps=0), "steps=0 must be at least 1"),
        (lambda: convert(_parameters(), steps=3, weight_bits=1), "weight_bits=1 must be between"),
        (lambda: convert(_parameters(), steps=3, input_bits=17), "input_bits=17 must be between"),
        (lambda: convert(_parameters(ceiling=-1.0), steps=3), r"ceilings \[-1\.0\] must be positive"),
        (lambda: convert(_parameters(bias=1e4), steps=2000, weight_bits=16), "layer 0 moves up to"),
        (lambda: convert(_parameters(1e3), steps=3, input_bits=0), "layer 0 is so large that its threshold is"),
    ],
)
def test_bad_settings_are_refused(call, sentence):
    with pytest.raises(Unsupported, match=sentence):
        call()


def test_the_example_in_the_documentation():
    results = doctest.testmod(conversion)
    assert results.attempted >= 6
    assert results.failed == 0
