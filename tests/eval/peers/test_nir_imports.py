"""Graphs that other libraries write, each in an environment of its own: their networks' spikes, step by step, are ours.

What a graph does not carry is measured too: networks whose spikes are not those that NIR defines for their own graph.
"""

import nir
import numpy as np
import pytest
from peers import SNNTORCH, worker
from spike_trains import spikes

from eval.bench.snn.contenders import NORSE
from paradigms.snn import Config
from paradigms.snn.exchange import from_nir

STEPS = 25
AT_ONCE = {"reset_delay": False}
"""snnTorch resets in the step of the spike, as NIR does."""
LINEAR = ["Linear", {"in_features": 5, "out_features": 9, "gain": 1.5}]
SECOND = ["Linear", {"in_features": 9, "out_features": 7, "gain": 1.5}]
VECTOR, IMAGE = (5,), (2, 7, 6)


def convolution(channels: int, outputs: int, **settings):
    return ["Conv2d", {"in_channels": channels, "out_channels": outputs, "gain": 3, "kernel_size": 3, **settings}]


def leaky(*neurons: int, **settings):
    return ["Leaky", {"beta": 0.9, "neurons": neurons, **AT_ONCE, **settings}]


def recurrent(**settings):
    return ["RLeaky", {"neurons": [9], "beta": 0.9, "reset_mechanism": "zero", **AT_ONCE, **settings}]


DECAYS = np.linspace(0.5, 0.95, 9).tolist()
NORSE_NEURON = {"tau_mem_inv": 300.0, "v_th": 0.5, "v_leak": 0.0}
SNNTORCH_WRITES = {
    "linear, leaky, reset to zero": (VECTOR, [LINEAR, leaky(9, reset_mechanism="zero")], "zero"),
    "twice, reset by subtraction": (
        VECTOR, [LINEAR, leaky(9, beta=DECAYS), SECOND, leaky(7, threshold=0.7)], "subtract"
    ),
    "convolution, average, leaky, dense": (
        IMAGE,
        [convolution(2, 3, padding=1), ["AvgPool2d", {"kernel_size": 2}], leaky(3, 3, 3), ["Flatten", {}],
         ["Linear", {"in_features": 27, "out_features": 4, "gain": 3}], leaky(4)],
        "subtract",
    ),
    "averages before and after, strides": (
        IMAGE,
        [convolution(2, 4, stride=2, padding=1, bias=False), leaky(4, 4, 3, reset_mechanism="zero"),
         ["AvgPool2d", {"kernel_size": 2, "stride": 1}], convolution(4, 3, kernel_size=2),
         ["AvgPool2d", {"kernel_size": [2, 1]}], leaky(3, 1, 1, reset_mechanism="zero")],
        "zero",
    ),
    "synaptic": (VECTOR, [LINEAR, ["Synaptic", {"neurons": [9], "alpha": 0.8, "beta": 0.9, **AT_ONCE}]], "subtract"),
    "recurrent leaky": (VECTOR, [LINEAR, recurrent(linear_features=9)], "zero"),
    "recurrent leaky, one to one": (VECTOR, [LINEAR, recurrent(all_to_all=False, V=DECAYS)], "zero"),
}  # fmt: skip


NORSE_WRITES = {
    "two leaky layers": (
        VECTOR, 1e-6,
        [["Linear", {"in_features": 5, "out_features": 9, "gain": 6}],
         ["LIFBoxCell", {"tau_mem_inv": np.linspace(100, 500, 9).tolist(), "v_th": [0.7] * 9, "v_leak": [0.0] * 9}],
         ["Linear", {"in_features": 9, "out_features": 7, "gain": 6}],
         ["LIFBoxCell", {"tau_mem_inv": [300.0] * 7, "v_th": [1.0] * 7, "v_leak": [0.0] * 7}]],
    ),
    "without a leak": (VECTOR, 1.0, [LINEAR, ["IAFCell", {"v_th": [1.0] * 9}]]),
    "convolution": (
        IMAGE, 1e-6,
        [convolution(2, 3, gain=6),
         ["LIFBoxCell", {name: np.full((3, 5, 4), value).tolist() for name, value in NORSE_NEURON.items()}]],
    ),
}  # fmt: skip


