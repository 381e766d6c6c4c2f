"""The chain of Pauli words as a tensor network: matrix product states over the qubits, for lines and rings.

The vector of words is carried back from the observable and the functional forwards from the input, by the same
symmetric matrices; where they meet at a layer of rotations they give the second moments of all its angles. Near the
plateau both are close to products, so small bonds do at any depth.

Three things keep exponentially small numbers right. Letters other than the identity are weighted by √3, which puts
words of every length on one scale: without it a truncation would keep the few short words and drop the many long ones
that carry the probability. Two-qubit gates permute words, so the sum over words is restored after each truncation. And
the identity word, which no gate changes and no derivative sees, is taken out when rounding has put weight on it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from eval.second_moment.circuits.observables import Observable, Projector
from eval.second_moment.circuits.random_circuit import RandomCircuit, Rotation, Unqualified
from eval.second_moment.methods.tensor_network.mps import MatrixProductState
from eval.second_moment.methods.tensor_network.routing import GateLayer, PairStep, first_order, layers, steps
from eval.second_moment.methods.tensor_network.site_matrices import site_derivative, site_matrix, smallest_basis
from eval.second_moment.pauli.transition_matrices import CODES, clifford_matrix

TOLERANCE = 1e-10
"""Relative norm that one truncation may drop where the bond does not limit it first."""
LARGEST_IDENTITY = 1e-2
"""Share of the norm that the identity word may take before it is removed."""


@dataclass(frozen=True)
class RotationPlace:
    """A rotation: its layer, qubit, and number among the qubit's gates in the layer."""

    layer: int
    qubit: int
    nth: int


