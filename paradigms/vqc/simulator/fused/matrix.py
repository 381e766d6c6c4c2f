"""Gates on a few wires, multiplied into one matrix."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from paradigms.vqc.simulator.fused.gate import FusedGate, GateParameters
from paradigms.vqc.simulator.kernels import multiply, multiply_complex, overlap, overlap_complex
from paradigms.vqc.simulator.native_gates import (
    ComputedMatrix,
    DiagonalGate,
    FixedMatrix,
    NativeGate,
    PermutationGate,
    RotationY,
)
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
        return all(_is_real(member) for member in self.members)

    def prepare(self, parameters: GateParameters) -> Float[Array, "layers _ _"]:
        """See :meth:`FusedGate.prepare`."""
        layers = parameters.angles.shape[0]
        product = _Product(len(self.wires), layers)
        for member in self.members:
            at = tuple(self.wires.index(wire) for wire in member.wires)
            product.append(_matrix(member, parameters), at)
        whole = jnp.broadcast_to(product.matrix(), (layers, 2 ** len(self.wires), 2 ** len(self.wires)))
        real = jnp.real(whole).astype(real_dtype())
        if self.real:
            return real
        imaginary = jnp.imag(whole).astype(real_dtype())
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
        return jnp.zeros_like(prepared) if gathered is None else prepared @ gathered


def _is_real(member: NativeGate) -> bool:
    if isinstance(member, FixedMatrix):
        return member.real
    if isinstance(member, DiagonalGate):
        return member.parameter is None and all(phase in (0.0, np.pi) for phase in member.phase)
    return isinstance(member, RotationY | PermutationGate)


def _takes_parameters(member: NativeGate) -> bool:
    return isinstance(member, RotationY | ComputedMatrix) or (
        isinstance(member, DiagonalGate) and member.parameter is not None
    )


def _matrix(member: NativeGate, parameters: GateParameters) -> Array | np.ndarray:
    """Return ``[layers, d, d]``, or ``[d, d]`` where it is the same in all layers; real where it can be."""
    if isinstance(member, RotationY):
        half = parameters.angles[:, member.parameter] / 2
        cosine, sine = jnp.cos(half), jnp.sin(half)
        return jnp.stack([jnp.stack([cosine, -sine], -1), jnp.stack([sine, cosine], -1)], -2)
    if isinstance(member, ComputedMatrix):
        return parameters.matrices[member.slot]
    if isinstance(member, DiagonalGate):
        if member.parameter is None:
            factors = np.exp(1j * np.array(member.phase))
            return np.diag(np.real(factors).round() if _is_real(member) else factors)
        angles = parameters.angles[:, member.parameter, None] * np.array(member.slope) + np.array(member.phase)
        factors = jnp.exp(1j * angles)
        return factors[:, :, None] * np.eye(len(member.slope))
    if isinstance(member, FixedMatrix):
        matrix = np.array(member.matrix)
        return np.real(matrix) if member.real else matrix
    source = {"CNOT": [0, 1, 3, 2], "SWAP": [0, 2, 1, 3]}[member.name]
    return np.eye(4)[source]


class _Product:
    """A product of matrices on some of ``width`` wires, of ``layers`` layers at once.

    Gates on one wire are first multiplied wire by wire and joined by Kronecker products: fewer and smaller operations
    than to embed each.
    """

    def __init__(self, width: int, layers: int) -> None:
        self._width, self._layers = width, layers
        self._single: dict[int, Array | np.ndarray] = {}
        self._whole: Array | np.ndarray | None = None

    def append(self, matrix: Array | np.ndarray, at: tuple[int, ...]) -> None:
        """Multiply from the left by a gate on the wires ``at``."""
        if len(at) == 1:
            before = self._single.get(at[0])
            self._single[at[0]] = matrix if before is None else matrix @ before
            return
        self._flush()
        self._multiply(_embedded(matrix, at, self._width))

    def matrix(self) -> Array | np.ndarray:
        """Return the product so far."""
        self._flush()
        return np.eye(2**self._width) if self._whole is None else self._whole

    def _flush(self) -> None:
        if self._single:
            factors = [self._single.pop(wire, np.eye(2)) for wire in range(self._width)]
            self._multiply(functools.reduce(_kronecker, factors))

    def _multiply(self, matrix: Array | np.ndarray) -> None:
        self._whole = matrix if self._whole is None else matrix @ self._whole


def _kronecker(left: Array | np.ndarray, right: Array | np.ndarray) -> Array | np.ndarray:
    product = left[..., :, None, :, None] * right[..., None, :, None, :]
    return product.reshape(*product.shape[:-4], left.shape[-2] * right.shape[-2], left.shape[-1] * right.shape[-1])


def _embedded(matrix: Array | np.ndarray, at: tuple[int, ...], width: int) -> Array | np.ndarray:
    """The matrix on all ``width`` wires: a Kronecker product with the identity, its rows and columns rearranged."""
    others = tuple(wire for wire in range(width) if wire not in at)
    whole = _kronecker(matrix, np.eye(2 ** len(others)))
    # Index i of the embedded matrix, its bits in the order of `at` and then the others.
    bits = np.arange(2**width)[:, None] >> (width - 1 - np.array((*at, *others))) & 1
    order = bits @ (1 << np.arange(width)[::-1])
    return whole[..., order[:, None], order[None, :]]