def drawn(shape: tuple[int, ...], scale: float = 1.0) -> np.ndarray:
    return (scale * np.random.default_rng(0).normal(size=(STEPS, *shape))).astype(np.float32)


def theirs(peer, case: dict) -> np.ndarray:
    peer.request("compile", 120.0, case=case)
    return np.asarray(peer.request("evaluate", 60.0)["outputs"][0])


def ours(imported, inputs: np.ndarray) -> np.ndarray:
    """Spikes of the last layer, channels first, flat."""
    network = imported.model.network(imported.params, imported.state)
    entered = np.moveaxis(inputs, 1, -1) if inputs.ndim == 4 else inputs
    return np.moveaxis(spikes(network, entered)[-1], -1, 1).ravel()


@pytest.mark.slow
@pytest.mark.parametrize("name", SNNTORCH_WRITES)
def test_networks_of_snntorch_spike_here_as_there(name, tmp_path):
    shape, layers, reset = SNNTORCH_WRITES[name]
    # It subtracts twice, or adds, where a potential passes two thresholds.
    inputs, file = drawn(shape, 1.0 if reset == "zero" else 0.3), tmp_path / "snntorch.nir"
    with worker(SNNTORCH, "nir/snntorch_export.py") as peer:
        expected = theirs(peer, {"file": str(file), "layers": layers, "inputs": inputs.tolist()})
    assert 0.02 < expected.mean() < 0.9
    imported = from_nir(nir.read(file), Config(reset=reset), dt=1e-4)
    np.testing.assert_array_equal(ours(imported, inputs), expected)


UNSAID = {
    "a reset a step later, after the decay": (["Leaky", {"reset_delay": True}], "subtract"),
    "no reset": (["Leaky", {"reset_mechanism": "none", **AT_ONCE}], "zero"),
    "a reset that drops an input": (["Synaptic", {"alpha": 0.8, "reset_mechanism": "zero"}], "zero"),
    "potentials beyond two thresholds": (["Leaky", {**AT_ONCE}], "subtract"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", UNSAID)
def test_what_a_graph_of_snntorch_does_not_say_is_not_read(name, tmp_path):
    """Were it written some day, the documentation of ``from_nir`` would be wrong."""
    (kind, settings), reset = UNSAID[name]
    inputs, file = drawn(VECTOR), tmp_path / "snntorch.nir"
    layers = [["Linear", {**LINEAR[1], "gain": 1.5}], [kind, {"beta": 0.9, "neurons": [9], **settings}]]
    with worker(SNNTORCH, "nir/snntorch_export.py") as peer:
        expected = theirs(peer, {"file": str(file), "layers": layers, "inputs": inputs.tolist()})
    graph = nir.read(file)
    assert not graph.metadata
    assert (ours(from_nir(graph, Config(reset=reset), dt=1e-4), inputs) != expected).mean() > 0.05


@pytest.mark.slow
@pytest.mark.parametrize("name", NORSE_WRITES)
def test_networks_of_norse_spike_here_as_there(name, tmp_path):
    shape, dt, layers = NORSE_WRITES[name]
    inputs, file = drawn(shape), tmp_path / "norse.nir"
    with worker(NORSE, "nir/norse_export.py") as peer:
        expected = theirs(peer, {"file": str(file), "layers": layers, "inputs": inputs.tolist(), "dt": 1e-3})
    assert 0.02 < expected.mean() < 0.9
    np.testing.assert_array_equal(ours(from_nir(nir.read(file), Config(reset="zero"), dt=dt), inputs), expected)
