"""Mid-circuit measurements and postselection against ``default.qubit``, and against all outcomes in NumPy."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pennylane.exceptions import DeviceError

from paradigms.vqc.device import ScanQubit


def feedback(x):
    qml.RX(x, wires=0)
    first = qml.measure(0, reset=True)
    qml.RX(0.2, wires=0)
    qml.cond(first, qml.RY, qml.RZ)(2 * x, wires=1)
    second = qml.measure(1)
    return qml.expval(first + 2 * second), qml.var(first), qml.probs(op=[second, first]), qml.probs(wires=[1, 0])


def postselection(x):
    qml.RX(x, wires="a")
    qml.RY(2 * x, wires="b")
    qml.measure("a", postselect=1)
    qml.CRX(x, wires=["a", "b"])
    return qml.expval(qml.Z("b")), qml.density_matrix(wires="b"), qml.purity(wires=["a"])


def projection(x):
    qml.RY(x, wires=0)
    qml.CRY(2 * x, wires=[0, 1])
    qml.Projector(np.array([0.6, 0.8]), wires=0)
    qml.RX(x, wires=0)
    return qml.state(), qml.expval(qml.X(1))


def total(circuit):
    return lambda x: sum(jnp.sum(jnp.real(value) ** 2) for value in circuit(x))


@pytest.mark.parametrize("circuit", [feedback, pytest.param(postselection, marks=pytest.mark.slow), projection])
def test_values_and_gradients_agree(x64, circuit):
    ours = jax.jit(qml.QNode(circuit, ScanQubit(), interface="jax"))
    theirs = qml.QNode(circuit, qml.device("default.qubit"), interface="jax", diff_method="backprop")
    x = jnp.asarray(0.37)
    for left, right in zip(ours(x), theirs(x), strict=True):
        np.testing.assert_allclose(left, right, atol=1e-12)
    np.testing.assert_allclose(jax.grad(total(ours))(x), jax.grad(total(theirs))(x), atol=1e-10)


def sampled(shots=2000, **options):
    @qml.qnode(ScanQubit(seed=3), shots=shots, interface="jax", **options)
    def circuit(x):
        qml.RX(x, wires=0)
        qml.CNOT(wires=[0, 1])
        first = qml.measure(0, postselect=1 if options else None)
        return qml.sample(first), qml.sample(wires=1), qml.counts(first), qml.expval(first)

    return circuit


def test_samples_of_a_measurement_are_of_the_same_shots():
    first, wire, counts, mean = sampled()(1.2)
    np.testing.assert_array_equal(first, wire[:, 0])
    assert counts[1.0] == int(first.sum())
    np.testing.assert_allclose([mean, np.mean(first)], np.sin(0.6) ** 2, atol=0.05)


@pytest.mark.parametrize(("mode", "kept"), [("hw-like", 2000 * np.sin(0.6) ** 2), ("fill-shots", 2000)])
def test_shots_that_postselection_leaves(mode, kept):
    first, _, counts, mean = sampled(postselect_mode=mode)(1.2)
    assert len(first) == pytest.approx(kept, abs=0 if mode == "fill-shots" else 100)
    assert counts == {1: len(first)}
    assert mean == 1


def test_what_cannot_be_deferred_is_refused():
    def circuit(measurement, wires=None, **options):
        @qml.qnode(ScanQubit(wires=wires), interface="jax", **options)
        def run():
            qml.Hadamard(0)
            qml.measure(0, reset=True)
            qml.Hadamard(1)
            return measurement()

        return run

    with pytest.raises(DeviceError, match=r"scan\.qubit defers .* \(qml\.defer_measurements\).*name the wires"):
        circuit(qml.state)()
    with pytest.raises(DeviceError, match="name the wires"):
        circuit(qml.probs)()
    with pytest.raises(qml.wires.WireError, match=r"qml.defer_measurements\): scan.qubit has no \[2\]"):
        circuit(lambda: qml.probs(wires=[0, 1]), wires=2)()
    with pytest.raises(DeviceError, match="mcm_method='tree-traversal' is not available"):
        circuit(lambda: qml.expval(qml.Z(0)), mcm_method="tree-traversal")()


def test_an_unknown_or_empty_number_of_shots_is_refused():
    with pytest.raises(DeviceError, match=r"a number of shots that jax\.jit and jax\.vmap cannot know"):
        jax.jit(sampled(postselect_mode="hw-like"))(jnp.float32(1.2))
    with pytest.raises(DeviceError, match="have probability zero"):
        sampled(postselect_mode="fill-shots")(0.0)


def test_a_compiled_function_has_no_results_of_outcomes_of_probability_zero():
    @qml.qnode(ScanQubit(seed=3), shots=5, interface="jax", postselect_mode="fill-shots")
    def circuit(x):
        qml.RX(x, wires=0)
        qml.CNOT(wires=[0, 1])
        first = qml.measure(0, postselect=1)
        values = qml.expval(first), qml.expval(qml.X(1)), qml.probs(wires=1), qml.var(first), qml.sample(qml.Z(1))
        return *values, qml.sample(wires=1), qml.sample(first)

    every = jax.jit(jax.vmap(circuit))(jnp.asarray([0.0, 1.2]))
    for results in every:
        none, some = np.asarray(results, float)
        assert np.isfinite(some).all()
        assert np.all(np.isnan(none) | (none == np.iinfo(np.int32).min))
    *_, wires, first = every
    np.testing.assert_array_equal(wires[1].reshape(-1), [1] * 5)
    np.testing.assert_array_equal(first[1], [1] * 5)


WIRES = 3
TURNS = [qml.RX, qml.RY, qml.PhaseShift]
steps = st.one_of(
    st.tuples(st.just("turn"), st.sampled_from(TURNS), st.integers(0, WIRES - 1), st.floats(-2, 2)),
    st.tuples(st.just("entangle"), st.permutations(range(WIRES))),
    st.tuples(st.just("measure"), st.integers(0, WIRES - 1), st.booleans(), st.sampled_from([None, None, 0, 1])),
    st.tuples(
        st.just("if"),
        st.integers(0, 9),
        st.booleans(),
        st.sampled_from(TURNS),
        st.integers(0, WIRES - 1),
        st.floats(-2, 2),
    ),
)


def queued(program, x):
    """Queue the program's gates and measurements, the latter returned."""
    outcomes = []
    for wire in range(WIRES):
        qml.RY(x + 0.5 * wire, wires=wire)
    for kind, *rest in program:
        match kind, rest:
            case "turn", [gate, wire, factor]:
                gate(factor * x + 0.2, wires=wire)
            case "entangle", [order]:
                qml.CRX(2 * x, wires=order[:2])
            case "measure", [wire, reset, postselect]:
                outcomes.append(qml.measure(wire, reset=reset, postselect=postselect))
            case "if", [number, value, gate, wire, factor] if outcomes:
                qml.cond(outcomes[number % len(outcomes)] == value, gate)(factor * x, wires=wire)
    return outcomes


