"""Dense networks against a float64 NumPy simulation: predictions, telemetry, and the gradient of every rule by hand."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from spiking_reference import DenseNetwork, Run

from paradigms.interface import Spec
from paradigms.snn import Config, build

BATCH, CHANNELS, HIDDEN, OUTPUTS, TIME_STEPS, WIDTH = 3, 5, (7, 6), 4, 6, 0.8


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


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


def _case(encoding: str, **settings):
    """A network whose parameters are all random, a quarter of its weights zero, and a batch; two blocks of steps."""
    random = np.random.default_rng(3)
    spec_inputs = jax.ShapeDtypeStruct((CHANNELS,), jnp.float32)
    values = np.where(random.random((BATCH, CHANNELS)) < 0.2, 0.0, random.random((BATCH, CHANNELS)))
    config = {"hidden": HIDDEN, "time_steps": TIME_STEPS, "surrogate_width": WIDTH, "block_steps": 3, **settings}
    if encoding == "events":
        spec_inputs = jax.ShapeDtypeStruct((TIME_STEPS, CHANNELS), jnp.bool_)
        values = random.random((BATCH, TIME_STEPS, CHANNELS)) < 0.4
        config["encoding"] = "rate"  # not used by a recording
    else:
        config["encoding"] = encoding
    paradigm = build(Config(**config), Spec(spec_inputs, "classification", OUTPUTS))
    variables = paradigm.init(jax.random.key(0))
    params = {}
    for name, value in variables.params.items():
        array = 1.5 * random.standard_normal(value.shape)
        if name.endswith("weight"):
            array = np.where(random.random(value.shape) < 0.25, 0.0, array)
        if name.endswith("start"):
            array /= 3
        params[name] = array
    return paradigm, params, values


NOT_DETACHED = {"detach_reset": False}
ZERO = {"reset": "zero"}
CASES = [
    # rule, encoding, neuron, recurrent, further settings
    ("bptt", "direct", "lif", False, {"decay_per": "layer"}),
    ("bptt", "events", "lif", False, ZERO | {"rate_penalty": 30.0, "block_steps": 4}),
    ("checkpointed", "latency", "lif", False, NOT_DETACHED | {"segment_steps": 2, "rate_penalty": 30.0}),
    ("compact", "direct", "lif", False, ZERO | NOT_DETACHED | {"learn_initial_state": True}),
    ("compact", "events", "lif", False, NOT_DETACHED | {"decay_per": "layer", "rate_penalty": 30.0}),
    ("packed", "latency", "lif", False, ZERO | {"rate_penalty": 30.0}),
    ("packed", "direct", "lif", False, NOT_DETACHED | {"learn_initial_state": True}),
    ("bptt", "latency", "if", False, NOT_DETACHED | {"surrogate": "fast_sigmoid", "learn_initial_state": True}),
    ("compact", "direct", "if", False, ZERO | {"surrogate": "triangular", "surrogate_width": 3.0}),
    ("bptt", "direct", "adaptive", False, NOT_DETACHED | {"surrogate": "fast_sigmoid"}),
    ("checkpointed", "latency", "adaptive", False, ZERO | NOT_DETACHED | {"decay_per": "layer"}),
    ("compact", "events", "adaptive", False, ZERO | {"rate_penalty": 30.0, "learn_initial_state": True}),
    ("bptt", "events", "synaptic", False, ZERO | NOT_DETACHED | {"surrogate": "triangular", "surrogate_width": 3.0}),
    ("compact", "direct", "synaptic", False, {"learn_initial_state": True, "decay_per": "layer"}),
    ("bptt", "direct", "lif", True, NOT_DETACHED | {"block_steps": 6}),
    ("compact", "events", "lif", True, ZERO | {"rate_penalty": 30.0}),
    ("bptt", "events", "adaptive", True, ZERO | NOT_DETACHED),
    ("checkpointed", "direct", "adaptive", True, {"segment_steps": 4, "learn_initial_state": True}),
    ("compact", "latency", "synaptic", True, NOT_DETACHED),
    ("packed", "events", "adaptive", True, {}),
    ("bptt", "direct", "if", True, ZERO),
    ("sltt", "direct", "lif", False, ZERO | NOT_DETACHED),
    ("sltt", "events", "adaptive", True, {"rate_penalty": 30.0}),
    ("sltt", "latency", "synaptic", False, {"decay_per": "layer", "block_steps": 1}),
    ("ottt", "direct", "lif", False, {"rate_penalty": 30.0}),
    ("ottt", "events", "lif", False, ZERO | {"decay_per": "layer"}),
    ("ottt", "latency", "adaptive", True, {"block_steps": 5}),
    ("ottt", "direct", "synaptic", False, {}),
    ("ottt", "direct", "if", False, {}),
]


def _check_telemetry(telemetry: dict, run: Run, rates: np.ndarray, params: dict, config: Config) -> None:
    weights = [value for name, value in params.items() if name.endswith("weight")]
    numbers_a_neuron = 1 + (config.neuron in ("adaptive", "synaptic")) + config.recurrent
    expected = {f"spike_rate_layer_{i}": rate for i, rate in enumerate(rates)}
    expected |= {f"synaptic_operations_layer_{i}": count for i, count in enumerate(run.operations)}
    expected["spike_rate"] = run.spikes.sum() / (sum(HIDDEN) * TIME_STEPS)
    expected["activation_sparsity"] = 1 - expected["spike_rate"]
    expected["synaptic_operations"] = run.operations.sum()
    expected["effective_macs"] = run.macs
    expected["connection_sparsity"] = np.concatenate([(weight == 0).ravel() for weight in weights]).mean()
    expected["footprint_bytes"] = 8 * (sum(value.size for value in params.values()) + numbers_a_neuron * sum(HIDDEN))
    # Of spikes alone, and only where inputs are many: see test_activity.py.
    expected |= {} if config.encoding == "direct" else {"event_driven": 0}
    assert telemetry.keys() == expected.keys()
    for name, value in expected.items():
        tolerance = 1e-6 if name == "connection_sparsity" else 1e-12
        np.testing.assert_allclose(telemetry[name], value, rtol=tolerance, err_msg=name)


@pytest.mark.parametrize(
    ("rule", "encoding", "neuron", "recurrent", "settings"),
    [*CASES[::2], *(pytest.param(*case, marks=pytest.mark.slow) for case in CASES[1::2])],
)
def test_predictions_telemetry_and_gradients_equal_the_simulation(
    rule: str, encoding: str, neuron: str, recurrent: bool, settings: dict
):
    paradigm, params, values = _case(
        encoding, differentiation=rule, neuron=neuron, recurrent=recurrent, adaptation_strength=0.4, **settings
    )
    cotangent = np.random.default_rng(5).standard_normal((BATCH, OUTPUTS))

    @jax.jit
    def gradient_of(params, values):
        def loss(params):
            output = paradigm.apply(params, {}, values, key=jax.random.key(0), train=True)
            return jnp.sum(cotangent * output.prediction) + output.penalty, output

        return jax.grad(loss, has_aux=True)(params)

    gradient, output = gradient_of(params, jnp.asarray(values))
    by_hand = DenseNetwork(paradigm.config, params)
    run = by_hand.run(_encode(values, encoding))

    rates = run.spikes / (np.array(HIDDEN) * TIME_STEPS)
    assert (rates > 0.03).all()
    assert (rates < 0.97).all()
    np.testing.assert_allclose(output.prediction, run.prediction, rtol=1e-10, atol=1e-10)
    _check_telemetry(output.telemetry, run, rates, params, paradigm.config)

    expected = by_hand.gradient(run, cotangent, rule if rule in ("sltt", "ottt") else "exact")
    assert gradient.keys() == expected.keys()
    for name, value in expected.items():
        # What one step's threshold adaptation does to the next is all that its decay can learn from.
        assert np.abs(value).max() > 0 or (rule in ("sltt", "ottt") and "adaptation" in name), name
        np.testing.assert_allclose(gradient[name], value, rtol=1e-8, atol=1e-10, err_msg=name)
