"""The average cost over random angles, by which second moments become variances."""

from __future__ import annotations

import numpy as np

from eval.second_moment.circuits.observables import Observable, Projector, bits
from eval.second_moment.circuits.random_circuit import Clifford, Depolarising, RandomCircuit, Rotation
from eval.second_moment.pauli.words import commutation, conjugate


def mean(circuit: RandomCircuit, observable: Observable) -> tuple[float, Observable | None]:
    """Size of the average of what varies, and what varies (None if nothing does), for angles uniform on the circle.

    On its way back a word is multiplied by the share of the axes it commutes with at every rotation. The identity, and
    any word that commutes with every axis, has one value for all angles and is left out. Where cross terms vanish at
    most one other word has an average, so its sign does not matter.
    """
    if isinstance(observable, Projector):
        return 0.0, observable
    words = list(observable)
    x, z = (plane.T.copy() for plane in bits(words))
    averages = np.array([observable[word] for word in words])
    varies = np.zeros(len(words), bool)
    for gate in reversed(circuit.gates):
        if isinstance(gate, Clifford):
            conjugate(gate, x, z)
        elif isinstance(gate, Depolarising):
            averages = averages * (1.0 - gate.rate) ** (x | z)[list(gate.wires)].sum(0)
        elif isinstance(gate, Rotation):
            moved = np.array([commutation(axis, gate.wires, x, z) for axis in gate.words])
            averages = averages * (1.0 - moved.mean(0))
            varies |= moved.any(0)
    roots = np.sqrt(circuit.input_moments())
    for qubit in range(circuit.qubits):
        averages = averages * roots[qubit][x[qubit] + 2 * z[qubit]]
    varying = {word: observable[word] for word, moves in zip(words, varies, strict=True) if moves}
    return float(np.sum(averages[varies])), varying or None