class PauliChain:
    """One circuit and observable, planned once; ``bond`` is the largest bond dimension of a sweep.

    The plan runs from the observable to the input; the way forwards is the same plan read backwards, so that vector and
    functional meet with their qubits in the same order.

    Raises:
        Unqualified: A rotation acts on more than one qubit.
    """

    def __init__(self, circuit: RandomCircuit, observable: Observable, flip: float) -> None:
        self.circuit = circuit
        self.observable = observable
        self.flip = flip
        self.layers = layers(circuit)
        basis = smallest_basis(circuit, self.layers, observable, flip)
        weights = np.array([1.0, *[np.sqrt(3.0)] * (basis.shape[1] - 1)])
        self.encode = weights[:, None] * basis.T
        self.decode = basis / weights
        self.last_order = first_order(circuit, _support(observable, circuit.qubits))
        self.steps: list[list[PairStep]] = [[] for _ in self.layers]
        self.orders: list[list[int]] = [[] for _ in self.layers]
        order, centre = list(self.last_order), 0
        for index in reversed(range(len(self.layers))):
            self.steps[index] = steps(self.layers[index], order, centre)
            self.orders[index] = list(order)
            centre = circuit.qubits - 1 - centre
        encode, decode = np.kron(self.encode, self.encode), np.kron(self.decode, self.decode)
        self.matrices = {
            kind: encode @ _pair_matrix(*kind) @ decode
            for kind in {(step.gate, step.reverse, step.swap) for step in itertools.chain(*self.steps)}
        }

    def gradient(self, parameters: Sequence[int], bond: int) -> Float[np.ndarray, " parameters"]:
        """E[(∂E/∂t)²] of the parameters."""
        places = _places(self.layers)
        wanted = {places[parameter].layer for parameter in parameters}
        vector = self._observable_state(bond)
        kept: dict[int, MatrixProductState] = {}
        for index in reversed(range(min(wanted), len(self.layers))):
            self._pairs(vector, index, forwards=False)
            if index in wanted:
                kept[index] = vector.copy()
            self._singles(vector, index, forwards=False)
        functional = self._input_state(bond, self.orders[0])
        values: dict[RotationPlace, float] = {}
        for index in range(max(wanted) + 1):
            if index in wanted:
                met = self._meet(self.layers[index], self.orders[index], functional, kept.pop(index))
                values |= {RotationPlace(index, qubit, nth): value for (qubit, nth), value in met.items()}
            self._singles(functional, index, forwards=True)
            self._pairs(functional, index, forwards=True)
        return np.array([values[places[parameter]] for parameter in parameters])

    def gradient_over_depth(
        self, shorter: Sequence[RandomCircuit], parameter: int, bond: int
    ) -> Float[np.ndarray, " circuits"]:
        """E[(∂E/∂t)²] of a parameter in the first layer of every shorter circuit, from one sweep of this one.

        Raises:
            Unqualified: A shorter circuit is not this one without its first layers, or the parameter is further in.
        """
        found = np.zeros(len(shorter))
        starts: dict[int, list[tuple[int, GateLayer, RotationPlace]]] = {}
        for number, circuit in enumerate(shorter):
            own = layers(circuit)
            place = _places(own)[parameter]
            start = len(self.layers) - len(own)
            if start < 0 or place.layer or not _same_end(own, self.layers[start:]):
                raise Unqualified(
                    f"circuit {number} of those over depth is not the deepest one without its first layers, or "
                    f"parameter {parameter} is not in its first layer; ask for its variance by itself"
                )
            starts.setdefault(start, []).append((number, own[0], place))
        vector = self._observable_state(bond)
        for index in reversed(range(min(starts), len(self.layers))):
            self._pairs(vector, index, forwards=False)
            for number, layer, place in starts.get(index, []):
                functional = self._input_state(bond, self.orders[index])
                found[number] = self._meet(layer, self.orders[index], functional, vector)[place.qubit, place.nth]
            self._singles(vector, index, forwards=False)
        return found

    def cost(self, bond: int) -> Float[np.ndarray, " 1"]:
        """E[⟨H⟩²] less the identity word's share."""
        vector = self._observable_state(bond)
        for index in reversed(range(len(self.layers))):
            self._pairs(vector, index, forwards=False)
            self._singles(vector, index, forwards=False)
        moments = self.circuit.input_moments() @ self.decode
        return np.array([vector.overlap([moments[qubit] for qubit in self.orders[0]]) - self._identity(vector)])

    def _observable_state(self, bond: int) -> MatrixProductState:
        if isinstance(self.observable, Projector):
            site = (self.encode @ [0.25, 0.0, 0.25, 0.0]).reshape(1, -1, 1)
            return MatrixProductState([site] * self.circuit.qubits, tolerance=TOLERANCE, bond=bond)
        words = {
            "".join(word[qubit] for qubit in self.last_order): coefficient**2
            for word, coefficient in self.observable.items()
        }
        return _sum_of_words(words, self.encode, bond)

    def _input_state(self, bond: int, order: Sequence[int]) -> MatrixProductState:
        moments = self.circuit.input_moments() @ self.decode
        sites = [moments[qubit].reshape(1, -1, 1) for qubit in order]
        return MatrixProductState(sites, tolerance=TOLERANCE, bond=bond)

    def _pairs(self, state: MatrixProductState, index: int, *, forwards: bool) -> None:
        plan = self.steps[index][::-1] if forwards else self.steps[index]
        total = self._total(state, forwards=forwards)
        for step, following in itertools.zip_longest(plan, plan[1:]):
            matrix = self.matrices[step.gate, step.reverse, step.swap]
            towards = following.position if following else step.position
            state.apply_pair(step.position, matrix.T if forwards else matrix, towards)
        truncated = self._total(state, forwards=forwards)
        if plan and truncated * total > 0:
            state.scale(total / truncated)

    def _singles(self, state: MatrixProductState, index: int, *, forwards: bool) -> None:
        matrices = {}
        for position, qubit in enumerate(self.orders[index]):
            if qubit in self.layers[index].singles:
                matrix = self.encode @ site_matrix(self.layers[index].singles[qubit], self.flip) @ self.decode
                matrices[position] = matrix.T if forwards else matrix
        following = self.steps[index][::-1] if forwards else self.steps[index - 1] if index else []
        state.apply_sites(matrices, following[0].position if following else 0)
        if not forwards:
            weight = self._identity(state)
            if abs(weight) > LARGEST_IDENTITY * state.norm():
                state.subtract_product(np.eye(len(self.encode))[0], weight)

    def _identity(self, state: MatrixProductState) -> float:
        """Weight of the identity word."""
        return state.overlap([np.eye(len(self.encode))[0]] * self.circuit.qubits)

    def _total(self, state: MatrixProductState, *, forwards: bool) -> float:
        """Sum over all words but the identity."""
        site = self.encode.sum(1) if forwards else self.decode.sum(0)
        return state.overlap([site] * self.circuit.qubits) - self._identity(state)

    def _meet(
        self, layer: GateLayer, order: Sequence[int], functional: MatrixProductState, vector: MatrixProductState
    ) -> dict[tuple[int, int], float]:
        """Second moments of every rotation of a layer, from the two states on its two sides, by (qubit, nth)."""
        singles = layer.singles
        moved = []
        for tensor, qubit in zip(vector.tensors, order, strict=True):
            matrix = self.encode @ site_matrix(singles.get(qubit, []), self.flip) @ self.decode
            moved.append(np.einsum("ab,lbr->lar", matrix, tensor))
        rights = [np.ones((1, 1))]
        for position in range(len(order) - 1, 0, -1):
            joined = np.tensordot(moved[position], rights[-1], (2, 1))
            rights.append(np.tensordot(functional.tensors[position], joined, ((1, 2), (1, 2))))
        left = np.ones((1, 1))
        found = {}
        for position, qubit in enumerate(order):
            seen = np.tensordot(left, functional.tensors[position], (0, 0))
            if qubit in singles:
                before = np.tensordot(vector.tensors[position], rights[len(order) - 1 - position], (2, 1))
                letters = self.encode.T @ np.tensordot(seen, before, ((0, 2), (0, 2))) @ self.decode.T
                for nth, gate in enumerate(singles[qubit]):
                    if isinstance(gate, Rotation):
                        change = site_derivative(singles[qubit], self.flip, nth)
                        found[qubit, nth] = float(np.sum(letters * change))
            left = np.tensordot(seen, moved[position], ((0, 1), (0, 1)))
        return found


