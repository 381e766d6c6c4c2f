"""A tape as a function of its gate angles: each gate has one angle, with its shift rule.

Angles are what is traced by JAX; numbers that are known when the tape is made stay where they are. A parameter that
several gates share, or that enters an expression, is told apart here into one angle for each gate; JAX's chain rule
sums over the gates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float
from pennylane.measurements import ExpectationMP, ProbabilityMP
from pennylane.operation import Operator, StatePrepBase
from pennylane.ops import Conditional, MidMeasure, Projector
from pennylane.ops.functions import bind_new_parameters
from pennylane.queuing import QueuingManager
from pennylane.tape import QuantumScript

from paradigms.interface import require
from paradigms.tangents import without_derivative
from paradigms.vqc.circuit.gate_origin import is_pennylanes
from paradigms.vqc.circuit.layers import CircuitLayer
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.gradients.elementary_gates import decomposition, elementary, is_rotation, is_traced, numbers_of
from paradigms.vqc.gradients.exponentials import exponential, is_tracer
from paradigms.vqc.gradients.gate_frequencies import shift_rule_of
from paradigms.vqc.gradients.shift_rules import ShiftRule
from paradigms.vqc.gradients.shifted_circuits import Angles
from paradigms.vqc.simulator.statevector import real_dtype
from paradigms.vqc.simulator.traced_layers import trace_layers

Rebuild: TypeAlias = Callable[[Iterator[Array], Iterator[Array]], list[Operator]]

_CONSTANT = ShiftRule((), ())
"""The rule of an angle that depends on nothing that is traced: no circuit is run for its derivative."""
_MOVES = ("CNOT", "SWAP")
"""Gates whose wires may differ from layer to layer of a stack."""


@dataclass(frozen=True)
class GateAngles:
    """The gate angles of a tape, and the tape as a function of them.

    Attributes:
        angles: Angles in radians; a scalar for a gate, an array for ``RepeatedLayers``.
        rules: For each of ``angles``, the rule of each of its elements in C order.
        others: What enters no gate angle and may still be traced: initial states, coefficients of observables.
        tape: The function from ``(angles, others)`` to the tape with these in place.
    """

    angles: Angles
    rules: tuple[tuple[ShiftRule, ...], ...]
    others: tuple[Array, ...]
    tape: Callable[[Angles, tuple[Array, ...]], QuantumScript]


def gate_angles_of(tape: QuantumScript, sampled: bool = False) -> GateAngles:
    """Take a tape apart; traced gates of several parameters (``Rot``, ``U3``, templates) are decomposed.

    Args:
        tape: The tape as the user wrote it.
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

    return GateAngles(tuple(parts.angles), tuple(parts.rules), tuple(parts.others), with_angles)


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
        """Record the operation's angles, and return how to make its gates from new ones."""
        if isinstance(operation, RepeatedLayers):
            return self._take_layers(operation)
        if not is_traced(operation):
            return lambda angles, others: [operation]
        if first and isinstance(operation, StatePrepBase):
            prepared = [jnp.asarray(data) for data in operation.data]
            self.others.extend(map(_undifferentiable, prepared) if self.sampled else prepared)
            return lambda angles, others: [bind_new_parameters(operation, [next(others) for _ in operation.data])]
        if (found := exponential(operation)) is not None:
            self._add(_angle(found.angle, operation), (shift_rule_of(operation),))
            if found.growth is None:
                return lambda angles, others: [found.gate(next(angles), None)]
            require(
                not self.sampled,
                f"{operation.name} has a complex coefficient, and it is not known whether the gate is unitary; with "
                "shots write exp(-ixG) as qml.evolve(G, x)",
            )
            self.others.append(found.growth)
            return lambda angles, others: [found.gate(next(angles), next(others))]
        if is_rotation(operation):
            self._add(_angle(operation.data[0], operation), (shift_rule_of(operation),))
            return lambda angles, others: [bind_new_parameters(operation, [next(angles)])]
        return self._take_parts(operation)

    def _take_parts(self, operation: Operator) -> Rebuild:
        parts = [self.take(gate) for gate in decomposition(operation)]
        return lambda angles, others: [gate for part in parts for gate in part(angles, others)]

    def _take_layers(self, operation: RepeatedLayers) -> Rebuild:
        """Still one operation, and one scan, if all gates with angles are rotations and layers differ by moves only."""
        weights: Any = operation.data[0]
        require(
            not jnp.iscomplexobj(weights) or not is_traced(operation),
            "RepeatedLayers has complex weights, and parameter_shift takes real ones: pass their two parts",
        )
        layers = trace_layers(operation, _take_layer)
        if not (is_traced(operation) or layers.closes_over_tracers):
            return lambda angles, others: [operation]
        first = layers.made[0] if layers.made else None
        if first is None or first.rules is None or any(made.signature != first.signature for made in layers.made):
            return self._take_parts(operation)
        numbers, depends = layers.parameters(), layers.depends()
        rules = zip(first.rules * len(depends), depends.flat, strict=True)
        self._add(numbers.angles, tuple(rule if traced else _CONSTANT for rule, traced in rules))
        layer, width = _Angled(layers.made), operation.hyperparameters["width"]
        return lambda angles, others: [RepeatedLayers(next(angles), wires=operation.wires, layer=layer, width=width)]

    def _add(self, angles: Array, rules: tuple[ShiftRule, ...]) -> None:
        self.angles.append(angles)
        self.rules.append(rules)


