"""The one kind of row of the suite: a spiking network in one implementation, timed in one case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from eval.rows import Row


@dataclass(frozen=True, kw_only=True)
class NetworkTiming(Row):
    """A step, value and whole gradient, of the network; what was not measured is ``None``, and ``outcome`` says why.

    Attributes:
        implementation: The library that ran it.
        differentiation: How its gradient is found.
        time_steps: The length of the recording.
        input_rate: Spikes per channel and step.
        compile_seconds: Compiling; for a library that does not compile, building the network.
        step_seconds: The median of one step over rounds.
        ratio_to_fastest_peer: ``step_seconds`` over the least of other libraries.
        temp_bytes: XLA's count; ``None`` where there is no XLA.
        memory_ratio_to_best_peer: ``temp_bytes`` over the least of other libraries that have them.
        resident_bytes: What the process grew by in a step.
        core_share: Processor time over elapsed time; below 1 on a busy machine.
        loss: The value.
        difference: Relative difference from the reference of the loss and, where the semantics are ours, of each
            layer's gradient; ``None`` where nothing can be compared.
        semantics: What it computes otherwise than ours.
        dtype: The type of its numbers; ``None`` where it could not be started.
        outcome: ``measured``, or why there is no more.
        versions: Its packages with their versions.
    """

    part: ClassVar[str] = "timings"

    implementation: str
    differentiation: str
    time_steps: int
    input_rate: float
    compile_seconds: float | None
    step_seconds: float | None
    ratio_to_fastest_peer: float | None
    temp_bytes: int | None
    memory_ratio_to_best_peer: float | None
    resident_bytes: int | None
    core_share: float | None
    loss: float | None
    difference: float | None
    semantics: str
    dtype: str | None
    outcome: str
    versions: Mapping[str, str]
