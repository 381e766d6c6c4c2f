"""From the gates of a layer to the few stages that do the same: gates that commute are brought together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from paradigms.vqc.circuit.windows import WIDTH, windows
from paradigms.vqc.simulator.fused import Block, Movement, Phase, Stage
from paradigms.vqc.simulator.native_gates import Computed, Diagonal, Fixed, Move, Primitive, Turn

Windows: TypeAlias = tuple[tuple[int, ...], ...]


class _Draft:
    """Primitives that are to become one stage."""

    def __init__(self, make: Callable[[tuple[Primitive, ...]], Stage], takes: Callable[[Primitive], bool]) -> None:
        self._make = make
        self.takes = takes
        self.members: list[Primitive] = []

    @property
    def wires(self) -> set[int]:
        return {wire for member in self.members for wire in member.wires}

    @property
    def diagonal(self) -> bool:
        return all(isinstance(member, Diagonal) for member in self.members)

    def stage(self) -> Stage:
        return self._make(tuple(self.members))


def plan(layers: Sequence[Sequence[Primitive]], qubits: int, width: int = WIDTH) -> tuple[Stage, ...]:
    """The stages of a layer.

    Args:
        layers: Primitives of each of a period of layers; they may differ in the wires of their moves alone.
        qubits: Of the register.
        width: Of the windows of neighbouring qubits whose gates are multiplied into one matrix, at most.

    Raises:
        ValueError: If the layers differ otherwise.
    """
    found = windows(qubits, width)
    drafted = [_merge_phases(_drafts(one, qubits, found, absorb_moves=len(layers) == 1), found) for one in layers]
    first, *others = ([draft.stage() for draft in drafts] for drafts in drafted)
    if not others:
        return tuple(first)
    return tuple(_together(qubits, column) for column in zip(first, *others, strict=True))


def _together(qubits: int, stages: Sequence[Stage]) -> Stage:
    first, *rest = stages
    if all(isinstance(stage, Movement) for stage in stages):
        return Movement(qubits, tuple(stage.moves[0] for stage in stages if isinstance(stage, Movement)))
    if any(stage != first for stage in rest):
        raise ValueError("the layers of a period differ in more than the wires of their CNOT and SWAP gates")
    return first


def _drafts(primitives: Sequence[Primitive], qubits: int, windows: Windows, absorb_moves: bool) -> list[_Draft]:
    drafts: list[_Draft] = []
    for primitive in primitives:
        # Past the last draft that the primitive does not commute with, the order is free.
        free = next((place + 1 for place in reversed(range(len(drafts))) if not _commute(drafts[place], primitive)), 0)
        # That last draft may itself take the primitive, and so may any later one: the earliest is chosen.
        found = next((draft for draft in drafts[max(free - 1, 0) :] if draft.takes(primitive)), None)
        if found is None:
            found = _new_draft(primitive, qubits, windows, absorb_moves)
            drafts.insert(free, found)
        found.members.append(primitive)
    return drafts


def _commute(draft: _Draft, primitive: Primitive) -> bool:
    both_diagonal = draft.diagonal and isinstance(primitive, Diagonal)
    return both_diagonal or not draft.wires & set(primitive.wires)


def _new_draft(primitive: Primitive, qubits: int, windows: Windows, absorb_moves: bool) -> _Draft:
    if isinstance(primitive, Diagonal):
        return _Draft(
            lambda members: Phase(qubits, tuple(m for m in members if isinstance(m, Diagonal))),
            lambda other: isinstance(other, Diagonal),
        )
    if isinstance(primitive, Move):
        return _Draft(
            lambda members: Movement(qubits, (tuple(m for m in members if isinstance(m, Move)),)),
            lambda other: isinstance(other, Move),
        )
    wires = _window(primitive.wires, windows) or primitive.wires
    kinds = (Turn, Fixed, Computed, Move) if absorb_moves else (Turn, Fixed, Computed)
    return _Draft(
        lambda members: Block(wires, members),
        lambda other: isinstance(other, kinds) and set(other.wires) <= set(wires),
    )


def _window(wires: Sequence[int], windows: Windows) -> tuple[int, ...] | None:
    """The window of neighbouring wires that holds all of ``wires``, if one does."""
    return next((window for window in windows if set(wires) <= set(window)), None)


def _merge_phases(drafts: list[_Draft], windows: Windows) -> list[_Draft]:
    """Multiply phases into the blocks on both sides of them, where every one of their gates has such blocks.

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


def _around(drafts: list[_Draft], place: int, member: Primitive, windows: Windows) -> tuple[_Draft, _Draft] | None:
    """The blocks just before and just after a gate of the phase at ``place``, both on one window that holds it."""
    window = _window(member.wires, windows)
    if window is None:
        return None
    near = []
    for side in (reversed(drafts[:place]), drafts[place + 1 :]):
        touching = next((draft for draft in side if draft.wires & set(window)), None)
        if touching is None or touching.diagonal or not touching.wires <= set(window):
            return None
        if not isinstance(touching.stage(), Block):
            return None
        near.append(touching)
    return near[0], near[1]
