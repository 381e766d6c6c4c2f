"""The programs of a training loop, priced on a machine that is here or is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax

from eval.machine_prices.device import device_bytes, rates_of
from eval.machine_prices.rows import ProgramPrice
from paradigms.interface import Paradigm
from training.config import Settings
from training.data.pipeline import require_batches, train_batches
from training.machines.targets import Target
from training.pricing import METRICS, NOT_RUN, Forecast, Timing, forecast, time_in_turn
from training.programs import STEP, TIMING_OFF, Programs
from training.tasks import Task

NO_CODE_SIZE = "this compiler does not tell the size of its code"
NO_ACCOUNT = "this compiler gives no account of costs"
NO_ESTIMATE = "this compiler gives no estimate of seconds"
REFUSED = "the compiler refused the program"


def machine_prices(target: Target, build: Callable[[], Paradigm], task: Task, settings: Settings) -> list[ProgramPrice]:
    """Price every program of a training loop on a machine.

    Args:
        target: The machine.
        build: Builds what is trained; a paradigm may ask for the machine's memory, or choose by its kind.
        task: The data and their loss.
        settings: How it is trained; ``probes.timing_repeats`` says how often programs are run where they can be.

    Returns:
        A row for each program.

    Raises:
        BadInput: The mesh has more devices than the machine, or settings that cannot be served.
        Unsupported: What is to be built cannot serve the task, or has no room on the machine.
    """
    require_batches(task.train, settings.trainer.batch_size)
    with target.aimed():
        paradigm = build()
        programs = Programs.of_run(paradigm, task, settings, target.devices, target.compiler_options)
        rates, memory = rates_of(target), device_bytes(target)
        size = programs.mesh.size
        # The rates of a CPU, and its memory, are those of all its devices together.
        share, spread = (memory // size, 1) if target.machine is None else (memory, size)
        found = {name: forecast(one, rates, share, spread) for name, one in programs.of_loop.items()}
        seconds = _measured(target, programs, task, settings)
    mesh = " × ".join(str(size) for size in programs.mesh_shape.values())
    known = {
        "target": target.name,
        "devices": f"{target.devices[0].device_kind}, {mesh}",
        "here": target.here,
        "paradigm": paradigm.name,
        "task": task.name,
        "batch_size": settings.trainer.batch_size,
        "parameters": programs.parameters,
        "memory_bytes": share,
        "rates": rates.source,
    }
    return [ProgramPrice(**known, **_row(name, one, seconds)) for name, one in found.items()]


def _measured(target: Target, programs: Programs, task: Task, settings: Settings) -> dict[str, float] | str:
    """Median seconds of every program, run in turn; or why nothing was run."""
    if not target.here:
        return NOT_RUN
    if not settings.probes.timing_repeats:
        return TIMING_OFF
    batch = programs.place(next(train_batches(task.train, settings.trainer.batch_size, settings.seed)))
    state = programs.initial_state()
    updates = _updates(programs, batch)
    calls: dict[str, Callable[[], Any]] = {
        name: (lambda: next(updates)) if name == STEP else (lambda one=one: one.compiled(state, batch))
        for name, one in programs.of_loop.items()
    }
    medians, _ = time_in_turn(list(calls.values()), Timing(settings.probes.timing_repeats))
    return dict(zip(calls, medians, strict=True))


def _updates(programs: Programs, batch: Any) -> Iterator[Any]:
    """One update after another: a step takes the place of the state that it is given."""
    state = programs.initial_state()
    while True:
        state, _ = programs.step(state, batch)
        yield jax.block_until_ready(state)


def _row(name: str, found: Forecast, seconds: Mapping[str, float] | str) -> dict[str, Any]:
    price, account, bound = found.price, found.account, found.bound
    draft: dict[str, Any] = {
        field: getattr(price, field)
        for field in ("flops", "integer_operations", "residual_bytes", "circuit_executions", "compile_seconds")
    }
    reasons = {field: price.unavailable[METRICS[field]] for field, value in draft.items() if value is None}

    def said(field: str, value: Any, reason: str) -> None:
        draft[field] = value
        if value is None:
            reasons[field] = REFUSED if account is None else reason

    for field in ("argument_bytes", "output_bytes", "temp_bytes", "code_bytes", "peak_bytes"):
        said(field, account and getattr(account, field), NO_CODE_SIZE if field == "code_bytes" else NO_ACCOUNT)
    said("compiler_operations", account and account.operations, NO_ACCOUNT)
    said("compiler_accessed_bytes", account and account.accessed_bytes, NO_ACCOUNT)
    said("compiler_seconds", account and account.seconds, NO_ESTIMATE)
    roofline = None if isinstance(bound, str) else bound
    said("roofline_seconds", roofline and roofline.seconds, str(bound))
    measured = None if isinstance(seconds, str) else seconds.get(name)
    said("measured_seconds", measured, str(seconds))
    for field in ("roofline", "compiler"):
        estimate = draft[f"{field}_seconds"]
        ratio = None if measured is None or estimate is None else estimate / measured
        said(f"{field}_to_measured", ratio, reasons.get("measured_seconds", reasons.get(f"{field}_seconds", "")))
    return draft | {
        "program": name,
        "fits": found.fits,
        "refusal": found.refusal,
        "collectives": {} if account is None else account.collectives,
        "roofline_bound": roofline and roofline.limit,
        "unavailable": reasons,
    }
