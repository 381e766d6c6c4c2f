"""NIR graphs whose layers differ: every kernel, window and order of neurons, against an interpreter in float64."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import nir
import numpy as np
import pytest
from nir_reference import interpret

from paradigms.interface import Unsupported
from paradigms.snn import Config
from paradigms.snn.exchange import from_nir, to_nir
from paradigms.snn.layered import LayeredConfig

BATCH, STEPS, OUTPUTS, DT = 3, 10, 2, 1e-3
SIZES = (7, 8)


def _neuron(rng: np.random.Generator, kind: str, shape: tuple[int, ...]) -> nir.NIRNode:
    """Of random parameters, one a channel; every leak potential is other than 0."""

    def drawn(low: float, high: float) -> np.ndarray:
        values = rng.uniform(low, high, size=shape[0])
        return np.broadcast_to(values.reshape(-1, *(1,) * (len(shape) - 1)), shape).copy()

    firing = {"v_threshold": drawn(0.4, 0.9), "v_reset": np.zeros(shape)}
    if kind == "if":
        return nir.IF(r=drawn(0.5, 1) / DT, **firing)
    leaky = {"r": drawn(1, 2), "v_leak": drawn(-0.3, 0.5), **firing}
    if kind == "lif":
        return nir.LIF(tau=drawn(1.5e-3, 6e-3), **leaky)
    return nir.CubaLIF(tau_syn=drawn(1.5e-3, 4e-3), tau_mem=drawn(1.5e-3, 6e-3), w_in=drawn(1, 2), **leaky)


def _graph(
    rng: np.random.Generator, convolutions: list[dict], kinds: list[str], pools: list[nir.NIRNode | None], loop: bool
) -> nir.NIRGraph:
    """Convolutions, neurons and pools in turn; then dense layers for the neurons that are left; then an ``LI``.

    Sizes follow from running the interpreter's own nodes, not from a formula.
    """
    shape: tuple[int, ...] = (2, *SIZES) if convolutions else (5,)
    nodes: list[nir.NIRNode] = [nir.Input({"input": np.array(shape)})]
    more: list[tuple[nir.NIRNode, nir.NIRNode]] = []

    def append(*added: nir.NIRNode) -> tuple[int, ...]:
        nodes.extend(added)
        names = [str(place) for place in range(len(nodes))]
        chain = nir.NIRGraph(dict(zip(names, nodes, strict=True)), list(pairwise(names)), type_check=False)
        entered = np.zeros((1, 1, *np.ravel(nodes[0].input_type["input"])))
        return interpret(chain, entered, DT, "zero")[names[-1]].shape[2:]

    def affine(outputs: int) -> nir.NIRNode:
        scale = 2 / np.sqrt(shape[0])
        return nir.Affine(scale * rng.normal(size=(outputs, shape[0])), 0.2 * rng.normal(size=outputs))

    for place, kind in enumerate(kinds):
        if place < len(convolutions):
            settings = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, **convolutions[place]}
            size, currents = settings.pop("kernel"), settings.pop("currents", None)
            channels, inputs = settings.pop("channels", 3 - place), shape[0] // settings["groups"]
            # Averages of currents are smaller than currents, but for what the bias gives.
            gain, spread = (2, 1) if currents is None else (4, 0.2)
            bias = spread * rng.normal(size=channels)
            weight = rng.normal(size=(channels, inputs, *size)) * gain / np.sqrt(inputs * np.prod(size))
            shape = append(nir.Conv2d(input_shape=shape[1:], weight=weight, bias=bias, **settings))
            shape = shape if currents is None else append(currents)
            shape = append(_neuron(rng, kind, shape))
            if pools[place] is not None:
                shape = append(pools[place])
                if isinstance(pools[place], nir.SumPool2d) and loop:
                    shape = append(nir.Threshold(np.full(shape, 0.5)))
            continue
        if len(shape) == 3:
            shape = append(nir.Flatten({"input": np.array(shape)}, start_dim=0))
        shape = append(affine(5), _neuron(rng, kind, (5,)))
        if loop:
            more.append((nodes[-1], nir.Linear(0.5 * rng.normal(size=(5, 5)))))
    if len(shape) == 3:
        shape = append(nir.Flatten({"input": np.array(shape)}, start_dim=0))
    last = np.ones(OUTPUTS)
    append(affine(OUTPUTS), nir.LI(tau=4e-3 * last, r=2 * last, v_leak=0.1 * last), nir.Output(np.array([OUTPUTS])))
    named = {f"n{place}": node for place, node in enumerate(nodes)}
    edges = list(pairwise(named))
    for neuron, linear in more:
        at = next(name for name, node in named.items() if node is neuron)
        named |= {f"{at}_loop": linear}
        edges += [(at, f"{at}_loop"), (f"{at}_loop", at)]
    return nir.NIRGraph(named, edges, type_check=False)


def _window(kind: type, size: tuple, stride: tuple, padding: tuple = (0, 0)) -> nir.NIRNode:
    return kind(np.array(size), np.array(stride), np.array(padding))


FAMILY = {
    "stride 2 with a remainder, averages": (
        [{"kernel": (3, 3), "stride": 2, "padding": 1}], ["lif", "if"],
        [_window(nir.AvgPool2d, (2, 2), (2, 2))], False,
    ),
    "padding and dilation an axis, sums that overlap": (
        [{"kernel": (3, 2), "stride": (1, 2), "padding": (2, 0), "dilation": (1, 3)}], ["synaptic"],
        [_window(nir.SumPool2d, (3, 2), (2, 1), (1, 0))], False,
    ),
    "valid, whether any, a loop": (
        [{"kernel": (2, 3), "padding": "valid"}], ["if", "synaptic"], [_window(nir.SumPool2d, (2, 2), (2, 2))], True,
    ),
    "two convolutions, same of an even dilated kernel": (
        [{"kernel": (2, 4), "padding": "same", "dilation": (1, 2)}, {"kernel": (2, 2), "stride": (2, 3)}],
        ["lif", "synaptic"], [_window(nir.AvgPool2d, (2, 1), (1, 1)), _window(nir.AvgPool2d, (1, 2), (2, 2))], False,
    ),
    "dense, one of each": ([], ["synaptic", "lif", "if"], [], True),
    "averages of currents, sums of currents": (
        [{"kernel": (3, 3), "padding": 1, "currents": _window(nir.AvgPool2d, (2, 2), (2, 2))},
         {"kernel": (1, 2), "dilation": (1, 2), "currents": _window(nir.SumPool2d, (2, 1), (1, 1))}],
        ["lif", "synaptic"], [None, None], False,
    ),
    "groups, then averages of currents of groups": (
        [{"kernel": (2, 2), "padding": 1, "groups": 2, "channels": 4},
         {"kernel": (3, 2), "groups": 4, "channels": 4, "currents": _window(nir.AvgPool2d, (2, 3), (2, 2))}],
        ["if", "lif"], [_window(nir.AvgPool2d, (2, 2), (1, 1)), None], True,
    ),
}  # fmt: skip


_apply = jax.jit(lambda model, *rest: model.apply(*rest, key=jax.random.key(0), train=False), static_argnums=0)


def _agrees(graph: nir.NIRGraph, reset: str, rng: np.random.Generator, **config) -> float:
    """Prediction of the network read and of its own graph read again; the share of neurons' spikes."""
    settings = Config(reset=reset, time_steps=STEPS, **config)
    imported = from_nir(graph, settings, dt=DT)
    inputs = rng.normal(size=(BATCH, *imported.model.spec.inputs.shape)).astype(np.float32)
    entered = np.moveaxis(inputs, -1, 1) if inputs.ndim == 4 else inputs
    nodes = interpret(graph, np.stack([entered] * STEPS).astype(float), DT, reset)
    expected = nodes[next(name for name, node in graph.nodes.items() if isinstance(node, nir.Output))].mean(0)
    output = _apply(imported.model, imported.params, imported.state, jnp.asarray(inputs))
    np.testing.assert_allclose(output.prediction, expected, rtol=3e-5, atol=3e-6)
    assert isinstance(imported.model.config, LayeredConfig)
    kernels = [layer.kernel for layer in imported.model.config.layers if layer.kernel is not None]
    if any(len(set(kernel.size)) > 1 for kernel in kernels):
        with pytest.raises(Unsupported, match=r"nir 1\.0 takes kernels for square"):
            to_nir(*imported, dt=DT)
    elif any(kernel.padding is not None and kernel.padding[0][0] != kernel.padding[0][1] for kernel in kernels):
        with pytest.raises(Unsupported, match="NIR's numbers are of both sides"):
            to_nir(*imported, dt=DT)
    elif all(kernel.groups == 1 for kernel in kernels):
        again = from_nir(to_nir(*imported, dt=DT), settings)
        assert again.model.config == imported.model.config
        for name, array in imported.params.items():
            np.testing.assert_allclose(again.params[name], array, rtol=1e-6, atol=1e-7, err_msg=name)
    else:
        output = _apply(*from_nir(to_nir(*imported, dt=DT), settings), jnp.asarray(inputs))
        np.testing.assert_allclose(output.prediction, expected, rtol=3e-5, atol=3e-6)
    fired = [
        values.mean() for name, values in nodes.items() if isinstance(graph.nodes[name], nir.IF | nir.LIF | nir.CubaLIF)
    ]
    return min(min(rate, 1 - rate) for rate in fired)


