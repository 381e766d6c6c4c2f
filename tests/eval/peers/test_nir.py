"""Libraries that read NIR, each in an environment of its own: the spikes of an exported network, step by step.

Not checked: recurrence in snnTorch 1.0.0, whose nested graph nirtorch 2.6 does not run. What is lost elsewhere is held
to what the notes of a graph say of it. Whether any spike of a square fired and the read-out's integrator, which none
reads, are checked against NIR's equations in ``tests/paradigms/snn/exchange``.
"""

import jax
import jax.numpy as jnp
import nir
import numpy as np
import pytest
from nir_reference import interpret
from peers import SNNTORCH, worker
from spike_trains import spikes

from eval.bench.snn.contenders import NORSE, SPYX
from eval.peers import process
from paradigms.interface import Spec
from paradigms.snn import Config, build
from paradigms.snn.connections.pooling import Window
from paradigms.snn.exchange import to_nir
from paradigms.snn.layered import Kernel, LayerConfig, LayeredConfig
from paradigms.snn.neurons import Reset

SCRIPTS = {SNNTORCH: "nir/snntorch_import.py", NORSE: "nir/norse_import.py", SPYX: "nir/spyx_import.py"}
STEPS, DT = 25, 1e-4


def summing(neuron: str, reset: Reset) -> Config:
    """Two convolutions, and between them the spikes of squares summed."""
    sums = Window((2, 2), (2, 2))
    layers = LayerConfig(3, neuron, kernel=Kernel((3, 3)), sums=sums), LayerConfig(4, neuron, kernel=Kernel((3, 3)))
    return LayeredConfig(architecture="convolutional", hidden=(3, 4), reset=reset, layers=layers)


CASES = {
    "snntorch: lif": (SNNTORCH, Config(hidden=(9, 8), reset="zero")),
    "snntorch: synaptic": (SNNTORCH, Config(hidden=(9,), neuron="synaptic", reset="zero")),
    "snntorch: convolutional lif": (
        SNNTORCH, Config(architecture="convolutional", hidden=(3, 4), pool=1, reset="zero")
    ),
    "snntorch: sums of spikes": (SNNTORCH, summing("lif", "zero")),
    "norse: sums of spikes": (NORSE, summing("lif", "zero")),
    "spyx: sums of spikes": (SPYX, summing("if", "subtract")),
    "norse: lif": (NORSE, Config(hidden=(9, 8), reset="zero")),
    "norse: recurrent lif": (NORSE, Config(hidden=(9,), recurrent=True, reset="zero")),
    "norse: convolutional lif": (NORSE, Config(architecture="convolutional", hidden=(3, 4), pool=1, reset="zero")),
    "norse: if": (NORSE, Config(hidden=(9, 8), neuron="if", reset="zero")),
    "norse: synaptic": (NORSE, Config(hidden=(9, 8), neuron="synaptic")),
    "norse: recurrent synaptic, reset to zero": (
        NORSE, Config(hidden=(9,), neuron="synaptic", recurrent=True, reset="zero")
    ),
    "norse: convolutional synaptic, even kernel": (
        NORSE, Config(architecture="convolutional", hidden=(3, 4), kernel=2, pool=1, neuron="synaptic")
    ),
    "spyx: if": (SPYX, Config(hidden=(9, 8), neuron="if")),
    "spyx: synaptic": (SPYX, Config(hidden=(9,), neuron="synaptic")),
    "spyx: recurrent synaptic": (SPYX, Config(hidden=(9,), neuron="synaptic", recurrent=True)),
    "spyx: convolutional if, even kernel": (
        SPYX, Config(architecture="convolutional", hidden=(3, 4), kernel=2, pool=1, neuron="if")
    ),
}  # fmt: skip


def reaches(graph: nir.NIRGraph, goal: str) -> set[str]:
    """Nodes from which a path leads to this one."""
    found = {goal}
    while more := {a for a, b in graph.edges if b in found} - found:
        found |= more
    return found


def up_to(graph: nir.NIRGraph, name: str) -> nir.NIRGraph:
    """What drives a node, and the node, whose output leaves the graph."""
    kept = reaches(graph, name)
    nodes = {key: node for key, node in graph.nodes.items() if key in kept}
    nodes["output"] = nir.Output({"output": graph.nodes[name].output_type["output"]})
    return nir.NIRGraph(nodes, [edge for edge in graph.edges if set(edge) <= kept] + [(name, "output")])


def drawn(rng: np.random.Generator, name: str, array: jax.Array) -> jax.Array:
    """Decays that differ, and biases and recurrent weights that are not zero."""
    kind = name.rpartition(".")[2]
    if kind == "weight" and "connection" in name:
        return 2 * array
    spread = {"bias": 0.2, "logit": 0.7, "weight": 0.6}[kind]
    return array + jnp.asarray(spread * rng.normal(size=array.shape), array.dtype)


def network(config: Config):
    """A model, its arrays, and inputs ``[time, *shape]`` of one example."""
    shape = (5, 6, 2) if config.architecture == "convolutional" else (5,)
    model = build(config, Spec(jax.ShapeDtypeStruct(shape, jnp.float32), "classification", 3))
    params, state = model.init(jax.random.key(0))
    rng = np.random.default_rng(0)
    params = {key: drawn(rng, key, array) for key, array in params.items()}
    return model, params, state, rng.normal(size=(STEPS, *shape)).astype(np.float32)


