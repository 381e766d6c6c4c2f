"""The step: one pure function from a state and a batch to the next state and its metrics.

It is jitted with the state donated. It knows nothing of the clock, of logs or of checkpoints (see ``trainer.py``), and
measures nothing that training does not need (see ``probes/``).
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, PyTree

from training.data.split import Batch
from training.gradients import Estimator, accumulated
from training.objective import Objective
from training.state import TrainState

Metrics = dict[str, Array]
Step = Callable[[TrainState, Batch], tuple[TrainState, Metrics]]

FINITE = "finite"
"""The metric that carries one flag a checked array, in the order of :func:`checked_names`."""


def _checked(loss: PyTree, gradient: PyTree, state: TrainState) -> dict[str, PyTree]:
    return {
        "loss": loss,
        "gradient": gradient,
        "params": state.params,
        "model_state": state.model_state,
        "optimizer_state": state.optimizer_state,
    }


def _is_float(leaf: Array | jax.ShapeDtypeStruct) -> bool:
    return jnp.issubdtype(leaf.dtype, jnp.inexact)


def checked_names(state: TrainState) -> list[str]:
    """What each flag of the metric ``finite`` speaks of, e.g. ``gradient['hidden'].weight``."""
    checked = _checked(jnp.zeros(()), state.params, state)
    return [
        name + jax.tree_util.keystr(path)
        for name, tree in checked.items()
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree)
        if _is_float(leaf)
    ]


def _finite_flags(checked: dict[str, PyTree]) -> Bool[Array, " arrays"]:
    leaves = [leaf for tree in checked.values() for leaf in jax.tree.leaves(tree) if _is_float(leaf)]
    return jnp.stack([jnp.all(jnp.isfinite(leaf)) for leaf in leaves])


def make_step(
    objective: Objective, estimator: Estimator, optimizer: optax.GradientTransformation, microbatches: int = 1
) -> Step:
    """Build the step.

    An update after which anything is not finite is suppressed: the state, its ``step`` included, stays as it was, and
    the metric ``finite`` says which arrays were at fault.
    """
    estimate = accumulated(estimator, microbatches)

    def step(state: TrainState, batch: Batch) -> tuple[TrainState, Metrics]:
        key = jax.random.fold_in(state.key, state.step)
        (loss, auxiliary), gradient = estimate(objective, state.params, state.model_state, batch, key)
        updates, optimizer_state = optimizer.update(gradient, state.optimizer_state, state.params)
        updated = TrainState(
            step=state.step + 1,
            params=optax.apply_updates(state.params, updates),
            model_state=auxiliary.model_state,
            optimizer_state=optimizer_state,
            key=state.key,
        )
        finite = _finite_flags(_checked(loss, gradient, updated))
        # A reduction of one flag each, fused into the choice of every array, would be most of a small program.
        sound = finite[jnp.argmin(finite)]
        kept = jax.tree.map(lambda new, old: jnp.where(sound, new, old), updated, state)
        metrics = {
            "train/loss": loss,
            "gradient/norm": optax.tree.norm(gradient),
            **auxiliary.metrics,
            FINITE: finite,
        }
        return kept, metrics

    return step
