"""Pricing: what is asked of a program, or of several in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from training.errors import BadInput
from training.pricing.circuits import Circuits
from training.pricing.metrics import METRICS, Price
from training.pricing.program import Program
from training.pricing.turns import Timing, time_in_turn
from training.probes.counters.counter import NoCounter
from training.probes.energy import LEAST_SECONDS, joules_a_call
from training.probes.flops import Uncountable
from training.probes.memory import compiled_bytes

LEAST_ENERGY_SECONDS = LEAST_SECONDS
"""Seconds over which joules are averaged: a GPU's counter moves some ten times in one."""
NO_INTEGERS = "no product of whole numbers' matrices is in the gradient"
NO_ANALYSIS = "this backend gives no memory analysis"
NO_COUNTER = "no energy counter of this device can be read"
NOT_COUNTED = "operations were not asked for"
NOT_COMPILED = "the program was traced, and not compiled"
NOT_TIMED = "seconds were not asked for"
NOT_METERED = "joules were not asked for"


def price(
    program: Program,
    *,
    counted: bool = True,
    compiled: bool = True,
    timing: Timing | str = NOT_TIMED,
    energy: float | str = NOT_METERED,
) -> Price:
    """Price one program; see :func:`prices`."""
    return prices({"program": program}, counted=counted, compiled=compiled, timing=timing, energy=energy)["program"]


def prices(
    programs: Mapping[str, Program],
    *,
    counted: bool = True,
    compiled: bool = True,
    timing: Timing | str = NOT_TIMED,
    energy: float | str = NOT_METERED,
) -> dict[str, Price]:
    """Price several programs, which are timed in turn so that a drift of the machine's speed meets all alike.

    Args:
        programs: What is priced, by name. A forward pass that several share is timed once.
        counted: Whether operations are counted, which takes a trace.
        compiled: Whether programs are compiled, without which there are neither temporary bytes nor seconds.
        timing: How often programs are timed, or why they are not.
        energy: Least seconds over which joules are averaged, or why they are not.

    Raises:
        BadInput: Seconds or joules are asked for of programs that are not to be compiled.
    """
    timed, metered = not isinstance(timing, str), not isinstance(energy, str)
    if not compiled and (timed or metered):
        raise BadInput("compiled=False leaves nothing to run: ask for neither timing nor energy, or compile")
    drafts = {name: _drafted(program, counted, compiled) for name, program in programs.items()}
    seconds, turns = ({}, None) if isinstance(timing, str) else _seconds(list(programs.values()), timing)
    for name, program in programs.items():
        drafts[name] |= _run(program, seconds, timing, energy)
    return {name: _finished(draft, turns) for name, draft in drafts.items()}


def _drafted(program: Program, counted: bool, compiled: bool) -> dict[str, Any]:
    """Quantities by field, or the reasons why they cannot be had, of a program that is not run."""
    circuits = program.circuits
    draft: dict[str, Any] = {
        "flops": NOT_COUNTED,
        "integer_operations": NOT_COUNTED,
        "residual_bytes": program.kept if isinstance(program.kept, str) else program.kept(),
        "circuit_executions": circuits.executions if isinstance(circuits, Circuits) else circuits,
        "shots": circuits.shots if isinstance(circuits, Circuits) else circuits,
        **dict.fromkeys(("temp_bytes", "argument_bytes", "compile_seconds"), NOT_COMPILED),
    }
    if compiled:
        analysed = compiled_bytes(program.compiled)
        for field in ("temp_bytes", "argument_bytes"):
            draft[field] = analysed.get(METRICS[field], NO_ANALYSIS)
        compilation = program.compilation
        draft["compile_seconds"] = compilation.unavailable if compilation.read else compilation.seconds
    if counted:
        try:
            operations = program.operations()
        except Uncountable as reason:
            draft["flops"] = draft["integer_operations"] = str(reason)
        else:
            draft["flops"], draft["integer_operations"] = operations.floating, operations.integer or NO_INTEGERS
    return draft


def _seconds(programs: Sequence[Program], timing: Timing) -> tuple[dict[Program, float], int]:
    """Median seconds of every program and of every forward pass, forward passes first; and the turns."""
    run: dict[Program, None] = {}
    for program in programs:
        if isinstance(program.forward, Program):
            run[program.forward] = None
        run[program] = None
    for program in run:
        # Or how long the first call takes would be how long it takes to compile.
        _ = program.compiled
    medians, turns = time_in_turn(list(run), timing)
    return dict(zip(run, medians, strict=True)), turns


def _run(
    program: Program, seconds: Mapping[Program, float], timing: Timing | str, energy: float | str
) -> dict[str, Any]:
    forward = program.forward
    draft: dict[str, Any] = {
        "gradient_seconds": timing if isinstance(timing, str) else seconds[program],
        "forward_seconds": forward if isinstance(forward, str) else timing,
        "joules": energy,
    }
    if isinstance(forward, Program) and forward in seconds:
        draft["forward_seconds"] = seconds[forward]
    if not isinstance(energy, str):
        try:
            draft["joules"] = joules_a_call(program, energy)
        except NoCounter as reason:
            draft["joules"] = f"{NO_COUNTER}: {reason}"
    return draft


def _finished(draft: Mapping[str, Any], turns: int | None) -> Price:
    unavailable = {METRICS[field]: value for field, value in draft.items() if isinstance(value, str)}
    missing = [
        unavailable[METRICS[field]]
        for field in ("forward_seconds", "gradient_seconds")
        if METRICS[field] in unavailable
    ]
    if missing:
        unavailable[METRICS["gradient_to_forward"]] = missing[0]
    values = {field: None if isinstance(value, str) else value for field, value in draft.items()}
    return Price(**values, turns=turns, unavailable=unavailable)
