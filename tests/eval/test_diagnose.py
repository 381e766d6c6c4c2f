"""The diagnosis of circuits and models whose answers are known, and of what cannot be diagnosed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest

from eval.diagnose import advise, diagnose, two_design_variance
from paradigms.interface import Spec
from paradigms.vqc import Config, build
from scripts.diagnose import read_arguments
from training.errors import BadInput


def product(angles):
    """cos θ_0: the only derivative that is not zero is -sin θ_0, of variance 1/2."""
    for wire in range(3):
        qml.RX(angles[wire], wire)
    return qml.expval(qml.Z(0))


def qnode(function, wires=3):
    return qml.QNode(function, qml.device("default.qubit", wires=wires))


def test_a_circuit_whose_variance_is_known():
    found = diagnose(qnode(product), np.zeros(3), samples=400, seed=1)
    assert found.variance_low < 0.5 / 3 < found.variance_high
    assert (found.qubits, found.depth, found.parameters, found.name) == (3, 1, 3, "product")
    assert found.executions == 1 + 2 * 3
    assert found.shots == pytest.approx(1 / (2 * found.variance))
    assert found.plateau == pytest.approx(64 / (2 * 81 * 7))
    assert "No barren plateau" in found.advice
    for words in ("3 qubits", "gradient variance", "barren plateau at", "shot floor", "executions a step", "memory"):
        assert words in str(found)


def test_a_deep_circuit_is_told_that_it_is_on_the_plateau():
    def deep(weights):
        qml.StronglyEntanglingLayers(weights, wires=range(4))
        return qml.expval(qml.Z(0) @ qml.Z(1))

    found = diagnose(qnode(deep, 4), jnp.zeros((6, 4, 3)), samples=64)
    # First and last rotations about Z do nothing, and those near the ends see one random half only.
    assert 0.5 < found.variance / found.plateau < 2
    assert "is on the barren plateau" in found.advice
    assert found.executions == 1 + 2 * 72


def test_the_variance_between_two_designs():
    # McClean's formula in another form, for n = 1: d = 2 gives 4 / (2·9·1).
    assert two_design_variance(1) == pytest.approx(2 / 9)
    assert two_design_variance(20) / two_design_variance(21) == pytest.approx(2, rel=1e-5)


def test_inputs_several_outputs_and_probabilities():
    def encoded(params, x):
        qml.RX(x, 0)
        qml.RY(params["a"], 0)
        qml.CRX(params["b"], (0, 1))
        return qml.expval(qml.Z(1)), qml.probs(wires=[0])

    found = diagnose(qnode(encoded, 2), {"a": 0.0, "b": 0.0}, 0.3, samples=16)
    assert (found.parameters, found.executions) == (2, 1 + 2 + 4)
    assert found.variance > 0


def test_a_paradigm():
    model = build(Config(qubits=3, layers=1), Spec(jax.ShapeDtypeStruct((4,), jnp.float32), "classification", 3))
    found = diagnose(model, jnp.ones((2, 4)), samples=8)
    assert found.name == "vqc"
    assert found.variance > 0
    assert found.plateau is None
    assert "barren" not in str(found)


def test_advice_for_every_finding():
    assert "No parameter moves" in advise(0.0, 0.1, 1.0, 3, 2)
    assert "Shots decide: 5e+07" in advise(1e-8, 1e-12, 5e7, 100, 30)
    assert "Executions decide: 5,000" in advise(0.1, 1e-3, 10.0, 5000, 8)
    assert "reverse mode" in advise(0.1, None, None, None, None)


def test_what_cannot_be_diagnosed():
    with pytest.raises(BadInput, match="samples=4 must be at least 8"):
        diagnose(qnode(product), np.zeros(3), samples=4)
    with pytest.raises(BadInput, match="function is neither a QNode nor a Paradigm"):
        diagnose(product, np.zeros(3))
    with pytest.raises(BadInput, match="was given no parameters"):
        diagnose(qnode(product), ())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["parameters=[2]"], "nothing names no QNode"),
        (["circuits", "parameters=[2]"], "circuits names no QNode"),
        (["m:f"], "parameters is missing"),
        (["m:f", "parameters=[2]", "shots=3"], "shots is not a setting"),
        (["m:f", "parameters=[2,x]"], "parameters=x must be a whole number"),
        (["m:f", "parameters=[2]", "seed=-1"], "seed=-1 must be a whole number"),
    ],
)
def test_arguments_of_the_command_are_refused(arguments, sentence):
    with pytest.raises(BadInput, match=sentence):
        read_arguments(arguments)


def test_arguments_of_the_command():
    assert read_arguments(["m.n:f", "parameters=[10,8,3]", "samples=9"]) == ("m.n", "f", (10, 8, 3), 9, 0)


MODULE = """
import pennylane as qml

@qml.qnode(qml.device("default.qubit", wires=1))
def circuit(angles):
    qml.RX(angles[0], 0)
    return qml.expval(qml.Z(0))
"""


def test_the_command(tmp_path: Path):
    (tmp_path / "mine.py").write_text(MODULE)
    command = [sys.executable, "-m", "scripts.diagnose"]
    done = subprocess.run(
        [*command, "mine:circuit", "parameters=[1]", "samples=8"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "executions a step" in done.stdout
    refused = subprocess.run([*command, "mine:other", "parameters=[1]"], cwd=tmp_path, capture_output=True, text=True)
    assert refused.returncode == 2
    assert refused.stderr == "error: module mine has no other; name a QNode that it defines\n"
