"""Attention with heads before tokens against float64 NumPy, and where it is used."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from hypothesis import given, settings
from hypothesis import strategies as st

from paradigms.target import Target, aimed_at
from paradigms.transformer import Config, attention
from paradigms.transformer.attention import Attention, Projected, attend_heads_first


def drawn(batch: int, tokens: int, heads: int, groups: int, width: int, dtype: type = np.float64) -> Projected:
    rng = np.random.default_rng(batch + 10 * tokens + 100 * heads)
    shapes = [(batch, tokens, count, width) for count in (heads, groups, groups)]
    return Projected(*(2 * rng.normal(size=shape).astype(dtype) for shape in shapes))


def by_loops(projected: Projected, causal: bool) -> np.ndarray:
    queries, keys, values = (np.asarray(one, np.float64) for one in projected)
    batch, tokens, heads, width = queries.shape
    shared = heads // keys.shape[2]
    mixed = np.zeros_like(queries)
    for example, token, head in np.ndindex(batch, tokens, heads):
        seen = token + 1 if causal else tokens
        of = example, slice(seen), head // shared
        scores = np.exp(keys[of] @ queries[example, token, head] / math.sqrt(width))
        mixed[example, token, head] = (scores / scores.sum()) @ values[of]
    return mixed


@settings(deadline=None, max_examples=4)
@given(
    batch=st.integers(1, 2),
    tokens=st.integers(1, 5),
    groups=st.integers(1, 2),
    shared=st.integers(1, 3),
    width=st.integers(1, 4),
    causal=st.booleans(),
)
def test_every_head_reads_what_numpy_s_reads(batch, tokens, groups, shared, width, causal) -> None:
    projected = drawn(batch, tokens, groups * shared, groups, width)
    with jax.enable_x64(True):
        found = attend_heads_first(Projected(*map(jnp.asarray, projected)), causal=causal)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, by_loops(projected, causal), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("causal", [True, False])
def test_the_gradient_is_that_of_jax_s_own_attention(causal: bool) -> None:
    projected = drawn(2, 6, 4, 2, 8, np.float32)

    def gradient(attend) -> Projected:
        given = Projected(*map(jnp.asarray, projected))
        return jax.jit(jax.grad(lambda given: jnp.sum(jnp.sin(attend(given)))))(given)

    ours = gradient(lambda given: attend_heads_first(given, causal=causal))
    theirs = gradient(lambda given: jax.nn.dot_product_attention(*given, is_causal=causal))
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_narrow_operands_are_summed_in_float32() -> None:
    projected = Projected(*(jnp.asarray(one, jnp.bfloat16) for one in drawn(1, 64, 2, 2, 16)))
    found = attend_heads_first(projected, causal=True)
    assert found.dtype == jnp.bfloat16
    # Weights and results are rounded to 8 bits, which is all.
    np.testing.assert_allclose(np.asarray(found, np.float64), by_loops(projected, True), rtol=0.02, atol=0.02)


def test_a_program_for_another_machine_is_jax_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Attention(Config(width=8, heads=2), causal=True, rngs=nnx.Rngs(0))
    tokens = jnp.ones((1, 3, 8))
    here = model(tokens, None)

    def refuse(*_, **__):
        raise AssertionError("heads first")

    monkeypatch.setattr(attention, "attend_heads_first", refuse)
    with pytest.raises(AssertionError, match="heads first"):
        model(tokens, None)
    with aimed_at(Target("gpu", 1, 2**30)):
        np.testing.assert_allclose(model(tokens, None), here, rtol=1e-5, atol=1e-6)
