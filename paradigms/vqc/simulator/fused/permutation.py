"""CNOT and SWAP gates: a permutation of the amplitudes, as index arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from paradigms.vqc.simulator.fused.gate import FusedGate, GateParameters
from paradigms.vqc.simulator.native_gates import PermutationGate
from paradigms.vqc.simulator.statevector import StateVector, permuted


@dataclass(frozen=True)
class FusedPermutation(FusedGate):
    """CNOT and SWAP gates of every layer, with the period of ``moves``: layer l makes ``moves[l mod period]``.

    The gates are linear over the bits of an amplitude's index, so the index that moves to i is the exclusive or of a
    number for i's upper bits and one for its lower bits: two short tables per layer, whatever the depth.
    """

    qubits: int
    moves: tuple[tuple[PermutationGate, ...], ...]

    @property
    def wires(self) -> tuple[int, ...]:
        """The wires that are moved in any layer."""
        return tuple(sorted({wire for moves in self.moves for move in moves for wire in move.wires}))

    def prepare(self, parameters: GateParameters) -> tuple[()]:
        """See :meth:`FusedGate.prepare`."""
        return ()

    def apply(self, state: StateVector, prepared: tuple[()], layer: int | Array) -> StateVector:
        """See :meth:`FusedGate.apply`."""
        # Amplitude i comes from where the inverse of the moves takes i.
        return self._move(state, [moves[::-1] for moves in self.moves], layer)

    def undo(self, state: StateVector, prepared: tuple[()], layer: int | Array) -> StateVector:
        """See :meth:`FusedGate.undo`."""
        return self._move(state, self.moves, layer)

    def _move(self, state: StateVector, sequences: list | tuple, layer: int | Array) -> StateVector:
        upper, lower = (jnp.asarray(np.stack(table)) for table in zip(*map(self._tables, sequences), strict=True))
        row = layer % len(self.moves)
        return permuted(state, upper[row][:, None] ^ lower[row][None, :])

    def _tables(
        self, moves: tuple[PermutationGate, ...]
    ) -> tuple[Int[np.ndarray, " upper"], Int[np.ndarray, " lower"]]:
        lower_bits = self.qubits - self.qubits // 2
        upper = np.arange(2 ** (self.qubits // 2), dtype=np.int32) << lower_bits
        return self._moved(upper, moves), self._moved(np.arange(2**lower_bits, dtype=np.int32), moves)

    def _moved(self, index: Int[np.ndarray, " n"], moves: tuple[PermutationGate, ...]) -> Int[np.ndarray, " n"]:
        for move in moves:
            first, second = (self.qubits - 1 - wire for wire in move.wires)
            if move.name == "CNOT":
                index = index ^ ((index >> first & 1) << second)
            else:
                differ = (index >> first ^ index >> second) & 1
                index = index ^ (differ << first) ^ (differ << second)
        return index

    def gather(self, ket: StateVector, bra: StateVector) -> tuple[()]:
        """See :meth:`FusedGate.gather`."""
        return ()

    def gradient(self, gathered: tuple[()], prepared: tuple[()]) -> tuple[()]:
        """See :meth:`FusedGate.gradient`."""
        return ()
