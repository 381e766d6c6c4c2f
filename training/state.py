"""Everything that changes during training, in one pytree."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Int, PRNGKeyArray, PyTree, UInt32

from paradigms.interface import Paradigm


class TrainState(NamedTuple):
    """The carry of the training step.

    Attributes:
        step: Completed updates, ``int32[]``.
        params: What is trained.
        model_state: What the model carries and does not train.
        optimizer_state: Optax's own.
        key: The key of the run. It never changes: the key of an update is ``fold_in(key, step)``, so a resumed run
            draws the same numbers.
    """

    step: Int[Array, ""]
    params: PyTree
    model_state: PyTree
    optimizer_state: PyTree
    key: PRNGKeyArray


def init_state(
    paradigm: Paradigm, optimizer: optax.GradientTransformation, seed: int | UInt32[Array, ""]
) -> TrainState:
    """The state before the first update. Pure in ``seed``; works under ``jax.eval_shape``."""
    init_key, run_key = jax.random.split(jax.random.key(seed))
    variables = paradigm.init(init_key)
    return TrainState(
        step=jnp.zeros((), jnp.int32),
        params=variables.params,
        model_state=variables.state,
        optimizer_state=optimizer.init(variables.params),
        key=run_key,
    )