def read(peer: process.Worker, graph: nir.NIRGraph, inputs: np.ndarray, file, **options) -> np.ndarray:
    """What the other library's network puts out at every step, ``[time, ...]``."""
    nir.write(file, graph)
    case = {"file": str(file), "inputs": np.moveaxis(inputs, -1, 1).tolist(), **options}
    peer.request("compile", 120.0, case=case)
    return np.reshape(peer.request("evaluate", 120.0)["outputs"][0], (STEPS, -1))


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_another_library_finds_the_same_spikes(name, tmp_path):
    environment, config = CASES[name]
    model, params, state, inputs = network(config)
    late = environment is SPYX
    if late:
        # Its layers wait a step for each one before them, and a bias does not.
        params = {key: 0 * array if key == "hidden[1].connection.bias" else array for key, array in params.items()}
    # snnTorch knows no other gain of neurons whose decays differ, and norse no other of a LIF's.
    gain = "weights" if environment is NORSE else "neurons"
    graph = to_nir(model, params, state, dt=DT, gain=gain, readout="none")
    options = {NORSE: {"reset": config.reset, "dt": DT}, SPYX: {"dt": DT}}.get(environment, {})
    with worker(environment, SCRIPTS[environment]) as peer:
        for index, ours in enumerate(spikes(model.network(params, state), inputs)):
            assert np.abs(np.diff(ours, axis=0)).mean() > 0.02, "neurons that never change have nothing to disagree on"
            theirs = read(peer, up_to(graph, f"hidden_{index}.neuron"), inputs, tmp_path / "one.nir", **options)
            delay = index + 1 if late else 0
            expected = np.moveaxis(ours, -1, 1).reshape(STEPS, -1)[: STEPS - delay]
            np.testing.assert_array_equal(theirs[delay:], expected)
        if config.architecture == "dense" and not config.recurrent:
            theirs = read(peer, graph, inputs, tmp_path / "whole.nir", **options)
            current = ours @ params["readout_connection.weight"] + params["readout_connection.bias"]
            np.testing.assert_allclose(theirs[delay:], current[: STEPS - delay], rtol=1e-4, atol=1e-5)


REFUSED = {
    "snntorch: a read-out": (SNNTORCH, Config(hidden=(4,), reset="zero"), "integrator", "Unknown node type .*LI"),
    "snntorch: if": (SNNTORCH, Config(hidden=(4,), neuron="if", reset="zero"), "none", "r != 1 not supported"),
    "snntorch: a threshold": (
        SNNTORCH, Config(architecture="convolutional", hidden=(3,), reset="zero"), "none", "Unknown node .*Threshold"
    ),
    "norse: a threshold": (
        NORSE, Config(architecture="convolutional", hidden=(3, 4), reset="zero"), "none", "hidden_0_any|but got 2"
    ),
    "spyx: a read-out": (SPYX, Config(hidden=(4,)), "integrator", "LI without a following nir.Threshold"),
    "spyx: convolutional synaptic": (
        SPYX, Config(architecture="convolutional", hidden=(3,), pool=1, neuron="synaptic"), "none",
        "Incompatible shapes for broadcasting",
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", REFUSED)
def test_what_another_library_is_said_not_to_read_it_refuses(name, tmp_path):
    environment, config, readout, sentence = REFUSED[name]
    model, params, state, inputs = network(config)
    graph = to_nir(model, params, state, dt=DT, gain="neurons", readout=readout)
    options = {NORSE: {"reset": config.reset, "dt": DT}, SPYX: {"dt": DT}}.get(environment, {})
    with worker(environment, SCRIPTS[environment]) as peer, pytest.raises(process.Failed, match=sentence):
        read(peer, graph, inputs, tmp_path / "whole.nir", **options)


OTHERWISE = {
    "snntorch: reset by subtraction": (SNNTORCH, Config(hidden=(9,)), "hidden_0.neuron"),
    "norse: gain in the neurons": (NORSE, Config(hidden=(9,), reset="zero"), "hidden_0.neuron"),
    "norse: a read-out": (NORSE, Config(hidden=(9,), reset="zero"), "readout"),
    "spyx: lif": (SPYX, Config(hidden=(9,)), "hidden_0.neuron"),
    "spyx: reset to zero": (SPYX, Config(hidden=(9,), neuron="if", reset="zero"), "hidden_0.neuron"),
    "spyx: a threshold": (
        SPYX, Config(architecture="convolutional", hidden=(3, 4), neuron="if"), "hidden_1.neuron"
    ),
    "spyx: images flattened": (
        SPYX, Config(architecture="convolutional", hidden=(3,), pool=1, neuron="if"), "readout_connection"
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERWISE)
def test_what_another_library_is_said_to_read_otherwise_it_does(name, tmp_path):
    """Else the notes of a graph would warn of nothing."""
    environment, config, node = OTHERWISE[name]
    model, params, state, inputs = network(config)
    params = {key: 0 * array if key == "hidden[1].connection.bias" else array for key, array in params.items()}
    readout = "integrator" if node == "readout" else "none"
    graph = up_to(to_nir(model, params, state, dt=DT, gain="neurons", readout=readout), node)
    options = {NORSE: {"reset": config.reset, "dt": DT}, SPYX: {"dt": DT}}.get(environment, {})
    delay = len(config.hidden) if environment is SPYX else 0
    with worker(environment, SCRIPTS[environment]) as peer:
        theirs = read(peer, graph, inputs, tmp_path / "whole.nir", **options)[delay:]
    entered = np.moveaxis(inputs, -1, 1)[:, None].astype(float)
    ours = interpret(graph, entered, DT, config.reset)[node].reshape(STEPS, -1)[: STEPS - delay]
    assert np.abs(theirs - ours).mean() > 0.01, name
