"""Random networks of every kind: the rules that give the gradient against each other and against float64 NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from spiking_simulation import Simulation
from tape import Value, gradient, total

from paradigms.interface import Spec, Variables
from paradigms.snn import Config, build
from paradigms.snn.model import SNN

OUTPUTS, IN_ALL, IN_CI = 3, 200, 30
RULES = ("packed", "checkpointed", "compact")
NEURONS = ("lif", "if", "adaptive", "synaptic")
ARCHITECTURES = ("dense", "dense", "convolutional", "dense", "residual", "dense", "transformer")
STEPS = (1, 3, 5, 7)
ENCODINGS = ("direct", "rate", "latency", "population")
TIMED = ("rows", "delta", "recording")
SURE = 1e-4
"""Potentials this far from their thresholds fire alike in single and double precision."""
TOLERANCE = {"float32": 3e-4, "float64": 1e-9}
"""Of a gradient, relative to the largest of its array."""
CANCELLED = 10
"""Units of rounding, of the largest gradient of all, that may be left where terms cancel to nothing."""


def _any(rng: np.random.Generator, *choices: Any) -> Any:
    return choices[rng.integers(len(choices))]


def _model(index: int, rng: np.random.Generator) -> SNN:
    """Settings and a task: each rule with each neuron in each architecture, in turn; everything else is drawn."""
    rule, architecture = RULES[index % 3], ARCHITECTURES[index % 7]
    dense = architecture == "dense"
    time_steps = _any(rng, *STEPS)
    encoding = _any(rng, *ENCODINGS, *(TIMED if dense else ()))
    hidden = {
        "dense": lambda: tuple(_any(rng, 1, 3, 5) for _ in range(_any(rng, 1, 2, 2))),
        "convolutional": lambda: _any(rng, (2,), (3, 2)),
        "residual": lambda: (2,),
        "transformer": lambda: (4,),
    }[architecture]()
    channels = _any(rng, 1, 4, 70)
    config = Config(
        architecture=architecture,
        hidden=hidden,
        kernel=_any(rng, 2, 3),
        patch=2,
        heads=_any(rng, 1, 2),
        neuron=NEURONS[index % 4],
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
        differentiation=rule,
        block_steps=_any(rng, 1, 2, 4, 10),
        segment_steps=_any(rng, None, 1, 2) if rule == "checkpointed" else None,
    )
    if encoding == "recording":
        inputs = jax.ShapeDtypeStruct((time_steps, channels), jnp.bool_)
    elif encoding in ("rows", "delta"):
        inputs = jax.ShapeDtypeStruct((time_steps, channels), jnp.float32)
    else:
        inputs = jax.ShapeDtypeStruct((channels,) if dense else (5, 4, 1), jnp.float32)
    return build(config, Spec(inputs, "classification", OUTPUTS))


def _drawn(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Arrays that make neurons fire now and then, of every sign; delays beyond their bounds too."""
    noise = rng.standard_normal(shape)
    kind = name.rpartition(".")[2]
    if kind == "weight":
        return np.where(rng.random(shape) < 0.2, 0.0, 2 * noise / np.sqrt(np.prod(shape[:-1])))
    return {"bias": 0.5 + 0.5 * noise, "start": 0.4 * noise, "logit": noise, "delay": 1 + 1.5 * noise}[kind]


@dataclass(frozen=True)
class Case:
    """A network of random settings.

    Attributes:
        model: See :func:`_model`.
        shapes: Of its parameters and state.
        batch, dtype: Of its input and of everything it computes.
    """

    model: SNN
    shapes: Variables
    batch: int
    dtype: str

    def compiled(self, rules: tuple[str, ...]) -> Callable[..., tuple[Any, Any]]:
        """``(params, state, cotangent, inputs, key)`` to the encoded input and, a rule, its gradient and prediction.

        One program, for compiling is what a case takes its time for.
        """
        model = self.model

        def of_all(params: Any, state: Any, cotangent: Any, inputs: Any, key: Any) -> tuple[Any, Any]:
            key = jax.random.wrap_key_data(key)
            encoding, time_steps = model.reading.encoding, model.reading.time_steps
            values = inputs.reshape(self.batch, *model.reading.example_shape)
            train = encoding.at_steps(values, jnp.asarray(0), time_steps, key, time_steps)

            def of(rule: str) -> Any:
                segment = model.config.segment_steps if rule == "checkpointed" else None
                own = build(replace(model.config, differentiation=rule, segment_steps=segment), model.spec)

                def loss(params: Any) -> Any:
                    output = own.apply(params, state, inputs, key=key, train=True)
                    return jnp.sum(cotangent * output.prediction) + output.penalty, output.prediction

                return jax.grad(loss, has_aux=True)(params)

            return train, {rule: of(rule) for rule in rules}

        variables = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, self.dtype), self.shapes)
        cotangent = jax.ShapeDtypeStruct((self.batch, OUTPUTS), self.dtype)
        inputs = jax.ShapeDtypeStruct((self.batch, *model.spec.inputs.shape), model.spec.inputs.dtype)
        return jax.jit(of_all).lower(*variables, cotangent, inputs, jax.ShapeDtypeStruct((2,), jnp.uint32)).compile()

    def inputs(self, rng: np.random.Generator) -> list[np.ndarray]:
        """Batches of all zeros, of all ones, and two of something between."""
        shape, dtype = (self.batch, *self.model.spec.inputs.shape), self.model.spec.inputs.dtype
        kinds = np.zeros(shape), np.ones(shape), rng.random(shape), rng.random(shape)
        return [x > 0.7 if dtype == jnp.bool_ else x.astype(dtype) for x in kinds]


