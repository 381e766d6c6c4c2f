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
from pennylane.transforms import split_to_single_terms

from eval.diagnose import Trend, diagnose
from eval.diagnose.advice import advise
from eval.diagnose.plateau import two_design_variance
from eval.diagnose.trend import verdict
from eval.statistics.laws import Line
from paradigms.interface import Spec, Unsupported
from paradigms.vqc import Config, build
from scripts.diagnose import main, read_arguments
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
    assert "one size cannot say" in found.advice
    for words in ("3 qubits", "gradient variance", "of a 2-design", "shot floor", "executions a step", "memory"):
        assert words in str(found)


def test_one_size_is_no_plateau():
    """It said "is on the barren plateau", which is a trend over sizes."""

    def deep(weights):
        qml.StronglyEntanglingLayers(weights, wires=range(4))
        return qml.expval(qml.Z(0) @ qml.Z(1))

    found = diagnose(qnode(deep, 4), jnp.zeros((2, 4, 3)), samples=64)
    # First and last rotations about Z do nothing, and those near the ends see one random half only.
    assert found.plateau is not None
    assert 0.5 < found.variance / found.plateau < 2
    assert "whether it falls with the qubits, as on a barren plateau, one size cannot say" in found.advice
    assert found.executions == 1 + 2 * 24


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
    assert "No parameter moves" in advise(0.0, 0.1, None, 3)
    assert "Shots decide: 5e+07" in advise(1e-8, 1e-12, 5e7, 100)
    assert "Executions decide: 5,000" in advise(0.1, 1e-3, 10.0, 5000)
    assert "reverse mode" in advise(0.1, None, None, None)


def local(qubits):
    """One layer, of which Z on the first qubit sees as many gates at any width."""

    def circuit(angles):
        for wire in range(qubits):
            qml.RY(angles[min(wire, 1)], wire)
        for wire in range(qubits - 1):
            qml.CZ((wire, wire + 1))
        return qml.expval(qml.X(0))

    return qnode(circuit, qubits), jnp.zeros(2)


def global_product(qubits):
    """The product of cos θ: Var ∂ = 2^-n."""

    def circuit(angles):
        for wire in range(qubits):
            qml.RX(angles[wire], wire)
        return qml.expval(qml.prod(*map(qml.Z, range(qubits))))

    return qnode(circuit, qubits), jnp.zeros(qubits)


def test_a_trend_over_sizes():
    found = diagnose(global_product, sizes=[2, 3, 4, 5], samples=256)
    assert (found.verdict, found.name, found.sizes) == ("decays", "global_product", (2, 3, 4, 5))
    assert found.slope.low < -1 < found.slope.high
    assert [one.qubits for one in found.diagnoses] == [2, 3, 4, 5]
    assert "decays" in str(found).splitlines()[0]
    assert found.shape is not None
    flat = diagnose(local, sizes=[2, 3, 4], samples=64)
    # ⟨X⟩ = sin θ_0 cos θ_1: both components have variance 1/4 at every width, of the same draws.
    assert flat.slope.low < 0 < flat.slope.high
    assert (flat.verdict, flat.shape) == ("undecided", None)
    assert "a fourth size and more would narrow the interval" in str(flat)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(-1.2, -0.8, "decays"), (-0.04, 0.1, "does not decay"), (-0.4, 0.2, "undecided"), (-3.0, -0.01, "undecided")],
)
def test_the_interval_decides(low, high, said):
    assert verdict(Line((low + high) / 2, low, high, 0.0, 0.0, 4, 4.0, 10.0)) == said


@pytest.mark.parametrize(
    ("said", "shape", "sentence"),
    [
        ("decays", "exponential", "exponentially as on a barren plateau"),
        ("decays", "polynomial", "no barren plateau"),
        ("decays", "undecided", "sizes further apart would tell"),
        ("decays", None, "a fourth size and more would tell"),
        ("undecided", None, "a fourth size and more would narrow"),
        ("does not decay", None, "does not decay over these sizes"),
    ],
)
def test_a_trend_is_said_in_a_sentence(said, shape, sentence):
    assert sentence in Trend("c", (4, 6, 8), (), Line(-1.0, -1.2, -0.8, 0.0, 0.0, 3, 4.0, 8.0), shape, said).advice


def encoded(weights, x):
    qml.AngleEmbedding(x, wires=range(2))
    qml.BasicEntanglerLayers(weights, wires=range(2))
    return qml.expval(0.3 * qml.Z(0) + 0.5 * qml.X(1))


