"""Networks as NIR graphs: against a float64 interpreter of NIR's equations, there and back, and what is refused."""

import doctest
from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import nir
import numpy as np
import pytest
from nir_reference import interpret

from paradigms.interface import Spec, Unsupported
from paradigms.snn import Config, build, exchange
from paradigms.snn.connections.pooling import pooled
from paradigms.snn.exchange import from_nir, to_nir
from paradigms.snn.exchange.discretisation import logit_of, membrane_ratio, strict_threshold

BATCH, STEPS, OUTPUTS = 3, 12, 4


# --- Networks to export.

VECTOR, IMAGE = (
    Spec(jax.ShapeDtypeStruct((5,), jnp.float32), "classification", OUTPUTS),
    Spec(jax.ShapeDtypeStruct((7, 6, 2), jnp.float32), "classification", OUTPUTS),
)
CASES = {
    "lif": (Config(hidden=(7, 6)), VECTOR),
    "lif, reset to zero": (Config(hidden=(7, 6), reset="zero"), VECTOR),
    "if": (Config(hidden=(7, 6), neuron="if"), VECTOR),
    "synaptic": (Config(hidden=(7, 6), neuron="synaptic", reset="zero"), VECTOR),
    "recurrent": (Config(hidden=(7, 6), recurrent=True), VECTOR),
    "recurrent synaptic": (Config(hidden=(7, 6), recurrent=True, neuron="synaptic"), VECTOR),
    "decay a layer, not trained": (Config(hidden=(7, 6), decay_per="layer", learn_decay=False), VECTOR),
    "convolutional": (Config(architecture="convolutional", hidden=(3, 4)), IMAGE),
    "even kernel, no pool": (Config(architecture="convolutional", hidden=(3,), kernel=2, pool=1, neuron="if"), IMAGE),
}


def network(config: Config, spec: Spec):
    """A model with every array drawn: decays that differ, biases and recurrent weights that are not zero."""
    model = build(replace(config, time_steps=STEPS), spec)
    params, state = model.init(jax.random.key(0))
    rng = np.random.default_rng(1)

    def drawn(name, array):
        spread = {"logit": 1.0, "bias": 0.2}.get(name.rpartition(".")[2], 0.0 if "connection" in name else 0.5)
        gain = 1 + ("connection" in name and name.endswith("weight"))
        return gain * array + jnp.asarray(spread * rng.normal(size=array.shape), array.dtype)

    return model, *({name: drawn(name, array) for name, array in part.items()} for part in (params, state))


@eqx.filter_jit
def _outputs(module, x):
    outputs = []
    for layer in module.hidden:

        def step(state, current, neuron=layer.neuron):
            return neuron(current, state)[::-1]

        _, x = jax.lax.scan(step, layer.neuron.initial_state((x.shape[1],)), layer.connection(x))
        x = x if layer.pool == 1 else pooled(x, layer.pool)
        outputs.append(x)
        x = x.reshape(*x.shape[:2], *layer.output_shape)
    return outputs


def trains(model, params, state, inputs) -> list[np.ndarray]:
    """Spikes of every hidden layer after its pooling, at every step, for inputs ``[time, batch, *shape]``."""
    return [np.asarray(x) for x in _outputs(model.network(params, state), jnp.asarray(inputs, jnp.float32))]


_apply = jax.jit(lambda model, *rest: model.apply(*rest, key=jax.random.key(0), train=False), static_argnums=0)


def predicted(model, params, state, inputs) -> np.ndarray:
    return np.asarray(_apply(model, params, state, jnp.asarray(inputs)).prediction)


def channels_first(x: np.ndarray) -> np.ndarray:
    return np.moveaxis(x, -1, 2) if x.ndim == 5 else x


