"""Networks that are trained and then charged, on digits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eval.energy import Mapping, energy
from eval.energy.trained_networks.bills import bills, layers_of
from eval.energy.trained_networks.quantised import floating_point_networks, quantised_networks
from paradigms.interface import Unsupported
from paradigms.quantised import Config
from training.config import Settings, TrainerConfig, plain_adam
from training.errors import BadInput
from training.tasks import TaskConfig, load_task

SETTINGS = Settings(trainer=TrainerConfig(steps=150, batch_size=32), optimizer=plain_adam(5e-3))
QUANTISED = Config(hidden=(32, 16), weight_bits=4, activation_bits=2)
PENALTIES = (0.0, 1.0)
SEEDS = (0, 1)


@pytest.fixture(scope="module")
def task():
    return load_task(TaskConfig("digits"))


@pytest.fixture(scope="module")
def networks(task):
    return quantised_networks(QUANTISED, task, SETTINGS, SEEDS, PENALTIES)


def test_every_penalty_and_seed_has_its_network_and_its_twins(networks):
    found = [(one.kind, one.penalty, one.seed) for one in networks]
    kinds = ("quantised", "twin_synchronous", "twin_stepwise")
    assert found == [(kind, penalty, seed) for penalty in PENALTIES for seed in SEEDS for kind in kinds]
    assert {(one.weight_bits, one.activation_bits) for one in networks} == {(4, 2)}
    assert [one.latency_steps for one in networks[:3]] == [None, 3 * 3, 3]
    assert [one.time_steps for one in networks[:3]] == [None, 3, 3]
    assert min(one.correct.mean() for one in networks) > 0.6, "all have learned"


def test_a_synchronous_twin_answers_as_its_network_and_fires_as_often_as_its_levels_say(networks):
    for quantised, synchronous, _ in zip(*[iter(networks)] * 3, strict=True):
        np.testing.assert_array_equal(quantised.answers, synchronous.answers)
        for own, twin in zip(quantised.layers, synchronous.layers, strict=True):
            # A level is at least 1 where it is not 0, and at most 3.
            assert (own.operations <= twin.operations).all()
            assert (twin.operations <= 3 * own.operations).all()


def test_a_penalty_of_activity_makes_spikes_fewer(networks):
    rates = {
        (one.penalty, one.seed): next(row.spike_rate for row in bills(one, "digits", ["yan2024"], Mapping()))
        for one in networks
        if one.kind == "twin_synchronous"
    }
    for seed in SEEDS:
        assert rates[1.0, seed] < 0.9 * rates[0.0, seed]


def test_a_row_says_what_the_bill_says(networks):
    one = networks[1]
    hidden, whole = bills(one, "digits", ["yan2024"], Mapping(2.0))
    assert (hidden.group, whole.group) == ("hidden", "whole")
    assert [layer.layer for layer in layers_of(one, "hidden")] == ["dense_1", "readout"]
    own = layers_of(one, "hidden")
    expected = energy(own, "yan2024", Mapping(2.0))
    assert hidden.energy_total == expected.total
    assert hidden.energy_total == pytest.approx(
        hidden.energy_compute + hidden.energy_weight + hidden.energy_state + hidden.energy_movement
    )
    assert (hidden.model, hidden.technology, hidden.unit, hidden.hops) == ("yan2024", "yan_22nm", "pJ", 2.0)
    # By hand: spikes over all connections, and those over all connections and steps.
    spikes = sum(layer.operations.mean() for layer in own)
    connections = 32 * 16 + 16 * 10
    assert hidden.events_per_synapse == pytest.approx(spikes / connections)
    assert hidden.spike_rate == pytest.approx(spikes / connections / 3)
    assert whole.spike_rate is None
    assert hidden.test_accuracy == one.correct.mean()
    assert bills(networks[0], "digits", ["bit_budget"], Mapping())[0].spike_rate is None


def test_floating_point_is_trained_beside_them(task):
    config = replace(QUANTISED, weight_bits=None, activation_bits=None)
    found = floating_point_networks(config, task, SETTINGS, SEEDS)
    assert [one.seed for one in found] == list(SEEDS)
    assert all(one.correct.shape == (len(task.test),) and one.correct.mean() > 0.6 for one in found)
    assert not np.array_equal(found[0].correct, found[1].correct)


def test_what_has_no_twin_or_no_hidden_layer_is_refused(task, networks):
    with pytest.raises(Unsupported, match="weight_bits=4 is no network in floating point"):
        floating_point_networks(QUANTISED, task, SETTINGS, SEEDS)
    with pytest.raises(Unsupported, match="has no spiking twin: set weight_bits"):
        quantised_networks(replace(QUANTISED, weight_bits=None, activation_bits=None), task, SETTINGS, SEEDS)
    with pytest.raises(BadInput, match="the quantised network has no hidden layers"):
        bills(replace(networks[0], layers=networks[0].layers[:1]), "digits", ["yan2024"], Mapping())
