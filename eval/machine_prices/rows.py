"""A row for each program of the training loop: what compiling tells of it, and what running it took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from eval.rows import Row


@dataclass(frozen=True, kw_only=True)
class ProgramPrice(Row):
    """One program on one machine. Bytes are of one device; operations are of the whole program.

    What cannot be had is ``None``, and ``unavailable`` says why. No second here is measured but ``measured_seconds``
    and ``compile_seconds``.

    Attributes:
        target: The value of the setting ``target``.
        devices: The name that a device gives itself, and how many of them the mesh has along each of its axes:
            ``data``, ``fsdp`` where that splits anything, and ``model``.
        here: Whether the machine is this one, so that the program was run.
        paradigm: What is trained.
        task: The data.
        batch_size: Examples of an update.
        parameters: How many are trained.
        program: ``step``, ``evaluation`` or ``probe``.
        flops: Counted on the jaxpr, every turn of a loop counted.
        integer_operations: In products of whole numbers' matrices.
        residual_bytes: Kept from the forward to the reverse pass, of the whole batch.
        circuit_executions: Circuits that quantum hardware would run for one update.
        argument_bytes: Memory of state and batch.
        output_bytes: Memory of the results.
        temp_bytes: Memory in between.
        code_bytes: The program itself.
        peak_bytes: What must have room at once: all of these, or the compiler's own peak where that is more.
        memory_bytes: What one device has.
        fits: Whether the peak is at most that.
        refusal: What the compiler said where it did not make the program.
        compiler_operations: The compiler's own count, the body of a loop counted once.
        compiler_accessed_bytes: The compiler's count of bytes read and written, likewise.
        compiler_seconds: The compiler's own estimate, likewise; no measurement.
        collectives: Operations that exchange arrays between devices, by kind, as they stand in the program.
        roofline_seconds: No call can take less: all operations at the peak rate, arguments and results moved once.
        roofline_bound: Whether ``compute`` or ``memory`` sets that bound.
        rates: Where the peak rates come from.
        compile_seconds: Lowering and compiling, on this machine.
        measured_seconds: Median of running it here.
        roofline_to_measured: The bound over what was measured.
        compiler_to_measured: The compiler's estimate over what was measured.
        unavailable: Why what is absent cannot be had, by its field.
    """

    part: ClassVar[str] = "programs"

    target: str
    devices: str
    here: bool
    paradigm: str
    task: str
    batch_size: int
    parameters: int
    program: str
    flops: int | None
    integer_operations: int | None
    residual_bytes: int | None
    circuit_executions: int | None
    argument_bytes: int | None
    output_bytes: int | None
    temp_bytes: int | None
    code_bytes: int | None
    peak_bytes: int | None
    memory_bytes: int
    fits: bool | None
    refusal: str | None
    compiler_operations: float | None
    compiler_accessed_bytes: float | None
    compiler_seconds: float | None
    collectives: Mapping[str, int]
    roofline_seconds: float | None
    roofline_bound: str | None
    rates: str
    compile_seconds: float | None
    measured_seconds: float | None
    roofline_to_measured: float | None
    compiler_to_measured: float | None
    unavailable: Mapping[str, str]
