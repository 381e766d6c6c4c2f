"""The spiking network as the training loop sees it."""

from __future__ import annotations

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from programs import applied, initialised
from sklearn.datasets import load_digits

from paradigms.interface import Paradigm, Spec
from paradigms.snn import Config, build
from paradigms.snn.model import SNN

KEY = jax.random.key(0)
SPEC = Spec(jax.ShapeDtypeStruct((4, 3), jnp.float32), "classification", 5)


def _small(**settings) -> SNN:
    return build(Config(**{"hidden": (6, 4), "time_steps": 5, **settings}), SPEC)


def _images(batch: int = 3) -> jax.Array:
    return jnp.asarray(np.random.default_rng(0).random((batch, 4, 3)), jnp.float32)


def test_it_is_a_paradigm_and_can_be_hashed_for_jit():
    assert isinstance(_small(), Paradigm)
    assert hash(_small()) == hash(_small())


def test_parameters_have_readable_names_and_float_leaves():
    params, state = _small().init(KEY)
    paths = {jax.tree_util.keystr(path): leaf for path, leaf in jax.tree_util.tree_leaves_with_path(params)}
    assert {name: leaf.shape for name, leaf in paths.items()} == {
        "['hidden[0].connection.weight']": (12, 6),
        "['hidden[0].connection.bias']": (6,),
        "['hidden[0].neuron.leak.logit']": (6,),
        "['hidden[1].connection.weight']": (6, 4),
        "['hidden[1].connection.bias']": (4,),
        "['hidden[1].neuron.leak.logit']": (4,),
        "['readout_connection.weight']": (4, 5),
        "['readout_connection.bias']": (5,),
        "['readout.leak.logit']": (5,),
    }
    assert all(leaf.dtype == jnp.float32 for leaf in paths.values())
    assert state == {}


def test_only_weights_decay():
    paradigm = _small()
    mask = paradigm.weight_decay_mask(paradigm.init(KEY).params)
    assert {name for name, decays in mask.items() if decays} == {
        "hidden[0].connection.weight",
        "hidden[1].connection.weight",
        "readout_connection.weight",
    }
    assert mask.keys() == paradigm.init(KEY).params.keys()


def test_fixed_decays_are_state_and_shared_ones_are_single():
    params, state = _small(learn_decay=False, decay_per="layer").init(KEY)
    assert not any("leak" in name for name in params)
    assert {name: leaf.shape for name, leaf in state.items()} == {
        "hidden[0].neuron.leak.logit": (1,),
        "hidden[1].neuron.leak.logit": (1,),
        "readout.leak.logit": (1,),
    }
    output = _small(learn_decay=False, decay_per="layer").apply(params, state, _images(), key=KEY, train=True)
    jax.tree.map(np.testing.assert_array_equal, output.state, state)


def test_build_and_abstract_evaluation_allocate_nothing():
    spec = Spec(jax.ShapeDtypeStruct((1 << 20,), jnp.float32), "classification", 10)
    paradigm = build(Config(hidden=(1 << 20,)), spec)  # 4 TiB of weights
    variables = jax.eval_shape(paradigm.init, KEY)
    inputs = jax.ShapeDtypeStruct((2, 1 << 20), jnp.float32)
    output = jax.eval_shape(lambda p, s, x: paradigm.apply(p, s, x, key=KEY, train=True), *variables, inputs)
    assert output.prediction.shape == (2, 10)
    assert output.penalty.shape == ()


def test_init_is_a_pure_function_of_the_key():
    first, again = _small().init(KEY), jax.jit(_small().init)(KEY)
    jax.tree.map(np.testing.assert_array_equal, first, again)
    other = _small().init(jax.random.key(1))
    assert (first.params["readout_connection.weight"] != other.params["readout_connection.weight"]).any()


@pytest.mark.parametrize("encoding", ["direct", "rate", "latency"])
def test_apply_is_deterministic_given_its_key_and_the_same_under_jit(encoding: str):
    paradigm = _small(encoding=encoding)
    params, state = initialised(paradigm, KEY)
    params = {name: 2 * value for name, value in params.items()}

    def predict(key):
        return paradigm.apply(params, state, _images(), key=key, train=True).prediction

    compiled = jax.jit(predict)
    np.testing.assert_array_equal(compiled(KEY), compiled(KEY))
    np.testing.assert_allclose(compiled(KEY), predict(KEY), rtol=1e-5, atol=1e-6)
    differs = bool((compiled(KEY) != compiled(jax.random.key(1))).any())
    assert differs == (encoding == "rate")


@pytest.mark.parametrize(("differentiation", "encoding"), [("bptt", "direct"), ("checkpointed", "latency")])
def test_the_mean_of_per_example_gradients_is_the_gradient_of_the_mean(differentiation: str, encoding: str):
    paradigm = _small(differentiation=differentiation, encoding=encoding, rate_penalty=0.5)
    assert not paradigm.batch_coupled
    params, state = initialised(paradigm, KEY)
    params = {name: 2 * value for name, value in params.items()}

    def loss(params, images):
        output = paradigm.apply(params, state, images, key=KEY, train=True)
        return jnp.square(output.prediction - 1).sum(-1).mean() + output.penalty

    whole = jax.jit(jax.grad(loss))(params, _images())
    each = jax.jit(jax.vmap(jax.grad(loss), in_axes=(None, 0)))(params, _images()[:, None])
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a.mean(0), b, rtol=1e-4, atol=1e-6), each, whole)


@pytest.mark.parametrize("steps", [1, 2, 99])
def test_steps_run_together_change_nothing(steps: int):
    params, state = initialised(_small(), KEY)
    plain, blocked = (
        applied(paradigm, params, state, _images(), key=KEY, train=True).prediction
        for paradigm in (_small(), _small(block_steps=steps))
    )
    np.testing.assert_allclose(blocked, plain, rtol=1e-6)


def test_it_learns_digits():
    digits = load_digits()
    images, labels = (digits.images / 16).astype(np.float32)[..., None], digits.target
    spec = Spec(jax.ShapeDtypeStruct((8, 8, 1), jnp.float32), "classification", 10)
    paradigm = build(Config(hidden=(64,), time_steps=8), spec)
    params, state = initialised(paradigm, KEY)
    optimizer = optax.adam(5e-3)
    optimizer_state = optimizer.init(params)

    def loss(params, images, labels):
        prediction = paradigm.apply(params, state, images, key=KEY, train=True).prediction
        return optax.softmax_cross_entropy_with_integer_labels(prediction, labels).mean()

    @jax.jit
    def step(params, optimizer_state, images, labels):
        updates, optimizer_state = optimizer.update(jax.grad(loss)(params, images, labels), optimizer_state)
        return optax.apply_updates(params, updates), optimizer_state

    order = np.random.default_rng(0).permutation(len(images))
    for start in range(150):
        chosen = order[64 * (start % 20) :][:64]
        params, optimizer_state = step(params, optimizer_state, images[chosen], labels[chosen])
    held_out = order[1280:]
    output = applied(paradigm, params, state, jnp.asarray(images[held_out]), key=KEY, train=False)
    assert (output.prediction.argmax(-1) == labels[held_out]).mean() > 0.93


def test_importing_it_imports_neither_pennylane_nor_flax():
    program = "import sys, paradigms.snn; print([name for name in ('pennylane', 'flax') if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
