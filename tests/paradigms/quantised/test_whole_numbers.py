"""Whole numbers, floating point and spikes give the same network, to the last bit."""

from __future__ import annotations

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

import paradigms.quantised as package
from paradigms.interface import Spec, Unsupported
from paradigms.quantised import Config, build, integrate_and_fire, run, spike_counts, stepwise, synchronous
from paradigms.quantised.network import absolute
from paradigms.snn.neurons import Firing, if_step

BITS = (1, 2, 4, 8)


# --- One neuron.


def _levels(charge, steps, threshold):
    """Rounding half upwards and clipping, in rational numbers."""
    half = Fraction(1, 2)
    return [min(max(math.floor(Fraction(int(c), threshold) + half), 0), steps) for c in charge]


_counted = jax.jit(spike_counts, static_argnums=2)


@given(st.integers(1, 15), st.integers(1, 2**20), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_a_constant_current_is_counted_to_its_level(steps, half, seed):
    """Of any even threshold and any current between none and one threshold per step, ties among them."""
    random, threshold = np.random.default_rng(seed), 2 * half
    charge = random.integers(0, steps * threshold + 1, 64)  # over all steps; a step's share need not be whole
    ties = (2 * random.integers(0, steps + 1, 16) + 1) * half
    charge = np.concatenate([charge, np.minimum(ties, steps * threshold), [0, steps * threshold]])
    counts = _counted(jnp.asarray(charge, jnp.int32), jnp.asarray([steps * threshold]), steps)
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
    ("currents", "counted", "level"),
    [([8, -8], 1, 0), ([-8, 8], 0, 0), ([16, 16, -16, -16], 2, 0), ([0, 0, 32, 0], 2, 4)],
)
def test_a_current_outside_the_range_may_be_miscounted(currents, counted, level):
    """A spike cannot be taken back, and no step has two."""
    spikes, _ = _run(jnp.asarray(currents)[:, None], jnp.asarray(8))
    assert (int(spikes.sum()), *_levels(np.array([sum(currents)]), len(currents), 8)) == (counted, level)


@pytest.mark.parametrize("steps", [1, 3, 7, 15, 5])
def test_counts_are_all_codes_only_for_one_less_than_a_power_of_two(steps):
    threshold, bits = 64, math.ceil(math.log2(steps + 1))
    counts = spike_counts(jnp.arange(steps * threshold + 1), jnp.asarray(steps * threshold), steps)
    assert set(np.asarray(counts).tolist()) == set(range(steps + 1))
    assert (steps + 1 == 2**bits) == (steps != 5)


