"""XLA, through the JAX that this project runs on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Num

PACKAGES = ("jax", "jaxlib")
DTYPE = "float32, int8 or int32"
LAYOUT = ("NHWC", "HWIO", "NHWC")


def compile(
    kernel: str,
    inputs: Int[np.ndarray, "*inputs"],
    weights: Int[np.ndarray, "*weights"],
    expected: Int[np.ndarray, "*outputs"],
) -> tuple[Callable[[], tuple[int]], Any]:
    """The step, ready to run, and XLA's analysis of its memory; see ``eval/peers/worker.py``.

    Args:
        kernel: ``dot`` or ``conv``, and the type of its operands: ``dot int8``.
        inputs: The left operand.
        weights: The right operand.
        expected: The product of whole numbers.
    """
    operation, dtype = kernel.split()
    operands = jnp.asarray(inputs, dtype), jnp.asarray(weights, dtype)
    sums = jnp.float32 if dtype == "float32" else jnp.int32

    def product(left: Num[Array, "*inputs"], right: Num[Array, "*weights"]) -> Num[Array, "*outputs"]:
        if operation == "dot":
            return jnp.matmul(left, right, preferred_element_type=sums)
        return jax.lax.conv_general_dilated(
            left, right, (1, 1), "SAME", dimension_numbers=LAYOUT, preferred_element_type=sums
        )

    compiled = jax.jit(product).lower(*operands).compile()
    wrong = int(np.count_nonzero(np.asarray(compiled(*operands)) != expected))

    def step() -> tuple[int]:
        jax.block_until_ready(compiled(*operands))
        return (wrong,)

    return step, compiled.memory_analysis()
