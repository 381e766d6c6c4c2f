"""What the adapters have in common: functions made into a paradigm, and the defaults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray, PyTree

from paradigms.interface import Cost, Output, Variables, Work

# Nothing is known of what a model of the user's own costs.
UNKNOWN_COST = Cost(forward=Work(), gradient=Work())


def decay_matrices(params: PyTree) -> PyTree[bool]:
    """Weight decay on leaves of rank 2 or more."""
    return jax.tree.map(lambda leaf: leaf.ndim >= 2, params)


def decay_nothing(params: PyTree) -> PyTree[bool]:
    """No weight decay."""
    return jax.tree.map(lambda _: False, params)


@dataclass(frozen=True)
class Adapted:
    """A paradigm made of functions; no penalty, no telemetry.

    Attributes:
        draw: Key to initial variables.
        predict: ``(params, state, inputs, key, train) -> (prediction, state)`` on a batch.
        decay: Parameters to the mask of weight decay.
        given_cost: What ``cost()`` answers.
    """

    name: str
    batch_coupled: bool
    draw: Callable[[PRNGKeyArray], Variables]
    predict: Callable[[PyTree, PyTree, PyTree, PRNGKeyArray, bool], tuple[Array, PyTree]]
    decay: Callable[[PyTree], PyTree[bool]]
    given_cost: Cost
    notes: tuple[str, ...] = ()

    def init(self, key: PRNGKeyArray) -> Variables:
        """Draw initial variables."""
        return self.draw(key)

    def apply(self, params: PyTree, state: PyTree, inputs: PyTree[Array], *, key: PRNGKeyArray, train: bool) -> Output:
        """Apply the model to a batch."""
        prediction, state = self.predict(params, state, inputs, key, train)
        return Output(prediction, state, jnp.zeros((), prediction.dtype), {})

    def weight_decay_mask(self, params: PyTree) -> PyTree[bool]:
        """True for each leaf that weight decay applies to."""
        return self.decay(params)

    def cost(self) -> Cost:
        """The cost given to the adapter; unknown unless one was."""
        return self.given_cost
