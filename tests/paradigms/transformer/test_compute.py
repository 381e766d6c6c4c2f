"""Products of bfloat16 over parameters of float32."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from paradigms.interface import Spec
from paradigms.transformer import Config, build

IMAGE = Spec(jax.ShapeDtypeStruct((6, 6, 1), jnp.float32), "classification", 3)
TEXT = Spec(jax.ShapeDtypeStruct((6,), jnp.int32), "language", 7)
KEY = jax.random.key(0)
LLAMA: dict[str, Any] = {"key_value_heads": 1, "norm": "rms", "feed_forward": "swiglu", "tied": True, "bias": False}
MODELS = {
    "llama": (TEXT, LLAMA),
    "image": (IMAGE, {"positions": "learned"}),
    "text": (TEXT, {}),
    "stacked": (TEXT, {**LLAMA, "layers": 5}),
}
IN_CI = ("llama",)


def both(spec: Spec, settings: dict[str, Any]) -> tuple[Any, Any, Any, jax.Array]:
    """The model in bfloat16 and in float32, their parameters, which are the same, and inputs."""
    shape = {"width": 16, "layers": 1, "heads": 2, **settings}
    narrow, wide = build(Config(**shape, compute="bfloat16"), spec), build(Config(**shape), spec)
    params = jax.jit(narrow.init)(KEY).params
    rng = np.random.default_rng(0)
    if spec is TEXT:
        return narrow, wide, params, jnp.asarray(rng.integers(0, 7, (4, 6)), jnp.int32)
    return narrow, wide, params, jnp.asarray(rng.uniform(size=(4, 6, 6, 1)), jnp.float32)


def operands(jaxpr: Any) -> Iterator[str]:
    """The types of the operands of all products, of the programs inside too."""
    for equation in jaxpr.eqns:
        if equation.primitive.name == "dot_general":
            yield from (str(operand.aval.dtype) for operand in equation.invars)
        for inner in jax.tree.leaves(equation.params, is_leaf=lambda value: hasattr(value, "eqns")):
            if hasattr(inner, "eqns") or hasattr(inner, "jaxpr"):
                yield from operands(getattr(inner, "jaxpr", inner))


@pytest.mark.parametrize(
    "name", [name if name in IN_CI else pytest.param(name, marks=pytest.mark.slow) for name in MODELS]
)
def test_parameters_and_gradient_stay_wide_and_every_product_is_narrow(name: str) -> None:
    narrow, wide, params, inputs = both(*MODELS[name])
    assert jax.eval_shape(wide.init, KEY).params == jax.eval_shape(narrow.init, KEY).params

    def loss(model):
        def of(params):
            logits = model.apply(params, {}, inputs, key=KEY, train=True).prediction
            assert logits.dtype == jnp.float32
            return jnp.mean(jax.nn.logsumexp(logits, axis=-1) - logits[..., 0])

        return of

    forward = jax.make_jaxpr(loss(narrow))(params)
    assert set(operands(forward.jaxpr)) == {"bfloat16"}
    gradient = jax.jit(jax.grad(loss(narrow)))(params)
    assert {leaf.dtype for leaf in jax.tree.leaves((params, gradient))} == {jnp.dtype("float32")}
    expected = jax.jit(jax.grad(loss(wide)))(params)
    for one, other in zip(jax.tree.leaves(gradient), jax.tree.leaves(expected), strict=True):
        # bfloat16 has 8 bits; many of them are summed here.
        assert np.linalg.norm(one - other) <= 0.05 * np.linalg.norm(other) + 1e-3


def test_decoding_gives_what_the_whole_sequence_gives() -> None:
    narrow, _, params, tokens = both(TEXT, LLAMA)
    variables = narrow.init(KEY)._replace(params=params)
    whole = jax.jit(lambda params: narrow.apply(params, {}, tokens, key=KEY, train=False).prediction)(params)
    logits, memory = jax.jit(lambda given: narrow.start(given, tokens[:, :4], jnp.full(4, 4), 6))(variables)
    assert memory.keys.dtype == jnp.bfloat16
    np.testing.assert_allclose(logits, whole[:, 3], atol=0.03)
    logits, _ = jax.jit(narrow.advance)(variables, tokens[:, 4], memory)
    np.testing.assert_allclose(logits, whole[:, 4], atol=0.03)
