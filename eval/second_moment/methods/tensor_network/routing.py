"""How a circuit runs on a chain of qubits: layers of one-qubit and of two-qubit gates, brought together by swaps.

Gates on a ring are routed by carrying one qubit along the chain, past the one it meets there; the next layer carries it
back, so that the two orders of the chain alternate and nothing is moved twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from eval.second_moment.circuits.random_circuit import Clifford, Depolarising, RandomCircuit, Rotation, Unqualified

Single = Rotation | Clifford | Depolarising


@dataclass
class GateLayer:
    """One-qubit gates, each qubit's in the order in which they act, then two-qubit gates on disjoint times."""

    singles: dict[int, list[Single]] = field(default_factory=dict)
    pairs: list[Clifford] = field(default_factory=list)

    def singles_alike(self, other: GateLayer) -> bool:
        """Whether the one-qubit gates are the same but for the numbers of their angles."""
        return self._unnumbered() == other._unnumbered()

    def _unnumbered(self) -> dict[int, list[Single]]:
        return {
            qubit: [replace(gate, parameter=0) if isinstance(gate, Rotation) else gate for gate in gates]
            for qubit, gates in self.singles.items()
        }


@dataclass(frozen=True)
class PairStep:
    """Two neighbours of the chain: a gate, or none, and then perhaps a swap, in the Heisenberg picture's order.

    Attributes:
        position: The position of the left one.
        gate: Name of the gate, if any.
        reverse: The gate's first wire is on the right.
        swap: Whether the two then change places.
    """

    position: int
    gate: str | None
    reverse: bool
    swap: bool


def layers(circuit: RandomCircuit) -> list[GateLayer]:
    """The circuit's gates in layers, first layer first.

    Raises:
        Unqualified: A rotation acts on more than one qubit.
    """
    found = [GateLayer()]
    busy: set[int] = set()
    for gate in circuit.gates:
        if isinstance(gate, Rotation) and len(gate.wires) > 1:
            raise Unqualified(
                f"method='chain' takes rotations of one qubit and not {gate.words[0]!r} on wires {gate.wires}; use "
                "method='dense' or 'paths'"
            )
        if isinstance(gate, Clifford) and len(gate.wires) == 2:
            found[-1].pairs.append(gate)
            busy.update(gate.wires)
            continue
        if busy.intersection(gate.wires):
            found.append(GateLayer())
            busy = set()
        for wire in gate.wires:
            found[-1].singles.setdefault(wire, []).append(gate)
    return found


def first_order(circuit: RandomCircuit, support: list[int]) -> list[int]:
    """Qubits along the chain: turned, on a ring, so that the observable's support is far from the ends."""
    qubits = circuit.qubits
    ring = qubits > 3 and any(set(gate.wires) == {0, qubits - 1} for gate in circuit.gates)
    if not ring or not support or len(support) == qubits:
        return list(range(qubits))
    start = (support[len(support) // 2] - qubits // 2) % qubits
    return [(start + i) % qubits for i in range(qubits)]


def steps(layer: GateLayer, order: list[int], centre: int) -> list[PairStep]:
    """The steps that carry a vector back through the layer's two-qubit gates; changes ``order`` as swaps do.

    ``centre`` is the end of the chain, 0 or the last position, at which the vector's centre is.
    """
    if all(gate.name == "CZ" for gate in layer.pairs):
        return _commuting(layer.pairs, order, centre)
    found: list[PairStep] = []
    for gate in reversed(layer.pairs):
        here, there = (order.index(wire) for wire in gate.wires)
        for position in range(min(here, there), max(here, there) - 1):
            found.append(_step(position, None, order, swap=True))
        found.append(_step(max(here, there) - 1, gate, order, swap=False))
    return found


def _commuting(gates: list[Clifford], order: list[int], centre: int) -> list[PairStep]:
    found: list[PairStep] = []
    left: dict[frozenset[int], Clifford] = {}
    for gate in gates:  # two equal CZ undo each other
        if left.pop(frozenset(gate.wires), None) is None:
            left[frozenset(gate.wires)] = gate

    def neighbours(position: int) -> Clifford | None:
        return left.pop(frozenset(order[position : position + 2]), None)

    last = len(order) - 1
    while left:
        far = next(
            (gate for gate in left.values() if abs(order.index(gate.wires[0]) - order.index(gate.wires[1])) > 1), None
        )
        if far is None:
            for position in range(last) if centre == 0 else range(last - 1, -1, -1):
                if (gate := neighbours(position)) is not None:
                    found.append(_step(position, gate, order, swap=False))
        else:
            start, end = sorted(order.index(wire) for wire in far.wires)
            for position in range(start, end) if centre == 0 else range(end - 1, start - 1, -1):
                found.append(_step(position, neighbours(position), order, swap=True))
        centre = last - centre
    return found


def _step(position: int, gate: Clifford | None, order: list[int], *, swap: bool) -> PairStep:
    reverse = gate is not None and order[position] != gate.wires[0]
    if swap:
        order[position], order[position + 1] = order[position + 1], order[position]
    return PairStep(position, gate.name if gate else None, reverse, swap)
