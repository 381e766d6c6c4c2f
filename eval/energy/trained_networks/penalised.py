"""A paradigm whose penalty has a weight that may be traced: one program trains members of different weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from paradigms.interface import ChecksInputs, Cost, InputCheck, Output, Paradigm, Variables


@dataclass(frozen=True)
class Penalised:
    """A paradigm, of whose penalty a multiple is added to the loss.

    Attributes:
        paradigm: What is trained, with a penalty of weight 1.
        weight: The weight of that penalty; a number, or a traced one.
    """

    paradigm: Paradigm
    weight: float | np.floating | Float[Array, ""]

    @property
    def name(self) -> str:
        """Return the paradigm's name."""
        return self.paradigm.name

    @property
    def batch_coupled(self) -> bool:
        """Return whether one example's prediction depends on the others in its batch."""
        return self.paradigm.batch_coupled

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what was done to fit the task."""
        return self.paradigm.notes

    def init(self, key: PRNGKeyArray) -> Variables:
        """Draw initial variables."""
        return self.paradigm.init(key)

    def apply(self, params: PyTree, state: PyTree, inputs: PyTree[Array], *, key: PRNGKeyArray, train: bool) -> Output:
        """Apply the paradigm to a batch, and multiply its penalty."""
        output = self.paradigm.apply(params, state, inputs, key=key, train=train)
        return output._replace(penalty=self.weight * output.penalty)

    def weight_decay_mask(self, params: PyTree) -> PyTree[Any]:
        """Return which leaves weight decay applies to."""
        return self.paradigm.weight_decay_mask(params)

    def cost(self) -> Cost:
        """Return the cost of one example."""
        return self.paradigm.cost()

    def input_check(self) -> InputCheck | None:
        """Return the paradigm's check of inputs, if it has one."""
        return self.paradigm.input_check() if isinstance(self.paradigm, ChecksInputs) else None
