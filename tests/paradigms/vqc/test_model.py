"""The paradigm: what it takes, what it gives, what it refuses, and that it learns."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest
from omegaconf import OmegaConf

from paradigms.interface import Paradigm, Spec, Unsupported
from paradigms.vqc import Config, build
from paradigms.vqc.circuit.embedding import reuploading_angles
from paradigms.vqc.circuit.observables import observables

VECTOR_OF_TWO = Spec(jax.ShapeDtypeStruct((2,), jnp.float32), "classification", 2)
DIGITS = Spec(jax.ShapeDtypeStruct((8, 8, 1), jnp.float32), "classification", 10)
SMALL = {"qubits": 4, "layers": 2}


def images(count: int) -> jax.Array:
    return jax.random.uniform(jax.random.key(7), (count, 8, 8, 1))


def predict(model, params, inputs, train=False):
    return model.apply(params, {}, inputs, key=jax.random.key(0), train=train).prediction


@pytest.mark.parametrize("ansatz", ["hardware_efficient", "strongly_entangling"])
@pytest.mark.parametrize("embedding", ["reuploading", "amplitude"])
def test_predictions_are_those_of_default_qubit(x64, ansatz, embedding):
    model = build(Config(**SMALL, ansatz=ansatz, embedding=embedding), DIGITS)
    params = model.init(jax.random.key(1)).params
    params["scale"] = params["scale"] * jnp.arange(1.0, 11.0)
    inputs = images(2)

    @qml.qnode(qml.device("default.qubit", wires=4))
    def reference(angles, initial):
        if initial is not None:
            qml.StatePrep(initial, wires=range(4))
        for layer in range(2):
            if ansatz == "strongly_entangling":
                qml.StronglyEntanglingLayers(angles[layer : layer + 1], wires=range(4), ranges=[layer + 1])
                continue
            for wire in range(4):
                qml.RY(angles[layer, wire, 0], wires=wire)
                qml.RZ(angles[layer, wire, 1], wires=wire)
                qml.RY(angles[layer, wire, 2], wires=wire)
            for wire in range(4):
                qml.CZ(wires=[wire, (wire + 1) % 4])
        pairs = [qml.Z(i) @ qml.Z(j) for i in range(4) for j in range(i + 1, 4)]
        return [qml.expval(word) for word in [*map(qml.Z, range(4)), *pairs]]

    def expected(image):
        grid = np.asarray(image)[..., 0].reshape(4, 2, 4, 2).mean(axis=(1, 3)).reshape(-1)
        if embedding == "amplitude":
            return reference(np.asarray(params["angles"]), grid / np.linalg.norm(grid))
        slots = np.resize(grid, (2, 4, 3))
        return reference(np.asarray(params["input_weights"]) * slots + np.asarray(params["angles"]), None)

    theirs = np.array([expected(image) for image in inputs]) * np.asarray(params["scale"])
    np.testing.assert_allclose(predict(model, params, inputs), theirs, atol=1e-10)


@pytest.mark.parametrize("embedding", ["reuploading", "amplitude"])
def test_the_interface(embedding):
    model = build(Config(**SMALL, embedding=embedding), DIGITS)
    assert isinstance(model, Paradigm)
    variables = model.init(jax.random.key(0))
    shapes = jax.eval_shape(model.init, jax.random.key(0))
    assert jax.tree.map(lambda leaf: leaf.shape, variables) == jax.tree.map(lambda leaf: leaf.shape, shapes)
    assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves(variables.params))
    assert ("input_weights" in variables.params) == (embedding == "reuploading")
    output = model.apply(variables.params, variables.state, images(3), key=jax.random.key(0), train=True)
    assert output.prediction.shape == (3, 10)
    assert output.state == variables.state
    assert output.penalty == 0
    assert not any(jax.tree.leaves(model.weight_decay_mask(variables.params)))
    assert not model.batch_coupled


def test_examples_do_not_depend_on_their_batch():
    model = build(Config(**SMALL), DIGITS)
    params = model.init(jax.random.key(0)).params
    inputs = images(3)
    alone = jax.vmap(lambda one: predict(model, params, one[None])[0])(inputs)
    np.testing.assert_allclose(predict(model, params, inputs), alone, atol=1e-5)


def test_notes_state_the_map():
    cifar = Spec(jax.ShapeDtypeStruct((32, 32, 3), jnp.float32), "classification", 10)
    text = " ".join(build(Config(**SMALL), cifar).notes)
    for stated in ("luminance", "32×32", "4×4", "24 gate angles", "16 features are assigned cyclically"):
        assert stated in text
    text = " ".join(build(Config(qubits=7, layers=1, embedding="amplitude"), DIGITS).notes)
    assert text.startswith("The 64 features are scaled to unit norm, with 64 zeros after them, as amplitudes.")
    assert re.search(r"one example is predicted to take \d+\.\d MiB", text)


def test_cost_under_reverse_mode_counts_no_executions_for_the_gradient():
    cost = build(Config(**SMALL), DIGITS).cost()
    assert cost.forward.circuit_executions == 1
    assert cost.gradient.circuit_executions is None


def test_observables_are_distinct_words_in_the_stated_order():
    names = [sorted(word.wires.tolist()) for word in observables(3, 7)]
    assert names == [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]]
    assert all(set(word.pauli_rep) and "X" not in str(word) for word in observables(3, 7))


def test_regression_is_served():
    spec = Spec(jax.ShapeDtypeStruct((2,), jnp.float32), "regression", 1)
    model = build(Config(qubits=1, layers=1), spec)
    params = model.init(jax.random.key(0)).params
    assert predict(model, params, jnp.ones((3, 2))).shape == (3, 1)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"qubits": 0}, r"paradigm\.qubits=0 must be at least 1"),
        ({"layers": -1}, r"paradigm\.layers=-1 must be at least 1"),
        ({"shift_chunk": 0}, r"paradigm\.shift_chunk=0 must be at least 1"),
        ({"initial_scale": 0.0}, r"paradigm\.initial_scale=0\.0 must be positive"),
    ],
)
def test_values_out_of_range_are_refused(changes, sentence):
    with pytest.raises(Unsupported, match=sentence):
        Config(**changes)


def test_more_outputs_than_observables_are_refused():
    with pytest.raises(Unsupported, match=r"10 outputs exceed the 7 diagonal Pauli words of paradigm\.qubits=3"):
        build(Config(qubits=3), DIGITS)


def test_the_yaml_has_every_field_with_its_default():
    path = Path(__file__).parents[3] / "scripts" / "conf" / "paradigm" / "vqc.yaml"
    settings = OmegaConf.to_container(OmegaConf.load(path))["paradigm"]
    assert settings == {"name": "vqc", **dataclasses.asdict(Config())}


IMPORTS = """
import sys
import jax, jax.numpy as jnp
from paradigms.interface import Spec, Unsupported
from paradigms.vqc import Config, build
spec = Spec(jax.ShapeDtypeStruct((8, 8, 1), jnp.float32), "classification", 10)
try:
    build(Config(qubits=60), spec)
