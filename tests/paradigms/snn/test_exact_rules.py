"""Random networks of every kind: the rules that give the gradient against each other and against float64 NumPy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from spiking_simulation import Simulation
from tape import Value, gradient, total

from paradigms.interface import Spec
from paradigms.snn import Config, build
from paradigms.snn.model import SNN

OUTPUTS, IN_CI, IN_ALL = 3, 6, 200
EXACT = ("bptt", "packed", "checkpointed", "compact")
SURE = 1e-4
"""Potentials this far from their thresholds fire alike in single and double precision."""
TOLERANCE = {"float32": 3e-4, "float64": 1e-9}
"""Of a gradient, relative to the largest of its array."""


def _any(rng: np.random.Generator, *choices: Any) -> Any:
    return choices[rng.integers(len(choices))]


def _model(index: int, rng: np.random.Generator) -> SNN:
    """Settings and a task; neuron, rule and architecture are taken in turn, everything else is drawn."""
    architecture = ("dense", "dense", "convolutional", "dense", "residual", "dense", "transformer")[index % 7]
    dense = architecture == "dense"
    time_steps = _any(rng, 1, 3, 5, 7, 9)
    encoding = _any(rng, "direct", "rate", "latency", "population", *(("rows", "delta", "recording") if dense else ()))
    hidden = {
        "dense": lambda: tuple(_any(rng, 1, 3, 5) for _ in range(_any(rng, 1, 2, 3))),
        "convolutional": lambda: _any(rng, (2,), (3, 2)),
        "residual": lambda: _any(rng, (2,), (2, 2)),
        "transformer": lambda: (4,),
    }[architecture]()
    checkpointed = EXACT[index % 4] == "checkpointed"
    channels = _any(rng, 1, 4, 70)
    config = Config(
        architecture=architecture,
        hidden=hidden,
        kernel=_any(rng, 2, 3),
        patch=2,
        heads=_any(rng, 1, 2),
        neuron=("lif", "if", "adaptive", "synaptic")[index // 4 % 4],
        recurrent=dense and _any(rng, False, True),
        longest_delay=_any(rng, 0, 1, 3) if dense and len(hidden) > 1 else 0,
        time_steps=time_steps,
        encoding="rate" if encoding == "recording" else encoding,
        tuned=2,
        surrogate=_any(rng, "arctan", "fast_sigmoid", "triangular"),
        surrogate_width=_any(rng, 0.7, 2.0),
        reset=_any(rng, "subtract", "zero"),
        detach_reset=_any(rng, False, True),
        learn_decay=_any(rng, False, True),
        learn_initial_state=_any(rng, False, True),
        decay_per=_any(rng, "neuron", "layer"),
        adaptation_strength=0.4,
        rate_penalty=_any(rng, 0.0, 3.0),
        input_product=_any(rng, "auto", "dense"),
        differentiation=EXACT[index % 4],
        block_steps=_any(rng, 1, 2, 4, 10),
        segment_steps=_any(rng, None, 1, 2) if checkpointed else None,
    )
    if encoding == "recording":
        inputs = jax.ShapeDtypeStruct((time_steps, channels), jnp.bool_)
    elif encoding in ("rows", "delta"):
        inputs = jax.ShapeDtypeStruct((time_steps, channels), jnp.float32)
    else:
        inputs = jax.ShapeDtypeStruct((channels,) if dense else (5, 4, 1), jnp.float32)
    return build(config, Spec(inputs, "classification", OUTPUTS))


def _inputs(model: SNN, rng: np.random.Generator) -> np.ndarray:
    shape = (_any(rng, 1, 2), *model.spec.inputs.shape)
    values = _any(rng, np.zeros(shape), np.ones(shape), rng.random(shape), rng.random(shape))
    return values > 0.7 if model.spec.inputs.dtype == jnp.bool_ else values.astype(np.float32)


def _drawn(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Arrays that make neurons fire now and then, of every sign; delays beyond their bounds too."""
    noise = rng.standard_normal(shape)
    kind = name.rpartition(".")[2]
    if kind == "weight":
        return np.where(rng.random(shape) < 0.2, 0.0, 2 * noise / np.sqrt(np.prod(shape[:-1])))
    return {"bias": 0.5 + 0.5 * noise, "start": 0.4 * noise, "logit": noise, "delay": 1 + 1.5 * noise}[kind]


def _check(index: int, dtype: str, rules: tuple[str, ...]) -> None:
    rng = np.random.default_rng(index)
    model = _model(index, rng)
    inputs, key = jnp.asarray(_inputs(model, rng)), jax.random.key(index)
    encoding, time_steps = model.reading.encoding, model.reading.time_steps
    values = inputs.reshape(len(inputs), *model.reading.example_shape)
    train = np.asarray(encoding.at_steps(values, jnp.asarray(0), time_steps, key, time_steps), float)
    cotangent = rng.standard_normal((len(inputs), OUTPUTS)).astype(np.float32)
    shapes = jax.eval_shape(model.init, key)
    for _ in range(50):
        arrays = {
            name: _drawn(name, leaf.shape, rng).astype(np.float32)
            for name, leaf in (shapes.params | shapes.state).items()
        }
        on_tape = {name: Value(array) for name, array in arrays.items()}
        simulation = Simulation(model.config, on_tape)
        prediction = simulation(train)
        if simulation.margin > SURE:
            break
    assert simulation.margin > SURE, "no draw whose spikes rounding leaves alone"
    rate = simulation.spikes * (1 / (simulation.neurons * time_steps * len(inputs)))
    loss = total(prediction * cotangent) + rate * model.config.rate_penalty
    expected = gradient(loss, {name: on_tape[name] for name in shapes.params})

    params, state = ({name: jnp.asarray(arrays[name], dtype) for name in part} for part in shapes)
    tolerance = TOLERANCE[dtype]
    for rule in rules:
        segment = model.config.segment_steps if rule == "checkpointed" else None
        own = build(replace(model.config, differentiation=rule, segment_steps=segment), model.spec)

        @jax.jit
        def gradient_of(params: Any, state: Any, own: SNN = own) -> Any:
            def loss(params: Any) -> Any:
                output = own.apply(params, state, inputs, key=key, train=True)
                return jnp.sum(cotangent * output.prediction) + output.penalty, output.prediction

            return jax.grad(loss, has_aux=True)(params)

        found, predicted = gradient_of(params, state)
        scale = np.abs(prediction.data).max()
        np.testing.assert_allclose(predicted, prediction.data, rtol=0, atol=tolerance * scale, err_msg=rule)
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            atol = tolerance * max(np.abs(value).max(), tolerance)
            np.testing.assert_allclose(found[name], value, rtol=0, atol=atol, err_msg=f"{rule}: {name}")


@pytest.mark.parametrize("index", range(IN_CI))
def test_a_random_network_has_the_gradient_of_the_simulation(index: int):
    with jax.enable_x64(index % 2 == 0):
        _check(index, "float32" if index % 2 else "float64", (EXACT[index % 4],))


@pytest.mark.slow
@pytest.mark.parametrize("index", range(IN_ALL))
def test_every_exact_rule_gives_the_gradient_of_bptt_and_of_the_simulation(index: int):
    """In single and double precision."""
    rules = ("bptt", *{EXACT[index % 4], "packed", "compact"} - {"bptt"})
    for dtype in ("float32", "float64"):
        with jax.enable_x64(dtype == "float64"):
            _check(index, dtype, rules)
