"""Pauli paths: words carried backwards at random, 64 in a machine word, every angle scored from one path.

A path survives if its last word has an expectation in the input, which at n qubits happens once in about 2^n times. So
paths are split (sequential Monte Carlo): over the last layers on their way, those that look likely to survive, by a
product approximation of the functional "squared expectation in the input", are multiplied and the others dropped,
without bias. Independent batches give the interval, and no formula for the variance of such an estimate is trusted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt64

from eval.second_moment.circuits.observables import Observable, Projector, bits
from eval.second_moment.circuits.random_circuit import Clifford, Depolarising, RandomCircuit, Rotation
from eval.second_moment.methods.estimates import Estimates, from_batches
from eval.second_moment.pauli.packed_bits import BATCHES, batch_size, pack, random_bits, unpack
from eval.second_moment.pauli.transition_matrices import derivative_matrix, flip_probability, gate_matrix
from eval.second_moment.pauli.words import commutation, conjugate, multiply_axis

MOST_AT_ONCE = 2**16
"""Paths carried side by side."""
SPLITTINGS = 8
"""Most times that paths are split: at the last layers of two-qubit gates on their way back."""


def gradient_variances(
    circuit: RandomCircuit, observable: Observable, parameters: Sequence[int], *, samples: int, seed: int
) -> Estimates:
    """Variance of ∂⟨H⟩/∂t for every parameter asked for, from ``samples`` paths in all; angles uniform."""
    return from_batches(_scores(circuit, observable, parameters, samples, seed)[:, :-1], "paths")


def cost_variance(
    circuit: RandomCircuit, observable: Observable, average: float, *, samples: int, seed: int
) -> Estimates:
    """E[⟨H⟩²] less ``average``² and the identity word's share, from ``samples`` paths in all."""
    return from_batches(_scores(circuit, observable, (), samples, seed)[:, -1:] - average**2, "paths")


@dataclass(frozen=True)
class _Route:
    """The circuit as paths take it.

    Attributes:
        qubits: Number of qubits.
        gates: All but the first one-qubit gates of every qubit, noise one wire at a time; the first gate is the last
            on the way.
        functional: ``[qubits, 4]``, the squared expectation of every letter before ``gates``: a product, exactly.
        first: For every angle of the gates left out, its qubit and the ratio ``[4]`` of derivative to functional.
        guides: Where paths are split (before the gate of that number) and the product ``[qubits, 4]`` that guides it.
    """

    qubits: int
    gates: tuple[Rotation | Clifford | Depolarising, ...]
    functional: Float[np.ndarray, "qubits 4"]
    first: dict[int, tuple[int, Float[np.ndarray, " 4"]]]
    guides: dict[int, Float[np.ndarray, "qubits 4"]]


def _route(circuit: RandomCircuit) -> _Route:
    flip = flip_probability(None)
    heads: list[list[Rotation | Clifford | Depolarising]] = [[] for _ in range(circuit.qubits)]
    tail: list[Rotation | Clifford | Depolarising] = []
    entered: set[int] = set()
    for gate in circuit.gates:
        parts = [Depolarising((wire,), gate.rate) for wire in gate.wires] if isinstance(gate, Depolarising) else [gate]
        for part in parts:
            if len(part.wires) == 1 and part.wires[0] not in entered:
                heads[part.wires[0]].append(part)
            else:
                entered.update(part.wires)
                tail.append(part)
    functional = circuit.input_moments()
    first = {}
    for qubit, gates in enumerate(heads):
        moments = functional[qubit].copy()
        matrices = [gate_matrix(gate, flip) for gate in gates]
        functional[qubit] = _chained(matrices, moments)
        for place, gate in enumerate(gates):
            if isinstance(gate, Rotation):
                changed = [*matrices[:place], derivative_matrix(gate, flip), *matrices[place + 1 :]]
                derivative = _chained(changed, moments)
                ratio = np.divide(derivative, functional[qubit], out=np.zeros(4), where=functional[qubit] > 0)
                first[gate.parameter] = (qubit, ratio)
    return _Route(circuit.qubits, tuple(tail), functional, first, _guides(tail, functional, flip))


def _chained(matrices: Sequence[np.ndarray], moments: np.ndarray) -> np.ndarray:
    for matrix in matrices:
        moments = matrix.T @ moments
    return moments


def _guides(
    gates: Sequence[Rotation | Clifford | Depolarising], functional: Float[np.ndarray, "qubits 4"], flip: float
) -> dict[int, Float[np.ndarray, "qubits 4"]]:
    """The functional carried forwards as a product of its marginals; a letter that can survive keeps a weight."""
    product = functional.copy()
    guides = {}
    busy: set[int] = set()
    for number, gate in enumerate(gates):
        if len(gate.wires) == 1 and busy.intersection(gate.wires):
            if len(guides) == SPLITTINGS:
                break
            guides[number] = product.copy()
            busy = set()
        if len(gate.wires) > 1:
            busy.update(gate.wires)
        joint = np.ones(1)
        for wire in gate.wires:
            joint = np.kron(joint, product[wire])
        joint = (gate_matrix(gate, flip).T @ joint).reshape((4,) * len(gate.wires))
        for place, wire in enumerate(gate.wires):
            marginal = joint.sum(tuple(other for other in range(len(gate.wires)) if other != place))
            product[wire] = marginal * product[wire].sum() / marginal.sum()
    return guides


