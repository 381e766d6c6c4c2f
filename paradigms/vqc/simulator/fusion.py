"""Gate fusion: the native gates of a layer become fewer fused gates that do the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from paradigms.vqc.circuit.windows import WIDTH, windows
from paradigms.vqc.simulator.fused import FusedDiagonal, FusedGate, FusedMatrix, FusedPermutation
from paradigms.vqc.simulator.native_gates import (
    ComputedMatrix,
    DiagonalGate,
    FixedMatrix,
    NativeGate,
    PermutationGate,
    RotationY,
)

Windows: TypeAlias = tuple[tuple[int, ...], ...]


class _Draft:
    """Native gates that are to become one fused gate."""

    def __init__(
        self, make: Callable[[tuple[NativeGate, ...]], FusedGate], takes: Callable[[NativeGate], bool]
    ) -> None:
        self._make = make
        self.takes = takes
        self.members: list[NativeGate] = []

    @property
    def wires(self) -> set[int]:
        return {wire for member in self.members for wire in member.wires}

    @property
    def diagonal(self) -> bool:
        return all(isinstance(member, DiagonalGate) for member in self.members)

    def fused(self) -> FusedGate:
        return self._make(tuple(self.members))


def fuse(layers: Sequence[Sequence[NativeGate]], qubits: int, width: int = WIDTH) -> tuple[FusedGate, ...]:
    """Fuse the gates of a layer, bringing together gates that commute.

    Args:
        layers: The native gates of each of a period of layers. Layers may differ in the wires of CNOT and SWAP alone.
        qubits: The number of qubits of the register.
        width: The largest number of neighbouring qubits whose gates are multiplied into one matrix.

    Returns:
        The fused gates of a layer, in order of application.

    Raises:
        ValueError: If the layers differ otherwise.
    """
    found = windows(qubits, width)
    drafted = [_merge_phases(_drafts(one, qubits, found, absorb_moves=len(layers) == 1), found) for one in layers]
    first, *others = ([draft.fused() for draft in drafts] for drafts in drafted)
    if not others:
        return tuple(first)
    return tuple(_together(qubits, column) for column in zip(first, *others, strict=True))


def _together(qubits: int, gates: Sequence[FusedGate]) -> FusedGate:
    first, *rest = gates
    if all(isinstance(fused, FusedPermutation) for fused in gates):
        return FusedPermutation(qubits, tuple(fused.moves[0] for fused in gates if isinstance(fused, FusedPermutation)))
    if any(fused != first for fused in rest):
        raise ValueError("the layers of a period differ in more than the wires of their CNOT and SWAP gates")
    return first


def _drafts(gates: Sequence[NativeGate], qubits: int, windows: Windows, absorb_moves: bool) -> list[_Draft]:
    drafts: list[_Draft] = []
    for gate in gates:
        # Past the last draft that the gate does not commute with, the order is free.
        free = next((place + 1 for place in reversed(range(len(drafts))) if not _commute(drafts[place], gate)), 0)
        # That last draft may itself take the gate, and so may any later one: the earliest is chosen.
        found = next((draft for draft in drafts[max(free - 1, 0) :] if draft.takes(gate)), None)
        if found is None:
            found = _new_draft(gate, qubits, windows, absorb_moves)
            drafts.insert(free, found)
        found.members.append(gate)
    return drafts


def _commute(draft: _Draft, gate: NativeGate) -> bool:
    both_diagonal = draft.diagonal and isinstance(gate, DiagonalGate)
    return both_diagonal or not draft.wires & set(gate.wires)


def _new_draft(gate: NativeGate, qubits: int, windows: Windows, absorb_moves: bool) -> _Draft:
    if isinstance(gate, DiagonalGate):
        return _Draft(
            lambda members: FusedDiagonal(qubits, tuple(m for m in members if isinstance(m, DiagonalGate))),
            lambda other: isinstance(other, DiagonalGate),
        )
    if isinstance(gate, PermutationGate):
        return _Draft(
            lambda members: FusedPermutation(qubits, (tuple(m for m in members if isinstance(m, PermutationGate)),)),
            lambda other: isinstance(other, PermutationGate),
        )
    wires = _window(gate.wires, windows) or gate.wires
    kinds = (
        (RotationY, FixedMatrix, ComputedMatrix, PermutationGate)
        if absorb_moves
        else (RotationY, FixedMatrix, ComputedMatrix)
    )
    return _Draft(
        lambda members: FusedMatrix(wires, members),
        lambda other: isinstance(other, kinds) and set(other.wires) <= set(wires),
    )


def _window(wires: Sequence[int], windows: Windows) -> tuple[int, ...] | None:
    """Find the window of neighbouring wires that holds all of ``wires``, if one does."""
    return next((window for window in windows if set(wires) <= set(window)), None)


def _merge_phases(drafts: list[_Draft], windows: Windows) -> list[_Draft]:
    """Multiply diagonal gates into the matrices on both sides of them, where each of them has such matrices.

    A phase between two real products costs two real products and a pass; within them, one complex product.
    """
    for place in range(1, len(drafts) - 1):
        middle = drafts[place]
        if not middle.diagonal:
            continue
        found = [_around(drafts, place, member, windows) for member in middle.members]
        pairs = [pair for pair in found if pair is not None]
        if len(pairs) < len(found):
            continue
        for member, (before, _) in zip(middle.members, pairs, strict=True):
            before.members.append(member)
        for before, after in {(id(b), id(a)): (b, a) for b, a in pairs}.values():
            before.members += after.members
        gone = {id(middle), *(id(after) for _, after in pairs)}
        return _merge_phases([draft for draft in drafts if id(draft) not in gone], windows)
    return drafts


def _around(drafts: list[_Draft], place: int, member: NativeGate, windows: Windows) -> tuple[_Draft, _Draft] | None:
    """Find the matrices just before and just after a diagonal gate, both on one window that holds it."""
    window = _window(member.wires, windows)
    if window is None:
        return None
    near = []
    for side in (reversed(drafts[:place]), drafts[place + 1 :]):
        touching = next((draft for draft in side if draft.wires & set(window)), None)
        if touching is None or touching.diagonal or not touching.wires <= set(window):
            return None
        if not isinstance(touching.fused(), FusedMatrix):
            return None
        near.append(touching)
    return near[0], near[1]
