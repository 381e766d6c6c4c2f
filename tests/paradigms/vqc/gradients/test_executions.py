"""Counted executions against ``qml.Tracker`` on the stock device."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradigms.interface import Unsupported
from paradigms.vqc.circuit.ansatz import LAYERS
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.gradients.executions import Executions, executions

ONE = (qml.RX, qml.RZ, qml.PhaseShift, qml.Hadamard)
TWO = (qml.CRX, qml.CRZ, qml.IsingXX, qml.SingleExcitation, qml.CNOT)
FIXED = (qml.Hadamard, qml.CNOT)
DEVICE = qml.device("default.qubit", wires=3)
PARAMS = jnp.asarray([0.3, 0.7, -1.1])


def tracked(function, *arguments):
    """What PennyLane counts for one gradient, its forward run included."""
    circuit = qml.QNode(function, DEVICE, interface="jax", diff_method="parameter-shift")

    def total(*arguments):
        return sum(jnp.sum(value) for value in jax.tree.leaves(circuit(*arguments)))

    with qml.Tracker(DEVICE) as tracker:
        jax.grad(total)(*arguments)
    return tracker.totals["executions"]


def counted(function, *arguments, **keywords):
    return executions(qml.QNode(function, DEVICE), *arguments, **keywords)


words = st.lists(st.text("IXYZ", min_size=3, max_size=3).filter(lambda t: set(t) != {"I"}), min_size=1, max_size=4)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(ONE + TWO), st.permutations(range(3)), st.integers(0, 3)), min_size=1, max_size=6
    ),
    words,
)
def test_random_circuits(chosen, strings):
    def circuit(params):
        for gate, wires, owner in chosen:
            wires = wires[: 1 if gate in ONE else 2]
            angle = () if gate in FIXED else (params[owner] * 2 if owner < 3 else 0.4,)
            gate(*angle, wires=wires)
        qml.RY(params[0], 0)
        operators = [qml.pauli.string_to_pauli_word(text, wire_map=dict(enumerate(range(3)))) for text in strings]
        return qml.expval(qml.Hamiltonian([1.0] * len(strings), operators, grouping_type="qwc"))

    assert counted(circuit, PARAMS, light_cone=True).gradient == tracked(circuit, PARAMS)


def test_two_executions_an_angle_where_each_has_a_gate_of_two_eigenvalues():
    def circuit(weights):
        RepeatedLayers(weights, wires=range(3), layer=LAYERS["hardware_efficient"])
        return qml.expval(qml.Z(0)), qml.expval(qml.Z(1) @ qml.Z(2))

    assert counted(circuit, jnp.zeros((4, 3, 3))) == Executions(36, 72, 1, 1, 72)
    assert counted(circuit, jnp.zeros((4, 3, 3)), batch=64).gradient == 73 * 64


def shared(params, x):
    qml.RX(x, 0)
    qml.RX(params[0], 0)
    qml.RX(params[0] * x, 1)
    qml.CRY(params[1], (0, 1))
    qml.RZ(params[2], 2)
    return qml.expval(qml.X(0)), qml.expval(qml.Z(1))


@pytest.mark.parametrize(
    ("argnums", "light_cone", "occurrences", "terms"),
    [(0, False, 4, 10), (0, True, 3, 8), (1, False, 2, 4), ((0, 1), True, 4, 10)],
)
def test_occurrences_groups_and_the_light_cone(argnums, light_cone, occurrences, terms):
    count = counted(shared, PARAMS, 0.4, argnums=argnums, light_cone=light_cone)
    assert count == Executions(occurrences, terms, 1, 1, terms)
    assert count.forward == 1


def test_transforms_are_counted_as_what_is_run():
    def circuit(params):
        qml.RX(params[0], 0)
        qml.exp(qml.Z(0) + 0.5 * qml.X(0), 1j * params[1])
        return qml.expval(qml.Z(0) + qml.X(0))

    whole = qml.QNode(circuit, DEVICE)
    split = qml.transforms.split_non_commuting(whole)
    assert executions(whole, PARAMS) == Executions(2, 4, 2, 1, 8)
    # Two tapes of two occurrences and one setting each: other numbers, the same circuits.
    assert executions(split, PARAMS) == Executions(4, 8, 2, 1, 8)
    assert executions(whole, PARAMS).gradient == executions(split, PARAMS).gradient == 10


@pytest.mark.parametrize("measured", [lambda: qml.var(qml.Z(0)), qml.state, lambda: qml.sample(wires=0)])
def test_what_has_no_shift_rule_is_not_counted(measured):
    def circuit(params):
        qml.RX(params[0], 0)
        return measured()

    with pytest.raises(Unsupported, match="its rules hold for expectation values and probabilities"):
        executions(qml.QNode(circuit, DEVICE), PARAMS)


def test_hamiltonians_measured_together_share_their_groups():
    def circuit(params):
        qml.RX(params[0], 0)
        first = qml.Hamiltonian([1.0, 2.0], [qml.X(0), qml.Z(0)], grouping_type="qwc")
        second = qml.Hamiltonian([1.0, 3.0], [qml.X(0), qml.Z(0)], grouping_type="qwc")
        return qml.expval(first), qml.expval(second)

    assert counted(circuit, PARAMS).groups == 2
    assert counted(circuit, PARAMS).gradient == 6
    assert tracked(circuit, PARAMS) == 2 * 6
