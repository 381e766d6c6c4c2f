"""What the adapters have in common: functions made into a paradigm, and the defaults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray, PyTree

from paradigms.interface import Cost, Output, Unsupported, Variables, Work, require

# Nothing is known of what a model of the user's own costs.
UNKNOWN_COST = Cost(forward=Work(), gradient=Work())


def decay_matrices(params: PyTree) -> PyTree[bool]:
    """Weight decay on leaves of rank 2 or more."""
    return jax.tree.map(lambda leaf: leaf.ndim >= 2, params)


def decay_nothing(params: PyTree) -> PyTree[bool]:
    """No weight decay."""
    return jax.tree.map(lambda _: False, params)


@contextmanager
def in_a_sentence(what: str, way_out: str) -> Iterator[None]:
    """Inside, what code of the user's own raises is a refusal that says so; its traceback is kept as the cause.

    Args:
        what: What cannot be done, as the beginning of a sentence.
        way_out: What can be done instead.

    Raises:
        Unsupported: In the place of any other error.
    """
    try:
        yield
    except Unsupported:
        raise
    except Exception as error:
        reason = next(iter(str(error).splitlines()), "")
        raise Unsupported(f"{what} ({type(error).__name__}: {reason}); {way_out}") from error


def require_array(name: str, prediction: Any) -> None:
    """Refuse a model that returns anything but its prediction.

    Raises:
        Unsupported: It is no array.
    """
    require(
        hasattr(prediction, "dtype"),
        f"{name} returns a {type(prediction).__name__}, where a prediction is one array [batch, outputs]: return the "
        "logits or values alone",
    )


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
        require_array(self.name, prediction)
        return Output(prediction, state, jnp.zeros((), prediction.dtype), {})

    def weight_decay_mask(self, params: PyTree) -> PyTree[bool]:
        """True for each leaf that weight decay applies to."""
        return self.decay(params)

    def cost(self) -> Cost:
        """The cost given to the adapter; unknown unless one was."""
        return self.given_cost
