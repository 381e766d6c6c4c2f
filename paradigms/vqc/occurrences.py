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
from pennylane.measurements import ExpectationMP, ProbabilityMP
from pennylane.operation import Operator, StatePrepBase
from pennylane.ops import Conditional, MidMeasure, Projector
from pennylane.ops.functions import bind_new_parameters
from pennylane.queuing import QueuingManager, apply
from pennylane.tape import QuantumScript

from paradigms.interface import Unsupported, require
from paradigms.vqc.exponentials import exponential, is_tracer
from paradigms.vqc.planes import real_dtype
from paradigms.vqc.powers import is_power
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


def occurrences_of(tape: QuantumScript, sampled: bool = False) -> Occurrences:
    """Take a tape apart. Traced gates of several parameters (``Rot``, ``U3``, templates) are decomposed.

    Args:
        tape: As the user wrote it.
        sampled: Whether results are estimated from shots, through which no initial state can be differentiated.

    Raises:
        Unsupported: If a gate has no shift rule, a gate's parameter is complex or has a batch axis, or what
            :func:`require_rules` refuses.
    """
    require_rules(tape)
    parts = _Parts(sampled)
    rebuild = [parts.take(operation, first=position == 0) for position, operation in enumerate(tape.operations)]
    leaves, structure = jax.tree.flatten(tape.measurements)
    traced = [is_tracer(leaf) for leaf in leaves]
    parts.others.extend(leaf for leaf, is_traced in zip(leaves, traced, strict=True) if is_traced)

    def with_angles(angles: Angles, others: tuple[Array, ...]) -> QuantumScript:
        left, rest = iter(angles), iter(others)
        operations = [operation for part in rebuild for operation in part(left, rest)]
        kept = [next(rest) if is_traced else leaf for leaf, is_traced in zip(leaves, traced, strict=True)]
        return QuantumScript(operations, jax.tree.unflatten(structure, kept), shots=tape.shots)

    return Occurrences(tuple(parts.angles), tuple(parts.rules), tuple(parts.others), with_angles)


def require_rules(tape: QuantumScript) -> None:
    """Refuse what makes results no trigonometric polynomials of the gate angles, whatever the gates that have them.

    Raises:
        Unsupported: If a measurement is neither an expectation value nor probabilities (a variance is their square), or
            results are divided by the probability of an outcome in mid-circuit.
    """
    for measurement in tape.measurements:
        require(
            isinstance(measurement, ExpectationMP | ProbabilityMP),
            f"parameter_shift cannot differentiate {measurement}: its rules hold for expectation values and "
            "probabilities; differentiate by adjoint or backprop",
        )
    for operation in tape.operations:
        require(
            not isinstance(operation, MidMeasure | Conditional),
            "parameter_shift cannot differentiate through a measurement in mid-circuit: defer it to the end, with "
            "qml.defer_measurements(qnode)",
        )
        require(
            not isinstance(operation, Projector),
            f"parameter_shift cannot differentiate through {operation}: a projection is no gate, and results are "
            "divided by its probability; differentiate by backprop",
        )