def _places(found: Sequence[GateLayer]) -> dict[int, RotationPlace]:
    return {
        gate.parameter: RotationPlace(index, qubit, nth)
        for index, layer in enumerate(found)
        for qubit, gates in layer.singles.items()
        for nth, gate in enumerate(gates)
        if isinstance(gate, Rotation)
    }


def _same_end(own: Sequence[GateLayer], end: Sequence[GateLayer]) -> bool:
    """Whether two lists of layers are the same circuit but for the first layer's one-qubit gates."""
    return all(
        mine.pairs == other.pairs and (index == 0 or mine.singles_alike(other))
        for index, (mine, other) in enumerate(zip(own, end, strict=True))
    )


def _support(observable: Observable, qubits: int) -> list[int]:
    if isinstance(observable, Projector):
        return list(range(qubits))
    return [qubit for qubit in range(qubits) if any(word[qubit] != "I" for word in observable)]


def _sum_of_words(words: dict[str, float], encode: Float[np.ndarray, "letters 4"], bond: int) -> MatrixProductState:
    """Σ weight · word. Before compression, a bond's index is the rest of a word from there on."""
    qubits = len(next(iter(words)))
    tensors = []
    rests = {"": 0}
    for position in range(qubits):
        following: dict[str, int] = {}
        for word in words:
            following.setdefault(word[position + 1 :], len(following))
        tensor = np.zeros((len(rests), len(encode), len(following)))
        if position == 0:
            for word, weight in words.items():
                tensor[0, :, following[word[1:]]] += weight * encode[:, CODES[word[0]]]
        else:
            for rest, row in rests.items():
                tensor[row, :, following[rest[1:]]] += encode[:, CODES[rest[0]]]
        tensors.append(tensor)
        rests = following
    state = MatrixProductState(tensors, tolerance=TOLERANCE, bond=max(bond, len(words)))
    if len(words) > 1:
        for position in range(qubits - 1):
            state.apply_pair(position, np.eye(len(encode) ** 2), position + 1)
    state.bond = bond
    return state


def _pair_matrix(gate: str | None, reverse: bool, swap: bool) -> Float[np.ndarray, "16 16"]:
    """A step of the plan on the words of its two qubits."""
    exchange = clifford_matrix("SWAP")
    matrix = clifford_matrix(gate) if gate else np.eye(16)
    if reverse:
        matrix = exchange @ matrix @ exchange
    return exchange @ matrix if swap else matrix
