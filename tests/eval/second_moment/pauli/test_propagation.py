from __future__ import annotations

import numpy as np
import pennylane as qml
import pytest

from eval.second_moment import (
    Clifford,
    Depolarising,
    RandomCircuit,
    Rotation,
    Unqualified,
    controlled_rotation,
    mcclean,
    propagate,
    ry_rz_cz,
    strongly_entangling,
)
from paradigms.interface import Unsupported

GATES = {"X": qml.PauliX, "Y": qml.PauliY, "Z": qml.PauliZ, "H": qml.Hadamard, "S": qml.S}
PAIRS = {"CZ": qml.CZ, "CNOT": qml.CNOT, "SWAP": qml.SWAP}


def expectation(circuit: RandomCircuit, observable: dict[str, float], angles: np.ndarray) -> float:
    """PennyLane's value, by density matrix where there is noise."""

    @qml.qnode(qml.device("default.mixed", wires=circuit.qubits))
    def run():
        for gate in circuit.gates:
            if isinstance(gate, Clifford):
                (GATES | PAIRS)[gate.name](wires=gate.wires)
            elif isinstance(gate, Rotation):
                qml.PauliRot(gate.frequency * angles[gate.parameter], gate.words[0], wires=gate.wires)
            else:
                for wire in gate.wires:
                    qml.DepolarizingChannel(0.75 * gate.rate, wires=wire)
        words = [qml.pauli.string_to_pauli_word(word) for word in observable]
        return qml.expval(qml.Hamiltonian(list(observable.values()), words))

    return float(run())


EVERYTHING = RandomCircuit(
    3,
    (
        Clifford("H", (0,)),
        Clifford("S", (0,)),
        Rotation(("XYZ",), (2, 0, 1), 0),
        Clifford("CNOT", (2, 0)),
        Clifford("Y", (1,)),
        Rotation(("Y",), (1,), 1),
        Clifford("X", (2,)),
        Depolarising((0, 2), 0.1),
        Clifford("CZ", (0, 1)),
        *controlled_rotation("X", 1, 2, 2),
        Rotation(("ZY",), (1, 2), 3),
        Clifford("SWAP", (0, 2)),
        Clifford("Z", (0,)),
        Rotation(("Y",), (0,), 1),
        Clifford("H", (2,)),
    ),
)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("circuit", "observable"),
    [
        (EVERYTHING, {"XYZ": 1.0, "ZZI": -0.5, "IIY": 0.25, "III": 0.125}),
        (strongly_entangling(4, 3), {"ZIXY": 1.0}),
        (ry_rz_cz(4, 2), {"YYII": 1.0, "IZIX": 2.0}),
    ],
)
def test_untruncated_propagation_is_exact(circuit, observable, seed):
    angles = np.random.default_rng(seed).uniform(0, 2 * np.pi, circuit.parameters)
    found = propagate(circuit, observable, angles)
    assert found.value == pytest.approx(expectation(circuit, observable, angles), abs=1e-12)
    assert found.dropped == 0.0


def test_a_controlled_rotation_is_pennylanes():
    angles = np.array([0.7, 1.9])
    circuit = RandomCircuit(2, (Rotation(("Y",), (0,), 0), *controlled_rotation("Y", 0, 1, 1)))

    @qml.qnode(qml.device("default.qubit", wires=2))
    def run():
        qml.RY(angles[0], wires=0)
        qml.CRY(angles[1], wires=[0, 1])
        return qml.expval(qml.PauliZ(0) @ qml.PauliZ(1))

    assert propagate(circuit, {"ZZ": 1.0}, angles).value == pytest.approx(float(run()), abs=1e-12)


def test_a_product_input_counts():
    bloch = np.array([[0.6, 0.0, 0.8], [0.0, 1.0, 0.0]])
    found = propagate(RandomCircuit(2, (Rotation(("Z",), (0,), 0),), bloch), {"XY": 1.0}, [np.pi / 3])
    assert found.value == pytest.approx(0.6 * np.cos(np.pi / 3))


@pytest.mark.parametrize("truncation", [{"weight": 2}, {"threshold": 0.02}, {"weight": 3, "threshold": 0.01}])
def test_truncation_costs_less_and_errs_within_its_bound(truncation):
    circuit = ry_rz_cz(5, 4)
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, circuit.parameters)
    exact = propagate(circuit, {"ZZIII": 1.0}, angles)
    found = propagate(circuit, {"ZZIII": 1.0}, angles, **truncation)
    assert found.words < exact.words
    assert found.updates < exact.updates
    assert found.most_words < exact.most_words
    assert 0 < abs(found.value - exact.value) <= found.dropped


def test_forty_qubits():
    """Words of more than 32 qubits have keys of several machine words; a circuit of Clifford angles has one word."""
    circuit = ry_rz_cz(40, 2)
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, circuit.parameters)
    far = propagate(circuit, {"I" * 20 + "Z" + "I" * 19: 1.0}, angles)
    near = ry_rz_cz(10, 2)
    columns = angles.reshape(2, 40, 2)[:, 15:25].reshape(-1)
    assert far.value == pytest.approx(propagate(near, {"I" * 5 + "Z" + "I" * 4: 1.0}, columns).value, abs=1e-12)
    assert propagate(circuit, {"Z" * 40: 1.0}, np.full(circuit.parameters, np.pi), threshold=1e-9).words == 1


def test_refusals():
    with pytest.raises(Unqualified, match="random axis"):
        propagate(mcclean(2, 1), {"ZZ": 1.0}, [0.1, 0.2])
    with pytest.raises(Unqualified, match="more than most_words=10"):
        propagate(ry_rz_cz(4, 3), {"ZZII": 1.0}, np.ones(24), most_words=10)
    with pytest.raises(Unsupported, match="2 angles are too few for 16"):
        propagate(ry_rz_cz(4, 2), {"ZZII": 1.0}, [0.0, 1.0])
