"""Products of whole numbers by qwix: where it is installed what they are, and where it is not the way out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from paradigms.interface import Spec, Unsupported
from paradigms.transformer import Config, build

SPEC = Spec(jax.ShapeDtypeStruct((4, 4, 1), jnp.float32), "classification", 3)
SMALL: dict[str, Any] = {"width": 8, "heads": 2, "patch": 2}
IMAGES = jnp.asarray(np.random.default_rng(0).uniform(size=(5, 4, 4, 1)), jnp.float32)


def test_without_qwix_there_is_one_sentence_before_anything_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "qwix", None)
    with pytest.raises(Unsupported, match=r'paradigm\.quantisation needs qwix.*pip install -e "\.\[qwix\]"'):
        build(Config(**SMALL, quantisation="w8a8"), SPEC)


def test_without_quantisation_qwix_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "qwix", None)
    assert build(Config(**SMALL), SPEC).name == "transformer"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("w4a4", r"quantisation=w4a4 asks for activations of 4 bits.*on a CPU: choose one of w8a8, w4a8"),
        ("w8a4", r"quantisation=w8a4 asks for activations of 4 bits"),
        ("int8", r"quantisation=int8 must be one of w8a8, w4a8, or null for floating point"),
    ],
)
def test_other_formats_are_refused(name: str, sentence: str) -> None:
    with pytest.raises(Unsupported, match=sentence):
        Config(quantisation=name)


def products(jaxpr: Any) -> Iterator[tuple[str, str]]:
    """Types of the operands of every product, of the programs inside too."""
    for equation in jaxpr.eqns:
        if equation.primitive.name == "dot_general":
            yield tuple(str(operand.aval.dtype) for operand in equation.invars)
        for inner in jax.tree.leaves(equation.params, is_leaf=lambda value: hasattr(value, "eqns")):
            if hasattr(inner, "eqns") or hasattr(inner, "jaxpr"):
                yield from products(getattr(inner, "jaxpr", inner))


@pytest.mark.parametrize(
    ("name", "settings"),
    [("w8a8", {"layers": 1}), ("w4a8", {"layers": 1}), ("w4a8", {"layers": 5, "differentiation": "checkpointed"})],
)
def test_products_with_weights_are_of_bytes_and_the_gradient_reaches_all(name: str, settings: dict[str, Any]) -> None:
    pytest.importorskip("qwix", reason="an optional extra")
    paradigm, floating = (build(Config(**SMALL, **settings, quantisation=one), SPEC) for one in (name, None))
    params, state = paradigm.init(jax.random.key(0))
    assert jax.tree.structure(params) == jax.tree.structure(floating.init(jax.random.key(0)).params)

    def logits(params: Any) -> Any:
        return paradigm.apply(params, state, IMAGES, key=jax.random.key(1), train=True).prediction

    found = list(products(jax.make_jaxpr(logits)(params).jaxpr))
    of_bytes = [pair for pair in found if pair == ("int8", "int8")]
    # Four in a block, the embedding and the read-out; of tokens with tokens there are two, in floating point.
    blocks = 1 if settings["layers"] > 4 else settings["layers"]
    assert (len(of_bytes), len(found)) == (4 * blocks + 2, 6 * blocks + 2)
    assert not any("int4" in pair for pair in found), "XLA refuses such a product on a CPU"
    gradient = jax.jit(jax.grad(lambda params: jnp.sum(logits(params) ** 2)))(params)
    assert all(np.isfinite(leaf).all() and np.any(leaf != 0) for leaf in jax.tree.leaves(gradient))


def test_a_product_is_rounded_as_it_is_by_hand() -> None:
    """A step is the largest magnitude of a token by 127.5, and that of an output's weights by as many, or by 7."""
    pytest.importorskip("qwix", reason="an optional extra")
    from flax import nnx

    from paradigms.transformer.dense import Dense
    from paradigms.transformer.quantisation import quantised

    random = np.random.default_rng(1)
    inputs, kernel = random.normal(size=(6, 8)).astype(np.float32), random.normal(size=(8, 3)).astype(np.float32)
    # Positive, so that half a step above 127 is cut off, whichever way it is rounded.
    inputs[:, 0], kernel[0] = 4.0, 3.0

    class Alone(nnx.Module):
        def __init__(self) -> None:
            self.dense = Dense(8, 3, rngs=nnx.Rngs(0))
            self.dense.kernel[...] = jnp.asarray(kernel)

        def __call__(self, inputs: Any, *, key: Any, train: bool) -> Any:
            return self.dense(inputs)

    spec = Spec(jax.ShapeDtypeStruct((8,), jnp.float32), "regression", 3)
    for name, levels in (("w8a8", 127.5), ("w4a8", 7)):
        model = quantised(Alone(), name, spec)
        assert callable(model)
        found = model(jnp.asarray(inputs), key=jax.random.key(0), train=True)
        row, column = np.abs(inputs).max(1, keepdims=True) / 127.5, np.abs(kernel).max(0, keepdims=True) / levels
        whole = np.clip(np.rint(kernel / column), -128, 127)
        assert len(np.unique(whole)) <= (15 if name == "w4a8" else 256)
        sums = np.clip(np.rint(inputs / row), -128, 127) @ whole
        np.testing.assert_allclose(found, sums * row * column, rtol=1e-5, atol=1e-5)