except Unsupported:
    pass
assert "pennylane" not in sys.modules
build(Config(qubits=4, layers=1), spec)
assert "pennylane" in sys.modules
assert not {"equinox", "flax"} & set(sys.modules), sorted({"equinox", "flax"} & set(sys.modules))
"""


def test_what_it_imports():
    subprocess.run([sys.executable, "-c", IMPORTS], check=True)


def test_a_few_steps_lower_the_loss():
    model = build(Config(**SMALL), DIGITS)
    params = model.init(jax.random.key(0)).params
    inputs, targets = images(16), jnp.arange(16) % 10

    @jax.jit
    def loss(params):
        scores = jax.nn.log_softmax(predict(model, params, inputs, train=True))
        return -scores[jnp.arange(16), targets].mean()

    gradient = jax.jit(jax.grad(loss))
    start = loss(params)
    for _ in range(20):
        params = jax.tree.map(lambda value, slope: value - 0.1 * slope, params, gradient(params))
    assert loss(params) < start - 0.1


def prediction(model, params, train, seed=0):
    inputs = jnp.asarray(np.random.default_rng(1).uniform(size=(3, 8, 8, 1)), jnp.float32)
    return model.apply(params, {}, inputs, key=jax.random.key(seed), train=train)


@pytest.mark.parametrize("changes", [{"gate_dropout": 0.5}, {"depolarising": 0.5}])
def test_noise_is_of_training_alone_and_follows_the_key(changes):
    plain, noisy = (build(Config(qubits=4, layers=3, **extra), DIGITS) for extra in ({}, changes))
    params, _ = plain.init(jax.random.key(0))
    exact = prediction(plain, params, True).prediction
    np.testing.assert_array_equal(prediction(noisy, params, False).prediction, exact)
    first, again, other = (prediction(noisy, params, True, seed).prediction for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, exact)
    assert not np.allclose(first, other)


def test_the_mean_over_trajectories_is_the_mixed_state(x64):
    probability = 0.2
    model = build(Config(qubits=2, layers=2, depolarising=probability, initial_scale=1.0), VECTOR_OF_TWO)
    params, _ = model.init(jax.random.key(3))
    example = jnp.asarray([[0.3, -0.8]])

    def drawn(key):
        return model.apply(params, {}, example, key=key, train=True).prediction[0]

    mean = jax.jit(lambda keys: jax.lax.map(drawn, keys, batch_size=500))(jax.random.split(jax.random.key(0), 20_000))
    angles = reuploading_angles(example[0], params["input_weights"], params["angles"])

    @qml.qnode(qml.device("default.mixed", wires=2))
    def mixed():
        for layer in np.asarray(angles):
            for wire in range(2):
                qml.DepolarizingChannel(probability, wires=wire)
                for gate, angle in zip((qml.RY, qml.RZ, qml.RY), layer[wire], strict=True):
                    gate(angle, wires=wire)
            qml.CZ(wires=[0, 1])
        return [qml.expval(word) for word in observables(2, 2)]

    np.testing.assert_allclose(mean.mean(axis=0), mixed(), atol=5 / np.sqrt(20_000))


def test_the_penalty_grows_with_the_angles():
    model = build(Config(qubits=4, layers=2, angle_penalty=0.3), DIGITS)
    params, _ = model.init(jax.random.key(0))
    at_rest = {**params, "angles": jnp.zeros_like(params["angles"])}
    half_turn = {**params, "angles": jnp.full_like(params["angles"], np.pi / 2)}
    assert prediction(model, at_rest, True).penalty == 0
    np.testing.assert_allclose(prediction(model, half_turn, True).penalty, 0.3 / 4, rtol=1e-6)
    assert prediction(model, half_turn, False).penalty == 0


def test_an_initialisation_without_room_is_refused():
    with pytest.raises(Unsupported, match=r"paradigm\.layers=4 holds no identity block"):
        build(Config(qubits=4, layers=4, initialisation="identity_blocks"), DIGITS)
