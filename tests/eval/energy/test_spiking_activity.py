"""Spiking networks that are trained as such: every event against a loop in double precision, and early exit by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from eval.energy import Mapping, energy
from eval.energy.trained_networks.direct import direct_networks
from eval.energy.trained_networks.spiking_activity import activities, count_steps, exit_steps, require_countable
from paradigms.interface import Spec, Unsupported
from paradigms.snn import Config, build
from training.config import Settings, TrainerConfig, plain_adam
from training.tasks import TaskConfig, load_task

ACC, WEIGHT, SPARSE, MULTIPLY, STATE_BITS = 0.05448, 0.0385, 3.0, 0.06, 8
THREE = Config(hidden=(2, 1), neuron="if", time_steps=3, weight_bits=4, learn_decay=False)
IMAGES = Config("convolutional", hidden=(3, 2), neuron="if", time_steps=3, pool=1)


def built(config, shape=(2,), seed=0):
    paradigm = build(config, Spec(jax.ShapeDtypeStruct(shape, jnp.float32), "classification", 3))
    params, state = jax.jit(paradigm.init)(jax.random.key(seed))
    # Strong enough to fire.
    params = {name: 2 * array + 0.2 * name.endswith("bias") for name, array in params.items()}
    x = jnp.round(jax.random.uniform(jax.random.key(seed + 1), (4, *shape)), 2) * (jnp.arange(4)[:, None] > 0).reshape(
        4, *[1] * len(shape)
    )
    return paradigm, params, state, x


def counts_of(paradigm, params, state, x):
    return jax.jit(partial(count_steps, paradigm))(params, state, x)


@pytest.mark.parametrize("seed", range(3))
def test_every_event_of_three_neurons_over_three_steps_is_on_the_bill(seed):
    """Neurons of an integrate-and-fire network in double precision; each event adds its price to a list."""
    paradigm, params, state, x = built(THREE, seed=seed)
    # A connection of weight 0 is one.
    params["hidden[1].connection.weight"] = params["hidden[1].connection.weight"].at[0].set(0.0)
    network = paradigm.network(params, state)
    weights = [np.asarray(layer.connection.weight, np.float64) for layer in network.hidden]
    biases = [np.asarray(layer.connection.bias, np.float64) for layer in network.hidden]
    paid, spikes = [[] for _ in x], 0
    for own, example in zip(paid, np.asarray(x, np.float64), strict=True):
        # The product with the input is formed once: each input that is not 0 moves 8 bits, fetches and multiplies.
        for value in example:
            for _ in range(2):
                if value != 0:
                    own += [8 * SPARSE, 4 * WEIGHT, MULTIPLY]
        current = [example @ weights[0] + biases[0], None]
        potential = [np.zeros(2), np.zeros(1)]
        for _ in range(3):
            for place in range(2):
                fired = np.zeros(len(potential[place]))
                for neuron in range(len(potential[place])):
                    potential[place][neuron] += current[place][neuron]
                    own += [2 * STATE_BITS * WEIGHT, ACC]
                    if potential[place][neuron] >= 1:
                        potential[place][neuron] -= 1
                        fired[neuron], spikes = 1, spikes + 1
                        own.append(ACC)
                        # To the one neuron of the next layer, or to three read-outs.
                        own += (1 if place == 0 else 3) * [SPARSE, 4 * WEIGHT, ACC]
                if place == 0:
                    current[1] = fired @ weights[1] + biases[1]
            own += 3 * [2 * STATE_BITS * WEIGHT]
    assert spikes > 0
    counts = jax.device_get(counts_of(paradigm, params, state, x))
    layers = activities(paradigm, counts, exit_steps(counts.totals, None), 8)
    found = energy(layers, "yan2024", Mapping(1.0, "sparse"))
    assert found.total == pytest.approx(np.mean([sum(own) for own in paid]), rel=1e-12)
    for example, own in enumerate(paid):
        counted = ("steps", "events", "operations", "fired")
        alone = [replace(one, **{name: getattr(one, name)[[example]] for name in counted}) for one in layers]
        assert energy(alone, "yan2024", Mapping(1.0, "sparse")).total == pytest.approx(sum(own), rel=1e-12)


def test_connections_of_convolutions_end_at_the_border():
    paradigm, params, state, x = built(IMAGES, (4, 5, 1))
    counts = jax.device_get(counts_of(paradigm, params, state, x))
    first, second, readout = activities(paradigm, counts, exit_steps(counts.totals, None), 8)
    # A 3 × 3 kernel on 4 × 5 pixels has 10 × 13 taps inside the image.
    assert (first.synapses, second.synapses, readout.synapses) == (130 * 3, 130 * 3 * 2, 20 * 2 * 3)
    assert (first.positions, second.positions, readout.positions) == (20, 20, 1)
    assert (first.neurons, second.neurons, readout.neurons) == (60, 40, 3)
    taps = np.outer([2, 3, 3, 2], [2, 3, 3, 3, 2])
    on = np.asarray(x)[..., 0] != 0
    np.testing.assert_array_equal(first.operations, (on * taps).sum((1, 2)) * 3)
    assert (first.weight_bits, second.input_bits, first.input_bits) == (32, 1, 8)
    np.testing.assert_array_equal(second.events, first.fired)
    np.testing.assert_array_equal(readout.operations, second.fired * 3)


@pytest.mark.parametrize(
    ("config", "shape"), [(THREE, (2,)), (IMAGES, (4, 5, 1)), (replace(THREE, neuron="lif"), (2,))]
)
def test_after_the_last_step_the_sums_are_the_prediction(config, shape):
    paradigm, params, state, x = built(config, shape)
    apply = jax.jit(partial(paradigm.apply, key=jax.random.key(0), train=False))
    prediction = apply(params, state, x).prediction
    np.testing.assert_allclose(counts_of(paradigm, params, state, x).totals[-1] / 3, prediction, rtol=1e-5, atol=1e-6)


@settings(max_examples=40)
@given(
    totals=arrays.arrays(np.float32, (4, 3, 5), elements=st.floats(-9, 9, width=16)),
    margin=st.floats(0, 20),
)
def test_an_example_stops_at_the_first_step_at_which_it_is_sure(totals, margin):
    found = exit_steps(totals, margin)
    for example, steps in enumerate(found):
        leads = [np.diff(np.sort(totals[step, example])[-2:])[0] for step in range(4)]
        expected = next((step + 1 for step, lead in enumerate(leads) if lead > margin), 4)
        assert steps == expected
    assert (exit_steps(totals, None) == 4).all()


def test_what_comes_after_the_exit_is_not_counted():
    paradigm, params, state, x = built(THREE)
    counts = jax.device_get(counts_of(paradigm, params, state, x))
    taken = np.array([1, 2, 3, 2])
    found = activities(paradigm, counts, taken, 8)
    for example, steps in enumerate(taken):
        for place, one in enumerate(found[:-1]):
            assert one.fired[example] == counts.spikes[place][:steps, example].sum()
        assert found[0].operations[example] == counts.input_operations[example]
        assert all(one.steps[example] == steps for one in found)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"encoding": "rate"}, "energy is modelled of a constant current alone: use intensities, not a recording"),
        ({"recurrent": True}, "paradigm.recurrent=true: the energy of recurrent connections is not modelled"),
        ({"longest_delay": 2}, "has layers whose energy is not modelled; use dense"),
    ],
)
def test_networks_of_which_not_every_event_would_be_counted_are_refused(changes, sentence):
    paradigm, *_ = built(replace(THREE, **changes))
    with pytest.raises(Unsupported, match=sentence):
        require_countable(paradigm)
    pooled, *_ = built(replace(IMAGES, pool=2), (4, 4, 1))
    with pytest.raises(Unsupported, match="with pool=2 has layers whose energy is not modelled"):
        require_countable(pooled)


def test_networks_are_trained_and_stop_early_on_digits():
    task = load_task(TaskConfig("digits"))
    trainer = Settings(trainer=TrainerConfig(steps=100, batch_size=32), optimizer=plain_adam(5e-3))
    config = Config(hidden=(32,), neuron="if", time_steps=4, weight_bits=4)
    found = direct_networks(config, task, trainer, (0, 1), (0.0, 2.0), (1.0, 1e9))
    kinds = [("direct", None), ("early_exit", 1.0), ("early_exit", 1e9)]
    expected = [(*kind, penalty, seed) for penalty in (0.0, 2.0) for seed in (0, 1) for kind in kinds]
    assert [(one.kind, one.exit_margin, one.penalty, one.seed) for one in found] == expected
    for whole, early, never in zip(*[iter(found)] * 3, strict=True):
        assert whole.correct.mean() > 0.7
        np.testing.assert_array_equal(whole.correct, never.correct)
        assert early.layers[-1].steps.mean() < 4 == whole.layers[-1].steps.mean() == whole.latency_steps
        assert early.correct.mean() > whole.correct.mean() - 0.1
        assert (early.weight_bits, early.activation_bits, early.time_steps) == (4, 3, 4)
    rates = [one.layers[-1].rate for one in found if one.kind == "direct"]
    assert max(rates[2:]) < min(rates[:2]), "a penalty makes spikes fewer"