def test_the_neuron_is_that_of_the_spiking_networks():
    """In thresholds, of which all its charges are multiples of a power of two: floats are exact."""
    random = np.random.default_rng(0)
    currents, threshold = random.integers(-100, 200, (50, 20)), 128
    whole, scaled = jnp.full(20, threshold // 2), jnp.full(20, 0.5)
    fired = 0
    for current in currents:
        spikes, whole = integrate_and_fire(jnp.asarray(current), whole, jnp.asarray(threshold))
        same, scaled = if_step(jnp.asarray(current / threshold, jnp.float32), scaled, firing=Firing())
        np.testing.assert_array_equal(spikes, same)
        np.testing.assert_array_equal(whole / threshold, scaled)
        fired += int(spikes.sum())
    assert 100 < fired < 900


# --- Networks of any parameters.


def network(seed, architecture, weight_bits, activation_bits, *, scale=1.0):
    """A network whose every parameter is random, steps of channels included, and inputs with ties."""
    random = np.random.default_rng(seed)
    channels = None if architecture == "mlp" else (3, 4, 5)
    hidden = (6,) if architecture != "mlp" else (9, 6)
    config = Config(architecture, hidden, channels, weight_bits, activation_bits, input_bits=5)
    paradigm = build(config, Spec(jax.ShapeDtypeStruct((5, 4, 2), jnp.float32), "classification", 3))
    params, state = jax.jit(paradigm.init)(jax.random.key(seed % 1000))
    params = jax.tree.map(lambda leaf: leaf * scale * random.uniform(0.5, 2, leaf.shape).astype(np.float32), params)
    params = {
        name: own | {"bias": jnp.asarray(random.normal(0, 0.3, own["bias"].shape), jnp.float32)}
        for name, own in params.items()
    }
    return paradigm, params, state, jnp.asarray(random.integers(0, 63, (17, 5, 4, 2)) / 62, jnp.float32)


def by_numpy(paradigm, params, frozen, x):
    """Levels and charge by 64-bit whole numbers and NumPy's own loops over taps, from the frozen codes alone."""
    levels = np.floor(np.asarray(x, np.float64).astype(np.float32) * np.float32(31) + np.float32(0.5)).astype(np.int64)
    found = []
    for one in frozen.layers:
        codes = np.asarray(one.codes, np.int64)
        if one.layer.stride is None:
            sums = levels.reshape(len(levels), -1) @ codes
        else:
            padded = np.pad(levels, ((0, 0), (1, 1), (1, 1), (0, 0)))
            height, width, _ = one.layer.outputs
            sums = np.zeros((len(levels), *one.layer.outputs), np.int64)
            for row, column in np.ndindex(3, 3):
                stride = one.layer.stride
                taken = padded[:, row : row + stride * height : stride, column : column + stride * width : stride]
                sums += taken @ codes[row, column]
        charge = sums * np.asarray(one.fraction, np.int64) + np.asarray(one.bias, np.int64)
        if not one.layer.hidden:
            return found, charge
        threshold = np.asarray(one.threshold, np.int64)
        levels = np.clip((2 * charge + threshold) // (2 * threshold), 0, frozen.highest)
        found.append(levels)
    raise AssertionError


NETWORKS = (
    st.integers(0, 2**32 - 1),
    st.sampled_from(["mlp", "small_conv", "vgg"]),
    st.sampled_from(BITS),
    st.sampled_from([1, 2, 3, 4, 8]),
    st.sampled_from([0.3, 1.0, 4.0]),
)


@given(*NETWORKS)
@settings(max_examples=4, deadline=None)
def test_whole_numbers_floating_point_and_spikes_agree(seed, architecture, weight_bits, activation_bits, scale):
    check_agreement(seed, architecture, weight_bits, activation_bits, scale)


@pytest.mark.slow
@given(*NETWORKS)
@settings(max_examples=60, deadline=None)
def test_more_whole_numbers_floating_point_and_spikes_agree(seed, architecture, weight_bits, activation_bits, scale):
    check_agreement(seed, architecture, weight_bits, activation_bits, scale)


def check_agreement(seed, architecture, weight_bits, activation_bits, scale):
    paradigm, params, state, x = network(seed, architecture, weight_bits, activation_bits, scale=scale)
    frozen = paradigm.freeze(params, state)
    assert frozen.exact
    whole, floating, spikes = run(frozen, x), jax.jit(paradigm.run)(params, state, x), synchronous(frozen, x)
    expected, charge = by_numpy(paradigm, params, frozen, x)
    for ours in (whole.levels, floating.levels, spikes.counts):
        for found, right in zip(ours, expected, strict=True):
            np.testing.assert_array_equal(found, right)
    np.testing.assert_array_equal(whole.charge, charge)
    np.testing.assert_array_equal(spikes.charge, charge)
    np.testing.assert_array_equal(whole.logits, floating.logits)
    if activation_bits == 1:
        # A single step has one chance to fire, whatever the current.
        stepped = stepwise(frozen, x)
        np.testing.assert_array_equal(stepped.charge, charge)


@pytest.mark.parametrize("bits", [2, 4, 8])
@pytest.mark.parametrize("seed", [0, *(pytest.param(one, marks=pytest.mark.slow) for one in (1, 2))])
def test_what_is_frozen_stands_for_the_parameters(seed, bits):
    """Activations in their own units, in float64, from weights, biases and steps by the definition."""
    paradigm, params, state, x = network(seed, "mlp", bits, bits)
    frozen = paradigm.freeze(params, state)
    found, values = run(frozen, x), np.asarray(frozen.levels(x), np.float64).reshape(len(x), -1) / 31
    highest = 2**bits - 1
    for index, layer in enumerate(paradigm.layers):
        own = {name: np.asarray(value, np.float64) for name, value in absolute(params, state)[layer.name].items()}
        step = own["weight_step"]
        low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
        weight = np.clip(np.floor(own["weight"] / step + 0.5), low, high) * step
        drive = values @ weight + own["bias"]
        if not layer.hidden:
            np.testing.assert_allclose(found.logits, drive, rtol=2e-2, atol=2e-2 * np.abs(drive).max())
            return
        unit = own["activation_step"]
        level = np.clip(drive / unit, 0, highest)
        ours = np.asarray(found.levels[index])
        # A threshold that is whole is off by up to half, and so is the bias.
        threshold = np.asarray(frozen.layers[index].threshold)
        assert (np.abs(ours - level) <= 0.51 + (level + 1) / threshold).all()
        values = ours * unit


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(one, marks=pytest.mark.slow) for one in (2, 3))])
def test_step_by_step_by_the_neurons_of_the_spiking_networks(seed):
    """Counts and charge of the network in whole numbers, by float64 potentials in thresholds."""
    paradigm, params, state, x = network(seed, "small_conv", 4, 3)
    frozen, steps = paradigm.freeze(params, state), 7
    *hidden, readout = frozen.layers
    potentials = [np.full((len(x), *one.layer.outputs), 0.5) for one in hidden]
    counts = [np.zeros((len(x), *one.layer.outputs)) for one in hidden]
    sums, outside = 0.0, []
    for _ in range(steps):
        values, share = np.asarray(frozen.levels(x), np.float64), 1 / steps
        for index, one in enumerate(hidden):
            product = _float64(one, values)
            current = (product * np.asarray(one.fraction) * share + np.asarray(one.bias) / steps) / np.asarray(
                one.threshold
            )
            outside.append(((current < -1e-12) | (current >= 1 - 1e-12)).mean())
            potentials[index] = potentials[index] + current
            spikes = potentials[index] >= 1 - 1e-9
            potentials[index] = potentials[index] - spikes
            counts[index] = counts[index] + spikes
            values, share = spikes.astype(float), 1.0
        sums = sums + _float64(readout, values)
    found = stepwise(frozen, x)
    for ours, right in zip(found.counts, counts, strict=True):
        np.testing.assert_array_equal(ours, right)
    np.testing.assert_array_equal(found.charge, sums * np.asarray(readout.fraction) + np.asarray(readout.bias))
    assert float(found.outside) == pytest.approx(np.mean(outside), rel=1e-4)