def _network(index: int) -> tuple[np.random.Generator, SNN, int, str]:
    """A network, the size of its batch and its precision, and what draws the rest."""
    rng = np.random.default_rng(index)
    return rng, _model(index, rng), _any(rng, 1, 2), _any(rng, "float32", "float64")


def _check(index: int, *others: str) -> None:
    """The rule of a random network, and ``others``, on each of its inputs."""
    rng, model, batch, dtype = _network(index)
    with jax.enable_x64(dtype == "float64"):
        case = Case(model, jax.eval_shape(lambda: model.init(jax.random.key(0))), batch, dtype)
        compiled = case.compiled((*others, model.config.differentiation))
        for inputs in case.inputs(rng):
            _check_on(inputs, case, compiled, rng)


def _check_on(inputs: np.ndarray, case: Case, compiled: Callable[..., Any], rng: np.random.Generator) -> None:
    config = case.model.config
    key = rng.integers(2**32, size=2, dtype=np.uint32)
    cotangent = rng.standard_normal((case.batch, OUTPUTS)).astype(np.float32)
    for _ in range(50):
        params, state = (
            {name: _drawn(name, leaf.shape, rng).astype(np.float32) for name, leaf in part.items()}
            for part in case.shapes
        )
        floats = jax.tree.map(lambda x: x.astype(case.dtype), (params, state, cotangent))
        train, found = compiled(*floats, inputs, key)
        on_tape = {name: Value(array) for name, array in (params | state).items()}
        simulation = Simulation(config, on_tape)
        prediction = simulation(np.asarray(train, float))
        if simulation.margin > SURE:
            break
    assert simulation.margin > SURE, "no draw whose spikes rounding leaves alone"
    rate = simulation.spikes * (1 / (simulation.neurons * len(train) * case.batch))
    loss = total(prediction * Value(cotangent)) + rate * config.rate_penalty
    expected = gradient(loss, {name: on_tape[name] for name in params})

    tolerance = TOLERANCE[case.dtype]
    left = CANCELLED * np.finfo(case.dtype).eps * max(np.abs(value).max() for value in expected.values())
    for rule, (of_rule, predicted) in found.items():
        scale = np.abs(prediction.data).max()
        np.testing.assert_allclose(predicted, prediction.data, rtol=0, atol=tolerance * scale, err_msg=rule)
        assert of_rule.keys() == expected.keys()
        for name, value in expected.items():
            atol = max(tolerance * np.abs(value).max(), left)
            np.testing.assert_allclose(of_rule[name], value, rtol=0, atol=atol, err_msg=f"{rule}: {name}")


def _kinds(index: int) -> dict[str, Any]:
    _, model, batch, dtype = _network(index)
    config, inputs = model.config, model.spec.inputs
    return {
        "rule": config.differentiation,
        "architecture": config.architecture,
        "neuron": config.neuron,
        "recurrent": config.recurrent,
        "delayed": config.longest_delay > 0,
        "reset": config.reset,
        "encoding": "recording" if inputs.dtype == jnp.bool_ else config.encoding,
        "steps": model.reading.time_steps,
        "batch": batch,
        "dtype": dtype,
    }


VALUES = {
    "rule": RULES, "architecture": {*ARCHITECTURES}, "neuron": NEURONS, "recurrent": (False, True),
    "delayed": (False, True), "reset": ("subtract", "zero"), "encoding": (*ENCODINGS, *TIMED), "steps": STEPS,
    "batch": (1, 2), "dtype": ("float32", "float64"),
}  # fmt: skip
ONLY_DENSE = {("recurrent", True), ("delayed", True), *(("encoding", one) for one in TIMED)}


def test_networks_of_every_kind_are_among_the_random_ones():
    """Every setting with every other that it goes with; every setting alone among those of CI."""
    drawn = [_kinds(index) for index in range(IN_ALL)]
    assert {pair for one in drawn[:IN_CI] for pair in one.items()} == {
        (name, value) for name, values in VALUES.items() for value in values
    }
    found = {pairs for one in drawn for pairs in combinations(one.items(), 2)}
    for (first, of_first), (second, of_second) in combinations(VALUES.items(), 2):
        for pairs in product(
            *([(name, value) for value in of] for name, of in ((first, of_first), (second, of_second)))
        ):
            dense_only = any(pair in ONLY_DENSE for pair in pairs)
            others = any(name == "architecture" and value != "dense" for name, value in pairs)
            assert (pairs in found) != (dense_only and others), pairs


@pytest.mark.parametrize("index", range(IN_CI))
def test_a_random_network_has_the_gradient_of_the_simulation(index: int):
    # Of each rule two are compiled with that of bptt, too.
    _check(index, *(["bptt"] if index % 5 == 0 else []))


@pytest.mark.slow
@pytest.mark.parametrize("index", range(IN_ALL))
def test_an_exact_rule_gives_the_gradient_of_bptt_and_of_the_simulation(index: int):
    _check(index, "bptt")
