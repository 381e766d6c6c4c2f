"""Frequencies and shift rules against finite differences, eigenvalues by hand, and PennyLane's own table."""

from __future__ import annotations

import numpy as np
import pennylane as qml
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paradigms.interface import Unsupported
from paradigms.vqc.gradients.gate_frequencies import frequencies, shift_rule, shift_rule_of

GATES = {
    "RX": lambda t: qml.RX(t, 0),
    "RY": lambda t: qml.RY(t, 0),
    "RZ": lambda t: qml.RZ(t, 0),
    "PhaseShift": lambda t: qml.PhaseShift(t, 0),
    "CRX": lambda t: qml.CRX(t, (0, 1)),
    "CRY": lambda t: qml.CRY(t, (0, 1)),
    "CRZ": lambda t: qml.CRZ(t, (0, 1)),
    "ControlledPhaseShift": lambda t: qml.ControlledPhaseShift(t, (0, 1)),
    "IsingXX": lambda t: qml.IsingXX(t, (0, 1)),
    "IsingYY": lambda t: qml.IsingYY(t, (0, 1)),
    "IsingZZ": lambda t: qml.IsingZZ(t, (0, 1)),
    "IsingXY": lambda t: qml.IsingXY(t, (0, 1)),
    "MultiRZ": lambda t: qml.MultiRZ(t, (0, 1, 2)),
    "PauliRot": lambda t: qml.PauliRot(t, "XYZ", (0, 1, 2)),
    "SingleExcitation": lambda t: qml.SingleExcitation(t, (0, 1)),
    "SingleExcitationPlus": lambda t: qml.SingleExcitationPlus(t, (0, 1)),
    "SingleExcitationMinus": lambda t: qml.SingleExcitationMinus(t, (0, 1)),
    "DoubleExcitation": lambda t: qml.DoubleExcitation(t, (0, 1, 2, 3)),
    "OrbitalRotation": lambda t: qml.OrbitalRotation(t, (0, 1, 2, 3)),
    "FermionicSWAP": lambda t: qml.FermionicSWAP(t, (0, 1)),
    "PCPhase": lambda t: qml.PCPhase(t, 3, (0, 1)),
    "adjoint": lambda t: qml.adjoint(qml.CRX(t, (0, 1))),
    "twice controlled": lambda t: qml.ctrl(qml.RY(t, 2), (0, 1)),
}
WIRES = range(4)
RNG = np.random.default_rng(3)


def random_state(rng):
    state = rng.normal(size=16) + 1j * rng.normal(size=16)
    return state / np.linalg.norm(state)


def random_hermitian(rng):
    matrix = rng.normal(size=(16, 16)) + 1j * rng.normal(size=(16, 16))
    return matrix + matrix.conj().T


def expectation(gate, state, observable):
    def function(angle):
        evolved = qml.matrix(gate(angle), wire_order=WIRES) @ state
        return float(np.real(evolved.conj() @ observable @ evolved))

    return function


@pytest.mark.parametrize("name", GATES)
def test_the_rule_is_the_derivative(name):
    function = expectation(GATES[name], random_state(RNG), random_hermitian(RNG))
    rule = shift_rule_of(GATES[name](0.1))
    step = 1e-4
    for angle in RNG.uniform(-7, 7, 3):
        shifted = sum(c * function(angle + s) for s, c in zip(rule.shifts, rule.coefficients, strict=True))
        # Richardson's extrapolation, whose error is of order step⁴.
        wide = (function(angle + step) - function(angle - step)) / (2 * step)
        narrow = (function(angle + step / 2) - function(angle - step / 2)) / step
        np.testing.assert_allclose(shifted, (4 * narrow - wide) / 3, atol=1e-8)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("RX", (1.0,)), ("PhaseShift", (1.0,)), ("CRX", (0.5, 1.0)), ("IsingZZ", (1.0,)), ("PCPhase", (2.0,))],
)
def test_frequencies_by_hand(name, expected):
    assert frequencies(GATES[name](0.3)) == pytest.approx(expected)


@pytest.mark.parametrize("name", sorted(set(GATES) - {"adjoint"}))
def test_frequencies_are_those_of_pennylane(name):
    gate = GATES[name](0.3)
    assert frequencies(gate) == pytest.approx(sorted(gate.parameter_frequencies[0]))


def test_the_two_term_rule_is_wrong_for_a_controlled_rotation():
    function = expectation(GATES["CRX"], random_state(RNG), random_hermitian(RNG))
    two, four = shift_rule((1.0,)), shift_rule_of(GATES["CRX"](0.0))
    values = [sum(c * function(0.4 + s) for s, c in zip(r.shifts, r.coefficients, strict=True)) for r in (two, four)]
    assert four.terms == 4
    assert abs(values[0] - values[1]) > 1e-2


def test_the_two_term_rule():
    rule = shift_rule((1.0,))
    assert rule.shifts == pytest.approx((np.pi / 2, -np.pi / 2))
    assert rule.coefficients == pytest.approx((0.5, -0.5))
    assert rule.variance_factor == pytest.approx(0.5)


def test_the_four_term_rule_of_controlled_rotations():
    # PennyLane's documented recipe for CRX: shifts π/2 and 3π/2, coefficients (√2 ± 1)/(4√2).
    rule = shift_rule((0.5, 1.0))
    outer, inner = (np.sqrt(2) - 1) / (4 * np.sqrt(2)), (np.sqrt(2) + 1) / (4 * np.sqrt(2))
    assert rule.shifts == pytest.approx((np.pi / 2, -np.pi / 2, 3 * np.pi / 2, -3 * np.pi / 2))
    assert rule.coefficients == pytest.approx((inner, -inner, -outer, outer))


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=4, unique=True),
    st.sampled_from([0.25, 0.5, 1.0, np.sqrt(2)]),
    st.integers(0, 2**31),
)
def test_any_frequencies(multiples, unit, seed):
    values = tuple(sorted(unit * multiple / 8 for multiple in multiples))
    rule = shift_rule(values)
    rng = np.random.default_rng(seed)
    cosines, sines = rng.normal(size=(2, len(values)))
    angle, omega = rng.uniform(-3, 3), np.array(values)
    points = angle + np.array(rule.shifts)
    series = np.cos(omega * points[:, None]) @ cosines + np.sin(omega * points[:, None]) @ sines + 0.7
    exact = np.sum(omega * (sines * np.cos(omega * angle) - cosines * np.sin(omega * angle)))
    scale = np.abs(rule.coefficients).sum()
    np.testing.assert_allclose(series @ np.array(rule.coefficients), exact, atol=1e-9 * (1 + scale))


def test_a_global_phase_has_no_terms():
    assert shift_rule_of(qml.GlobalPhase(0.2, wires=0)).terms == 0


def test_a_wide_pauli_rotation_needs_no_matrix():
    assert frequencies(qml.MultiRZ(0.1, wires=range(60))) == (1.0,)


@pytest.mark.parametrize(
    ("gate", "sentence"),
    [
        (qml.Rot(0.1, 0.2, 0.3, wires=0), "Rot has 3 parameters"),
        (qml.ctrl(qml.RX(0.1, 0), range(1, 12)), "acts on 12 wires, and eigenvalues are computed for at most 10"),
    ],
)
def test_what_has_no_rule_is_refused(gate, sentence):
    with pytest.raises(Unsupported, match=sentence):
        frequencies(gate)


def test_a_frequency_of_zero_is_refused():
    with pytest.raises(Unsupported, match="must be positive"):
        shift_rule((0.0, 1.0))