class _Parts:
    """What has been taken from the tape so far."""

    def __init__(self, sampled: bool) -> None:
        self.sampled = sampled
        self.angles: list[Array] = []
        self.rules: list[tuple[ShiftRule, ...]] = []
        self.others: list[Array] = []

    def take(self, operation: Operator, *, first: bool = False) -> Rebuild:
        """Record the operation's angles; returns how to make its gates from new ones."""
        if not is_traced(operation):
            return lambda angles, others: [operation]
        if first and isinstance(operation, StatePrepBase):
            prepared = [jnp.asarray(data) for data in operation.data]
            self.others.extend(map(_undifferentiable, prepared) if self.sampled else prepared)
            return lambda angles, others: [bind_new_parameters(operation, [next(others) for _ in operation.data])]
        if isinstance(operation, RepeatedLayers):
            require(
                not jnp.iscomplexobj(operation.data[0]),
                "RepeatedLayers has complex weights, and parameter_shift takes real ones: pass their two parts",
            )
            stacked = _stacked(operation)
            if stacked is not None:
                self._add(stacked.angles, stacked.rules)
                return lambda angles, others: [stacked.repeated(next(angles))]
        elif (found := exponential(operation)) is not None:
            self._add(_angle(found.angle, operation), (rule_of(operation),))
            if found.growth is None:
                return lambda angles, others: [found.gate(next(angles), None)]
            require(
                not self.sampled,
                f"{operation.name} has a complex coefficient, and it is not known whether the gate is unitary; with "
                "shots write exp(-ixG) as qml.evolve(G, x)",
            )
            self.others.append(found.growth)
            return lambda angles, others: [found.gate(next(angles), next(others))]
        elif _is_rotation(operation):
            self._add(_angle(operation.data[0], operation), (rule_of(operation),))
            return lambda angles, others: [bind_new_parameters(operation, [next(angles)])]
        parts = [self.take(gate) for gate in _decomposition(operation)]
        return lambda angles, others: [gate for part in parts for gate in part(angles, others)]

    def _add(self, angles: Array, rules: tuple[ShiftRule, ...]) -> None:
        self.angles.append(angles)
        self.rules.append(rules)


@jax.custom_vjp
def _undifferentiable(prepared: Array) -> Array:
    """The same; its gradient would be that of drawing shots, which is zero and wrong."""
    return prepared


def _refuse(_: None, cotangent: Array) -> tuple[Array]:
    raise Unsupported(
        "a gradient with respect to an initial state cannot be estimated from shots: prepare it by rotations "
        "(qml.AngleEmbedding, qml.MottonenStatePreparation), or leave shots= out"
    )


_undifferentiable.defvjp(lambda prepared: (prepared, None), _refuse)


def is_traced(operation: Operator) -> bool:
    """Whether a number of the operation is a tracer: it depends on what is differentiated, or on an input."""
    base = getattr(operation, "base", None)  # the coefficients under qml.evolve are no data of it
    return any(is_tracer(data) for data in operation.data) or (isinstance(base, Operator) and is_traced(base))


def _is_rotation(operation: Operator) -> bool:
    return operation.num_params == 1 and not is_power(operation) and operation.has_generator


def _angle(value: Any, operation: Operator) -> Float[Array, ""]:
    require(
        not jnp.iscomplexobj(value),
        f"{operation.name} has a complex angle, and parameter_shift takes real ones: pass its real part",
    )
    angle = jnp.asarray(value, real_dtype())
    require(
        angle.ndim == 0,
        f"{operation.name} has a batch of {angle.size} angles; parameter_shift takes one circuit at a time: vectorise "
        "with jax.vmap",
    )
    return angle


def _decomposition(operation: Operator) -> list[Operator]:
    """The gates that a traced gate is made of.

    Raises:
        Unsupported: If there are none, or PennyLane needs numbers to find them.
    """
    way_out = "differentiate by adjoint or backprop"
    require(operation.has_decomposition, f"{operation.name} has no shift rule and no decomposition; {way_out}")
    with QueuingManager.stop_recording():
        try:
            parts = operation.decomposition()
        except jax.errors.JAXTypeError as error:
            raise Unsupported(
                f"{operation.name} is not decomposed while its parameters are traced; {way_out}"
            ) from error
    require(
        all(type(part) is not type(operation) or part.wires != operation.wires for part in parts),
        f"{operation.name} has no shift rule and is decomposed into itself; {way_out}",
    )
    return parts


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
        whole = gate.num_params == 0 or exponential(gate) is not None or _is_rotation(gate)
        if whole or not gate.has_decomposition:
            result.append(gate)
        else:
            result.extend(elementary(_decomposition(gate)))
    return result


def _signature(gates: Sequence[Operator]) -> list[int]:
    """What the gates are, their angles left out."""
    return [(bind_new_parameters(gate, [0.0]) if gate.num_params else gate).hash for gate in gates]
