"""The transformer keeps the interface's promises."""

from __future__ import annotations

import itertools
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from paradigms.interface import Paradigm, Spec, Unsupported
from paradigms.transformer import Config, build, each_block

_IMAGE = Spec(jax.ShapeDtypeStruct((4, 4, 1), jnp.float32), "classification", 3)
_TEXT = Spec(jax.ShapeDtypeStruct((6,), jnp.int32), "language", 7)
_SMALL = Config(width=8, layers=2, heads=2, hidden=12)
_KEY = jax.random.key(0)


def test_building_allocates_nothing() -> None:
    before = {id(array) for array in jax.live_arrays()}
    paradigm = build(Config(width=4096, layers=100, heads=32), _IMAGE)
    new = [array for array in jax.live_arrays() if id(array) not in before]
    assert sum(array.size for array in new) < 100
    assert isinstance(paradigm, Paradigm)


@pytest.mark.parametrize("layers", [2, 5])
def test_init_is_pure_and_draws_every_layer_from_the_key(layers: int) -> None:
    paradigm = build(replace(_SMALL, layers=layers), _IMAGE)
    init = jax.jit(paradigm.init)
    abstract, variables, other = jax.eval_shape(paradigm.init, _KEY), init(_KEY), init(jax.random.key(1))
    assert jax.tree.structure(abstract) == jax.tree.structure(variables)
    for promised, leaf in zip(jax.tree.leaves(abstract), jax.tree.leaves(variables), strict=True):
        assert (promised.shape, promised.dtype) == (leaf.shape, leaf.dtype)
    kernels, others = (
        [block["attention"]["output"]["kernel"] for block in each_block(drawn.params["blocks"], layers)]
        for drawn in (variables, other)
    )
    assert all(kernel.shape == (8, 8) for kernel in kernels)
    for one, two in itertools.combinations([*kernels, *others], 2):
        assert not np.allclose(one, two)


def test_variables_are_floats_in_nested_dicts_without_generators() -> None:
    params, state = jax.eval_shape(build(Config(width=8, heads=2, dropout=0.5), _TEXT).init, _KEY)
    assert state == {}
    leaves = jax.tree_util.tree_leaves_with_path(params)
    assert all(leaf.dtype == jnp.float32 for _, leaf in leaves)
    names = {jax.tree_util.keystr(path) for path, _ in leaves}
    assert "['blocks'][1]['attention']['query_key_value']['kernel']" in names
    assert "['token_embedding']" in names


@pytest.mark.parametrize("norm", ["layer", "rms"])
def test_matrices_decay_and_nothing_else(norm: str) -> None:
    for spec in (_IMAGE, _TEXT):
        paradigm = build(Config(width=8, heads=2, positions="learned", norm=norm), spec)
        params = jax.eval_shape(paradigm.init, _KEY).params
        mask = paradigm.weight_decay_mask(params)
        assert jax.tree.structure(mask) == jax.tree.structure(params)
        for path, decays in jax.tree_util.tree_leaves_with_path(mask):
            assert decays == (path[-1].key in ("kernel", "token_embedding")), jax.tree_util.keystr(path)
        assert mask["positions"] is False
        assert mask["blocks"][0]["attention_norm"]["scale"] is False


@pytest.mark.parametrize("spec", [_IMAGE, _TEXT, Spec(jax.ShapeDtypeStruct((9, 2), jnp.bool_), "regression", 2)])
def test_prediction_shapes(spec: Spec) -> None:
    paradigm = build(_SMALL, spec)
    params, state = jax.eval_shape(paradigm.init, _KEY)
    inputs = jax.ShapeDtypeStruct((5, *spec.inputs.shape), spec.inputs.dtype)
    output = jax.eval_shape(
        lambda params, inputs, key: paradigm.apply(params, state, inputs, key=key, train=True), params, inputs, _KEY
    )
    time = spec.inputs.shape if spec.kind == "language" else ()
    assert output.prediction.shape == (5, *time, spec.outputs)
    assert output.penalty.shape == ()


def test_rotary_positions_that_do_not_fit_are_refused() -> None:
    with pytest.raises(Unsupported, match="use positions=learned"):
        build(Config(width=12, heads=2, positions="rotary"), _IMAGE)


def test_dropout_follows_the_key_and_is_off_outside_training() -> None:
    paradigm = build(Config(width=8, heads=2, dropout=0.3), _IMAGE)
    params, state = jax.jit(paradigm.init)(_KEY)
    images = jax.random.uniform(_KEY, (2, 4, 4, 1))
    apply = jax.jit(paradigm.apply, static_argnames="train")

    def predict(seed: int, train: bool) -> jax.Array:
        return apply(params, state, images, key=jax.random.key(seed), train=train).prediction

    np.testing.assert_array_equal(predict(1, True), predict(1, True))
    assert not np.allclose(predict(1, True), predict(2, True))
    np.testing.assert_array_equal(predict(1, False), predict(2, False))
    assert not np.allclose(predict(1, True), predict(1, False))
