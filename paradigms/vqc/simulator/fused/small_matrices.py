"""The matrices of gates on a few wires, and their products, for all layers at once.

Gates of one kind on several wires are made and multiplied together: for a compiler, as many operations as for one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from paradigms.target import target_platform
from paradigms.vqc.circuit.products import product
from paradigms.vqc.simulator.fused.gate import GateParameters
from paradigms.vqc.simulator.native_gates import (
    ComputedMatrix,
    DiagonalGate,
    FixedMatrix,
    NativeGate,
    PermutationGate,
    RotationY,
)

Matrices = Array | np.ndarray
"""Matrices ``[..., d, d]``: on an axis of layers, or in NumPy where they are the same in all of them."""


def gate_matrix(member: NativeGate, parameters: GateParameters) -> Matrices:
    """Return ``[layers, d, d]``, or ``[d, d]`` where it is the same in all layers; real where it can be."""
    return gate_matrices([member], parameters)[..., 0, :, :]


def one_wire_matrices(gates: Mapping[int, Sequence[NativeGate]], parameters: GateParameters) -> dict[int, Matrices]:
    """Multiply the gates of each wire, the first of which acts first.

    Args:
        gates: The gates on one wire, by that wire.
        parameters: What they take.

    Returns:
        The product on each wire, ``[layers, 2, 2]`` or ``[2, 2]``.
    """
    alike: dict[tuple, list[int]] = {}
    for wire, members in gates.items():
        alike.setdefault(tuple(map(_kind, members)), []).append(wire)
    found: dict[int, Matrices] = {}
    for wires in alike.values():
        product: Matrices | None = None
        for column in zip(*(gates[wire] for wire in wires), strict=True):
            matrix = gate_matrices(column, parameters)
            product = matrix if product is None else times(matrix, product)
        if product is not None:
            found |= {wire: product[..., place, :, :] for place, wire in enumerate(wires)}
    return found


def gate_matrices(members: Sequence[NativeGate], parameters: GateParameters) -> Matrices:
    """Return the matrices of gates of one kind, ``[layers, members, d, d]``, or without layers where none has any."""
    first = members[0]
    if isinstance(first, RotationY):
        half = _columns(parameters.angles, members) / 2
        cosine, sine = jnp.cos(half), jnp.sin(half)
        return jnp.stack([jnp.stack([cosine, -sine], -1), jnp.stack([sine, cosine], -1)], -2)
    if isinstance(first, ComputedMatrix):
        return jnp.stack([parameters.matrices[one.slot] for one in members if isinstance(one, ComputedMatrix)], axis=1)
    if isinstance(first, DiagonalGate) and first.parameter is not None:
        slopes, phases = (np.array([getattr(one, name) for one in members]) for name in ("slope", "phase"))
        factors = jnp.exp(1j * (_columns(parameters.angles, members)[..., None] * slopes + phases))
        return factors[..., None] * np.eye(slopes.shape[1])
    return np.stack([_fixed(one) for one in members])


def times(left: Matrices, right: Matrices) -> Matrices:
    """Multiply stacks of small matrices.

    A TPU's compiler makes a program of its own for every product, of some 100 kB however small the matrices are; sums
    of products of elements become part of the programs around them.
    """
    if isinstance(left, np.ndarray) and isinstance(right, np.ndarray):
        return left @ right
    if target_platform() != "tpu":
        return product(jnp.asarray(left), jnp.asarray(right))
    return jnp.sum(left[..., :, :, None] * right[..., None, :, :], axis=-2)


def kronecker(left: Matrices, right: Matrices) -> Matrices:
    """Return the Kronecker products of two stacks of matrices."""
    product = left[..., :, None, :, None] * right[..., None, :, None, :]
    return product.reshape(*product.shape[:-4], left.shape[-2] * right.shape[-2], left.shape[-1] * right.shape[-1])


def is_real(member: NativeGate) -> bool:
    """Tell whether the gate's matrix is real for all angles."""
    if isinstance(member, FixedMatrix):
        return member.real
    if isinstance(member, DiagonalGate):
        return member.parameter is None and all(phase in (0.0, np.pi) for phase in member.phase)
    return not isinstance(member, ComputedMatrix)


def _kind(member: NativeGate) -> tuple:
    """What gates have in common whose matrices are made together."""
    takes = isinstance(member, (RotationY, DiagonalGate)) and member.parameter is not None
    return type(member), takes, is_real(member)


def _columns(angles: Float[Array, "layers angles"], members: Sequence[NativeGate]) -> Float[Array, "layers members"]:
    """Take the angle of each member; angles at equal distances are one slice."""
    places = [one.parameter for one in members if isinstance(one, (RotationY, DiagonalGate))]
    places = [place for place in places if place is not None]
    distances = set(np.diff(places).tolist()) or {1}
    if len(distances) == 1 and (step := distances.pop()) > 0:
        return angles[:, places[0] : places[-1] + 1 : step]
    return angles[:, np.array(places)]


def _fixed(member: NativeGate) -> np.ndarray:
    if isinstance(member, DiagonalGate):
        factors = np.exp(1j * np.array(member.phase))
        return np.diag(np.real(factors).round() if is_real(member) else factors)
    if isinstance(member, FixedMatrix):
        matrix = np.array(member.matrix)
        return np.real(matrix) if member.real else matrix
    if isinstance(member, PermutationGate):
        return np.eye(4)[{"CNOT": [0, 1, 3, 2], "SWAP": [0, 2, 1, 3]}[member.name]]
    raise TypeError(f"{member} takes parameters: its matrix is not the same in all layers")
