from __future__ import annotations

import jax
import jax.numpy as jnp

from training.probes.product_types import product_types

SINGLE = jax.ShapeDtypeStruct((4, 4), jnp.float32)
HALF = jax.ShapeDtypeStruct((4, 4), jnp.bfloat16)


def test_types_are_those_of_operands_of_products_alone():
    assert product_types(lambda a, b: (a @ a).sum() + b.astype(jnp.float32).sum(), SINGLE, HALF) == {"float32"}
    assert product_types(lambda a, b: (a @ a).sum() + (b @ b).sum(), SINGLE, HALF) == {"float32", "bfloat16"}
    assert product_types(lambda a: a + 1, SINGLE) == set()


def test_products_within_loops_branches_and_gradients_are_found():
    def looped(b: jax.Array) -> jax.Array:
        return jax.lax.scan(lambda c, _: (jax.lax.cond(c[0, 0] > 0, lambda: c @ c, lambda: c), None), b, None, 3)[
            0
        ].sum()

    assert product_types(jax.jit(jax.grad(looped)), HALF) == {"bfloat16"}


def test_complex_and_mixed_operands_count_as_the_real_numbers_in_them():
    spikes = jax.ShapeDtypeStruct((4, 4), jnp.bool_)
    assert product_types(lambda a: a @ a, jax.ShapeDtypeStruct((4, 4), jnp.complex64)) == {"float32"}
    assert product_types(lambda s, a: jax.lax.dot(s, a, preferred_element_type=jnp.float32), spikes, HALF) <= {
        "bfloat16"
    }
    assert product_types(lambda a: a @ a, jax.ShapeDtypeStruct((4, 4), jnp.int8)) == set()
