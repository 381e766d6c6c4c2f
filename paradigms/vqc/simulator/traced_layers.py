"""The layers of a stack as traced programs: what a layer is made of, and its parameters as a function of its weights.

A layer is read with weights that have no values, so that nothing about it can depend on them. Whether its angles are
its weights as they stand is decided by its program (:mod:`~paradigms.vqc.simulator.jaxpr_dataflow`); anything else is
evaluated. What a layer closes over may itself be traced (an input that is uploaded in every layer), and is
differentiated alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.extend.core import ClosedJaxpr, jaxpr_as_fun
from jaxtyping import Array, Float, Inexact
from pennylane.operation import Operator
from pennylane.queuing import QueuingManager

from paradigms.interface import require
from paradigms.vqc.circuit.layers import CircuitLayer, gates_of, period_of
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.simulator.fused import GateParameters
from paradigms.vqc.simulator.jaxpr_dataflow import copied_elements, depends_on_tracers
from paradigms.vqc.simulator.statevector import complex_dtype, real_dtype

Made = TypeVar("Made")
Take = Callable[[Sequence[Operator]], tuple[Made, Sequence[Any], Sequence[Array]]]
"""From a layer's gates to what they are (no arrays), their angles (scalars), and matrices that are computed."""


@dataclass(frozen=True)
class TracedLayers(Generic[Made]):
    """A stack of layers.

    Attributes:
        weights: The weights of all layers, on a leading axis.
        made: What the layers of a period are made of.
    """

    weights: Inexact[Array, "layers *shape"]
    made: tuple[Made, ...]
    _programs: tuple[_LayerProgram, ...]

    def depends(self) -> np.ndarray:
        """Tell whether each angle of each layer depends on anything that JAX traces, as ``[layers, angles]``."""
        traced = isinstance(self.weights, Tracer)
        rows = [depends_on_tracers(program.jaxpr, traced)[: program.angles] for program in self._programs]
        return np.array(rows, bool)[self._residues()]

    @property
    def closes_over_tracers(self) -> bool:
        """Whether a number of a layer depends on a tracer that is none of its weights."""
        return any(any(depends_on_tracers(program.jaxpr, on_input=False)) for program in self._programs)

    def parameters(self) -> GateParameters:
        """Compute what the gates of all layers take; the layers of a period must be alike in number and shape."""
        programs = self._programs
        places = [program.places() for program in programs]
        if all(place is not None for place in places):
            rows, flat = np.array(places), self.weights.reshape(len(self.weights), -1)
            if (rows == rows[0]).all():
                return GateParameters(flat[:, rows[0]], ())
            return GateParameters(jnp.take_along_axis(flat, rows[self._residues()], axis=1), ())
        # The first program that is the same, for each of a period: StronglyEntangling's all are one.
        first = np.array(
            [next(n for n, one in enumerate(self._programs) if _alike(one, two)) for two in self._programs]
        )
        owners = first[self._residues()]
        if not first.any():
            return jax.vmap(programs[0])(self.weights)
        groups = {number: np.flatnonzero(owners == number) for number in np.unique(first)}
        parts = [jax.vmap(programs[number])(self.weights[group]) for number, group in groups.items()]
        order = np.argsort(np.concatenate(list(groups.values())))
        return jax.tree.map(lambda *columns: jnp.concatenate(columns)[order], *parts)

    def _residues(self) -> np.ndarray:
        """Return the place of each layer in its period."""
        return np.arange(len(self.weights)) % max(len(self._programs), 1)


