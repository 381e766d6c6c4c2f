"""The one kind of row of the suite: a product in one kernel, timed in one case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from eval.bench.int8.contenders import Numbers, Product
from eval.rows import Row


@dataclass(frozen=True, kw_only=True)
class ProductTiming(Row):
    """A product in one kernel; what was not measured is ``None``, and ``outcome`` says why.

    Attributes:
        implementation: The library.
        kernel: Its kernel, by the library's own name.
        product: Whether it is one of two matrices, or of images and a kernel of 3 × 3.
        size: Rows and columns of both matrices, or channels of the images, before and after.
        numbers: What is multiplied.
        step_seconds: The median over rounds.
        processor_seconds: Processor time of a step, the median over rounds. On a quiet machine it is ``step_seconds``;
            on a busy one, which interrupts long steps and not short ones, ratios can be made of this alone.
        ratio_to_float32: ``processor_seconds`` over those of the same library's float32 kernel; ``None`` for that.
        ratio_to_fastest_float32: ``processor_seconds`` over those of the fastest float32 kernel of all libraries.
        exact: Whether every sum is that of whole numbers.
        core_share: Processor time over elapsed time; below 1 on a busy machine.
        outcome: ``measured``, or why there is no more.
        versions: Its packages with their versions.
    """

    part: ClassVar[str] = "timings"

    implementation: str
    kernel: str
    product: Product
    size: int
    numbers: Numbers
    step_seconds: float | None
    processor_seconds: float | None
    ratio_to_float32: float | None
    ratio_to_fastest_float32: float | None
    exact: bool | None
    core_share: float | None
    outcome: str
    versions: Mapping[str, str]
