"""A model of the user's own, priced beside the paradigms."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from eval.recorder import Recorder, Row
from eval.studies.gradient_price.config import Config
from eval.studies.gradient_price.exponents import OWN
from eval.studies.gradient_price.pricing import (
    FORWARD,
    PRICE,
    REVERSE,
    SPSA,
    Compiled,
    Program,
    call_seconds,
    clock,
    trace,
    weigh,
)
from eval.studies.gradient_price.subjects import SHIFT, Subject, circuit
from paradigms.interface import Paradigm
from training.errors import BadInput

AS_BUILT = "as built"
"""How a model is differentiated: as it was given; a QNode's circuit also by parameter shift."""
RETURNS = (
    "return a model and a batch of inputs: a paradigm from paradigms.adapters with its inputs, or a QNode of "
    "(parameters, example) with its parameters and its inputs"
)


@dataclass(frozen=True)
class Own:
    """A model at one size.

    Attributes:
        name: Shown as its paradigm.
        subjects: By rule of differentiation; the forward pass of the first is what gradients are held against.
    """

    name: str
    subjects: dict[str, Subject]


def measure(config: Config, recorder: Recorder) -> list[Row]:
    """Rows of the model ``config.model``, at ``config.model_sizes`` where its function takes a size, else once.

    Raises:
        BadInput: It is no such function, or what it returns is no model with inputs.
    """
    function = find(str(config.model))
    rows: list[Row] = []
    for size in _sizes(function, config):
        own = made(function, size, str(config.model))
        point = {"part": PRICE, "paradigm": own.name, "axis": OWN, "size": size, "model": config.model}
        rows += recorder.measure(point, partial(_price, own, config))
    return rows


def find(name: str) -> Callable[..., Any]:
    """The function ``MODULE:NAME``, whose module Python must find.

    Raises:
        BadInput: It is no function of one size or of nothing.
    """
    module, attribute = name.split(":")
    function = getattr(importlib.import_module(module), attribute)
    if not callable(function):
        raise BadInput(f"model={name} is no function; {RETURNS} from a function")
    if len(_arguments(function)) > 1:
        raise BadInput(f"model={name} takes {', '.join(_arguments(function))}; let it take one size, or nothing")
    return function


def _arguments(function: Callable[..., Any]) -> list[str]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [name for name, one in inspect.signature(function).parameters.items() if one.kind in kinds]


def _sizes(function: Callable[..., Any], config: Config) -> Sequence[int | None]:
    return sorted(set(config.model_sizes)) if _arguments(function) else (None,)


def made(function: Callable[..., Any], size: int | None, name: str) -> Own:
    """The model at a size.

    Raises:
        BadInput: The function returned something else.
    """
    returned = function() if size is None else function(size)
    if not isinstance(returned, tuple) or len(returned) not in (2, 3):
        raise BadInput(f"model={name} returned {type(returned).__name__}; {RETURNS}")
    model, *others = returned
    inputs = others[-1]
    shapes = {getattr(leaf, "shape", ())[:1] for leaf in jax.tree.leaves(inputs)}
    if len(shapes) != 1 or shapes == {()}:
        raise BadInput(f"model={name} returned inputs of no batch: give arrays whose first axis is the examples")
    if isinstance(model, Paradigm) and len(others) == 1:
        return Own(model.name, {AS_BUILT: circuit(model, inputs, None)})
    import pennylane as qml

    if not isinstance(model, qml.QNode) or len(others) != 2:
        raise BadInput(f"model={name} returned {type(model).__name__} and {len(others)} more; {RETURNS}")
    return _of_qnode(model, others[0], inputs)


def _of_qnode(qnode: Any, parameters: Any, inputs: Any) -> Own:
    """Through ``from_qnode``, as it is and by parameter shift; its circuits are counted on its tape."""
    from paradigms.adapters import from_qnode
    from paradigms.vqc.executions import executions
    from paradigms.vqc.parameter_shift import differentiable

    name = getattr(qnode.func, "__name__", "circuit")
    shapes = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(jnp.shape(leaf), jnp.float32), parameters)
    angles = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)
    example = jax.tree.map(lambda leaf: jnp.ones(leaf.shape[1:], leaf.dtype), inputs)
    batch = jax.tree.leaves(inputs)[0].shape[0]
    count = executions(qnode, angles, example)
    as_built = from_qnode(lambda key: qnode, parameters=shapes, name=name)
    shifted = from_qnode(lambda key: differentiable(qnode), parameters=shapes, name=name)
    counted = {"batch": batch, "gate_angles": count.occurrences, "forward_executions": count.forward}
    return Own(
        name,
        {
            AS_BUILT: Subject(as_built, inputs, **counted),
            SHIFT: Subject(shifted, inputs, **counted, gradient_executions=count.gradient - count.forward),
        },
    )


def _price(own: Own, config: Config) -> list[Row]:
    rows: list[Row] = []
    forward: Compiled | None = None
    flops_forward: int | None = None
    call: float | None = None
    for rule, one in own.subjects.items():
        program = Program(one)
        arguments = program.arguments(config.seed, initialised=True)
        if forward is None:
            forward, flops_forward = Compiled(program.forward, arguments), program.flops_forward()
            call = call_seconds(arguments)
        for estimator in (REVERSE, SPSA, FORWARD) if rule == AS_BUILT else (REVERSE,):
            direction = estimator != FORWARD or program.has_forward_mode()
            row = trace(program, estimator, flops_forward, config.error, forward_mode=direction)
            row["differentiation"] = rule
            if row["unavailable"] is None:
                gradient = Compiled(program.gradient(estimator), arguments)
                weigh(row, program, forward, gradient)
                clock(row, forward, gradient, seconds=config.timing_seconds, repeats=config.timing_repeats)
                row["seconds_call"] = call
            rows.append(row)
    return rows
