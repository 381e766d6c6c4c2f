"""Sizes are matched by exact counts, and the search finds what exhaustive search finds."""

import itertools

import jax
import jax.numpy as jnp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.compare.config import CompareConfig, Contender, build
from eval.compare.parameter_counts import TOLERANCE, matched, nearest, parameter_count
from paradigms import snn, transformer, vqc
from paradigms.interface import Spec
from paradigms.sizes import neighbours
from training.errors import BadInput

DIGITS = Spec(jax.ShapeDtypeStruct((8, 8, 1), jnp.float32), "classification", 10)
MNIST = Spec(jax.ShapeDtypeStruct((28, 28, 1), jnp.float32), "classification", 10)
CONTENDERS = (
    Contender("vqc", vqc.Config(), 0.05),
    Contender("snn", snn.Config(), 0.002),
    Contender("transformer", transformer.Config(), 0.002),
)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=30), st.integers(0, 10_000))
def test_nearest_is_as_near_as_any_and_the_first_of_equals(counts, target):
    place, count = nearest(list(enumerate(counts)), target)
    distances = [abs(candidate - target) for candidate in counts]
    assert count == counts[place]
    assert place == distances.index(min(distances))


def test_nearest_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="empty"):
        nearest([], 1)


@given(st.lists(st.integers(1, 50), min_size=40, max_size=40), st.integers(0, 500))
def test_neighbours_enclose_the_target(increments, target):
    counts = list(itertools.accumulate(increments))

    def count(size):
        # Beyond the list it goes on growing.
        return counts[size - 1] if size <= len(counts) else counts[-1] + size

    found = neighbours(count, target)
    sizes = range(1, 600)
    at_most = [size for size in sizes if count(size) <= target]
    expected = (*at_most[-1:], next(size for size in sizes if count(size) > target))
    assert found == expected


@given(st.integers(1, 200))
@settings(deadline=None, max_examples=20)
def test_parameters_of_a_spiking_layer_by_hand(neurons):
    # Weights and biases in and out, one decay a neuron of the layer and of the read-out.
    expected = 64 * neurons + neurons + neurons + neurons * 10 + 10 + 10
    assert parameter_count(snn.build(snn.Config(hidden=(neurons,)), DIGITS)) == expected


def test_parameters_of_the_circuit_by_hand():
    # Angles and input weights, and a scale a class.
    assert parameter_count(vqc.build(vqc.Config(), DIGITS)) == 2 * 8 * 12 * 3 + 10


@pytest.fixture(scope="module")
def on_digits():
    return matched(CompareConfig(CONTENDERS), DIGITS)


def test_all_come_within_the_tolerance_of_the_first(on_digits):
    counts = [parameter_count(build(each.name, each.config, DIGITS)) for each in on_digits]
    assert on_digits[0] == CONTENDERS[0]
    assert [each.name for each in on_digits] == [each.name for each in CONTENDERS]
    assert all(abs(count - 586) <= TOLERANCE * 586 for count in counts)


@given(st.integers(300, 1500))
@settings(deadline=None, max_examples=8)
def test_the_circuit_is_as_near_as_exhaustive_search_finds(parameters):
    # The circuit grows by whole layers; the spiking network that it is matched to grows more finely.
    reference = Contender("snn", snn.Config(hidden=(1 + parameters // 75,), learn_decay=False), 0.1)
    target = parameter_count(build("snn", reference.config, DIGITS))
    circuit = Contender("vqc", vqc.Config(qubits=4, layers=2), 0.1)
    try:
        _, resized = matched(CompareConfig((reference, circuit)), DIGITS)
    except BadInput:
        resized = None
    # 2 * 4 * 3 a layer, and 10 scales.
    layers, distance = min(((n, abs(24 * n + 10 - target)) for n in range(1, 100)), key=lambda pair: pair[1])
    if distance > TOLERANCE * target:
        assert resized is None
    else:
        assert resized is not None
        assert resized.config.layers == layers


def test_a_transformer_keeps_its_shape_sound(on_digits):
    config = on_digits[-1].config
    assert config.width % config.heads == 0
    assert config.width <= config.hidden <= 4 * config.width


def test_a_size_out_of_reach_is_refused_in_a_sentence():
    with pytest.raises(BadInput, match=r"no snn comes within 5% of the 586 parameters of vqc .*the nearest has"):
        matched(CompareConfig(CONTENDERS[:2]), MNIST)