@pytest.mark.parametrize("name", CASES)
def test_the_graph_computes_what_the_network_computes_and_gives_it_back(name, tmp_path):
    """Spikes at every step, and the prediction: by NIR's equations in float64, and by the network read from a file."""
    model, params, state = network(*CASES[name])
    nir.write(tmp_path / "network.nir", to_nir(model, params, state, dt=2e-3))
    graph = nir.read(tmp_path / "network.nir")
    rng = np.random.default_rng(2)
    steps = rng.normal(size=(STEPS, BATCH, *model.reading.shape)).astype(np.float32)
    inputs = rng.uniform(size=steps.shape[1:]).astype(np.float32)
    found = trains(model, params, state, steps)
    nodes = interpret(graph, channels_first(steps).astype(float), 2e-3, model.config.reset)
    pools = model.config.architecture == "convolutional" and model.config.pool > 1
    for index, spikes in enumerate(found):
        switches = np.abs(np.diff(spikes, axis=0)).mean()
        assert switches > 0.04, "neurons that always or never fire have nothing to disagree on"
        node = f"hidden_{index}_any" if pools else f"hidden_{index}.neuron"
        np.testing.assert_array_equal(channels_first(spikes), nodes[node])
    if model.config.recurrent:
        graph.nodes["hidden_0.recurrent"].weight *= 0
        without = interpret(graph, steps.astype(float), 2e-3, model.config.reset)["hidden_0.neuron"]
        assert (without != nodes["hidden_0.neuron"]).mean() > 0.05
        graph = nir.read(tmp_path / "network.nir")
    constant = channels_first(np.stack([inputs] * STEPS)).astype(float)
    expected = interpret(graph, constant, 2e-3, model.config.reset)["output"].mean(0)
    prediction = predicted(model, params, state, inputs)
    np.testing.assert_allclose(prediction, expected, rtol=2e-5, atol=2e-6)

    config = replace(model.config, hidden=(1,), architecture="dense", neuron="lif", recurrent=False, reset="subtract")
    again = from_nir(graph, config)
    assert again.model.config == model.config
    for before, after in ((params, again.params), (state, again.state)):
        assert before.keys() == after.keys()
        for array in before:
            np.testing.assert_array_equal(before[array], after[array], err_msg=array)
    for ours, theirs in zip(found, trains(*again, steps), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(prediction, predicted(*again, inputs))


def test_recordings_pass_through_a_graph():
    """A spike recording brings its own task, which the graph cannot carry."""
    spec = Spec(jax.ShapeDtypeStruct((STEPS, 5), jnp.bool_), "classification", OUTPUTS)
    model, params, state = network(Config(hidden=(6,), recurrent=True), spec)
    again = from_nir(to_nir(model, params, state), model.config, spec)
    recording = np.random.default_rng(0).uniform(size=(BATCH, STEPS, 5)) < 0.4
    ours = predicted(model, params, state, recording)
    np.testing.assert_array_equal(ours, predicted(*again, recording))
    nodes = interpret(to_nir(model, params, state), np.moveaxis(recording, 1, 0).astype(float), 1e-4, "subtract")
    np.testing.assert_allclose(ours, nodes["output"].mean(0), rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_decay_survives_the_way_there_and_back(dtype):
    logits = np.random.default_rng(0).uniform(-15, 18, 20000).astype(np.float32).astype(dtype)
    ratio = membrane_ratio(logits)
    decay = 1 / (1 + np.exp(-logits.astype(float)))
    np.testing.assert_allclose(1 - 1 / ratio, decay, rtol=1e-8)
    np.testing.assert_array_equal(logit_of(ratio).astype(np.float32), logits.astype(np.float32))


def test_a_potential_of_exactly_the_threshold_fires_in_both():
    """Weights of one half: two steps of a constant input reach 1 exactly."""
    model = build(
        Config(hidden=(1,), neuron="if", time_steps=4),
        Spec(jax.ShapeDtypeStruct((1,), jnp.float32), "classification", 2),
    )
    params, state = model.init(jax.random.key(0))
    params = params | {"hidden[0].connection.weight": jnp.full((1, 1), 0.5)}
    steps = np.ones((4, 1, 1))
    nodes = interpret(to_nir(model, params, state), steps, 1e-4, "subtract")
    np.testing.assert_array_equal(nodes["hidden_0.neuron"].ravel(), [0, 1, 0, 1])
    np.testing.assert_array_equal(trains(model, params, state, steps)[0].ravel(), [0, 1, 0, 1])
    assert strict_threshold(np.dtype(np.float32)) < 1 == np.nextafter(np.float32(1 - 2**-24), np.float32(2))


def _foreign(kind=nir.LIF, **changes) -> nir.NIRGraph:
    """As another library may write it: thresholds of 0.5, gains, no metadata, a recurrence without a bias."""
    rng = np.random.default_rng(3)
    n = 6
    common = {"v_threshold": np.full(n, 0.5), "v_reset": np.zeros(n)}
    leaky = {"r": np.linspace(1, 2, n), "v_leak": np.zeros(n)}
    neuron = {
        nir.IF: lambda: {"r": np.linspace(1, 2, n) / 1e-3, **common},
        nir.LIF: lambda: {"tau": np.linspace(2e-3, 9e-3, n), **leaky, **common},
        nir.CubaLIF: lambda: {
            "tau_syn": np.full(n, 3e-3), "tau_mem": np.linspace(2e-3, 9e-3, n), "w_in": np.full(n, 1.5), **leaky,
            **common,
        },
    }[kind]()  # fmt: skip
    nodes = {
        "in": nir.Input(np.array([5])),
        "a": nir.Linear(3 * rng.normal(size=(n, 5))),
        "b": kind(**(neuron | changes)),
        "c": nir.Affine(rng.normal(size=(n, n)), np.zeros(n)),
        "d": nir.Affine(rng.normal(size=(OUTPUTS, n)), rng.normal(size=OUTPUTS)),
        "e": nir.LI(np.full(OUTPUTS, 5e-3), np.full(OUTPUTS, 3.0), np.zeros(OUTPUTS)),
        "out": nir.Output(np.array([OUTPUTS])),
    }
    edges = [("in", "a"), ("a", "b"), ("b", "c"), ("c", "b"), ("b", "d"), ("d", "e"), ("e", "out")]
    return nir.NIRGraph(nodes, edges)


@pytest.mark.parametrize(("gain", "readout"), [("weights", "none"), ("neurons", "integrator")])
@pytest.mark.parametrize("name", ["lif", "synaptic", "recurrent", "convolutional"])
def test_where_the_gain_is_and_who_integrates_changes_no_spike(name, gain, readout, caplog):
    """Spikes and currents as NIR's equations give them, the same network again, and what is lost elsewhere is said."""
    model, params, state = network(*CASES[name])
    graph = to_nir(model, params, state, dt=2e-3, gain=gain, readout=readout)
    notes = [record.getMessage() for record in caplog.records]
    assert graph.metadata["notes"] == " ".join(notes)
    assert any("an LI, which snnTorch" in note for note in notes) == (readout == "integrator")
    assert any("norse 1.1.0 ignores r" in note for note in notes) == (
        model.config.neuron == "lif" and gain == "neurons"
    )
    lif = [node for node in graph.nodes.values() if isinstance(node, nir.LIF)]
    assert all(np.array_equal(node.r, np.ones_like(node.r)) == (gain == "weights") for node in lif)
    steps = np.random.default_rng(2).normal(size=(STEPS, BATCH, *model.reading.shape)).astype(np.float32)
    nodes = interpret(graph, channels_first(steps).astype(float), 2e-3, model.config.reset)
    last = f"hidden_{len(model.config.hidden) - 1}"
    pools = model.config.architecture == "convolutional"
    spikes = trains(model, params, state, steps)[-1]
    np.testing.assert_array_equal(channels_first(spikes), nodes[f"{last}_any" if pools else f"{last}.neuron"])
    current = spikes.reshape(STEPS, BATCH, -1) @ params["readout_connection.weight"] + params["readout_connection.bias"]
    if readout == "none":
        np.testing.assert_allclose(nodes["output"], current, rtol=1e-4, atol=1e-5)
    again = from_nir(graph, model.config)
    for before, after in ((params, again.params), (state, again.state)):
        for array in before:
            np.testing.assert_array_equal(before[array], after[array], err_msg=array)


@pytest.mark.parametrize("end", ["spikes", "currents"])
def test_a_graph_without_an_integrator_is_read_as_the_mean_of_what_it_puts_out(end):
    """Every export of snnTorch ends in a spiking layer."""
    graph = _without(_foreign(v_leak=np.linspace(-0.1, 0.2, 6)), *(("d", "e") if end == "spikes" else ("e",)))
    graph.nodes["out"] = nir.Output(np.array([6 if end == "spikes" else OUTPUTS]))
    graph.edges.append(("b" if end == "spikes" else "d", "out"))
    imported = from_nir(graph, Config(reset="zero", time_steps=STEPS), dt=1e-3)
    x = np.random.default_rng(4).normal(size=(BATCH, 5)).astype(np.float32)
    expected = interpret(graph, np.stack([x] * STEPS).astype(float), 1e-3, "zero")["out"].mean(0)
    assert np.ptp(expected) > 0.2
    np.testing.assert_allclose(predicted(*imported, x), expected, rtol=1e-5, atol=1e-6)


def test_a_convolution_may_be_last():
    """Neurons are numbered as the graph numbers them, channels first."""
    whole = _convolution()
    graph = _without(whole, *(name for name in whole.nodes if name in ("flatten", "readout_connection", "readout")))
    graph.edges.append(("hidden_0_any", "output"))
    imported = from_nir(graph, Config(time_steps=STEPS), dt=1e-4)
    images = 3 * np.random.default_rng(6).uniform(size=(BATCH, 7, 6, 2)).astype(np.float32)
    steps = np.stack([np.moveaxis(images, -1, 1)] * STEPS).astype(float)
    expected = interpret(graph, steps, 1e-4, "subtract")["output"].mean(0).reshape(BATCH, -1)
    assert np.ptp(expected) > 0.2
    np.testing.assert_allclose(predicted(*imported, images), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dt", [np.array([1e-3]), np.float32(1e-3), "1e-3", b"0.001"])
def test_a_step_is_read_as_files_bring_it(dt):
    graph = _foreign()
    graph.metadata |= {"dt": dt, "reset": b"zero"}
    graph.nodes["in"].input_type = {"input": None}
    model, params, _ = from_nir(graph, Config(time_steps=STEPS))
    expected = from_nir(_foreign(), Config(time_steps=STEPS, reset="zero"), dt=float(np.asarray(dt).item()))
    assert model.config == expected.model.config
    for name, array in expected.params.items():
        np.testing.assert_array_equal(params[name], array)
    graph.nodes["in"].input_type = None
    assert from_nir(graph).model.spec == expected.model.spec


def test_an_input_whose_shape_nothing_says_is_refused():
    graph = _convolution()
    graph.nodes["input"].input_type = None
    graph.nodes["hidden_0_connection"].input_shape = None
    with pytest.raises(Unsupported, match="input has no shape"):
        from_nir(graph)


@pytest.mark.parametrize("kind", [nir.IF, nir.LIF, nir.CubaLIF])
def test_a_graph_of_another_library_keeps_its_spikes(kind):
    graph = _foreign(kind)
    imported = from_nir(graph, Config(reset="zero", time_steps=STEPS), dt=1e-3)
    assert imported.model.config.recurrent
    steps = np.random.default_rng(4).normal(size=(STEPS, BATCH, 5))
    nodes = interpret(graph, steps, 1e-3, "zero")
    spikes = trains(*imported, steps)[0]
    assert 0.05 < spikes.mean() < 0.95
    np.testing.assert_array_equal(spikes, nodes["b"])
    expected = interpret(graph, np.stack([steps[0]] * STEPS), 1e-3, "zero")["out"].mean(0)
    np.testing.assert_allclose(predicted(*imported, steps[0].astype(np.float32)), expected, rtol=1e-4, atol=1e-5)


def _nested(bias: np.ndarray) -> nir.NIRGraph:
    """The recurrent layer is a graph of its own, as snnTorch writes it, and within another."""
    flat = _foreign()
    inner = {"in": nir.Input(np.array([6])), "lif": flat.nodes["b"], "w": nir.Affine(flat.nodes["c"].weight, bias)}
    inner["out"] = nir.Output(np.array([6]))
    edges = [("in", "lif"), ("lif", "w"), ("w", "lif"), ("lif", "out")]
    middle = {"in": nir.Input(np.array([6])), "cell": nir.NIRGraph(inner, edges), "out": nir.Output(np.array([6]))}
    nodes = {name: node for name, node in flat.nodes.items() if name != "c"}
    nodes["b"] = nir.NIRGraph(middle, [("in", "cell"), ("cell", "out")])
    return nir.NIRGraph(nodes, [edge for edge in flat.edges if "c" not in edge])


def test_a_graph_within_a_graph_is_read_as_its_nodes_and_the_bias_of_a_loop_enters_at_every_step(tmp_path):
    bias = np.linspace(-2, 3, 6)
    nir.write(tmp_path / "nested.nir", _nested(bias))
    imported = from_nir(nir.read(tmp_path / "nested.nir"), Config(reset="zero", time_steps=STEPS), dt=1e-3)
    flat = _foreign()
    flat.nodes["c"].bias = bias
    steps = np.random.default_rng(4).normal(size=(STEPS, BATCH, 5))
    expected = interpret(flat, steps, 1e-3, "zero")["b"]
    without = interpret(_foreign(), steps, 1e-3, "zero")["b"]
    assert (expected != without).mean() > 0.05
    assert np.any(expected[0] != without[0]), "the bias is there before the first spike"
    np.testing.assert_array_equal(trains(*imported, steps)[0], expected)


def test_numbers_that_are_no_arrays_of_numpy_must_be_finite_too():
    """Graphs that were in no file bring tensors of their library."""
    graph = _foreign()
    graph.nodes["a"].weight = jnp.full((6, 5), jnp.nan)
    with pytest.raises(Unsupported, match="a has a weight that is not finite"):
        from_nir(graph, dt=1e-3)


def test_images_enter_a_dense_network_through_a_flatten():
    rng = np.random.default_rng(5)
    ones, two = np.ones(3), np.ones(2)
    graph = nir.NIRGraph.from_list(
        nir.Input(np.array([2, 3, 4])),
        nir.Flatten({"input": np.array([2, 3, 4])}, start_dim=0),
        nir.Affine(rng.normal(size=(3, 24)), rng.normal(size=3)),
        nir.LIF(tau=4 * ones, r=4 * ones, v_leak=0 * ones, v_threshold=ones),
        nir.Affine(rng.normal(size=(2, 3)), 0 * two),
        nir.LI(tau=4 * two, r=4 * two, v_leak=0 * two),
    )
    imported = from_nir(graph, Config(reset="zero", time_steps=STEPS), dt=1.0)
    images = rng.uniform(size=(BATCH, 3, 4, 2)).astype(np.float32)
    nodes = interpret(graph, np.stack([np.moveaxis(images, -1, 1)] * STEPS).astype(float), 1.0, "zero")
    np.testing.assert_allclose(predicted(*imported, images), nodes["output"].mean(0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("config", "spec", "sentence"),
    [
        (Config(neuron="adaptive"), VECTOR, "paradigm.neuron=adaptive cannot be exported"),
        (Config(learn_initial_state=True), VECTOR, "neurons of NIR start at zero"),
        (Config(architecture="residual", hidden=(3, 3)), IMAGE, "architecture=residual cannot be exported"),
        (
            Config(architecture="transformer", hidden=(8,), patch=2),
            IMAGE,
            "architecture=transformer cannot be exported",
        ),
    ],
)
def test_what_nir_cannot_say_is_not_exported(config, spec, sentence):
    with pytest.raises(Unsupported, match=sentence):
        to_nir(build(config, spec), {}, {})


def test_a_step_has_a_length():
    with pytest.raises(Unsupported, match=r"dt=0\.0 must be a positive number of seconds"):
        to_nir(build(*CASES["lif"]), {}, {}, dt=0.0)


def _without(graph: nir.NIRGraph, *names: str) -> nir.NIRGraph:
    nodes = {name: node for name, node in graph.nodes.items() if name not in names}
    return nir.NIRGraph(nodes, [e for e in graph.edges if not set(names) & set(e)], type_check=False)


def _said(**metadata) -> nir.NIRGraph:
    graph = _foreign()
    graph.metadata |= metadata
    return graph


def _with(name: str, node: nir.NIRNode) -> nir.NIRGraph:
    graph = _foreign()
    graph.nodes[name] = node
    return graph


@pytest.mark.parametrize(
    ("graph", "options", "sentence"),
    [
        (_foreign(), {}, "do not say dt"),
        (_foreign(), {"dt": 0.0}, "dt=0.0 must be a positive"),
        (_foreign(), {"dt": 3e-3}, r"a time constant of 0\.666667 dt; it must be above dt=0\.003"),
        (_foreign(v_reset=np.full(6, 0.1)), {"dt": 1e-3}, "b has v_reset other than 0"),
        (_said(dt="soon"), {}, "dt=soon must be a positive"),
        (_said(dt=np.ones(2)), {}, r"dt=\[1. 1.\] must be a positive"),
        (_said(dt=np.array([-1.0])), {}, r"dt=-1.0 must be a positive"),
        (_foreign(v_leak=np.full(6, np.nan)), {"dt": 1e-3}, "b has a v_leak that is not finite"),
        (_with("a", nir.Linear(np.full((6, 5), np.inf))), {"dt": 1e-3}, "a has a weight that is not finite"),
        (_with("a", nir.Linear(np.full((6, 5), 1j))), {"dt": 1e-3}, "a has a weight of complex128 numbers; those of"),
        (_foreign(v_threshold=np.full(6, -1.0)), {"dt": 1e-3}, "v_threshold that is not positive"),
        (_foreign(), {"dt": 1e-3, "config": Config(decay_per="layer")}, "decay_per=neuron"),
        (_foreign(), {"dt": 1e-3, "spec": IMAGE}, r"takes \[5\] values a step and gives 4"),
        (_with("b", nir.Threshold(np.ones(6))), {"dt": 1e-3}, "b is of type Threshold"),
        (_with("a", nir.Scale(np.ones(5))), {"dt": 1e-3}, "a is of type Scale"),
        (_with("a", nir.AvgPool2d(np.ones(2), np.ones(2), np.zeros(2))), {"dt": 1e-3}, "pool what enters in the data"),
        (_foreign(), {"dt": 1e-3, "config": Config(hidden=(2, 2), longest_delay=3)}, "longest_delay=3 is not read"),
        (_with("x", nir.Output(np.array([2]))), {"dt": 1e-3}, "1 inputs and 2 outputs"),
        (_with("x", nir.Scale(np.ones(2))), {"dt": 1e-3}, "x are not on the way"),
        (_with("b", nir.NIRGraph({"i": nir.Input(np.array([6])), "o": nir.Output(np.array([6]))}, [("i", "o")])),
         {"dt": 1e-3}, "b is a graph of 1 inputs and 1 outputs; it must have one of each, and nodes between them"),
        (_without(_foreign(), "out", "e"), {"dt": 1e-3}, "1 inputs and 0 outputs"),
        (_without(_foreign(), "c", "e"), {"dt": 1e-3}, "the graph ends at d"),
    ],
)  # fmt: skip
def test_a_graph_that_is_no_network_of_ours_is_refused(graph, options, sentence):
    with pytest.raises(Unsupported, match=sentence):
        from_nir(graph, options.pop("config", None), **options)


def test_a_reset_that_is_neither_is_refused():
    graph = _foreign()
    graph.metadata["reset"] = "sideways"
    with pytest.raises(Unsupported, match="reset=sideways; it must be subtract or zero"):
        from_nir(graph, dt=1e-3)


def _convolution(**changes) -> nir.NIRGraph:
    model = build(Config(architecture="convolutional", hidden=(3,)), IMAGE)
    graph = to_nir(model, *model.init(jax.random.key(0)))
    for name, values in changes.items():
        where, _, what = name.partition("__")
        setattr(graph.nodes[where], what, values)
    return graph


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"hidden_0_connection__groups": 2}, "has groups=2; it must be one whole number that divides its 3 outputs"),
        ({"hidden_0_connection__stride": (2, 2), "hidden_0_connection__padding": "same"}, "which together have no"),
        ({"hidden_0_connection__stride": (0, 1)}, "whole numbers of 1 or more"),
        ({"hidden_0_connection__padding": (-1, 0)}, "whole numbers of 0 or more"),
        ({"hidden_0_connection__dilation": 9}, r"leaves nothing of images of \[7, 6\]"),
        ({"hidden_0_sum__kernel_size": np.array([8, 8])}, r"leaves nothing of images of \[7, 6\]"),
        ({"hidden_0_connection__weight": np.ones((3, 5, 3, 3))}, "takes 5 channels"),
        ({"hidden_0_sum__stride": np.array([1, 1])}, "neither overlap nor leave gaps"),
        ({"hidden_0_any__threshold": np.full((3, 3, 3), 1.5)}, r"not by a Threshold in \[0, 1\)"),
    ],
)
def test_a_convolution_or_pool_that_is_not_ours_is_refused(changes, sentence):
    with pytest.raises(Unsupported, match=sentence):
        from_nir(_convolution(**changes))


