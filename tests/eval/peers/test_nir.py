"""Libraries that read NIR, each in an environment of its own: the spikes of an exported network, step by step.

Not checked: recurrence in snnTorch 1.0.0, whose nested graph nirtorch 2.6 does not run; pooling and the read-out's
integrator, whose nodes neither library reads. Those are checked against NIR's equations in
``tests/paradigms/snn/test_exchange.py``.
"""

import jax
import jax.numpy as jnp
import nir
import numpy as np
import pytest

from eval.bench.snn.contenders import NORSE, TORCH
from eval.peers import process
from eval.peers.environments import Environment, Unavailable
from paradigms.interface import Spec
from paradigms.snn import Config, build
from paradigms.snn.exchange import to_nir

SNNTORCH = Environment("snntorch-nir", (*TORCH, "h5py==3.16.0"), ("snntorch==1.0.0", "nir==1.0.8", "nirtorch==2.6"))
STEPS, DT = 25, 1e-4
CASES = {
    "snntorch: lif": (SNNTORCH, Config(hidden=(9, 8), reset="zero")),
    "snntorch: synaptic": (SNNTORCH, Config(hidden=(9,), neuron="synaptic", reset="zero")),
    "snntorch: convolutional lif": (
        SNNTORCH, Config(architecture="convolutional", hidden=(3, 4), pool=1, reset="zero")
    ),
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


def spikes(network, inputs: np.ndarray) -> list[np.ndarray]:
    """Of every hidden layer at every step, for one example ``[time, *shape]``, by the neurons' step functions."""
    outputs, x = [], jnp.asarray(inputs)[:, None]
    for layer in network.hidden:
        state, train = layer.neuron.initial_state((1,)), []
        for current in layer.connection(x):
            fired, state = layer.neuron(current, state)
            train.append(fired)
        x = jnp.stack(train)
        outputs.append(np.asarray(x[:, 0]))
    return outputs


def drawn(rng: np.random.Generator, name: str, array: jax.Array) -> jax.Array:
    """Decays that differ, and biases and recurrent weights that are not zero."""
    kind = name.rpartition(".")[2]
    if kind == "weight" and "connection" in name:
        return 2 * array
    spread = {"bias": 0.2, "logit": 0.7, "weight": 0.6}[kind]
    return array + jnp.asarray(spread * rng.normal(size=array.shape), array.dtype)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_another_library_finds_the_same_spikes(name, tmp_path):
    environment, config = CASES[name]
    try:
        python = environment.python(print)
    except Unavailable as reason:
        pytest.skip(str(reason))
    shape = (5, 6, 2) if config.architecture == "convolutional" else (5,)
    model = build(config, Spec(jax.ShapeDtypeStruct(shape, jnp.float32), "classification", 3))
    params, state = model.init(jax.random.key(0))
    rng = np.random.default_rng(0)
    params = {key: drawn(rng, key, array) for key, array in params.items()}
    inputs = rng.normal(size=(STEPS, *shape)).astype(np.float32)
    # snnTorch knows no other gain of neurons whose decays differ, and norse no other of a LIF's.
    graph = to_nir(model, params, state, dt=DT, gain="weights" if environment is NORSE else "neurons", readout="none")
    options = {"reset": config.reset, "dt": DT} if environment is NORSE else {}
    peer = process.SCRIPT.with_name("nir_norse.py" if environment is NORSE else "nir_snntorch.py")
    worker = process.Worker(python, peer)
    try:
        for index, ours in enumerate(spikes(model.network(params, state), inputs)):
            assert np.abs(np.diff(ours, axis=0)).mean() > 0.02, "neurons that never change have nothing to disagree on"
            file = tmp_path / f"{index}.nir"
            nir.write(file, up_to(graph, f"hidden_{index}.neuron"))
            channels_first = np.moveaxis(inputs, -1, 1).tolist()
            worker.request("compile", 60.0, case={"file": str(file), "inputs": channels_first, **options})
            (theirs,) = worker.request("evaluate", 60.0)["outputs"]
            np.testing.assert_array_equal(np.moveaxis(ours, -1, 1).ravel(), theirs)
        if config.architecture == "dense" and not config.recurrent:
            file = tmp_path / "whole.nir"
            nir.write(file, graph)
            worker.request("compile", 60.0, case={"file": str(file), "inputs": inputs.tolist(), **options})
            (theirs,) = worker.request("evaluate", 60.0)["outputs"]
            current = ours @ params["readout_connection.weight"] + params["readout_connection.bias"]
            np.testing.assert_allclose(current.ravel(), theirs, rtol=1e-4, atol=1e-5)
    finally:
        worker.close()