@dataclass(frozen=True)
class _LayerProgram:
    """What a layer's gates take as a function of its weights: first the angles, then the matrices."""

    jaxpr: ClosedJaxpr
    angles: int

    def __call__(self, weights: Inexact[Array, "*shape"]) -> GateParameters:
        results = jaxpr_as_fun(self.jaxpr)(weights)
        return GateParameters(stacked(results[: self.angles]), tuple(results[self.angles :]))

    def places(self) -> np.ndarray | None:
        """Find which weight each angle is, where every angle is a weight as it stands and nothing else is taken.

        One indexing operation then takes the place of one per angle, which would cost most of the time to compile.
        """
        found = np.array(copied_elements(self.jaxpr), int) if len(self.jaxpr.out_avals) == self.angles else np.array(-1)
        return found if (found >= 0).all() else None


def trace_layers(operation: RepeatedLayers, take: Take[Made]) -> TracedLayers[Made]:
    """Read one period of the layers of an operation.

    Args:
        operation: The layers.
        take: The function from the gates of a layer to what they are (no arrays), their angles (scalars), and computed
            matrices.

    Raises:
        Unsupported: If a layer asks for the value of a weight, has other gates or angles when it is read again, or has
            a gate with a batch of angles or a complex one.
    """
    given: Any = operation.data[0]
    weights = jnp.asarray(given, complex_dtype() if np.iscomplexobj(given) else real_dtype())
    period = period_of(operation.layer, operation.wires, len(weights))
    one = jax.ShapeDtypeStruct(weights.shape[1:], weights.dtype)
    read = [_trace(operation, one, index, take) for index in range(period)]
    if read:
        made, program = _trace(operation, one, 0, take)
        require(
            made == read[0][0] and _alike(program, read[0][1]),
            f"RepeatedLayers: {operation.layer} has other gates or angles when it is read again; a layer must be a "
            "pure function of its weights, wires and index: give what changes from layer to layer as a weight",
        )
    return TracedLayers(weights, tuple(made for made, _ in read), tuple(program for _, program in read))


def _trace(
    operation: RepeatedLayers, weights: jax.ShapeDtypeStruct, index: int, take: Take[Made]
) -> tuple[Made, _LayerProgram]:
    found: list[Made] = []
    counts: list[int] = []

    def parameters(one: Inexact[Array, "*shape"]) -> list[Array]:
        with QueuingManager.stop_recording():
            made, angles, matrices = take(gates_of(operation.layer, one, operation.wires, index))
        for angle in angles:
            _require_scalar(angle, operation.layer)
        found.append(made)
        counts.append(len(angles))
        return [*(jnp.asarray(angle, real_dtype()) for angle in angles), *matrices]

    jaxpr = jax.make_jaxpr(parameters)(weights)
    return found[-1], _LayerProgram(jaxpr, counts[-1])


def _require_scalar(angle: Any, layer: CircuitLayer) -> None:
    require(
        np.ndim(angle) == 0,
        f"RepeatedLayers: a gate of {layer} has angles of shape {np.shape(angle)}; a gate in a layer takes one angle: "
        "queue a gate for each, or vectorise the circuit with jax.vmap",
    )
    require(
        not jnp.iscomplexobj(angle),
        f"RepeatedLayers: a gate of {layer} has a complex angle, which has no shift rule; take its real part, or "
        "differentiate by backprop",
    )


def _alike(one: _LayerProgram, other: _LayerProgram) -> bool:
    """Tell whether two programs are the same operations on the same constants."""
    if one is other:
        return True
    # Functions that are printed with a program have their addresses in it.
    printed = [re.sub(r"0x[0-9a-f]+", "", str(program.jaxpr.jaxpr)) for program in (one, other)]
    consts = one.jaxpr.consts, other.jaxpr.consts
    return printed[0] == printed[1] and all(map(_same, *consts))


def _same(one: Any, other: Any) -> bool:
    if one is other or any(isinstance(const, Tracer) for const in (one, other)):
        return one is other
    return np.array_equal(one, other)


def stacked(angles: Sequence[Any]) -> Float[Array, " angles"]:
    """Stack scalars of any interface to one array."""
    if not angles:
        return jnp.zeros(0, real_dtype())
    return jnp.stack([jnp.asarray(angle, real_dtype()) for angle in angles])
