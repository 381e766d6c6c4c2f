"""How many circuits quantum hardware would run for one gradient by parameter shift.

(forward + Σ over gate occurrences of 2R) × measurement groups × batch, with R the number of frequencies of the gate,
summed over the tapes that transforms make of the circuit. A parameter that enters k gates costs k occurrences; a gate
outside the light cone of what is measured costs none where that is looked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from pennylane.operation import Operator
from pennylane.tape import QuantumScript
from pennylane.wires import Wires

from paradigms.vqc.circuit.tapes import Build, tapes_of
from paradigms.vqc.gradients.elementary_gates import elementary, is_traced
from paradigms.vqc.gradients.gate_angles import require_rules
from paradigms.vqc.gradients.gate_frequencies import frequencies
from paradigms.vqc.measurement.grouping import count_settings


@dataclass(frozen=True)
class Executions:
    """The circuits of one gradient by parameter shift.

    Attributes:
        occurrences: The number of gates whose angle depends on what is differentiated.
        terms: The number of shifted circuits, Σ 2R over the occurrences.
        groups: The number of measurement settings of each circuit, after qubit-wise commuting grouping of all Pauli
            words together.
        batch: The number of examples.
        shifted: The number of shifted circuits with every setting: terms × groups, summed over the tapes that the
            QNode's transforms make of one.
    """

    occurrences: int
    terms: int
    groups: int
    batch: int
    shifted: int

    @property
    def forward(self) -> int:
        """The number of circuits of the values alone."""
        return self.groups * self.batch

    @property
    def gradient(self) -> int:
        """The number of circuits of the values and their gradient."""
        return (self.groups + self.shifted) * self.batch


def executions(
    build: Build,
    *arguments: Any,
    argnums: int | Sequence[int] = 0,
    batch: int = 1,
    light_cone: bool = False,
) -> Executions:
    """Count the circuits of one gradient with respect to the arguments ``argnums``.

    ``qml.Tracker`` on a stock device with ``diff_method="parameter-shift"`` reports the same number of executions for
    one ``jax.grad`` (whose forward run it counts too), with these differences. PennyLane leaves out gates outside the
    light cone, as ``light_cone=True`` does here. It counts the groups of every Hamiltonian apart, where all words are
    grouped together here. A ``LinearCombination`` made without ``grouping_type="qwc"`` it splits by wires, into more
    groups than hardware needs.

    Args:
        build: A QNode, whose transforms are applied, or a function from the arguments to a tape.
        *arguments: The arguments for one example, which must not be traced.
        argnums: What is differentiated, as in ``jax.grad``.
        batch: The number of examples.
        light_cone: Whether to leave out gates that cannot influence what is measured.

    Returns:
        The counts.

    Raises:
        Unsupported: If a gate to be differentiated, or what is measured, has no shift rule.
    """
    argnums = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    counts: list[Executions] = []

    def count(*chosen: Any) -> None:
        given = list(arguments)
        for position, value in zip(argnums, chosen, strict=True):
            given[position] = value
        counts.extend(_count(tape, batch, light_cone) for tape in tapes_of(build, given).tapes)

    # Under a transformation of JAX a gate's angle is a tracer if it depends on what is differentiated. Not under jit,
    # where every intermediate result is one.
    jax.vjp(count, *(jax.tree.map(jnp.asarray, arguments[position]) for position in argnums))
    return Executions(
        sum(count.occurrences for count in counts),
        sum(count.terms for count in counts),
        sum(count.groups for count in counts),
        batch,
        sum(count.shifted for count in counts),
    )


def _count(tape: QuantumScript, batch: int, light_cone: bool) -> Executions:
    require_rules(tape)
    gates = elementary(tape.operations)
    differentiated = [gate for gate in (_within_light_cone(gates, tape) if light_cone else gates) if is_traced(gate)]
    terms = sum(2 * len(frequencies(gate)) for gate in differentiated)
    groups = count_settings(tape.measurements)
    return Executions(len(differentiated), terms, groups, batch, terms * groups)


def _within_light_cone(gates: Sequence[Operator], tape: QuantumScript) -> list[Operator]:
    cone = set(Wires.all_wires([measurement.wires or tape.wires for measurement in tape.measurements]))
    kept = []
    for gate in reversed(gates):
        if cone & set(gate.wires):
            cone |= set(gate.wires)
            kept.append(gate)
    return kept[::-1]