def _scores(
    circuit: RandomCircuit, observable: Observable, parameters: Sequence[int], samples: int, seed: int
) -> Float[np.ndarray, "batches scores"]:
    """One row a batch: a score for every parameter, then the second moment of the cost."""
    size = batch_size(samples)
    together = max(1, min(BATCHES, MOST_AT_ONCE // size))
    route = _route(circuit)
    counts = [min(together, BATCHES - start) for start in range(0, BATCHES, together)]
    generators = np.random.default_rng(seed).spawn(len(counts))
    return np.concatenate(
        [
            _run(route, observable, parameters, (count, size), generator)
            for count, generator in zip(counts, generators, strict=True)
        ]
    )


def _run(
    route: _Route,
    observable: Observable,
    parameters: Sequence[int],
    shape: tuple[int, int],
    generator: np.random.Generator,
) -> Float[np.ndarray, "batches scores"]:
    """Several batches side by side; ``shape`` is their number and the paths of each."""
    wanted = set(parameters)
    paths = shape[0] * shape[1]
    x, z, total = _start(observable, route.qubits, paths, generator)
    alive = np.bitwise_or.reduce(x | z, axis=0)  # the identity has no gradient, and is left out of the cost
    scale = np.full((shape[0], 1), total / shape[1])
    logarithms = np.zeros(paths)
    moved: list[dict[int, UInt64[np.ndarray, " packed"]]] = [{}]
    parents: list[Int[np.ndarray, " paths"]] = []
    for number in reversed(range(len(route.gates))):
        gate = route.gates[number]
        if isinstance(gate, Clifford):
            conjugate(gate, x, z)
        elif isinstance(gate, Depolarising):
            wire = gate.wires[0]
            lost = pack(generator.random(paths) < 1.0 - (1.0 - gate.rate) ** 2)
            alive &= ~((x[wire] | z[wire]) & lost)
        else:
            change = _rotate(gate, x, z, paths, generator)
            if gate.parameter in wanted:
                moved[-1][gate.parameter] = change
        if number in route.guides:
            guide = _log_product(route.guides[number], x, z)
            weights = np.where(unpack(alive), np.exp(guide - logarithms), 0.0).reshape(shape)
            scale = scale * weights.mean(1, keepdims=True)
            parent = _parents(weights, generator)
            x, z, alive = (pack(unpack(plane)[..., parent]) for plane in (x, z, alive))
            logarithms = np.where(scale > 0, guide[parent].reshape(shape), 0.0).reshape(-1)
            parents.append(parent)
            moved.append({})
    weights = np.where(unpack(alive), np.exp(_log_product(route.functional, x, z) - logarithms), 0.0)
    weights = (weights.reshape(shape) * scale).reshape(-1)
    codes = unpack(x).astype(np.int8) + 2 * unpack(z)
    scores = {
        parameter: weights * ratio[codes[qubit]]
        for parameter, (qubit, ratio) in route.first.items()
        if parameter in wanted
    }
    rows = {parameter: score.reshape(shape).sum(1) for parameter, score in scores.items()}
    cost = weights.reshape(shape).sum(1)
    frequencies = {gate.parameter: gate.frequency for gate in route.gates if isinstance(gate, Rotation)}
    for changes in reversed(moved):
        for parameter, change in changes.items():
            scored = (weights * unpack(change)).reshape(shape).sum(1)
            rows[parameter] = frequencies[parameter] ** 2 * scored
        if parents:
            weights = np.bincount(parents.pop(), weights, paths)
    return np.array([*(rows[parameter] for parameter in parameters), cost]).T


def _parents(weights: Float[np.ndarray, "batches size"], generator: np.random.Generator) -> Int[np.ndarray, " paths"]:
    """For every new path the old one it continues, by systematic resampling within each batch."""
    batches, size = weights.shape
    parents = np.tile(np.arange(size), (batches, 1))
    for batch, row in enumerate(weights):
        if row.any():  # a batch without survivors counts 0 whatever it continues
            places = (np.arange(size) + generator.random()) / size
            parents[batch] = np.searchsorted(np.cumsum(row) / row.sum(), places, side="right").clip(max=size - 1)
    return (parents + size * np.arange(batches)[:, None]).reshape(-1)


def _start(
    observable: Observable, qubits: int, size: int, generator: np.random.Generator
) -> tuple[UInt64[np.ndarray, "qubits packed"], UInt64[np.ndarray, "qubits packed"], float]:
    """Words drawn in proportion to their squared coefficients, and the sum of these."""
    if isinstance(observable, Projector):
        z = random_bits(qubits * size, generator).reshape(qubits, -1)
        return np.zeros_like(z), z, 2.0**-qubits
    squares = np.square(list(observable.values()))
    drawn = generator.choice(len(squares), size, p=squares / squares.sum())
    x, z = (pack(plane[drawn].T) for plane in bits(list(observable)))
    return x, z, float(squares.sum())


def _rotate(
    gate: Rotation, x: np.ndarray, z: np.ndarray, size: int, generator: np.random.Generator
) -> UInt64[np.ndarray, " packed"]:
    """Turn the words in place; which of them anticommute with the axis."""
    coins = random_bits(size, generator)
    axes = generator.integers(len(gate.words), size=size) if len(gate.words) > 1 else None
    anticommuting = np.zeros_like(coins)
    for number, word in enumerate(gate.words):
        these = commutation(word, gate.wires, x, z)
        if axes is not None:
            these &= pack(axes == number)
        anticommuting |= these
    for number, word in enumerate(gate.words):
        turned = anticommuting & coins
        if axes is not None:
            turned &= pack(axes == number)
        multiply_axis(word, gate.wires, x, z, turned)
    return anticommuting


def _log_product(letters: Float[np.ndarray, "qubits 4"], x: np.ndarray, z: np.ndarray) -> Float[np.ndarray, " samples"]:
    codes = unpack(x).astype(np.int8) + 2 * unpack(z)
    with np.errstate(divide="ignore"):
        logarithms = np.log(letters)
    return np.take_along_axis(logarithms, codes, axis=1).sum(0)