def _float64(one, values):
    if one.layer.stride is None:
        return values.reshape(len(values), -1) @ np.asarray(one.codes, np.float64)
    from paradigms.quantised.network import connected

    return np.asarray(connected(one.layer, jnp.asarray(values, jnp.float32), one.codes.astype(jnp.float32)), np.float64)


def test_a_network_too_wide_for_floating_point_says_so():
    """Of 8 bits and 3000 inputs a sum may exceed 2^24: whole numbers go on, and equality is not promised."""
    spec = Spec(jax.ShapeDtypeStruct((3000,), jnp.float32), "classification", 3)
    paradigm = build(Config(hidden=(2,)), spec)
    params, state = paradigm.init(jax.random.key(0))
    params = {name: own | {"weight": jnp.ones_like(own["weight"])} for name, own in params.items()}
    assert not paradigm.freeze(params, state).exact


def test_potentials_that_32_bits_do_not_hold_are_refused():
    paradigm, params, state, x = network(0, "mlp", 8, 8)
    with pytest.raises(Unsupported, match=r"potentials of a spiking twin of 255 steps reach \d+, which 32 bits"):
        stepwise(paradigm.freeze(params, state), x)


def test_floating_point_has_no_whole_numbers():
    paradigm = build(
        Config(weight_bits=None, activation_bits=None),
        Spec(jax.ShapeDtypeStruct((4,), jnp.float32), "classification", 3),
    )
    params, state = paradigm.init(jax.random.key(0))
    with pytest.raises(Unsupported, match="set weight_bits and activation_bits"):
        paradigm.freeze(params, state)


# --- Trained networks.


