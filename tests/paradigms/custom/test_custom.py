"""Models of the user's own are built by what they are and by the arguments that they take."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import nir
import numpy as np
import pennylane as qml
import pytest
from flax import linen, nnx

from paradigms import custom, snn
from paradigms.adapters import from_equinox, from_flax, from_qnode
from paradigms.interface import Paradigm, Spec, Unsupported
from paradigms.snn.exchange import to_nir

SPEC = Spec(jax.ShapeDtypeStruct((4,), jnp.float32), "classification", 3)
INPUTS = jnp.asarray(np.random.default_rng(0).random((5, 4)), jnp.float32)


class OfRngs(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.layer = nnx.Linear(4, 3, rngs=rngs)

    def __call__(self, inputs: jax.Array) -> jax.Array:
        return self.layer(inputs)


class OfKey(eqx.Module):
    layer: eqx.nn.Linear

    def __init__(self, key: Any, width: int = 4) -> None:
        self.layer = eqx.nn.Linear(width, 3, key=key)

    def __call__(self, example: jax.Array) -> jax.Array:
        return self.layer(example)


class Linen(linen.Module):
    outputs: int = 3

    @linen.compact
    def __call__(self, inputs: jax.Array) -> jax.Array:
        return linen.Dense(self.outputs)(inputs)


def circuit(angles: jax.Array, example: jax.Array) -> Any:
    qml.AngleEmbedding(example, wires=range(4))
    qml.StronglyEntanglingLayers(angles, wires=range(4))
    return [qml.expval(qml.Z(wire)) for wire in range(3)]


def of_circuit(spec: Spec) -> Paradigm:
    def build(key: Any) -> Any:
        return qml.QNode(circuit, qml.device("default.qubit", wires=4, seed=key), interface="jax")

    return from_qnode(build, parameters=jax.ShapeDtypeStruct((1, 4, 3), "float32"))


QNODE = qml.QNode(circuit, qml.device("default.qubit", wires=4), interface="jax")


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Builds what a module of this name holds under ``it``."""

    def call(it: Any) -> Paradigm:
        module = ModuleType("mine_in_a_test")
        vars(module)["it"] = it
        monkeypatch.setitem(sys.modules, "mine_in_a_test", module)
        return custom.build(custom.Config("mine_in_a_test:it"), SPEC)

    return call


def _predicted(paradigm: Paradigm) -> np.ndarray:
    params, state = paradigm.init(jax.random.key(3))
    return np.asarray(paradigm.apply(params, state, INPUTS, key=jax.random.key(0), train=False).prediction)


FLAX, EQUINOX = from_flax(OfRngs), from_equinox(OfKey)


@pytest.mark.parametrize(
    ("it", "same"),
    [
        (OfRngs, FLAX),
        (lambda rngs: OfRngs(rngs), FLAX),
        (lambda spec, rngs: OfRngs(rngs), FLAX),
        (lambda spec: OfRngs, FLAX),
        (lambda: FLAX, FLAX),
        (FLAX, FLAX),
        (OfKey, EQUINOX),
        (lambda key: OfKey(key), EQUINOX),
        (lambda spec, key: OfKey(key, width=spec.inputs.shape[0]), EQUINOX),
        (lambda spec: lambda key: OfKey(key), EQUINOX),
        (Linen, from_flax(Linen(), example=jnp.zeros((1, 4)))),
        (Linen(), from_flax(Linen(), example=jnp.zeros((1, 4)))),
        (lambda spec: Linen(spec.outputs), from_flax(Linen(), example=jnp.zeros((1, 4)))),
        (of_circuit, of_circuit(SPEC)),
    ],
)
def test_each_way_of_naming_a_model_gives_what_its_adapter_gives(it: Any, same: Paradigm, build: Any) -> None:
    np.testing.assert_array_equal(_predicted(build(it)), _predicted(same))


class OfWidth(nnx.Module):
    def __init__(self, width: int, rngs: nnx.Rngs) -> None:
        self.layer = nnx.Linear(width, 3, rngs=rngs)


