"""An oracle that knows nothing of Pauli words: state vectors on a grid of angles, averaged exactly."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

import numpy as np
import pytest

from eval.second_moment import Clifford, Projector, RandomCircuit, Rotation

PAULIS = {
    "I": np.eye(2),
    "X": np.array([[0, 1], [1, 0]]),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1, -1]),
}
CLIFFORDS = {
    "X": PAULIS["X"],
    "Y": PAULIS["Y"],
    "Z": PAULIS["Z"],
    "H": (PAULIS["X"] + PAULIS["Z"]) / np.sqrt(2),
    "S": np.diag([1, 1j]),
    "CZ": np.diag([1, 1, 1, -1]),
    "CNOT": np.eye(4)[[0, 1, 3, 2]],
    "SWAP": np.eye(4)[[0, 2, 1, 3]],
}
POINTS = 6
"""Angles a turn: exact for squares of trigonometric polynomials of degree 2; of Clifford angles only 0 and π."""


def kron(word: str) -> np.ndarray:
    matrix = np.eye(1)
    for letter in word:
        matrix = np.kron(matrix, PAULIS[letter])
    return matrix


def matrix_of(observable: Mapping[str, float] | Projector) -> np.ndarray:
    if isinstance(observable, Projector):
        matrix = np.zeros((2**observable.qubits,) * 2)
        matrix[0, 0] = 1.0
        return matrix
    return np.sum([coefficient * kron(word) for word, coefficient in observable.items()], axis=0)


def apply(states: np.ndarray, matrix: np.ndarray, wires: tuple[int, ...]) -> np.ndarray:
    """``matrix`` is ``[2^k, 2^k]`` or ``[batch, 2^k, 2^k]``; ``states`` is ``[batch, 2, ..., 2]``."""
    axes = [wire + 1 for wire in wires]
    moved = np.moveaxis(states, axes, range(1, len(wires) + 1))
    mixed = (matrix @ moved.reshape(len(states), 2 ** len(wires), -1)).reshape(moved.shape)
    return np.moveaxis(mixed, range(1, len(wires) + 1), axes)


def input_state(circuit: RandomCircuit) -> np.ndarray:
    """The pure product state of the circuit's Bloch vectors."""
    state = np.ones(1)
    for x, y, z in np.tile([0.0, 0.0, 1.0], (circuit.qubits, 1)) if circuit.bloch is None else circuit.bloch:
        density = (np.eye(2) + x * PAULIS["X"] + y * PAULIS["Y"] + z * PAULIS["Z"]) / 2
        state = np.kron(state, np.linalg.eigh(density)[1][:, -1])
    return state


def costs(circuit: RandomCircuit, observable: Mapping[str, float] | Projector, angles: np.ndarray, axes=None):
    """⟨H⟩ for every row of ``angles``; ``axes`` chooses a word for every rotation, the first where None."""
    states = np.tile(input_state(circuit).reshape((1,) + (2,) * circuit.qubits), (len(angles),) + (1,) * circuit.qubits)
    rotations = iter(axes or itertools.repeat(0))
    for gate in circuit.gates:
        if isinstance(gate, Clifford):
            states = apply(states, CLIFFORDS[gate.name], gate.wires)
        else:
            assert isinstance(gate, Rotation)
            half = gate.frequency * angles[:, gate.parameter, None, None] / 2
            word = kron(gate.words[next(rotations)])
            states = apply(states, np.cos(half) * np.eye(len(word)) - 1j * np.sin(half) * word, gate.wires)
    flat = states.reshape(len(angles), -1)
    return np.einsum("bi,ij,bj->b", flat.conj(), matrix_of(observable), flat).real


def moments(circuit: RandomCircuit, observable: Mapping[str, float] | Projector) -> tuple[np.ndarray, float]:
    """Variances of all gradient components and of the cost over uniform angles and axes, by exact quadrature."""
    count = circuit.parameters
    grid = np.array(list(itertools.product(np.arange(POINTS) * 2 * np.pi / POINTS, repeat=count)))
    waves = 1j * np.fft.fftfreq(POINTS, 1 / POINTS)
    squares, values = [], []
    choices = [range(len(gate.words)) for gate in circuit.gates if isinstance(gate, Rotation)]
    for axes in itertools.product(*choices):
        table = costs(circuit, observable, grid, axes).reshape((POINTS,) * count)
        values.append(table)
        gradients = []
        for axis in range(count):
            shape = [-1 if other == axis else 1 for other in range(count)]
            spectrum = np.fft.fft(table, axis=axis) * waves.reshape(shape)
            gradients.append(np.mean(np.fft.ifft(spectrum, axis=axis).real ** 2))
        squares.append(gradients)
    return np.mean(squares, axis=0), float(np.var(values))


@pytest.fixture(name="moments")
def _moments() -> Callable[..., tuple[np.ndarray, float]]:
    return moments


@pytest.fixture(name="costs")
def _costs() -> Callable[..., np.ndarray]:
    return costs
