"""A tape's operations on a state vector, in traceable JAX."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Inexact
from pennylane.operation import Operator, StatePrepBase
from pennylane.ops import GlobalPhase, Identity, Projector
from pennylane.wires import Wires

from paradigms.interface import require
from paradigms.vqc.evolution import Reverse, evolve
from paradigms.vqc.plan import plan
from paradigms.vqc.planes import Planes, complex_dtype, from_vector, real_dtype, zero_state
from paradigms.vqc.powers import is_power
from paradigms.vqc.primitives import Computed, Reading, described, read
from paradigms.vqc.repeated import RepeatedLayers
from paradigms.vqc.stages import Numbers

Method = Literal["best", "adjoint", "backprop"]
"""How a circuit is to be differentiated. ``adjoint`` undoes gates and so takes unitary ones alone; ``best`` is that
where gates are known to be unitary, and ``backprop`` for any run of neighbouring gates, or repeated layers, with one
that is not."""

LARGEST_MATRIX = 4
"""Gates on more wires than this are decomposed where they can be, rather than applied as one matrix."""


def runs_natively(operation: Operator) -> bool:
    """Whether :func:`run` takes the operation anywhere on a tape; others must be decomposed first."""
    if isinstance(operation, RepeatedLayers | GlobalPhase | Identity):
        return True
    if is_power(operation):
        return False
    small = len(operation.wires) <= LARGEST_MATRIX or not operation.has_decomposition
    return operation.has_matrix and small


def run(operations: Iterable[Operator], wires: Wires, method: Method) -> tuple[Planes, Float[Array, ""] | None]:
    """The state after ``operations``, from |0…0⟩; the first of ``wires`` is the most significant bit.

    With it the probability of the outcomes that projectors select, ``None`` without any.

    A ``Projector`` scales what it leaves to unit norm, as on ``default.qubit``: it selects an outcome. Any other
    operator acts as its matrix does, unitary or not.

    Raises:
        Unsupported: The method is ``adjoint``, and an operator is not known to be unitary.
    """
    planes = zero_state(len(wires))
    probability: Array | None = None
    waiting: list[Operator] = []
    for position, operation in enumerate(operations):
        if position == 0 and isinstance(operation, StatePrepBase):
            prepared = operation.state_vector(wire_order=wires)
            planes = from_vector(jnp.asarray(prepared, complex_dtype()).reshape(-1))
        elif isinstance(operation, RepeatedLayers | Projector):
            planes = run_gates(waiting, planes, wires, method)
            waiting = []
            if isinstance(operation, RepeatedLayers):
                planes = _run_layers(operation, planes, wires, method)
            else:
                planes, selected = _project(operation, planes, wires, method)
                probability = selected if probability is None else probability * selected
        else:
            waiting.append(operation)
    return run_gates(waiting, planes, wires, method), probability


def run_gates(gates: Sequence[Operator], planes: Planes, wires: Wires, method: Method) -> Planes:
    """The state after gates that no operation repeats: one layer of their own."""
    if not gates:
        return planes
    reading = read(gates, wires)
    one = Numbers(_stacked(reading.angles)[None], tuple(matrix[None] for matrix in reading.matrices))
    return evolve(plan([reading.primitives], len(wires)), planes, one, _reverse(method, reading.doubtful))


def _reverse(method: Method, doubtful: Iterable[str]) -> Reverse:
    """How JAX is to differentiate gates, of which the ``doubtful`` are not known to be unitary."""
    names = ", ".join(dict.fromkeys(doubtful))
    if method == "backprop" or (method == "best" and names):
        return "backprop"
    require(
        not names,
        f"diff_method='adjoint' undoes gates, and {names} is not known to be unitary; use diff_method='best' or "
        "diff_method='backprop'",
    )
    return "adjoint"


def _project(operation: Projector, planes: Planes, wires: Wires, method: Method) -> tuple[Planes, Array]:
    matrix = jnp.asarray(operation.matrix(), complex_dtype())
    one = Numbers(_stacked([])[None], (matrix[None],))
    stages = plan([[Computed(tuple(wires.indices(operation.wires)), 0)]], len(wires))
    projected = evolve(stages, planes, one, _reverse(method, [described(operation)]))
    probability = sum((jnp.sum(jnp.square(plane)) for plane in projected), jnp.zeros(()))
    return Planes(*(plane / jnp.sqrt(probability) for plane in projected)), probability


def _run_layers(operation: RepeatedLayers, planes: Planes, wires: Wires, method: Method) -> Planes:
    given: Any = operation.data[0]
    weights = jnp.asarray(given, complex_dtype() if np.iscomplexobj(given) else real_dtype())
    depth, layer = weights.shape[0], operation.layer
    if depth == 0:
        return planes

    def read_layer(one: Any, index: int) -> Reading:
        return read(layer.gates(one, operation.wires, index), wires)

    readings: list[Reading] = []

    def compute(one: Inexact[Array, "*shape"]) -> Numbers:
        readings[:] = [read_layer(one, index) for index in range(min(layer.period(operation.wires), depth))]
        return Numbers(_stacked(readings[0].angles), tuple(readings[0].matrices))

    places = None if jnp.iscomplexobj(weights) else _places(lambda one: read_layer(one, 0), weights.shape[1:])
    if places is None:
        numbers = jax.vmap(compute)(weights)
    else:
        jax.eval_shape(compute, weights[0])
        numbers = Numbers(weights.reshape(depth, -1)[:, places], ())
    stages = plan([reading.primitives for reading in readings], len(wires), operation.hyperparameters["width"])
    doubtful = (name for reading in readings for name in reading.doubtful)
    return evolve(stages, planes, numbers, _reverse(method, doubtful))


def _places(read_layer: Callable[[Any], Reading], shape: tuple[int, ...]) -> np.ndarray | None:
    """Which weight each angle of a layer is, where every angle is a weight as it stands; ``None`` elsewhere.

    One indexing operation then takes the place of one for every angle, which would cost most of the time to compile.
    The layer is read with weights that stand for their own places, 0, 1, 2, …, and again with random weights: an angle
    that is a place in the first and the weight of that place in the second is a weight.
    """
    places = np.arange(np.prod(shape, dtype=int))
    weights = np.random.default_rng(0).normal(size=places.shape)
    try:
        first, second = (read_layer(given.reshape(shape)) for given in (places.astype(float), weights))
        angles, again = (np.array([float(angle) for angle in reading.angles]) for reading in (first, second))
    except (AttributeError, TypeError, ValueError):
        # The layer takes JAX arrays only.
        return None
    if first.matrices or not np.isin(angles, places).all():
        return None
    found = angles.astype(int)
    return found if np.array_equal(again, weights[found]) else None


def _stacked(angles: Sequence[Any]) -> Float[Array, " angles"]:
    if not angles:
        return jnp.zeros(0, real_dtype())
    return jnp.stack([jnp.asarray(angle, real_dtype()) for angle in angles])
