"""A tape's operations on a state vector, in traceable JAX."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from pennylane.operation import Operator, StatePrepBase
from pennylane.ops import GlobalPhase, Identity
from pennylane.wires import Wires

from paradigms.vqc.evolution import Reverse, evolve
from paradigms.vqc.plan import plan
from paradigms.vqc.planes import Planes, complex_dtype, from_vector, real_dtype, zero_state
from paradigms.vqc.primitives import Reading, read
from paradigms.vqc.repeated import RepeatedLayers
from paradigms.vqc.stages import Numbers

LARGEST_MATRIX = 4
"""Gates on more wires than this are decomposed where they can be, rather than applied as one matrix."""


def runs_natively(operation: Operator) -> bool:
    """Whether :func:`run` takes the operation anywhere on a tape; others must be decomposed first."""
    if isinstance(operation, RepeatedLayers | GlobalPhase | Identity):
        return True
    small = len(operation.wires) <= LARGEST_MATRIX or not operation.has_decomposition
    return operation.has_matrix and small


def run(operations: Iterable[Operator], wires: Wires, reverse: Reverse) -> Planes:
    """The state after ``operations``, from |0…0⟩; the first of ``wires`` is the most significant bit."""
    planes = zero_state(len(wires))
    waiting: list[Operator] = []
    for position, operation in enumerate(operations):
        if position == 0 and isinstance(operation, StatePrepBase):
            prepared = operation.state_vector(wire_order=wires)
            planes = from_vector(jnp.asarray(prepared, complex_dtype()).reshape(-1))
        elif isinstance(operation, RepeatedLayers):
            planes = run_gates(waiting, planes, wires, reverse)
            waiting = []
            planes = _run_layers(operation, planes, wires, reverse)
        else:
            waiting.append(operation)
    return run_gates(waiting, planes, wires, reverse)


def run_gates(gates: Sequence[Operator], planes: Planes, wires: Wires, reverse: Reverse) -> Planes:
    """The state after gates that no operation repeats: one layer of their own."""
    if not gates:
        return planes
    reading = read(gates, wires)
    one = Numbers(_stacked(reading.angles)[None], tuple(matrix[None] for matrix in reading.matrices))
    return evolve(plan([reading.primitives], len(wires)), planes, one, reverse)


def _run_layers(operation: RepeatedLayers, planes: Planes, wires: Wires, reverse: Reverse) -> Planes:
    weights = jnp.asarray(operation.data[0], real_dtype())
    depth, layer = weights.shape[0], operation.layer
    if depth == 0:
        return planes

    def read_layer(one: Any, index: int) -> Reading:
        return read(layer.gates(one, operation.wires, index), wires)

    readings: list[Reading] = []

    def compute(one: Float[Array, "*shape"]) -> Numbers:
        readings[:] = [read_layer(one, index) for index in range(min(layer.period(operation.wires), depth))]
        return Numbers(_stacked(readings[0].angles), tuple(readings[0].matrices))

    places = _places(lambda one: read_layer(one, 0), weights.shape[1:])
    if places is None:
        numbers = jax.vmap(compute)(weights)
    else:
        jax.eval_shape(compute, weights[0])
        numbers = Numbers(weights.reshape(depth, -1)[:, places], ())
    stages = plan([reading.primitives for reading in readings], len(wires), operation.hyperparameters["width"])
    return evolve(stages, planes, numbers, reverse)


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
