"""Diagonal gates as sums of parities, split between the two halves of a register's bits.

The angle of a diagonal gate is a function of the bits of its wires, and so a sum of parities of subsets of them (its
Walsh-Fourier series). Parities within one half of the register add up to one angle for each value of that half: two
tables of 2^(n/2) entries instead of one of 2^n.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Complex, Float, Int

from paradigms.vqc.simulator.native_gates import DiagonalGate, Table

CONTROLLED_Z = (0.0, 0.0, 0.0, np.pi)


@dataclass
class Half:
    """What depends on the bits of one half alone.

    Attributes:
        slopes: For each parameter, its slope for every value of the half.
        phase: A phase without any parameter, in radians, for every value of the half.
    """

    slopes: dict[int, Float[np.ndarray, " values"]] = field(default_factory=dict)
    phase: Float[np.ndarray, " values"] = field(default_factory=lambda: np.zeros(1))

    def factor(self) -> Complex[np.ndarray, " values"] | None:
        """Return exp(i·phase), or ``None`` where it is 1.

        It is exact at multiples of a quarter turn, so that signs stay real.
        """
        if not self.phase.any():
            return None
        factor = np.exp(1j * self.phase)
        return np.where(np.abs(factor - factor.round()) < 1e-12, factor.round(), factor)


@dataclass(frozen=True)
class Crossing:
    """A parity across the halves: angle = weight × parameter × sign of the upper value × sign of the lower."""

    upper: Float[np.ndarray, " upper"]
    lower: Float[np.ndarray, " lower"]
    parameter: int
    weight: float


@dataclass(frozen=True)
class Parities:
    """A product of diagonal gates.

    Attributes:
        upper: What depends on the upper half of the bits (the first qubits).
        lower: What depends on the lower half.
        crossing: Parities of bits of both halves, with a parameter.
        flips: CZ gates across the halves, as the two bits they join, by value of each half.
    """

    upper: Half
    lower: Half
    crossing: tuple[Crossing, ...]
    flips: tuple[tuple[Int[np.ndarray, " upper"], Int[np.ndarray, " lower"]], ...]


def parities(members: Sequence[DiagonalGate], qubits: int) -> Parities:
    """Expand a product of diagonal gates on a register in parities.

    Args:
        members: The gates. Among those without parameters only a CZ may have two wires.
        qubits: The number of qubits of the register.
    """
    split = qubits // 2
    sizes = 2**split, 2 ** (qubits - split)
    halves = Half(phase=np.zeros(sizes[0])), Half(phase=np.zeros(sizes[1]))
    crossing, flips = [], []

    def side(wire: int) -> int:
        return int(wire >= split)

    def bit(wire: int) -> Int[np.ndarray, " values"]:
        """The wire's bit for every value of its half."""
        return np.arange(sizes[side(wire)]) >> ((split, qubits)[side(wire)] - 1 - wire) & 1

    def signs(wires: tuple[int, ...], half: int) -> Float[np.ndarray, " values"]:
        """(-1)^(parity of those of the wires that lie in a half), for every value of that half."""
        return np.prod(
            [1.0 - 2.0 * bit(wire) for wire in wires if side(wire) == half] or [np.ones(sizes[half])], axis=0
        )

    for member in members:
        first, *others = sorted(member.wires)
        if member.parameter is None and member.phase == CONTROLLED_Z and side(first) != side(others[0]):
            flips.append((bit(first), bit(others[0])))
            continue
        for subset, weight in walsh(member.phase, member.wires):
            half = side((*subset, first)[0])
            halves[half].phase += weight * signs(subset, half)
        if member.parameter is None:
            continue
        for subset, weight in walsh(member.slope, member.wires):
            sides = {side(wire) for wire in subset} or {0}
            if len(sides) == 2:
                crossing.append(Crossing(signs(subset, 0), signs(subset, 1), member.parameter, weight))
            else:
                (half,) = sides
                slope = halves[half].slopes.setdefault(member.parameter, np.zeros(sizes[half]))
                slope += weight * signs(subset, half)
    return Parities(*halves, tuple(crossing), tuple(flips))


def walsh(table: Table, wires: tuple[int, ...]) -> list[tuple[tuple[int, ...], float]]:
    """Expand a function of the wires' bits in parities: Σ weight × (-1)^(parity of the subset's bits).

    Returns:
        Subsets of the wires, each with its weight; those of weight zero are left out.
    """
    bits = np.array(list(itertools.product((0, 1), repeat=len(wires))))
    weights = [(chosen, float(np.mean((1 - 2 * (bits @ chosen % 2)) * np.array(table)))) for chosen in bits]
    return [
        (tuple(wire for wire, taken in zip(wires, chosen, strict=True) if taken), weight)
        for chosen, weight in weights
        if abs(weight) > 1e-15
    ]