@pytest.fixture(scope="module")
def digits():
    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    x, y = jnp.asarray(images[order] / 16, jnp.float32).reshape(-1, 8, 8, 1), jnp.asarray(labels[order])
    return (x[:1200], y[:1200]), (x[1200:], y[1200:])


def trained(paradigm, variables, x, labels, updates):
    """By Adam on the whole set."""
    optimizer = optax.adam(1e-2)

    def loss(params):
        logits = paradigm.apply(params, variables.state, x, key=jax.random.key(0), train=True).prediction
        return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()

    def update(carried, _):
        params, state = carried
        changes, state = optimizer.update(jax.grad(loss)(params), state)
        return (optax.apply_updates(params, changes), state), None

    return jax.jit(lambda p: jax.lax.scan(update, (p, optimizer.init(p)), None, length=updates)[0][0])(variables.params)


@pytest.mark.parametrize(
    ("architecture", "updates", "images", "widths"),
    [("mlp", 60, 100, (1, 4)), pytest.param("mlp", 60, 597, BITS, marks=pytest.mark.slow),
     pytest.param("small_conv", 40, 597, BITS, marks=pytest.mark.slow)],
)  # fmt: skip
def test_images_of_digits(digits, architecture, updates, images, widths):
    """Trained in floating point, then at each width: the same levels, counts and logits, and a fair accuracy."""
    (x, labels), (held, right) = digits
    held, right = held[:images], right[:images]
    settings = {"architecture": architecture, "hidden": (32,), "channels": None if architecture == "mlp" else (8, 16)}
    spec = Spec(jax.ShapeDtypeStruct((8, 8, 1), jnp.float32), "classification", 10)
    floating = build(Config(**settings, weight_bits=None, activation_bits=None), spec)
    start = trained(floating, jax.jit(floating.init)(jax.random.key(0)), x, labels, 2 * updates)
    accuracies = {}
    for bits in widths:
        paradigm = build(Config(**settings, weight_bits=bits, activation_bits=bits), spec)
        variables = paradigm.calibrated(start, x)
        params, state = trained(paradigm, variables, x, labels, updates), variables.state
        frozen = paradigm.freeze(params, state)
        assert frozen.exact
        expected, found, spikes = (
            jax.jit(paradigm.run)(params, state, held),
            run(frozen, held),
            synchronous(frozen, held),
        )
        for ours, theirs, counts in zip(found.levels, expected.levels, spikes.counts, strict=True):
            np.testing.assert_array_equal(ours, theirs)
            np.testing.assert_array_equal(counts, theirs)
        np.testing.assert_array_equal(found.logits, expected.logits)
        np.testing.assert_array_equal(spikes.charge, found.charge)
        accuracies[bits] = float(jnp.mean(jnp.argmax(found.charge, -1) == right))
    logits = floating.run(start, {}, held).logits
    reached = float(jnp.mean(jnp.argmax(logits, -1) == right))
    assert reached > 0.93
    for bits, least in ((8, reached - 0.015), (4, reached - 0.02), (1, 0.5)):
        assert bits not in widths or accuracies[bits] > least


def test_ceilings_are_percentiles_of_activations(digits):
    (x, _), _ = digits
    spec = Spec(jax.ShapeDtypeStruct((8, 8, 1), jnp.float32), "classification", 10)
    paradigm = build(Config(hidden=(6, 5), weight_bits=4, activation_bits=3), spec)
    params, _ = paradigm.init(jax.random.key(0))
    found = paradigm.calibrated(params, x).state
    values = np.asarray(x, np.float64).reshape(len(x), -1)
    for name in ("dense_0", "dense_1"):
        values = np.maximum(values @ np.asarray(params[name]["weight"], np.float64), 0)
        np.testing.assert_allclose(found[name]["activation_step"] * 7, np.percentile(values, 99.9), rtol=1e-4)
    silent = {name: own | {"bias": own["bias"] - 1e3} for name, own in params.items()}
    with pytest.raises(Unsupported, match="of the activations of dense_0 is zero"):
        paradigm.calibrated(silent, x)


def test_the_example_in_the_documentation():
    results = doctest.testmod(package)
    assert results.attempted >= 8
    assert results.failed == 0
