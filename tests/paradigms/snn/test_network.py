"""The network against a float64 NumPy simulation, and its gradient against backpropagation through time by hand."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from paradigms.interface import Spec
from paradigms.snn import Config, build

BATCH, CHANNELS, HIDDEN, OUTPUTS, TIME_STEPS, WIDTH = 3, 5, (7, 6), 4, 9, 0.8


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


def _surrogate(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.square(np.pi * x / WIDTH))


@dataclass
class Tape:
    """Everything that the backward pass needs, a list over time of a list over layers."""

    inputs: list
    potentials: list
    previous: list
    spikes: list
    readout_previous: list
    prediction: np.ndarray


def _encode(values: np.ndarray, encoding: str) -> np.ndarray:
    """The input at every step ``[time, batch, channels]``."""
    if encoding == "events":
        return np.moveaxis(values, 1, 0).astype(float)
    if encoding == "direct":
        return np.stack([values] * TIME_STEPS)
    train = np.zeros((TIME_STEPS, *values.shape))
    for index in np.ndindex(values.shape):
        if values[index] > 0:
            train[(int(np.round((1 - values[index]) * (TIME_STEPS - 1))), *index)] = 1
    return train


def _decay(params: dict, where: str) -> np.ndarray:
    return 1 / (1 + np.exp(-params[f"{where}.leak.logit"]))


def _forward(params: dict, train: np.ndarray, reset: str) -> Tape:
    tape = Tape([], [], [], [], [], np.zeros((BATCH, OUTPUTS)))
    state = [np.zeros((BATCH, size)) for size in HIDDEN]
    readout = np.zeros((BATCH, OUTPUTS))
    for x in train:
        for part in (tape.inputs, tape.potentials, tape.previous, tape.spikes):
            part.append([])
        for layer in range(len(HIDDEN)):
            weight, bias = (params[f"hidden[{layer}].connection.{name}"] for name in ("weight", "bias"))
            u = _decay(params, f"hidden[{layer}].neuron") * state[layer] + x @ weight + bias
            s = (u >= 1).astype(float)
            tape.inputs[-1].append(x)
            tape.potentials[-1].append(u)
            tape.previous[-1].append(state[layer])
            tape.spikes[-1].append(s)
            state[layer] = u - s if reset == "subtract" else np.where(s == 1, 0.0, u)
            x = s
        tape.readout_previous.append(readout)
        current = x @ params["readout_connection.weight"] + params["readout_connection.bias"]
        readout = _decay(params, "readout") * readout + current
        tape.prediction += readout / TIME_STEPS
    return tape


def _backward(params: dict, tape: Tape, cotangent: np.ndarray, reset: str, detach: bool, penalty: float) -> dict:
    """Gradient of ``sum(cotangent * prediction) + penalty * mean spike rate``, per neuron for the decays."""
    gradient = {name: np.zeros_like(value) for name, value in params.items()}
    gradient["readout.leak.logit"] = np.zeros(OUTPUTS)
    for layer, size in enumerate(HIDDEN):
        gradient[f"hidden[{layer}].neuron.leak.logit"] = np.zeros(size)
    per_spike = penalty / (sum(HIDDEN) * TIME_STEPS * BATCH)
    g_state = [np.zeros((BATCH, size)) for size in HIDDEN]
    g_readout = np.zeros((BATCH, OUTPUTS))
    for t in reversed(range(TIME_STEPS)):
        g_readout = cotangent / TIME_STEPS + g_readout
        gradient["readout_connection.weight"] += tape.spikes[t][-1].T @ g_readout
        gradient["readout_connection.bias"] += g_readout.sum(0)
        gradient["readout.leak.logit"] += (g_readout * tape.readout_previous[t]).sum(0)
        g_spike = g_readout @ params["readout_connection.weight"].T
        g_readout = g_readout * _decay(params, "readout")
        for layer in reversed(range(len(HIDDEN))):
            where = f"hidden[{layer}]"
            u, s, g_after = tape.potentials[t][layer], tape.spikes[t][layer], g_state[layer]
            g_spike = g_spike + per_spike
            if reset == "subtract":
                g_u = g_after
                g_through_reset = -g_after
            else:
                g_u = g_after * (1 - s)
                g_through_reset = -g_after * u
            if not detach:
                g_spike = g_spike + g_through_reset
            g_u = g_u + g_spike * _surrogate(u - 1)
            gradient[f"{where}.connection.weight"] += tape.inputs[t][layer].T @ g_u
            gradient[f"{where}.connection.bias"] += g_u.sum(0)
            gradient[f"{where}.neuron.leak.logit"] += (g_u * tape.previous[t][layer]).sum(0)
            g_state[layer] = g_u * _decay(params, f"{where}.neuron")
            g_spike = g_u @ params[f"{where}.connection.weight"].T
    for name in gradient:
        if name.endswith(".leak.logit"):
            decay = _decay(params, name.removesuffix(".leak.logit"))
            gradient[name] = gradient[name] * decay * (1 - decay)
            if params[name].size == 1:
                gradient[name] = gradient[name].sum(keepdims=True)
    return gradient


def _case(encoding: str, **settings):
    """A network whose parameters are all random, and a batch."""
    random = np.random.default_rng(3)
    spec_inputs = jax.ShapeDtypeStruct((CHANNELS,), jnp.float32)
    values = np.where(random.random((BATCH, CHANNELS)) < 0.2, 0.0, random.random((BATCH, CHANNELS)))
    config = {"hidden": HIDDEN, "time_steps": TIME_STEPS, "surrogate_width": WIDTH, **settings}
    if encoding == "events":
        spec_inputs = jax.ShapeDtypeStruct((TIME_STEPS, CHANNELS), jnp.bool_)
        values = random.random((BATCH, TIME_STEPS, CHANNELS)) < 0.4
    else:
        config["encoding"] = encoding
    paradigm = build(Config(**config), Spec(spec_inputs, "classification", OUTPUTS))
    variables = paradigm.init(jax.random.key(0))
    params = {name: jnp.asarray(1.5 * random.standard_normal(value.shape)) for name, value in variables.params.items()}
    return paradigm, params, values


def _arrays(params: dict) -> dict:
    return {name: np.asarray(value) for name, value in params.items()}


@pytest.mark.parametrize("reset", ["subtract", "zero"])
@pytest.mark.parametrize("encoding", ["direct", "latency", "events"])
def test_forward_equals_the_simulation(reset: str, encoding: str):
    paradigm, params, values = _case(encoding, reset=reset)
    tape = _forward(_arrays(params), _encode(values, encoding), reset)
    spikes = sum(s.sum() for step in tape.spikes for s in step)
    assert 0.05 < spikes / (BATCH * sum(HIDDEN) * TIME_STEPS) < 0.95
    run = jax.jit(lambda params, values: paradigm.apply(params, {}, values, key=jax.random.key(0), train=True))
    output = run(params, jnp.asarray(values))
    np.testing.assert_allclose(output.prediction, tape.prediction, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("reset", "detach"), [("subtract", True), ("subtract", False), ("zero", True), ("zero", False)]
)
@pytest.mark.parametrize(
    ("encoding", "settings"),
    [
        ("direct", {"differentiation": "bptt", "decay_per": "layer"}),
        ("latency", {"differentiation": "checkpointed", "segment_steps": 2, "rate_penalty": 30.0}),
        ("events", {"differentiation": "bptt", "rate_penalty": 30.0, "unroll": 4}),
    ],
)
def test_gradient_equals_backpropagation_through_time_by_hand(reset: str, detach: bool, encoding: str, settings: dict):
    paradigm, params, values = _case(encoding, reset=reset, detach_reset=detach, **settings)
    cotangent = np.random.default_rng(5).standard_normal((BATCH, OUTPUTS))

    def loss(params):
        output = paradigm.apply(params, {}, jnp.asarray(values), key=jax.random.key(0), train=True)
        return jnp.sum(cotangent * output.prediction) + output.penalty

    tape = _forward(_arrays(params), _encode(values, encoding), reset)
    expected = _backward(_arrays(params), tape, cotangent, reset, detach, settings.get("rate_penalty", 0.0))
    gradient = jax.jit(jax.grad(loss))(params)
    assert gradient.keys() == expected.keys()
    for name, value in expected.items():
        assert np.abs(value).max() > 0, name
        np.testing.assert_allclose(gradient[name], value, rtol=1e-9, atol=1e-11, err_msg=name)
