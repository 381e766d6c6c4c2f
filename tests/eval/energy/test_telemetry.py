"""The energy of a network while it is trained."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from eval.energy import Mapping, energy
from eval.energy.telemetry import HIDDEN, WHOLE, energy_measure
from eval.energy.trained_networks.quantised_activity import quantised_activity, trained_activity
from paradigms import quantised, snn, transformer
from paradigms.interface import Spec, Unsupported, Variables
from training.data.arrays import ArraySplit
from training.errors import BadInput

SPEC = Spec(jax.ShapeDtypeStruct((4, 4, 1), np.float32), "classification", 3)
IMAGES = np.random.default_rng(0).random((7, 4, 4, 1), np.float32)
IMAGES[0, 0, 0, 0] = np.nextafter(np.float32(0.5 / 255), np.float32(0))
X = jnp.asarray(IMAGES)
SPLIT = ArraySplit(IMAGES, np.zeros(7, np.int32))
BITS = quantised.Config(hidden=(5, 4), weight_bits=4, activation_bits=2)


@pytest.mark.parametrize("config", [BITS, quantised.Config(architecture="small_conv", channels=(2, 2))])
def test_a_network_in_training_does_what_its_whole_numbers_do(config):
    paradigm = quantised.build(config, SPEC)
    variables = jax.jit(paradigm.init)(jax.random.key(1))
    network = paradigm.freeze(*variables)
    shaped = X.reshape(len(IMAGES), *paradigm.layers[0].inputs)
    for own, other in zip(
        trained_activity(paradigm, jax.jit(paradigm.run)(*variables, X), shaped),
        quantised_activity(network, quantised.run(network, shaped), shaped),
        strict=True,
    ):
        for name, value in vars(own).items():
            np.testing.assert_array_equal(value, getattr(other, name))


def test_the_bill_is_that_of_every_event_of_the_split():
    paradigm = quantised.build(BITS, SPEC)
    variables = jax.jit(paradigm.init)(jax.random.key(1))
    layers = trained_activity(paradigm, jax.jit(paradigm.run)(*variables, X), X)
    found = energy_measure(paradigm, SPLIT, "yan2024", 2.0).of(variables)
    assert found == {
        WHOLE: pytest.approx(energy(layers, "yan2024", Mapping(2.0)).total, rel=1e-12),
        HIDDEN: pytest.approx(energy(layers[1:], "yan2024", Mapping(2.0)).total, rel=1e-12),
    }
    assert 0 < found[HIDDEN] < found[WHOLE]


def test_spikes_that_are_not_fired_are_not_paid_for():
    paradigm = snn.build(snn.Config(hidden=(5, 4), time_steps=3, weight_bits=4), SPEC)
    params, state = jax.jit(paradigm.init)(jax.random.key(1))
    measure = energy_measure(paradigm, SPLIT, "compute_only")
    assert "compute_only" in measure.note
    some = measure.of(Variables(params, state))
    quiet = measure.of(Variables(jax.tree.map(np.zeros_like, params), state))
    assert set(some) == set(quiet) == {WHOLE, HIDDEN}
    assert quiet[HIDDEN] < some[HIDDEN]


@pytest.mark.parametrize(
    ("model", "hops", "sentence"),
    [
        ("yan2025", 1.0, "yan2025"),
        ("neurobench", 1.0, "energy=neurobench counts .*, no picojoules; use energy=yan2024 or energy=compute_only"),
        ("yan2024", -1.0, "hops"),
    ],
)
def test_models_without_picojoules_are_refused(model, hops, sentence):
    with pytest.raises(BadInput, match=sentence):
        energy_measure(quantised.build(BITS, SPEC), SPLIT, model, hops)


def test_networks_without_events_are_refused():
    floating = quantised.Config(hidden=(5,), weight_bits=None, activation_bits=None)
    with pytest.raises(BadInput, match=r"not modelled in floating point: set paradigm\.weight_bits"):
        energy_measure(quantised.build(floating, SPEC), SPLIT, "yan2024")
    with pytest.raises(BadInput, match="paradigm=transformer has neither spikes nor levels"):
        energy_measure(transformer.build(transformer.Config(), SPEC), SPLIT, "yan2024")
    with pytest.raises(Unsupported, match="energy of recurrent connections is not modelled"):
        energy_measure(snn.build(snn.Config(hidden=(4,), recurrent=True), SPEC), SPLIT, "yan2024")
