"""Networks on images against a float64 NumPy simulation that goes through them a step and a connection at a time."""

from __future__ import annotations

from collections import defaultdict

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from spiking_reference import Population, sigmoid

from paradigms.interface import Spec
from paradigms.snn import Config, build
from paradigms.snn.connections import Convolution

BATCH, OUTPUTS, TIME_STEPS = 2, 3, 6


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


def _convolve(images: np.ndarray, weight: np.ndarray, stride: int) -> tuple[np.ndarray, np.ndarray]:
    """Place by place and tap by tap; and the operations of each example. Half of the padding, rounded down, is first.

    An operation is a non-zero input that meets a non-zero weight within the image.
    """
    batch, height, width, _ = images.shape
    kernel, _, _, outputs = weight.shape
    rows, columns = -(-height // stride), -(-width // stride)
    top, left = (
        max((count - 1) * stride + kernel - size, 0) // 2 for count, size in ((rows, height), (columns, width))
    )
    result, operations = np.zeros((batch, rows, columns, outputs)), np.zeros(batch)
    for row, column, i, j in np.ndindex(rows, columns, kernel, kernel):
        y, x = row * stride + i - top, column * stride + j - left
        if 0 <= y < height and 0 <= x < width:
            result[:, row, column] += images[:, y, x] @ weight[i, j]
            operations += ((images[:, y, x] != 0)[..., None] & (weight[i, j] != 0)).sum((1, 2))
    return result, operations


@pytest.mark.parametrize(("kernel", "stride"), [(2, 1), (3, 1), (2, 2), (3, 2), (2, 3)])
def test_convolutions_and_their_fan_outs_by_hand(kernel: int, stride: int):
    """The product over patches that the CPU takes, ``lax``'s convolution that others take, and NumPy."""
    random = np.random.default_rng(0)
    connection = Convolution((5, 6, 2), 3, kernel=kernel, stride=stride, key=jax.random.key(0))
    weight = np.where(random.random((kernel, kernel, 2, 3)) < 0.4, 0, random.standard_normal((kernel, kernel, 2, 3)))
    fields = (jnp.asarray(weight), jnp.arange(3.0))
    connection = jax.tree.unflatten(jax.tree.structure(connection), fields)
    images = random.standard_normal((4, 5, 6, 2))
    expected, _ = _convolve(images, weight, stride)

    @jax.jit
    def ours(connection, images):
        by_lax = jax.lax.conv_general_dilated(
            images, connection.weight, (stride, stride), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        return connection(images), by_lax, connection.fan_out()

    product, by_lax, fan_out = ours(connection, jnp.asarray(images))
    np.testing.assert_allclose(product, expected + np.arange(3), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(by_lax, expected, rtol=1e-12, atol=1e-12)
    assert connection.output_shape == expected.shape[1:]
    each = np.eye(60).reshape(60, 5, 6, 2)
    np.testing.assert_allclose(fan_out.ravel(), _convolve(each, weight, stride)[1])


class Simulation:
    """One network, by the names of its parameters. What happens is counted under the name of each population."""

    def __init__(self, config: Config, params: dict):
        self.config, self.params = config, params
        self.states: dict[str, tuple] = {}
        self.spikes: dict[str, float] = defaultdict(float)
        self.neurons: dict[str, int] = {}
        self.accumulates: dict[str, float] = defaultdict(float)
        self.macs = 0.0
        self.first = True

    def count(self, name: str, inputs: np.ndarray, operations: np.ndarray) -> None:
        """Accumulates where inputs are spikes; a constant current is multiplied at the first step only."""
        if name == "hidden[0]" and self.config.encoding == "direct":
            self.macs += operations.mean() if self.first else 0
        elif self.counts_as_spikes[name]:
            assert set(np.unique(inputs)) <= {0, 1}
            self.accumulates[name] += operations.mean()
        else:
            self.macs += operations.mean()

    def fire(self, name: str, currents: np.ndarray) -> np.ndarray:
        owner = name.removesuffix(".attended")
        population = Population.read(self.config, self.params, f"{owner}.neuron")
        state = self.states.setdefault(name, (np.zeros_like(currents), np.zeros_like(currents)))
        spikes, self.states[name], _ = population.step(currents, state)
        self.spikes[name] += spikes.sum() / BATCH
        self.neurons[name] = currents[0].size
        return spikes

    def connect(self, name: str, x: np.ndarray, stride: int = 1) -> np.ndarray:
        weight, bias = (self.params[f"{name}.connection.{part}"] for part in ("weight", "bias"))
        if weight.ndim == 4:
            currents, operations = _convolve(x, weight, stride)
        else:
            currents = x @ weight
            operations = ((x != 0)[..., None] & (weight != 0)).reshape(BATCH, -1).sum(1)
        self.count(name, x, operations)
        return currents + bias

    def convolutional(self, name: str, x: np.ndarray) -> np.ndarray:
        return self.fire(name, self.connect(name, x))

    def pooled(self, x: np.ndarray) -> np.ndarray:
        size, (batch, height, width, channels) = self.config.pool, x.shape
        out = np.zeros((batch, height // size, width // size, channels))
        for row, column in np.ndindex(*out.shape[1:3]):
            patch = x[:, row * size : (row + 1) * size, column * size : (column + 1) * size]
            out[:, row, column] = patch.max((1, 2))
        return out

    def attend(self, name: str, x: np.ndarray) -> np.ndarray:
        """Spikformer, eqs. 5 to 7: softmax-free attention of spikes, without its scaled batch normalisation."""
        q, k, v = (self.fire(f"{name}.{part}", self.connect(f"{name}.{part}", x)) for part in ("query", "key", "value"))
        tokens, width = x.shape[1:]
        size = width // self.config.heads
        out, operations = np.zeros_like(x), np.zeros(BATCH)
        for example, head in np.ndindex(BATCH, self.config.heads):
            own = slice(head * size, (head + 1) * size)
            Q, K, V = q[example, :, own], k[example, :, own], v[example, :, own]
            out[example, :, own] = (Q @ K.T) @ V / np.sqrt(size)
            for token, i, j in np.ndindex(tokens, size, size):
                operations[example] += (K[token, i] and V[token, j]) + Q[token, i]
        self.count(f"{name}.attended", q, operations)
        attended = self.fire(f"{name}.attended", out)
        return self.fire(f"{name}.output", self.connect(f"{name}.output", attended))

    def features(self, x: np.ndarray) -> np.ndarray:
        """Of one step: what the read-out sees."""
        config = self.config
        if config.architecture == "convolutional":
            for index in range(len(config.hidden)):
                x = self.pooled(self.convolutional(f"hidden[{index}]", x))
            return x.reshape(BATCH, -1)
        if config.architecture == "residual":
            x = self.pooled(self.convolutional("hidden[0]", x))
            for index in range(1, len(config.hidden) + 1):
                name = f"hidden[{index}].layers"
                x = x + self.convolutional(f"{name}[1]", self.convolutional(f"{name}[0]", x))
            return x.reshape(BATCH, -1)
        x = self.fire("hidden[0]", self.connect("hidden[0]", x, stride=config.patch))
        x = x.reshape(BATCH, -1, x.shape[-1])
        for index in range(len(config.hidden)):
            x = x + self.attend(f"hidden[{2 * index + 1}].layers[0]", x)
            name = f"hidden[{2 * index + 2}].layers"
            hidden = self.fire(f"{name}[0]", self.connect(f"{name}[0]", x))
            x = x + self.fire(f"{name}[1]", self.connect(f"{name}[1]", hidden))
        return x.mean(1)

    def run(self, train: np.ndarray, counts_as_spikes: dict[str, bool]) -> np.ndarray:
        """The prediction."""
        self.counts_as_spikes = counts_as_spikes
        readout, total = np.zeros((BATCH, OUTPUTS)), np.zeros((BATCH, OUTPUTS))
        weight, bias = self.params["readout_connection.weight"], self.params["readout_connection.bias"]
        for x in train:
            features = self.features(x)
            self.count("readout", features, ((features != 0)[..., None] & (weight != 0)).sum((1, 2)))
            readout = sigmoid(self.params["readout.leak.logit"]) * readout + features @ weight + bias
            total += readout / TIME_STEPS
            self.first = False
        return total


BLOCK = "hidden[1].layers[0]"
CASES = {
    # settings, image, and whether what drives each population is spikes, in the order of the populations
    "convolutional": (
        {"hidden": (3, 2), "kernel": 3, "neuron": "adaptive", "encoding": "latency", "reset": "zero"},
        (5, 4, 2),
        {"hidden[0]": True, "hidden[1]": True, "readout": True},
    ),
    "residual": (
        {"hidden": (2, 2), "kernel": 2, "neuron": "lif", "encoding": "direct", "detach_reset": False},
        (4, 5, 1),
        {
            "hidden[0]": False,
            "hidden[1].layers[0]": True,
            "hidden[1].layers[1]": True,
            "hidden[2].layers[0]": False,
            "hidden[2].layers[1]": True,
            "readout": False,
        },
    ),
    "transformer": (
        {"hidden": (4,), "patch": 2, "heads": 2, "neuron": "lif", "encoding": "latency"},
        (4, 3, 2),
        {
            "hidden[0]": True,
            f"{BLOCK}.query": True,
            f"{BLOCK}.key": True,
            f"{BLOCK}.value": True,
            f"{BLOCK}.attended": True,
            f"{BLOCK}.output": True,
            "hidden[2].layers[0]": False,
            "hidden[2].layers[1]": True,
            "readout": False,
        },
    ),
}


def _case(architecture: str):
    settings, image, _ = CASES[architecture]
    random = np.random.default_rng(2)
    config = {"architecture": architecture, "time_steps": TIME_STEPS, "block_steps": 3, "rate_penalty": 5.0, **settings}
    spec = Spec(jax.ShapeDtypeStruct(image, jnp.float32), "classification", OUTPUTS)
    paradigm = build(Config(**config), spec)
    params = {}
    for name, value in paradigm.init(jax.random.key(0)).params.items():
        array = random.standard_normal(value.shape)
        params[name] = np.where(random.random(value.shape) < 0.3, 0, array) if name.endswith("weight") else array
        if name.endswith("bias"):
            params[name] = 0.5 * np.abs(params[name])  # so that deep layers fire
    values = np.where(random.random((BATCH, *image)) < 0.2, 0, random.random((BATCH, *image)))
    return config, spec, params, values


def _train(values: np.ndarray, encoding: str) -> np.ndarray:
    if encoding == "direct":
        return np.stack([values] * TIME_STEPS)
    first = np.round((1 - values) * (TIME_STEPS - 1))
    return np.stack([(first == t) & (values > 0) for t in range(TIME_STEPS)]).astype(float)


def _gradient(config: dict, spec: Spec, params: dict, values: np.ndarray):
    paradigm = build(Config(**config), spec)
    cotangent = np.random.default_rng(5).standard_normal((BATCH, OUTPUTS))

    @jax.jit
    def gradient_of(params, values):
        def loss(params):
            output = paradigm.apply(params, {}, values, key=jax.random.key(0), train=True)
            return jnp.sum(cotangent * output.prediction) + output.penalty, output

        return jax.grad(loss, has_aux=True)(params)

    return gradient_of(params, jnp.asarray(values))


@pytest.mark.parametrize(
    "architecture", [pytest.param(name, marks=[pytest.mark.slow] * (name == "residual")) for name in CASES]
)
def test_predictions_and_telemetry_equal_the_simulation_and_the_exact_rules_agree(architecture: str):
    config, spec, params, values = _case(architecture)
    gradient, output = _gradient(config, spec, params, values)

    simulation = Simulation(Config(**config), params)
    counts_as_spikes = CASES[architecture][2]
    prediction = simulation.run(_train(values, config["encoding"]), counts_as_spikes)
    np.testing.assert_allclose(output.prediction, prediction, rtol=1e-10, atol=1e-10)

    telemetry, names = output.telemetry, list(counts_as_spikes)
    for index, name in enumerate(names):
        accumulates = telemetry[f"synaptic_operations_layer_{index}"]
        np.testing.assert_allclose(accumulates, simulation.accumulates[name], rtol=1e-12, err_msg=name)
        if name != "readout":
            rate = simulation.spikes[name] / (simulation.neurons[name] * TIME_STEPS)
            assert 0 < rate < 1, name
            np.testing.assert_allclose(telemetry[f"spike_rate_layer_{index}"], rate, rtol=1e-12, err_msg=name)
    np.testing.assert_allclose(telemetry["synaptic_operations"], sum(simulation.accumulates.values()), rtol=1e-12)
    np.testing.assert_allclose(telemetry["effective_macs"], simulation.macs, rtol=1e-12)
    rate = sum(simulation.spikes.values()) / (sum(simulation.neurons.values()) * TIME_STEPS)
    np.testing.assert_allclose(telemetry["spike_rate"], rate, rtol=1e-12)
    np.testing.assert_allclose(output.penalty, 5 * rate, rtol=1e-12)

    assert all(np.abs(value).max() > 0 for value in gradient.values())
    for rule in ({"differentiation": "checkpointed", "segment_steps": 2}, {"differentiation": "compact"}):
        other, _ = _gradient({**config, **rule}, spec, params, values)
        for name, value in gradient.items():
            np.testing.assert_allclose(other[name], value, rtol=1e-9, atol=1e-11, err_msg=f"{rule}: {name}")
