"""The one kind of row of the suite: a circuit in one implementation, timed in one case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from eval.rows import Row


@dataclass(frozen=True, kw_only=True)
class CircuitTiming(Row):
    """A step, value and whole gradient, of a circuit; what was not measured is ``None``, and ``outcome`` says why.

    Attributes:
        implementation: The library that ran it.
        ansatz: The circuit.
        qubits: Its width.
        depth: Layers of this circuit.
        gates: How many; a ``Rot`` counts as its three rotations.
        compile_seconds: Lowering and compiling the step.
        step_seconds: The median of one step over rounds.
        ratio_to_fastest_peer: ``step_seconds`` over the least of other libraries.
        ratio_to_ry_rz_cz: ``step_seconds`` over that of our RY-RZ-CZ, of our further circuits alone.
        temp_bytes: XLA's count; ``None`` where the work is done outside XLA.
        resident_bytes: What the process grew by in a step.
        core_share: Processor time over elapsed time; below 1 on a busy machine.
        difference: Largest from the reference, of the value and of any component of the gradient; ``None`` where
            nothing can be compared.
        dtype: The type of its numbers; ``None`` where it could not be started.
        outcome: ``measured``, or why there is no more.
        versions: Its packages with their versions.
    """

    part: ClassVar[str] = "timings"

    implementation: str
    ansatz: str
    qubits: int
    depth: int
    gates: int
    compile_seconds: float | None
    step_seconds: float | None
    ratio_to_fastest_peer: float | None
    ratio_to_ry_rz_cz: float | None
    temp_bytes: int | None
    resident_bytes: int | None
    core_share: float | None
    difference: float | None
    dtype: str | None
    outcome: str
    versions: Mapping[str, str]
