"""Everybody computes the network that the table says: against float64 NumPy, its gradient written out by hand."""

import json

import numpy as np
import pytest

from eval.bench.side_by_side.contender import OURS, ROOT
from eval.bench.snn.contenders import PEER_IMPLEMENTATIONS, ours
from eval.bench.snn.paradigm import DIFFERENTIATIONS
from eval.peers import environments
from eval.peers.process import Worker
from eval.peers.snn.case import make

CASE = {
    "seed": 3,
    "time_steps": 12,
    "input_rate": 0.1,
    "batch": 8,
    "channels": 40,
    "hidden": [24, 16],
    "outputs": 5,
}
FULL = {**CASE, "time_steps": 100, "batch": 64, "channels": 700, "hidden": [256, 256], "outputs": 20}


def forward(inputs, weights, decay):
    """Logits, and for each hidden layer what it receives, its potentials and its spikes, by step."""
    inputs = inputs.astype(np.float64)
    *hidden, readout = [weight.astype(np.float64) for weight in weights]
    layers = []
    for weight in hidden:
        potential, potentials, spikes = 0.0, [], []
        for received in inputs:
            before = decay * potential + received @ weight
            fired = (before >= 1).astype(np.float64)
            potential = before - fired
            potentials.append(before)
            spikes.append(fired)
        layers.append((inputs, np.stack(potentials), np.stack(spikes)))
        inputs = layers[-1][-1]
    potential, total = 0.0, 0.0
    for received in inputs:
        potential = decay * potential + received @ readout
        total = total + potential
    return total / len(inputs), layers


def value_and_gradient(inputs, labels, weights, decay, differentiate_reset=False):
    """Mean cross entropy and its gradient, back through time; the surrogate is ``1 / (1 + (pi (u - 1))²)``."""
    logits, layers = forward(inputs, weights, decay)
    probabilities = np.exp(logits - logits.max(-1, keepdims=True))
    probabilities /= probabilities.sum(-1, keepdims=True)
    batch, steps = len(labels), len(inputs)
    value = -np.log(probabilities[np.arange(batch), labels]).mean()
    error = (probabilities - np.eye(logits.shape[-1])[labels]) / batch

    # The current of step t is in the potential of every later step, decayed once a step.
    kept = np.array([sum(decay**age for age in range(steps - step)) for step in range(steps)])
    currents = kept[:, None, None] * error / steps
    gradient = []
    for index in reversed(range(len(layers) + 1)):
        received = layers[index][0] if index < len(layers) else layers[-1][-1]
        gradient.insert(0, np.einsum("tbi,tbo->io", received, currents))
        if index == 0:
            break
        spike_errors = currents @ weights[index].astype(np.float64).T
        _, potentials, _ = layers[index - 1]
        after, by_step = 0.0, []
        for potential, spike_error in zip(potentials[::-1], spike_errors[::-1], strict=True):
            slope = 1 / (1 + np.square(np.pi * (potential - 1)))
            through_reset = -after if differentiate_reset else 0.0
            error_of_potential = after + slope * (spike_error + through_reset)
            by_step.insert(0, error_of_potential)
            after = decay * error_of_potential
        currents = np.stack(by_step)
    return value, *gradient


@pytest.fixture(scope="module")
def outputs_of():
    """Gives a contender's value and gradient, as the suite gets them; each file has one process."""
    workers = {}

    def outputs(contender, case):
        is_ours = contender.implementation == OURS
        if contender.file not in workers:
            python = None if is_ours else contender.environment.python(print)
            workers[contender.file] = Worker(python, contender.file, ROOT if is_ours else None)
        worker = workers[contender.file]
        if is_ours:
            case = {**case, "differentiation": contender.differentiation, "settings": {}}
        worker.request("compile", 300.0, case=case, maker=str(contender.maker))
        return worker.request("evaluate", 100.0)["outputs"]

    yield outputs
    for worker in workers.values():
        worker.close()


def assert_agrees(outputs, expected, tolerance):
    for output, array in zip(outputs, expected, strict=True):
        array = np.ravel(array)
        assert np.linalg.norm(output - array) <= tolerance * np.linalg.norm(array)


def test_the_oracle_s_gradient_is_that_of_its_value():
    """In the read-out, through which no surrogate goes: by central differences."""
    case = make(**CASE)
    expected = value_and_gradient(**case)[-1]
    direction = np.random.default_rng(0).normal(size=expected.shape)
    values = []
    for shift in (1e-6, -1e-6):
        weights = [*case["weights"][:-1], case["weights"][-1].astype(np.float64) + shift * direction]
        values.append(value_and_gradient(**{**case, "weights": weights})[0])
    assert (values[0] - values[1]) / 2e-6 == pytest.approx(np.sum(expected * direction), rel=1e-6)


IN_CI = ("bptt", "packed", "ottt")


@pytest.mark.parametrize(
    "differentiation",
    [pytest.param(one, marks=() if one in IN_CI else pytest.mark.slow) for one in DIFFERENTIATIONS],
)
def test_ours(outputs_of, differentiation):
    contender, expected = ours(differentiation), value_and_gradient(**make(**CASE))
    outputs = outputs_of(contender, CASE)
    if contender.comparable == "value":
        outputs, expected = outputs[:1], expected[:1]
    assert_agrees(outputs, expected, 1e-5)


@pytest.mark.parametrize("input_rate", [0.03, 0.1])
def test_hidden_neurons_fire_neither_hardly_nor_always(input_rate):
    case = make(**{**FULL, "input_rate": input_rate})
    _, layers = forward(case["inputs"], case["weights"], case["decay"])
    assert case["inputs"].mean() == pytest.approx(input_rate, rel=0.01)
    for _, _, spikes in layers:
        assert 0.05 < spikes.mean() < 0.15


def test_a_seed_is_one_case_and_sums_of_its_weights_are_exact():
    first, second = make(**CASE), make(**CASE)
    assert json.dumps(first["inputs"].tolist()) == json.dumps(second["inputs"].tolist())
    assert not np.array_equal(make(**{**CASE, "seed": 4})["weights"][0], first["weights"][0])
    spikes, weight = first["inputs"].reshape(-1, 40), first["weights"][0]
    assert weight.dtype == np.float32
    exact = spikes.astype(np.float64) @ weight
    np.testing.assert_array_equal(spikes.astype(np.float32) @ weight, exact)
    assert not np.any(exact == 1)


@pytest.mark.slow
@pytest.mark.parametrize("name", PEER_IMPLEMENTATIONS)
def test_peers(outputs_of, name):
    """Those whose environment an earlier run has made: value and gradient as far as their semantics are known."""
    contender = PEER_IMPLEMENTATIONS[name]
    if not (contender.environment.directory(environments.CACHE) / environments.COMPLETE).exists():
        pytest.skip("its environment has not been made here; the suite makes it")
    outputs = outputs_of(contender, CASE)
    differentiate_reset = contender.semantics == "gradients pass through the reset"
    expected = value_and_gradient(**make(**CASE), differentiate_reset=differentiate_reset)
    if contender.comparable == "value" and not differentiate_reset:
        assert outputs[0][0] == pytest.approx(expected[0], rel=1e-5)
    elif contender.comparable != "nothing":
        assert_agrees(outputs, expected, 1e-5)
    assert all(np.isfinite(output).all() and np.any(output) for output in outputs)
