"""A tape as a function of its gate angles: one angle a gate occurrence, each with its shift rule.

Angles are what is traced by JAX; numbers that are known when the tape is made stay where they are. A parameter that
several gates share, or that enters an expression, is told apart here into one angle a gate; JAX's chain rule sums over
the occurrences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from pennylane import math
from pennylane.measurements import ExpectationMP, ProbabilityMP
from pennylane.operation import Operator, StatePrepBase
from pennylane.ops.functions import bind_new_parameters
from pennylane.queuing import QueuingManager, apply
from pennylane.tape import QuantumScript

from paradigms.interface import Unsupported
from paradigms.vqc.planes import real_dtype
from paradigms.vqc.repeated import RepeatedLayers
from paradigms.vqc.shift_rules import Angles, ShiftRule
from paradigms.vqc.spectrum import rule_of

Rebuild: TypeAlias = Callable[[Iterator[Array], Iterator[Array]], list[Operator]]

_DISTINCT = 97.0
"""Range of the trial weights that tell which weight enters which gate: far apart, of both signs."""


@dataclass(frozen=True)
class Occurrences:
    """The gate angles of a tape, and the tape as a function of them.

    Attributes:
        angles: In radians; a scalar for a gate, an array for :class:`RepeatedLayers`.
        rules: For each of ``angles``, the rule of each of its elements in C order.
        others: What enters no gate angle and may still be traced: initial states, coefficients of observables.
        tape: ``(angles, others)`` to the tape with these in place.
    """

    angles: Angles
    rules: tuple[tuple[ShiftRule, ...], ...]
    others: tuple[Array, ...]
    tape: Callable[[Angles, tuple[Array, ...]], QuantumScript]


def occurrences_of(tape: QuantumScript) -> Occurrences:
    """Take a tape apart. Traced gates of several parameters (``Rot``, ``U3``, templates) are decomposed.

    Raises:
        Unsupported: If a gate has no shift rule, a gate's parameter has a batch axis, or a measurement is neither an
            expectation value nor probabilities (a variance is no trigonometric polynomial of the gate's frequencies).
    """
    for measurement in tape.measurements:
        if not isinstance(measurement, ExpectationMP | ProbabilityMP):
            raise Unsupported(
                f"parameter_shift cannot differentiate {measurement}: its rules hold for expectation values and "
                "probabilities; differentiate by adjoint or backprop"
            )
    parts = _Parts()
    rebuild = [parts.take(operation, first=position == 0) for position, operation in enumerate(tape.operations)]
    leaves, structure = jax.tree.flatten(tape.measurements)
    traced = [_is_tracer(leaf) for leaf in leaves]
    parts.others.extend(leaf for leaf, is_traced in zip(leaves, traced, strict=True) if is_traced)

    def with_angles(angles: Angles, others: tuple[Array, ...]) -> QuantumScript:
        left, rest = iter(angles), iter(others)
        operations = [operation for part in rebuild for operation in part(left, rest)]
        kept = [next(rest) if is_traced else leaf for leaf, is_traced in zip(leaves, traced, strict=True)]
        return QuantumScript(operations, jax.tree.unflatten(structure, kept), shots=tape.shots)

    return Occurrences(tuple(parts.angles), tuple(parts.rules), tuple(parts.others), with_angles)


class _Parts:
    """What has been taken from the tape so far."""

    def __init__(self) -> None:
        self.angles: list[Array] = []
        self.rules: list[tuple[ShiftRule, ...]] = []
        self.others: list[Array] = []

    def take(self, operation: Operator, *, first: bool = False) -> Rebuild:
        """Record the operation's angles; returns how to make its gates from new ones."""
        if not is_traced(operation):
            return lambda angles, others: [operation]
        if first and isinstance(operation, StatePrepBase):
            self.others.extend(jnp.asarray(data) for data in operation.data)
            return lambda angles, others: [bind_new_parameters(operation, [next(others) for _ in operation.data])]
        if isinstance(operation, RepeatedLayers):
            stacked = _stacked(operation)
            if stacked is not None:
                self._add(stacked.angles, stacked.rules)
                return lambda angles, others: [stacked.repeated(next(angles))]
        elif _is_rotation(operation):
            angle = jnp.asarray(operation.data[0], real_dtype())
            if angle.ndim:
                raise Unsupported(
                    f"{operation.name} has a batch of {angle.shape[0]} angles; parameter_shift takes one circuit at a "
                    "time: vectorise with jax.vmap"
                )
            self._add(angle, (rule_of(operation),))
            return lambda angles, others: [bind_new_parameters(operation, [next(angles)])]
        if not operation.has_decomposition:
            raise Unsupported(
                f"{operation.name} has no shift rule and no decomposition; differentiate by adjoint or backprop"
            )
        with QueuingManager.stop_recording():
            parts = [self.take(gate) for gate in operation.decomposition()]
        return lambda angles, others: [gate for part in parts for gate in part(angles, others)]

    def _add(self, angles: Array, rules: tuple[ShiftRule, ...]) -> None:
        self.angles.append(angles)
        self.rules.append(rules)


def is_traced(operation: Operator) -> bool:
    """Whether a number of the operation is a tracer: it depends on what is differentiated, or on an input."""
    return any(_is_tracer(data) for data in operation.data)


def _is_tracer(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array) and math.requires_grad(leaf)


def _is_rotation(operation: Operator) -> bool:
    return operation.num_params == 1 and operation.has_generator


@dataclass(frozen=True)
class _Stacked:
    """Repeated layers as a function of their gate angles, still one operation (and one scan)."""

    angles: Float[Array, "*shape"]
    rules: tuple[ShiftRule, ...]
    repeated: Callable[[Array], RepeatedLayers]


def _stacked(operation: RepeatedLayers) -> _Stacked | None:
    """``None`` where only the decomposition will do: gates differ from layer to layer, or one is no rotation."""
    weights = jnp.asarray(operation.data[0], jnp.result_type(float))
    layer, wires, depth = operation.layer, operation.wires, weights.shape[0]
    period = min(layer.period(wires), depth)
    trial = np.random.default_rng(0).uniform(-_DISTINCT, _DISTINCT, (period, *weights.shape[1:]))
    # Trial weights are numbers, and stay numbers where the circuit itself is being traced.
    with jax.ensure_compile_time_eval(), QueuingManager.stop_recording():
        layers = [elementary(layer.gates(trial[index], wires, index)) for index in range(period)]
        rotations = [[gate for gate in gates if gate.num_params] for gates in layers]
        if not all(_is_rotation(gate) for gates in rotations for gate in gates):
            return None
        entered = [np.array([gate.data[0] for gate in gates], np.float64) for gates in rotations]
    rules = [tuple(rule_of(gate) for gate in gates) for gates in rotations]
    owners = [_owners(one_layer.reshape(-1), angles) for one_layer, angles in zip(trial, entered, strict=True)]
    if all(owner is not None for owner in owners):
        # Each weight is itself the angle of one gate: the circuit is its own function of gate angles.
        by_weight = [[rule[place] for place in owner or ()] for rule, owner in zip(rules, owners, strict=True)]
        every = tuple(rule for index in range(depth) for rule in by_weight[index % period])
        return _Stacked(weights, every, lambda angles: RepeatedLayers(angles, wires=wires, layer=layer))
    if any(_signature(gates) != _signature(layers[0]) for gates in layers):
        return None

    def angles_of(one_layer: Array) -> Array:
        with QueuingManager.stop_recording():
            gates = elementary(layer.gates(one_layer, wires, 0))
        return jnp.stack([jnp.asarray(gate.data[0], real_dtype()) for gate in gates if gate.num_params])

    def queue(angles: Array, wires: Sequence) -> None:
        left = iter(angles)
        with QueuingManager.stop_recording():
            with jax.ensure_compile_time_eval():
                gates = elementary(layer.gates(trial[0], wires, 0))
            gates = [bind_new_parameters(gate, [next(left)]) if gate.num_params else gate for gate in gates]
        for gate in gates:
            apply(gate)

    return _Stacked(
        jax.vmap(angles_of)(weights),
        rules[0] * depth,
        lambda angles: RepeatedLayers(angles, wires=wires, layer=queue),
    )


def _owners(weights: np.ndarray, angles: np.ndarray) -> list[int] | None:
    """For each weight the gate that has it as its angle; ``None`` unless weights and angles are the same numbers."""
    by_weight, by_angle = np.argsort(weights), np.argsort(angles)
    if not np.array_equal(weights[by_weight], angles[by_angle]):
        return None
    owners = np.empty(len(weights), np.int64)
    owners[by_weight] = by_angle
    return owners.tolist()


def elementary(gates: Sequence[Operator]) -> list[Operator]:
    """Gates of one parameter or none; what cannot be decomposed is left."""
    result = []
    for gate in gates:
        if gate.num_params == 0 or _is_rotation(gate) or not gate.has_decomposition:
            result.append(gate)
        else:
            result.extend(elementary(gate.decomposition()))
    return result


def _signature(gates: Sequence[Operator]) -> list[int]:
    """What the gates are, their angles left out."""
    return [(bind_new_parameters(gate, [0.0]) if gate.num_params else gate).hash for gate in gates]
