"""Activities of networks, against counts of every single event."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from eval.energy import Mapping, energy
from eval.energy.activity import joined
from eval.energy.comparison import compare
from eval.energy.trained_networks.quantised_activity import quantised_activity, twin_activity
from paradigms.interface import Spec
from paradigms.quantised import Config, build, run, stepwise, synchronous


@pytest.fixture(scope="module", params=["mlp", "small_conv"])
def network(request):
    channels = None if request.param == "mlp" else (2, 3)
    config = Config(request.param, (6, 4) if request.param == "mlp" else (4,), channels, 4, 3)
    paradigm = build(config, Spec(jax.ShapeDtypeStruct((4, 5, 1), jnp.float32), "classification", 3))
    frozen = paradigm.freeze(*jax.jit(paradigm.init)(jax.random.key(0)))
    x = jnp.maximum(jax.random.uniform(jax.random.key(1), (6, 4, 5, 1)) - 0.3, 0)
    return frozen, x


def counted(frozen, x, sent):
    """Events, operations and events that leave, by a loop over examples, neurons and their connections."""
    entering = [np.asarray(frozen.levels(x)) != 0, *(np.asarray(one) for one in sent)]
    for index, (one, events) in enumerate(zip(frozen.layers, entering, strict=True)):
        layer, codes = one.layer, np.ones(one.codes.shape)
        events = events.reshape(len(x), *layer.inputs)
        operations = np.zeros(len(x))
        for place in np.ndindex(*layer.outputs):
            if layer.stride is None:
                operations += events.sum(1)
                continue
            for row, column, channel in np.ndindex(*codes.shape[:3]):
                at = (place[0] * layer.stride + row - 1, place[1] * layer.stride + column - 1)
                if 0 <= at[0] < layer.inputs[0] and 0 <= at[1] < layer.inputs[1]:
                    operations += events[:, at[0], at[1], channel]
        leaves = np.asarray(sent[index]).reshape(len(x), -1).sum(1) if layer.hidden else np.zeros(len(x))
        yield events.reshape(len(x), -1).sum(1), operations, leaves


@pytest.mark.parametrize("way", [synchronous, stepwise])
def test_every_spike_is_counted_on_every_connection(network, way):
    frozen, x = network
    result = way(frozen, x)
    found = twin_activity(frozen, result, x, synchronous=way is synchronous)
    for one, (events, operations, leaves) in zip(found, counted(frozen, x, result.counts), strict=True):
        np.testing.assert_array_equal(one.events, events)
        np.testing.assert_array_equal(one.operations, operations)
        np.testing.assert_array_equal(one.fired, leaves)
        assert (one.kind, one.steps.tolist(), one.weight_bits) == ("spiking", [7.0] * 6, 4)
    assert [one.input_bits for one in found] == [8] + [1] * (len(found) - 1)
    assert [one.output_bits for one in found] == [1] * (len(found) - 1) + [None]
    # A layer after the other counts of up to 7 are kept; the read-out's charge stays where it is.
    kept = 3 if way is synchronous else 0
    assert [one.count_bits for one in found] == [kept] * (len(found) - 1) + [0]


def test_activations_other_than_0_are_counted_on_every_connection(network):
    frozen, x = network
    result = run(frozen, x)
    sent = [np.asarray(levels) > 0 for levels in result.levels]
    found = quantised_activity(frozen, result, x)
    for one, (events, operations, leaves) in zip(found, counted(frozen, x, sent), strict=True):
        np.testing.assert_array_equal(one.events, events)
        np.testing.assert_array_equal(one.operations, operations)
        np.testing.assert_array_equal(one.fired, leaves)
    assert [one.input_bits for one in found] == [8] + [3] * (len(found) - 1)


def test_twins_are_compared_layer_by_layer(network):
    frozen, x = network
    spiking = twin_activity(frozen, synchronous(frozen, x), x, synchronous=True)
    quantised = quantised_activity(frozen, run(frozen, x), x)
    found = compare(spiking, quantised, "yan2024", Mapping())
    first = [energy(layers[:1], "yan2024", Mapping()) for layers in (spiking, quantised)]
    assert found.spiking_whole.total == pytest.approx(found.spiking_hidden.total + first[0].total)
    assert found.quantised_whole.total == pytest.approx(found.quantised_hidden.total + first[1].total)
    # Both form the product with the input once.
    assert first[0].movement == first[1].movement


def test_examples_in_lots_are_the_examples_together(network):
    frozen, x = network
    lots = [quantised_activity(frozen, run(frozen, part), part) for part in (x[:4], x[4:])]
    for one, whole in zip(joined(lots), quantised_activity(frozen, run(frozen, x), x), strict=True):
        for name in ("steps", "events", "operations", "fired"):
            np.testing.assert_array_equal(getattr(one, name), getattr(whole, name))
    with pytest.raises(ValueError, match=r"layer (dense|conv)\w* is not the same on all examples"):
        joined([lots[0], tuple(replace(one, weight_bits=3) for one in lots[1])])
