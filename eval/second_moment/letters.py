"""Stochastic matrices on the letters of a Pauli word, coded as bits x + 2z: I = 0, X = 1, Z = 2, Y = 3.

Averaged over its angle, a gate acts on two copies of a Pauli word as a Markov chain: a rotation about P moves a word Q
that anticommutes with P to i·P·Q with probability ``flip`` (1/2 for uniform angles) and leaves every other word; a
Clifford gate permutes words. All of these matrices are symmetric, so the same one carries words backwards from the
observable and the functional "squared expectation" forwards from the input.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from jaxtyping import Bool, Float

from eval.second_moment.circuits import Clifford, Depolarising, Gate, Rotation

CODES = {"I": 0, "X": 1, "Z": 2, "Y": 3}


def flip_probability(sigma: float | None) -> float:
    """E[sin²t]: 1/2 for an angle uniform on the circle, (1 − exp(−2σ²))/2 for N(0, σ²)."""
    return 0.5 if sigma is None else -math.expm1(-2 * sigma**2) / 2


def anticommuting(word: str) -> Bool[np.ndarray, " letters"]:
    """Which of the 4^k words on the same wires anticommute with ``word``; the first letter is the slowest index."""
    parity = np.zeros(1, bool)
    for letter in word:
        code = CODES[letter]
        single = np.array([((q & 1) & (code >> 1)) ^ ((q >> 1) & (code & 1)) for q in range(4)], bool)
        parity = (parity[:, None] ^ single).reshape(-1)
    return parity


def rotation_matrix(gate: Rotation, flip: float) -> Float[np.ndarray, "letters letters"]:
    """The rotation's chain on its own wires, averaged over angle and axis: float64 ``[4^k, 4^k]``."""
    return _mix(gate, 1.0, 1.0 - flip, flip)


def derivative_matrix(gate: Rotation, flip: float) -> Float[np.ndarray, "letters letters"]:
    """The same for the derivative with respect to the angle: words that commute are dropped, cos² and sin² change."""
    return gate.frequency**2 * _mix(gate, 0.0, flip, 1.0 - flip)


def _mix(gate: Rotation, commuting: float, stay: float, move: float) -> Float[np.ndarray, "letters letters"]:
    size = 4 ** len(gate.wires)
    matrix = np.zeros((size, size))
    words = np.arange(size)
    for word in gate.words:
        code = sum(CODES[letter] << (2 * place) for place, letter in enumerate(reversed(word)))
        moves = anticommuting(word)
        matrix[words, words] += np.where(moves, stay, commuting)
        matrix[words ^ code, words] += np.where(moves, move, 0.0)
    return matrix / len(gate.words)


def clifford_matrix(name: str) -> Float[np.ndarray, "letters letters"]:
    """Permutation of the words on the gate's wires, signs left out (they square away): float64 ``[4^k, 4^k]``."""
    pairs = [(False, False), (True, False), (False, True), (True, True)]
    if name in ("CZ", "CNOT", "SWAP"):
        words = [[a, b] for a, b in itertools.product(pairs, pairs)]
    else:
        words = [[a] for a in pairs]
    matrix = np.zeros((len(words), len(words)))
    for source, word in enumerate(words):
        x, z = (np.array([letter[i] for letter in word])[:, None] for i in (0, 1))
        conjugate(Clifford(name, tuple(range(len(word)))), x, z)
        target = 0
        for wire in range(len(word)):
            target = 4 * target + int(x[wire, 0]) + 2 * int(z[wire, 0])
        matrix[target, source] = 1.0
    return matrix


def noise_matrix(rate: float) -> Float[np.ndarray, "4 4"]:
    """(1 − rate)² on X, Y and Z."""
    return np.diag([1.0, *[(1.0 - rate) ** 2] * 3])


def gate_matrix(gate: Gate, flip: float) -> Float[np.ndarray, "letters letters"]:
    """The gate's averaged matrix on its wires; for noise, on each of its wires by itself."""
    if isinstance(gate, Rotation):
        return rotation_matrix(gate, flip)
    return noise_matrix(gate.rate) if isinstance(gate, Depolarising) else clifford_matrix(gate.name)


def conjugate(gate: Clifford, x: np.ndarray, z: np.ndarray) -> None:
    """Words → gate† · word · gate without its sign, in place; ``x[wire]`` and ``z[wire]`` are bits or packed bits."""
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
    """For every word of the planes ``x[wire]``, ``z[wire]`` (bits or packed bits): 1 where it anticommutes."""
    parity = np.zeros_like(x[0])
    for letter, wire in zip(word, wires, strict=True):
        if letter != "X":
            parity ^= x[wire]
        if letter != "Z":
            parity ^= z[wire]
    return parity