def test_transforms_are_what_is_diagnosed():
    """Post-processing was dropped, and so the bare terms were diagnosed."""
    plain = diagnose(qnode(encoded, 2), jnp.zeros((1, 2)), jnp.array([0.1, 0.4]), samples=8)
    split = split_to_single_terms(qnode(encoded, 2))
    found = diagnose(split, jnp.zeros((1, 2)), jnp.array([0.1, 0.4]), samples=8)
    assert (found.variance, found.plateau) == pytest.approx((plain.variance, plain.plateau))

    @qml.transform
    def doubled(tape):
        return (tape,), lambda results: 2 * results[0]

    found = diagnose(doubled(qnode(encoded, 2)), jnp.zeros((1, 2)), jnp.array([0.1, 0.4]), samples=8)
    assert found.variance == pytest.approx(4 * plain.variance)
    assert found.plateau is found.shots is None


@pytest.mark.parametrize("measured", [lambda: qml.var(qml.Z(0)), qml.state])
def test_what_has_no_shift_rule_is_not_diagnosed(measured):
    def circuit(angles):
        qml.RX(angles[0], 0)
        return measured()

    with pytest.raises(Unsupported, match="its rules hold for expectation values and probabilities"):
        diagnose(qnode(circuit), np.zeros(1), samples=8)


def test_a_constant_has_no_gradient():
    """It divided by zero."""

    def circuit(angles):
        qml.RX(angles[0], 0)
        return qml.expval(qml.Identity(0))

    found = diagnose(qnode(circuit), np.zeros(1), samples=8)
    assert (found.variance, found.plateau, found.shots) == (0, None, None)
    assert "multiple of the identity" in found.advice


def test_what_cannot_be_diagnosed():
    with pytest.raises(BadInput, match="samples=4 must be at least 8"):
        diagnose(qnode(product), np.zeros(3), samples=4)
    with pytest.raises(BadInput, match="function is neither a QNode nor a Paradigm"):
        diagnose(product, np.zeros(3))
    with pytest.raises(BadInput, match="was given no parameters"):
        diagnose(qnode(product), ())
    with pytest.raises(BadInput, match="too few for a trend"):
        diagnose(local, sizes=[3, 4])
    with pytest.raises(BadInput, match="returned ExpectationMP; return a QNode"):
        diagnose(lambda size: qml.expval(qml.Z(0)), sizes=[2, 3, 4])
    with pytest.raises(BadInput, match="let every size have another number of them"):
        diagnose(lambda size: local(3), sizes=[2, 3, 4], samples=8)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["parameters=[2]"], "nothing names no QNode"),
        (["circuits", "parameters=[2]"], "circuits names no QNode"),
        (["m:f"], "parameters is missing"),
        (["m:f", "parameters=[2]", "shots=3"], "shots is not a setting"),
        (["m:f", "parameters=[2]", "sizes=[3,4,5]"], "leave parameters= and inputs= out"),
        (["m:f", "parameters=[2,x]"], "parameters=x must be a whole number"),
        (["m:f", "parameters=[2]", "seed=-1"], "seed=-1 must be a whole number"),
    ],
)
def test_arguments_of_the_command_are_refused(arguments, sentence):
    with pytest.raises(BadInput, match=sentence):
        read_arguments(arguments)


def test_arguments_of_the_command():
    given = read_arguments(["m.n:f", "parameters=[10,8,3]", "inputs=[4]", "samples=9"])
    assert given == ("m.n", "f", (10, 8, 3), (4,), None, 9, 0)
    assert read_arguments(["m:f", "sizes=[4,6,8]", "seed=2"]) == ("m", "f", None, None, (4, 6, 8), 64, 2)


MODULE = """
import pennylane as qml

@qml.qnode(qml.device("default.qubit", wires=1))
def circuit(angles):
    qml.RX(angles[0], 0)
    return qml.expval(qml.Z(0))

@qml.qnode(qml.device("default.qubit", wires=1))
def of_data(angles, x):
    qml.RX(x[0], 0)
    return circuit.func(angles)

def build(size):
    @qml.qnode(qml.device("default.qubit", wires=size))
    def layer(angles, x):
        for wire in range(size):
            qml.RX(angles[wire] + x[wire], wire)
        return qml.expval(qml.Z(0))

    return layer, [0.0] * size, [0.1] * size
"""


def test_the_command(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "mine.py").write_text(MODULE)
    command = [sys.executable, "-m", "scripts.diagnose"]
    done = subprocess.run(
        [*command, "mine:circuit", "parameters=[1]", "samples=8"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "executions a step" in done.stdout
    for arguments in (["mine:of_data", "parameters=[1]", "inputs=[1]"], ["mine:build", "sizes=[1,2,3]"]):
        monkeypatch.setattr(sys, "argv", ["diagnose", *arguments, "samples=8"])
        assert main() == 0
    assert "undecided" in capsys.readouterr().out
    refused = subprocess.run([*command, "mine:other", "parameters=[1]"], cwd=tmp_path, capture_output=True, text=True)
    assert refused.returncode == 2
    assert refused.stderr == "error: module mine has no other; name a QNode that it defines\n"
