"""What the suite refuses, in one sentence and before anything is started."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.bench.vqc import Config
from eval.bench.vqc.contenders import ANSATZE, IMPLEMENTATIONS, further_circuit
from training.errors import BadInput


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"implementations": ("qiskit",)},
            r"implementations=\[qiskit\] is not one of default\.qubit, lightning\.qubit",
        ),
        ({"implementations": ()}, r"implementations=\[\] must name at least one"),
        ({"qubits": (8, 8)}, r"qubits=\[8,8\] must name at least one, and each once"),
        ({"qubits": (2,)}, r"qubits=\[2\] must be from 3"),
        ({"qubits": (31,)}, r"qubits=\[31\] must be from 3"),
        ({"depths": (0,)}, r"depths=\[0\] must be at least 1"),
        ({"depths": (6,)}, r"depths=\[6\] must be a multiple of 4.*with ansatze=\[\] any depth"),
        (
            {"implementations": ("catalyst",)},
            r"ansatze=\[strongly_entangling,reuploading\] are timed beside gradient-cost",
        ),
        ({"rounds": 0}, "rounds=0 must be positive"),
        ({"compile_cap_seconds": -1.0}, r"compile_cap_seconds=-1\.0 must be positive"),
        ({"seed": -1}, "seed=-1 must be 0 or more"),
    ],
)
def test_refused(settings, sentence):
    with pytest.raises(BadInput, match=sentence):
        Config(**settings)


def test_any_depth_will_do_without_further_circuits():
    assert Config(depths=(6,), ansatze=()).depths == (6,)


@given(st.integers(3, 30), st.integers(1, 100))
def test_further_circuits_have_as_many_gates(qubits, quarter):
    depth = 4 * quarter
    for ansatz in ANSATZE:
        contender = further_circuit(ansatz)
        # Three rotations and one entangling gate a qubit, against two and one.
        assert contender.depth(depth) * 4 * qubits == depth * 3 * qubits
        assert Fraction(contender.depth(depth), depth) == Fraction(3, 4)
    for contender in IMPLEMENTATIONS.values():
        assert contender.depth(depth) == depth


def test_every_contender_has_its_file():
    for contender in (*IMPLEMENTATIONS.values(), *map(further_circuit, ANSATZE)):
        assert contender.file.is_file()
        assert contender.is_peer == (contender.environment is not None)
