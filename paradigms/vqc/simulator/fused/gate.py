"""What every fused gate can do."""

from __future__ import annotations

import abc
from typing import NamedTuple

from jaxtyping import Array, Complex, Float, PyTree

from paradigms.vqc.simulator.statevector import StateVector


class GateParameters(NamedTuple):
    """What the gates of several layers take: angles in radians, and computed matrices."""

    angles: Float[Array, "layers angles"]
    matrices: tuple[Complex[Array, "layers _ _"], ...]


class FusedGate(abc.ABC):
    """A unitary on the register, made of native gates, with what it takes prepared beforehand.

    All trigonometry happens in :meth:`prepare`, for all layers at once: inside the loop over layers XLA would compute
    it again for every amplitude. JAX differentiates what is prepared; :meth:`gradient` says how the state depends on
    it.
    """

    @abc.abstractmethod
    def prepare(self, parameters: GateParameters) -> PyTree[Array]:
        """Make what the gate takes in every layer, on a leading axis of layers."""

    @abc.abstractmethod
    def apply(self, state: StateVector, prepared: PyTree[Array], layer: int | Array) -> StateVector:
        """Apply the gate of layer ``layer``, with what was prepared for that layer."""

    @abc.abstractmethod
    def undo(self, state: StateVector, prepared: PyTree[Array], layer: int | Array) -> StateVector:
        """Undo :meth:`apply`; this is also its transpose, for the two parts of a cotangent."""

    @abc.abstractmethod
    def gather(self, ket: StateVector, bra: StateVector) -> PyTree[Array]:
        """Gather what a gradient needs of one layer, from the state and its cotangent before the gate."""

    @abc.abstractmethod
    def gradient(self, gathered: PyTree[Array], prepared: PyTree[Array]) -> PyTree[Array]:
        """Return the cotangent of ``prepared``, from what was gathered.

        Both are of all layers, on a leading axis.
        """