_undifferentiable = without_derivative(
    "a gradient with respect to an initial state cannot be estimated from shots: prepare it by rotations "
    "(qml.AngleEmbedding, qml.MottonenStatePreparation), or leave shots= out"
)


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


@dataclass(frozen=True)
class _Template:
    """The elementary gates of a layer; those that have angles, with any angles.

    Attributes:
        gates: In order of application.
        rules: The shift rules of the gates that have an angle; ``None`` where one of them is no rotation.
        signature: What the gates are; equal for layers that are the same function of their angles, up to moves.
    """

    gates: tuple[Operator, ...] = field(compare=False)
    rules: tuple[ShiftRule, ...] | None
    signature: tuple

    def bind(self, angles: Any) -> list[Operator]:
        left = iter(angles)
        with QueuingManager.stop_recording():
            return [bind_new_parameters(gate, [next(left)]) if gate.num_params else gate for gate in self.gates]


@dataclass(frozen=True, eq=False)
class _Angled(CircuitLayer):
    """Layers as a function of their gate angles."""

    templates: tuple[_Template, ...]

    def gates(self, weights: Any, wires: Sequence, index: int) -> Sequence[Operator]:
        return self.templates[index].bind(weights)

    def period(self, wires: Sequence) -> int:
        return len(self.templates)


def _moves(gate: Operator) -> bool:
    return gate.name in _MOVES and is_pennylanes(gate)


def _take_layer(gates: Sequence[Operator]) -> tuple[_Template, list[Any], list[Array]]:
    parts = elementary(gates)
    turned = [gate for gate in parts if gate.num_params]
    if not all(exponential(gate) is None and is_rotation(gate) for gate in turned):
        # What the gates depend on is kept, to tell whether JAX traces any of it.
        data = [jnp.asarray(number) for gate in turned for number in numbers_of(gate)]
        return _Template(tuple(parts), None, ()), [], data
    with jax.ensure_compile_time_eval():
        kept = tuple(bind_new_parameters(gate, [0.0]) if gate.num_params else gate for gate in parts)
        rules = tuple(shift_rule_of(gate) for gate in kept if gate.num_params)
        signature = tuple((gate.name,) if _moves(gate) else (gate.name, gate.hash) for gate in kept)
    return _Template(kept, rules, signature), [gate.data[0] for gate in turned], []
