"""What every stage can do."""

from __future__ import annotations

import abc
from typing import NamedTuple

from jaxtyping import Array, Complex, Float, PyTree

from paradigms.vqc.simulator.statevector import Planes


class Numbers(NamedTuple):
    """What the gates of several layers take: angles in radians, and computed matrices."""

    angles: Float[Array, "layers angles"]
    matrices: tuple[Complex[Array, "layers _ _"], ...]


class Stage(abc.ABC):
    """A unitary on the register, with what it takes prepared beforehand.

    All trigonometry happens in :meth:`prepare`, for all layers at once: inside the loop over layers XLA would compute
    it again for every amplitude. What is prepared is differentiated by JAX; how the state depends on it, by
    :meth:`gradient`.
    """

    @abc.abstractmethod
    def prepare(self, numbers: Numbers) -> PyTree[Array]:
        """What the stage takes in every layer, on a leading axis of layers."""

    @abc.abstractmethod
    def apply(self, planes: Planes, prepared: PyTree[Array], layer: int | Array) -> Planes:
        """The stage of layer ``layer``, with what it takes of that layer."""

    @abc.abstractmethod
    def undo(self, planes: Planes, prepared: PyTree[Array], layer: int | Array) -> Planes:
        """The inverse of :meth:`apply`; also its transpose, for the two planes of a cotangent."""

    @abc.abstractmethod
    def gather(self, ket: Planes, bra: Planes) -> PyTree[Array]:
        """What a gradient needs of one layer: from the state and its cotangent, both before the stage."""

    @abc.abstractmethod
    def gradient(self, gathered: PyTree[Array], prepared: PyTree[Array]) -> PyTree[Array]:
        """The cotangent of ``prepared``, from what was gathered; both of all layers, on a leading axis."""
