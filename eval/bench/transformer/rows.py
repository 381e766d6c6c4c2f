"""The one kind of row of the suite: an update in one implementation, timed in one case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from eval.rows import Row


@dataclass(frozen=True, kw_only=True)
class UpdateTiming(Row):
    """An update of the transformer; what was not measured is ``None``, and ``outcome`` says why.

    Attributes:
        implementation: Who made it.
        threads: Threads that it may take.
        vocabulary: Words of the language.
        compile_seconds: Compiling; for a library that does not compile, building the model.
        step_seconds: The median over rounds.
        cpu_seconds: Processor time of an update, of all threads, the median over rounds.
        tokens_per_second: Tokens of a batch over ``step_seconds``.
        ratio: Our ``step_seconds`` over those of this implementation: ratio of the means of rounds, timed in turn.
        ratio_low: The lower end of its 95% interval, by the jackknife over rounds; ``None`` for ours.
        ratio_high: The upper end.
        cpu_ratio: The same of ``cpu_seconds``.
        cpu_ratio_low: Its lower end.
        cpu_ratio_high: Its upper end.
        tera_operations_per_second: Operations of the model's products, counted once from its shape, over
            ``step_seconds``, in 10¹².
        mfu: The same over ``peak_tflops``: model FLOPs utilisation (Chowdhery et al. 2022, appendix B); ``None`` where
            that is not known.
        temp_bytes: XLA's count of temporaries; ``None`` where there is no XLA.
        grown_bytes: What the process grew by in the first update.
        page_faults: Page faults of an update, the median over rounds.
        core_share: Processor time over elapsed time.
        loss: The value at the first update.
        difference: Relative difference of loss and gradient's norm from the reference's.
        dtype: The type of its numbers; ``None`` where it could not be started.
        outcome: ``measured``, or why there is no more.
        versions: Its packages with their versions.
    """

    part: ClassVar[str] = "timings"

    implementation: str
    threads: int
    vocabulary: int
    compile_seconds: float | None
    step_seconds: float | None
    cpu_seconds: float | None
    tokens_per_second: int | None
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    cpu_ratio: float | None
    cpu_ratio_low: float | None
    cpu_ratio_high: float | None
    tera_operations_per_second: float | None
    mfu: float | None
    temp_bytes: int | None
    grown_bytes: int | None
    page_faults: int | None
    core_share: float | None
    loss: float | None
    difference: float | None
    dtype: str | None
    outcome: str
    versions: Mapping[str, str]