@pytest.mark.parametrize("name", FAMILY)
def test_layers_that_differ_are_read_as_nir_defines_them(name):
    """The prediction, by NIR's equations in float64, and the same network from its own graph."""
    rng = np.random.default_rng(list(FAMILY).index(name))
    reset = ("zero", "subtract")[list(FAMILY).index(name) % 2]
    assert _agrees(_graph(rng, *FAMILY[name]), reset, rng) > 0.02, "some neurons always or never fire"


def _drawn(rng: np.random.Generator) -> tuple[list[dict], list[str], list[nir.NIRNode | None], bool]:
    """Settings that leave something of an image of ``SIZES``."""

    def pair(low: int, high: int) -> tuple[int, int]:
        return int(rng.integers(low, high + 1)), int(rng.integers(low, high + 1))

    kinds = [str(kind) for kind in rng.choice(["if", "lif", "synaptic"], size=rng.integers(2, 4))]
    loop = bool(rng.integers(2))
    if rng.integers(4) == 0:
        return [], [*kinds, "if" if kinds[0] != "if" else "lif"], [], loop
    convolution = {"kernel": pair(1, 3), "stride": pair(1, 2), "padding": pair(0, 2), "dilation": pair(1, 2)}
    if rng.integers(3) == 0:
        convolution |= {"padding": "same", "stride": 1}
    square = (2, 2)
    if rng.integers(3) == 0:
        kind = (nir.AvgPool2d, nir.SumPool2d)[rng.integers(2)]
        convolution |= {"currents": _window(kind, pair(1, 2), pair(1, 2))}
    if rng.integers(3) == 0:
        convolution |= {"groups": 2, "channels": 4}
    pool = [
        None, _window(nir.AvgPool2d, pair(1, 2), pair(1, 2)), _window(nir.SumPool2d, square, square),
    ][rng.integers(3)]  # fmt: skip
    return [convolution], kinds, [None if "currents" in convolution else pool], loop


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_random_layers_are_read_as_nir_defines_them(seed):
    rng = np.random.default_rng(100 + seed)
    _agrees(_graph(rng, *_drawn(rng)), ("zero", "subtract")[seed % 2], rng)


def test_sums_of_spikes_and_currents_at_rest_have_the_same_gradient_by_either_rule():
    """``packed`` keeps what enters a connection as bytes; an average would not fit into one."""
    rng = np.random.default_rng(7)
    graph = _graph(rng, *FAMILY["two convolutions, same of an even dilated kernel"])
    inputs = jnp.asarray(rng.normal(size=(2, *SIZES, 2)), jnp.float32)
    gradients = []
    for rule in ("bptt", "packed"):
        model, params, state = from_nir(graph, Config(time_steps=4, differentiation=rule), dt=DT)

        def loss(params, model=model, state=state):
            output = model.apply(params, state, inputs, key=jax.random.key(0), train=True)
            return jnp.sum(jnp.sin(output.prediction))

        gradients.append(jax.jit(jax.grad(loss))(params))
    assert np.abs(gradients[0]["hidden[1].neuron.rest"]).max() > 1e-4
    for name, expected in gradients[0].items():
        np.testing.assert_allclose(gradients[1][name], expected, rtol=2e-4, atol=1e-6, err_msg=name)
