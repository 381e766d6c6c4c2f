"""Gates on a few wires, multiplied into one matrix."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from paradigms.vqc.circuit.products import product
from paradigms.vqc.simulator.fused.gate import FusedGate, GateParameters
from paradigms.vqc.simulator.fused.small_matrices import (
    Matrices,
    gate_matrix,
    is_real,
    kronecker,
    one_wire_matrices,
    times,
)
from paradigms.vqc.simulator.kernels import multiply, multiply_complex, overlap, overlap_complex
from paradigms.vqc.simulator.native_gates import ComputedMatrix, DiagonalGate, NativeGate, RotationY
from paradigms.vqc.simulator.statevector import StateVector, real_dtype


@dataclass(frozen=True)
class FusedMatrix(FusedGate):
    """A product of gates on ``wires``, applied as a dense matrix; the first of ``members`` acts first.

    A complex matrix A + iB is prepared as ``[[A, -B], [B, A]]``; where all gates are real, A alone is.
    """

    wires: tuple[int, ...]
    members: tuple[NativeGate, ...]

    @property
    def real(self) -> bool:
        """Whether the matrix is real for all angles."""
        return all(is_real(member) for member in self.members)

    def prepare(self, parameters: GateParameters) -> Float[Array, "layers _ _"]:
        """See :meth:`FusedGate.prepare`."""
        layers = parameters.angles.shape[0]
        whole = _Product(len(self.wires), parameters)
        for member in self.members:
            at = tuple(self.wires.index(wire) for wire in member.wires)
            whole.append(member, at)
        matrix = jnp.broadcast_to(whole.matrix(), (layers, 2 ** len(self.wires), 2 ** len(self.wires)))
        real = jnp.real(matrix).astype(real_dtype())
        if self.real:
            return real
        imaginary = jnp.imag(matrix).astype(real_dtype())
        return jnp.block([[real, -imaginary], [imaginary, real]])

    def apply(self, state: StateVector, prepared: Array, layer: int | Array) -> StateVector:
        """See :meth:`FusedGate.apply`."""
        if self.real:
            return StateVector(*(multiply(prepared, part, self.wires) for part in state))
        return multiply_complex(prepared, state, self.wires)

    def undo(self, state: StateVector, prepared: Array, layer: int | Array) -> StateVector:
        """See :meth:`FusedGate.undo`."""
        return self.apply(state, prepared.T, layer)

    def gather(self, ket: StateVector, bra: StateVector) -> Array | None:
        """See :meth:`FusedGate.gather`."""
        if not any(_takes_parameters(member) for member in self.members):
            return None
        if self.real:
            return overlap(bra.real, ket.real, self.wires) + overlap(bra.imaginary, ket.imaginary, self.wires)
        return overlap_complex(bra, ket, self.wires)

    def gradient(self, gathered: Array | None, prepared: Array) -> Array:
        """See :meth:`FusedGate.gradient`."""
        # The cotangent after the gate is M times the one before it, and so is its overlap with the state before.
        return jnp.zeros_like(prepared) if gathered is None else product(prepared, gathered)


def _takes_parameters(member: NativeGate) -> bool:
    return isinstance(member, RotationY | ComputedMatrix) or (
        isinstance(member, DiagonalGate) and member.parameter is not None
    )


class _Product:
    """A product of matrices on some of ``width`` wires, of all layers at once.

    Gates on one wire are first multiplied wire by wire and joined by Kronecker products: fewer and smaller operations
    than to embed each.
    """

    def __init__(self, width: int, parameters: GateParameters) -> None:
        self._width, self._parameters = width, parameters
        self._single: dict[int, list[NativeGate]] = {}
        self._whole: Matrices | None = None

    def append(self, member: NativeGate, at: tuple[int, ...]) -> None:
        """Multiply from the left by a gate on the wires ``at``."""
        if len(at) == 1:
            self._single.setdefault(at[0], []).append(member)
            return
        self._flush()
        self._multiply(_embedded(gate_matrix(member, self._parameters), at, self._width))

    def matrix(self) -> Matrices:
        """Return the product so far."""
        self._flush()
        return np.eye(2**self._width) if self._whole is None else self._whole

    def _flush(self) -> None:
        if self._single:
            found = one_wire_matrices(self._single, self._parameters)
            self._single = {}
            self._multiply(functools.reduce(kronecker, (found.get(wire, np.eye(2)) for wire in range(self._width))))

    def _multiply(self, matrix: Matrices) -> None:
        self._whole = matrix if self._whole is None else times(matrix, self._whole)


def _embedded(matrix: Matrices, at: tuple[int, ...], width: int) -> Matrices:
    """The matrix on all ``width`` wires: a Kronecker product with the identity, its rows and columns rearranged."""
    others = tuple(wire for wire in range(width) if wire not in at)
    whole = kronecker(matrix, np.eye(2 ** len(others)))
    # Index i of the embedded matrix, its bits in the order of `at` and then the others.
    bits = np.arange(2**width)[:, None] >> (width - 1 - np.array((*at, *others))) & 1
    order = bits @ (1 << np.arange(width)[::-1])
    return whole[..., order[:, None], order[None, :]]