def test_what_pooling_cannot_keep_or_nir_does_not_say_is_refused():
    shape = np.array([2, 16, 16])
    for kernel, padding, sentence in (((16, 16), 0, "pools 256 spikes at once"), ((2, 2), 1, "an average counts it")):
        size = np.array(kernel)
        graph = nir.NIRGraph.from_list(
            nir.Input(shape),
            nir.Conv2d((16, 16), np.ones((2, 2, 1, 1)), 1, 0, 1, 1, np.zeros(2)),
            nir.IF(np.ones(shape), np.ones(shape)),
            nir.AvgPool2d(size, size, np.full(2, padding)),
            nir.Output(np.array([1])),
            type_check=False,
        )
        with pytest.raises(Unsupported, match=sentence):
            from_nir(graph, dt=1.0)


@pytest.mark.parametrize(("name", "said"), [("gain", "weights, neurons"), ("readout", "integrator, none")])
def test_an_export_that_is_neither_is_refused(name, said):
    with pytest.raises(Unsupported, match=f"{name}=both must be one of .*{said.split(', ')[1]}"):
        getattr(to_nir, "__wrapped__", to_nir)(build(*CASES["lif"]), {}, {}, **{name: "both"})


def test_decays_within_a_channel_must_agree():
    graph = _convolution()
    graph.nodes["hidden_0.neuron"].tau[0, 0, 0] *= 2
    with pytest.raises(Unsupported, match="tau that differs within a channel"):
        from_nir(graph)


def test_the_example_in_the_documentation():
    assert doctest.testmod(exchange).attempted >= 7
    assert doctest.testmod(exchange).failed == 0
