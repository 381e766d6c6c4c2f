"""Programs that share a context stay apart."""

import jax
import jax.numpy as jnp
from jax.extend.core import Primitive
from jax.interpreters import mlir


def test_a_program_that_is_compiled_while_another_is_written_is_one_of_its_own():
    """As where JAX computes a table of constants in the middle of a lowering."""
    tripled = Primitive("tripled")
    tripled.def_abstract_eval(lambda x: x)

    def lowering(context, x):
        factor = float(jax.jit(jnp.sum)(jnp.ones(3)))
        return mlir.lower_fun(lambda x: factor * x, multiple_results=False)(context, x)

    mlir.register_lowering(tripled, lowering)
    assert float(jax.jit(tripled.bind)(jnp.float32(2.0))) == 6.0