class OfNothing(eqx.Module):
    def __call__(self, example: jax.Array) -> jax.Array:
        return example[:3]


@pytest.mark.parametrize(
    ("it", "sentence"),
    [
        (3, "is a int, and no model: name a module of Flax, or a function that builds one"),
        (OfRngs(nnx.Rngs(0)), "is built already"),
        (OfKey(jax.random.key(0)), "is built already"),
        (lambda: OfRngs(nnx.Rngs(0)), "is built already"),
        (lambda spec: OfKey(jax.random.key(0)), "is built already"),
        (OfWidth, "takes width, rngs: let it take spec .* and nothing else"),
        (lambda spec, rngs, key: None, "takes spec, rngs, key: .* and not both"),
        (lambda key: OfRngs(nnx.Rngs(key)), "builds a OfRngs from a key, and Equinox modules are built so"),
        (lambda key: QNODE, "builds a QNode from a key, and nothing says how many parameters"),
        (QNODE, "is a QNode, of whose parameters nothing says how many there are"),
        (lambda spec: SimpleNamespace(), "is a SimpleNamespace, and no model"),
        (lambda spec: None, "is a NoneType, and no model"),
        (OfNothing, "takes nothing: let it take spec"),
    ],
)
def test_what_is_no_model_is_refused_with_the_way_out(it: Any, sentence: str, build: Any) -> None:
    with pytest.raises(Unsupported, match=sentence):
        _predicted(build(it))


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (None, r"say where it is, as in model=my_module:build"),
        ("mine", "model=mine must be MODULE:NAME, as in my_module:build, or a file that ends in .nir"),
        ("a:b:c", "must be MODULE:NAME"),
        (":b", "must be MODULE:NAME"),
        ("no_such_module:build", "there is no module no_such_module; run from the folder that holds it"),
        ("math:build", "module math has no build; name a model"),
        ("no_such.nir", r"model=no_such.nir does not exist"),
    ],
)
def test_a_name_that_names_nothing_is_refused(model: str | None, sentence: str) -> None:
    with pytest.raises(Unsupported, match=sentence):
        custom.build(custom.Config(model), SPEC)


@pytest.mark.parametrize(("name", "value"), [("time_steps", 0), ("dt", 0.0)])
def test_numbers_of_a_graph_are_positive(name: str, value: float) -> None:
    with pytest.raises(Unsupported, match=rf"paradigm.{name}={value} must be"):
        custom.Config("net.nir", **{name: value})


def test_training_goes_on_from_the_weights_of_a_graph(tmp_path: Path) -> None:
    model = snn.build(snn.Config(hidden=(8,), time_steps=6), SPEC)
    params, state = model.init(jax.random.key(1))
    nir.write(tmp_path / "net.nir", to_nir(model, params, state))
    built = custom.build(custom.Config(str(tmp_path / "net.nir"), time_steps=6), SPEC)
    expected = model.apply(params, state, INPUTS, key=jax.random.key(0), train=False).prediction
    # From step to step a graph rounds what the decay was.
    np.testing.assert_allclose(_predicted(built), expected, atol=1e-5)


def test_a_file_that_is_no_graph_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.nir").write_text("words")
    with pytest.raises(Unsupported, match=r"words.nir is no NIR file .*: write it anew"):
        custom.build(custom.Config(str(tmp_path / "words.nir")), SPEC)


def test_a_graph_for_another_task_is_refused(tmp_path: Path) -> None:
    model = snn.build(snn.Config(hidden=(8,)), SPEC)
    nir.write(tmp_path / "net.nir", to_nir(model, *model.init(jax.random.key(1))))
    other = Spec(jax.ShapeDtypeStruct((8, 8, 1), jnp.float32), "classification", 10)
    with pytest.raises(Unsupported, match=r"the graph takes \[4\] values a step and gives 3"):
        custom.build(custom.Config(str(tmp_path / "net.nir")), other)
