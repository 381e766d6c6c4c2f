"""Transition matrices of Pauli words, their letters coded as bits x + 2z: I = 0, X = 1, Z = 2, Y = 3.

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

from eval.second_moment.circuits.random_circuit import Clifford, Depolarising, Gate, Rotation
from eval.second_moment.pauli.words import conjugate

CODES = {"I": 0, "X": 1, "Z": 2, "Y": 3}


def flip_probability(sigma: float | None) -> float:
    """Return E[sin²t] of a random angle t.

    Args:
        sigma: The standard deviation of normal angles, for which it is (1 − exp(−2σ²))/2; ``None`` for angles uniform
            on the circle, for which it is 1/2.
    """
    return 0.5 if sigma is None else -math.expm1(-2 * sigma**2) / 2


def anticommuting(word: str) -> Bool[np.ndarray, " letters"]:
    """Tell which of the 4^k words on the same wires anticommute with ``word``, the first letter being slowest."""
    parity = np.zeros(1, bool)
    for letter in word:
        code = CODES[letter]
        single = np.array([((q & 1) & (code >> 1)) ^ ((q >> 1) & (code & 1)) for q in range(4)], bool)
        parity = (parity[:, None] ^ single).reshape(-1)
    return parity


def rotation_matrix(gate: Rotation, flip: float) -> Float[np.ndarray, "letters letters"]:
    """Return a rotation's transition matrix on its own wires, averaged over angle and axis: float64 ``[4^k, 4^k]``."""
    return _mix(gate, 1.0, 1.0 - flip, flip)


def derivative_matrix(gate: Rotation, flip: float) -> Float[np.ndarray, "letters letters"]:
    """Return the same for the derivative by the angle: words that commute are dropped, cos² and sin² change places."""
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
    """Return a Clifford gate's permutation of words, without signs, which square away: float64 ``[4^k, 4^k]``."""
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
    """Return the matrix of depolarising noise of that rate, (1 − rate)² on X, Y and Z."""
    return np.diag([1.0, *[(1.0 - rate) ** 2] * 3])


def gate_matrix(gate: Gate, flip: float) -> Float[np.ndarray, "letters letters"]:
    """Return a gate's averaged matrix on its wires; for noise, on each of its wires by itself."""
    if isinstance(gate, Rotation):
        return rotation_matrix(gate, flip)
    return noise_matrix(gate.rate) if isinstance(gate, Depolarising) else clifford_matrix(gate.name)
