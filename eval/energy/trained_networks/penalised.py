"""A paradigm whose penalty has a weight that may be traced: one program trains members of different weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from paradigms.interface import Output
from paradigms.wrapped import Wrapped


@dataclass(frozen=True)
class Penalised(Wrapped):
    """A paradigm, of whose penalty, of weight 1, a multiple is added to the loss.

    Attributes:
        weight: The weight of that penalty; a number, or a traced one.
    """

    weight: float | np.floating | Float[Array, ""]

    def apply(self, params: PyTree, state: PyTree, inputs: PyTree[Array], *, key: PRNGKeyArray, train: bool) -> Output:
        """Apply the paradigm to a batch, and multiply its penalty."""
        output = self.paradigm.apply(params, state, inputs, key=key, train=train)
        return output._replace(penalty=self.weight * output.penalty)
