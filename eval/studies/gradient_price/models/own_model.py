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

from eval.recorder import Recorder
from eval.studies.gradient_price.config import Config
from eval.studies.gradient_price.models.pricing import NO_FORWARD_MODE, price_row
from eval.studies.gradient_price.models.programs import Model
from eval.studies.gradient_price.models.subjects import Subject
from eval.studies.gradient_price.names import AS_BUILT, FORWARD, OWN, REVERSE, SHIFT, SPSA
from eval.studies.gradient_price.rows import GradientPrice, Series, UnavailableGradient
from paradigms.interface import Cost, Paradigm, Work
from training.errors import BadInput
from training.pricing import Price, Program, Timing, call_seconds, price

RETURNS = (
    "return a model and a batch of inputs: a paradigm from paradigms.adapters with its inputs, or a QNode of "
    "(parameters, example) with its parameters and its inputs"
)


@dataclass(frozen=True)
class Own:
    """A model at one size.

    Attributes:
        name: Shown as its paradigm.
        subjects: The models by rule of differentiation; the forward pass of the first is what gradients are held
            against.
    """

    name: str
    subjects: dict[str, Subject]


def measure(config: Config, recorder: Recorder) -> list[GradientPrice | UnavailableGradient]:
    """Price the model ``config.model``, at ``config.model_sizes`` where its function takes a size, else once.

    Raises:
        BadInput: It is no such function, or what it returns is no model with inputs.
    """
    function = find(str(config.model))
    rows: list[GradientPrice | UnavailableGradient] = []
    for size in _sizes(function, config):
        own = made(function, size, str(config.model))
        point = {"paradigm": own.name, "axis": OWN, "size": size, "model": config.model}
        rows += recorder.measure(point, partial(_price, own, size, config))
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
        batch = jax.tree.leaves(inputs)[0].shape[0]
        return Own(model.name, {AS_BUILT: Subject(model, inputs, batch)})
    import pennylane as qml

    if not isinstance(model, qml.QNode) or len(others) != 2:
        raise BadInput(f"model={name} returned {type(model).__name__} and {len(others)} more; {RETURNS}")
    return _of_qnode(model, others[0], inputs)


def _of_qnode(qnode: Any, parameters: Any, inputs: Any) -> Own:
    """Adapt a QNode through ``from_qnode``, as it is and by parameter shift; its circuits are counted on its tape."""
    from paradigms.adapters import from_qnode
    from paradigms.vqc.gradients.executions import executions
    from paradigms.vqc.gradients.parameter_shift import differentiable

    name = getattr(qnode.func, "__name__", "circuit")
    shapes = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(jnp.shape(leaf), jnp.float32), parameters)
    angles = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)
    example = jax.tree.map(lambda leaf: jnp.ones(leaf.shape[1:], leaf.dtype), inputs)
    batch = jax.tree.leaves(inputs)[0].shape[0]
    count = executions(qnode, angles, example)
    forward = Work(circuit_executions=count.forward)
    exact = {AS_BUILT: Work(), SHIFT: Work(circuit_executions=count.gradient)}
    built = {AS_BUILT: qnode, SHIFT: differentiable(qnode)}

    def adapted(rule: str) -> Subject:
        paradigm = from_qnode(lambda key: built[rule], parameters=shapes, name=name, cost=Cost(forward, exact[rule]))
        return Subject(paradigm, inputs, batch, count.occurrences)

    return Own(name, {rule: adapted(rule) for rule in built})


def _price(own: Own, size: int | None, config: Config) -> list[GradientPrice | UnavailableGradient]:
    rows: list[GradientPrice | UnavailableGradient] = []
    timing = Timing(config.timing_repeats, config.timing_seconds)
    forward: Program | None = None
    forward_price: Price | None = None
    call: float | None = None
    for rule, subject in own.subjects.items():
        model = Model(subject)
        arguments = model.arguments(config.seed, initialised=True)
        if forward is None or forward_price is None:
            forward = model.forward(arguments)
            forward_price = price(forward)
            call = call_seconds(*arguments)
        for estimator in (REVERSE, SPSA, FORWARD) if rule == AS_BUILT else (REVERSE,):
            one = Series(own.name, rule, estimator, OWN)
            if estimator == FORWARD and not model.has_forward_mode():
                rows.append(UnavailableGradient(**one._asdict(), size=size, reason=NO_FORWARD_MODE))
                continue
            found = price(model.gradient(estimator, forward, arguments), timing=timing)
            rows.append(price_row(one, size, model, forward_price, found, call, config.error))
    return rows
