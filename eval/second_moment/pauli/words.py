"""Pauli words under Clifford gates and products, with signs, on planes of bits (bool) or of packed bits (uint64).

``x[wire]`` and ``z[wire]`` are arrays of any shape over words; X = (1, 0), Z = (0, 1), Y = (1, 1).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eval.second_moment.circuits.random_circuit import Clifford


def conjugate(gate: Clifford, x: np.ndarray, z: np.ndarray) -> None:
    """Turn words into gate† · word · gate without its sign, in place."""
    first = gate.wires[0]
    last = gate.wires[-1]
    match gate.name:
        case "H":
            x[first], z[first] = z[first].copy(), x[first].copy()
        case "S":
            z[first] ^= x[first]
        case "CZ":
            z[first] ^= x[last]
            z[last] ^= x[first]
        case "CNOT":
            x[last] ^= x[first]
            z[first] ^= z[last]
        case "SWAP":
            for plane in (x, z):
                plane[first], plane[last] = plane[last].copy(), plane[first].copy()


def commutation(word: str, wires: tuple[int, ...], x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Tell for every word whether it anticommutes with ``word`` on the wires."""
    parity = np.zeros_like(x[0])
    for letter, wire in zip(word, wires, strict=True):
        if letter != "X":
            parity ^= x[wire]
        if letter != "Z":
            parity ^= z[wire]
    return parity


def clifford_sign(gate: Clifford, x: np.ndarray, z: np.ndarray, *, forwards: bool) -> np.ndarray:
    """Tell for every word whether gate · word · gate† (forwards), or gate† · word · gate, has a minus sign."""
    first, last = gate.wires[0], gate.wires[-1]
    match gate.name:
        case "X":
            return z[first].copy()
        case "Y":
            return x[first] ^ z[first]
        case "Z":
            return x[first].copy()
        case "H":
            return x[first] & z[first]
        case "S":
            return x[first] & (z[first] if forwards else ~z[first])
        case "CZ":
            return x[first] & x[last] & (z[first] ^ z[last])
        case "CNOT":
            return x[first] & z[last] & ~(x[last] ^ z[first])
        case _:
            return np.zeros_like(x[first])


class Phase:
    """The power of i, modulo 4, of a product of two words, taken letter by letter; one for every word of a plane."""

    def __init__(self, like: np.ndarray) -> None:
        self.ones = np.zeros_like(like)
        self.twos = np.zeros_like(like)

    def multiply(self, left_x: np.ndarray, left_z: np.ndarray, x: np.ndarray, z: np.ndarray) -> None:
        """Multiply by one letter from the left: XY = iZ, YZ = iX, ZX = iY, and minus for the reverse."""
        left_only_x, left_only_z, left_y = left_x & ~left_z, left_z & ~left_x, left_x & left_z
        only_x, only_z, y = x & ~z, z & ~x, x & z
        plus = (left_only_x & y) | (left_y & only_z) | (left_only_z & only_x)
        minus = (left_only_x & only_z) | (left_y & only_x) | (left_only_z & y)
        self.twos ^= (self.ones & plus) | (~self.ones & minus)
        self.ones ^= plus | minus


def axis_phase(word: str, wires: Sequence[int], x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Tell for words Q that anticommute with the axis P whether P·Q = −i·R rather than +i·R, R being a word."""
    phase = Phase(x[wires[0]])
    everything = ~np.zeros_like(x[wires[0]])
    for letter, wire in zip(word, wires, strict=True):
        left_x, left_z = (everything if letter in letters else ~everything for letters in ("XY", "ZY"))
        phase.multiply(left_x, left_z, x[wire], z[wire])
    return phase.twos


def multiply_axis(word: str, wires: Sequence[int], x: np.ndarray, z: np.ndarray, where: np.ndarray) -> None:
    """Turn words into axis · word without its phase, in place, where told."""
    for letter, wire in zip(word, wires, strict=True):
        if letter != "Z":
            x[wire] ^= where
        if letter != "X":
            z[wire] ^= where
