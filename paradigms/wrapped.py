"""A paradigm around another, and one that starts from variables that are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jaxtyping import Array, PRNGKeyArray, PyTree

from paradigms.interface import ChecksInputs, Cost, InputCheck, Output, Paradigm, Variables


@dataclass(frozen=True)
class Wrapped:
    """A paradigm that does as another does; a subclass changes what it is for.

    Attributes:
        paradigm: The other.
    """

    paradigm: Paradigm

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
        """Apply the paradigm to a batch."""
        return self.paradigm.apply(params, state, inputs, key=key, train=train)

    def weight_decay_mask(self, params: PyTree) -> PyTree[Any]:
        """Return which leaves weight decay applies to."""
        return self.paradigm.weight_decay_mask(params)

    def cost(self) -> Cost:
        """Return the cost of one example."""
        return self.paradigm.cost()

    def input_check(self) -> InputCheck | None:
        """Return the paradigm's check of inputs, if it has one."""
        return self.paradigm.input_check() if isinstance(self.paradigm, ChecksInputs) else None


@dataclass(frozen=True)
class Started(Wrapped):
    """A paradigm whose training goes on from variables that are there, whatever the seed.

    Attributes:
        variables: Where it starts.
    """

    variables: Variables

    def init(self, key: PRNGKeyArray) -> Variables:
        """Return the variables."""
        return self.variables
