"""Words, their signs and their products, against the matrices that they stand for."""

import itertools
from functools import reduce

import numpy as np
import pytest

from eval.second_moment import Clifford
from eval.second_moment.pauli.packed_bits import pack, random_bits, unpack
from eval.second_moment.pauli.words import axis_phase, clifford_sign, commutation, conjugate, multiply_axis

LETTERS = {
    (False, False): np.eye(2),
    (True, False): np.array([[0, 1], [1, 0]]),
    (True, True): np.array([[0, -1j], [1j, 0]]),
    (False, True): np.diag([1, -1]),
}
NAMES = dict(zip("IXYZ", LETTERS, strict=True))
GATES = {
    "X": LETTERS[True, False],
    "Y": LETTERS[True, True],
    "Z": LETTERS[False, True],
    "H": np.array([[1, 1], [1, -1]]) / np.sqrt(2),
    "S": np.diag([1, 1j]),
    "CZ": np.diag([1, 1, 1, -1]),
    "CNOT": np.eye(4)[[0, 1, 3, 2]],
    "SWAP": np.eye(4)[[0, 2, 1, 3]],
}


def planes(qubits):
    """All words, as planes of bits."""
    words = np.array(list(itertools.product(NAMES.values(), repeat=qubits)))
    return words[:, :, 0].T.copy(), words[:, :, 1].T.copy()


def matrices(x, z):
    letters = [
        [LETTERS[bool(a), bool(b)] for a, b in zip(xs, zs, strict=True)] for xs, zs in zip(x.T, z.T, strict=True)
    ]
    return np.array([reduce(np.kron, word) for word in letters], complex)


@pytest.mark.parametrize("forwards", [True, False])
@pytest.mark.parametrize("name", GATES)
def test_a_clifford_gate_takes_words_to_words_with_a_sign(name, forwards):
    unitary = GATES[name]
    qubits = unitary.shape[0] // 2
    gate = Clifford(name, tuple(range(qubits)))
    x, z = planes(qubits)
    before, minus = matrices(x, z), clifford_sign(gate, x, z, forwards=forwards)
    # Only S differs from its inverse, and only in the sign.
    conjugate(gate, x, z)
    after = matrices(x, z) * np.where(minus, -1, 1)[:, None, None]
    left, right = (unitary, unitary.conj().T) if forwards else (unitary.conj().T, unitary)
    np.testing.assert_allclose(after, left @ before @ right, atol=1e-12)


@pytest.mark.parametrize("axis", ["XI", "IY", "ZX", "YY"])
def test_an_axis_commutes_with_words_or_turns_them(axis):
    x, z = planes(2)
    words = matrices(x, z)
    (generator,) = matrices(*(np.array([[NAMES[letter][i]] for letter in axis]) for i in (0, 1)))
    wires = tuple(wire for wire, letter in enumerate(axis) if letter != "I")
    letters = axis.replace("I", "")
    moved = commutation(letters, wires, x, z)
    np.testing.assert_allclose(generator @ words, np.where(moved, -1, 1)[:, None, None] * words @ generator, atol=1e-12)
    minus = axis_phase(letters, wires, x, z)
    multiply_axis(letters, wires, x, z, moved)
    products = np.where(minus, -1j, 1j)[:, None, None] * matrices(x, z)
    np.testing.assert_allclose(products[moved], (generator @ words)[moved], atol=1e-12)
    np.testing.assert_allclose(matrices(x, z)[~moved], words[~moved])


def test_packed_bits_are_the_same_words():
    """Word by word or 64 in a machine word, gates do the same."""
    generator = np.random.default_rng(0)
    x, z = (np.stack([random_bits(128, generator) for _ in range(2)]) for _ in range(2))
    plain = [unpack(plane).astype(bool) for plane in (x, z)]
    np.testing.assert_array_equal(pack(plain[0]), x)
    assert 40 < plain[0].sum() < 216
    gate = Clifford("CNOT", (0, 1))
    sign = unpack(clifford_sign(gate, x, z, forwards=True))
    np.testing.assert_array_equal(sign, clifford_sign(gate, *plain, forwards=True))
    conjugate(gate, x, z)
    conjugate(gate, *plain)
    np.testing.assert_array_equal(unpack(x), plain[0])
    np.testing.assert_array_equal(unpack(z), plain[1])