def by_branches(program, x):
    """The same in NumPy, each outcome in a branch of its own: ⟨Z X Y⟩, the probabilities of wire 1, and means."""

    def matrix(gate):
        return np.asarray(qml.matrix(gate, wire_order=range(WIRES)))

    start = np.zeros(2**WIRES, complex)
    start[0] = 1
    branches = [(start, ())]

    def apply(gate, chosen=lambda _: True):
        whole = matrix(gate)
        branches[:] = [(whole @ vector if chosen(seen) else vector, seen) for vector, seen in branches]

    for wire in range(WIRES):
        apply(qml.RY(x + 0.5 * wire, wires=wire))
    measured = 0
    for kind, *rest in program:
        match kind, rest:
            case "turn", [gate, wire, factor]:
                apply(gate(factor * x + 0.2, wires=wire))
            case "entangle", [order]:
                apply(qml.CRX(2 * x, wires=order[:2]))
            case "measure", [wire, reset, postselect]:
                kept = (0, 1) if postselect is None else (postselect,)
                branches = [
                    (matrix(qml.Projector([outcome], wires=wire)) @ vector, (*seen, outcome))
                    for vector, seen in branches
                    for outcome in kept
                ]
                if reset:
                    apply(qml.X(wire), lambda seen: seen[-1] == 1)
                measured += 1
            case "if", [number, value, gate, wire, factor] if measured:
                apply(gate(factor * x, wires=wire), lambda seen, n=number % measured, v=value: seen[n] == v)

    def mean(observable):
        return sum(np.vdot(vector, observable @ vector).real for vector, _ in branches) / total

    total = sum(np.vdot(vector, vector).real for vector, _ in branches)
    word = matrix(qml.Z(0) @ qml.X(1) @ qml.Y(2))
    ones = mean(matrix(qml.Projector([1], wires=1)))
    means = [
        sum(np.vdot(vector, vector).real * seen[place] for vector, seen in branches) / total
        for place in range(measured)
    ]
    return np.array([mean(word), 1 - ones, ones, *means]), total


def check_any_program(program):
    program = [step for place, step in enumerate(program) if step[0] != "measure" or _measured(program[:place]) < 4]
    assume(_measured(program) and by_branches(program, 0.7)[1] > 1e-2)

    @qml.qnode(ScanQubit(), interface="jax")
    def circuit(x):
        outcomes = queued(program, x)
        word = qml.expval(qml.Z(0) @ qml.X(1) @ qml.Y(2))
        return word, qml.probs(wires=[1]), *map(qml.expval, outcomes)

    def flat(x):
        return jnp.concatenate([jnp.ravel(value) for value in circuit(x)])

    with jax.enable_x64(True):
        values, slopes = jax.jit(lambda x: (flat(x), jax.jacfwd(flat)(x)))(jnp.asarray(0.7))
    np.testing.assert_allclose(values, by_branches(program, 0.7)[0], atol=1e-9)
    below, above = (by_branches(program, 0.7 + step)[0] for step in (-1e-5, 1e-5))
    np.testing.assert_allclose(slopes, (above - below) / 2e-5, atol=1e-6)


def _measured(program):
    return sum(step[0] == "measure" for step in program)


PROGRAMS = st.lists(steps, min_size=1, max_size=8)


@given(PROGRAMS)
@settings(max_examples=3, deadline=None)
def test_any_program_is_the_mean_over_its_branches(program):
    check_any_program(program)


@pytest.mark.slow
@given(PROGRAMS)
@settings(max_examples=80, deadline=None)
def test_many_programs_are_the_mean_over_their_branches(program):
    check_any_program(program)
