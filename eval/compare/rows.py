"""The one kind of row of a comparison: its runs, with what was learned and what a gradient cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from eval.compare.contender_runs import Group
from eval.rows import Row


@dataclass(frozen=True, kw_only=True)
class ComparedRun(Row):
    """A run of a contender; costs are those of one update, and what cannot be had is ``None``.

    Attributes:
        paradigm: The name of the paradigm.
        differentiation: How it is differentiated; ``reverse`` where the paradigm leaves no choice.
        group: What it was run for.
        run: The name of its directory.
        settings: What departs from the paradigm's defaults.
        task: The data that it learned from.
        parameters: How many it has.
        learning_rate: The peak of the learning rate.
        learning_rates_tried: Those of which it is the best; empty where the contender came with its own.
        steps: Updates.
        batch_size: Examples an update.
        seed: The seed of the run.
        test_examples: How many examples are behind ``test_accuracy`` and ``test_loss``.
        test_accuracy, test_loss, eval_accuracy, eval_loss: Their values at the end; ``None`` in the group ``hardware``.
        variance_over_examples, variance_over_estimates, signal_to_noise: What the last probe of the gradient found.
        residual_bytes: Kept from the forward to the reverse pass.
        temp_bytes: Temporary memory, by XLA's analysis.
        compile_seconds: Lowering and compiling the step.
        forward_seconds, gradient_seconds: Medians of the two programs, timed in turn.
        gradient_to_forward: The ratio of the two.
        flops: Operations of the gradient, its value included.
        circuit_executions: Circuits that quantum hardware would run.
        step_seconds: The median over the windows of the log.
        forward_flops: Operations of the value alone.
        gradient_to_forward_flops: ``flops`` over ``forward_flops``.
        dtype: The type of the parameters.
        versions: The packages with their versions.
        unavailable: For each column that is ``None`` the reason.
    """

    part: ClassVar[str] = "runs"

    paradigm: str
    differentiation: str
    group: Group
    run: str
    settings: str
    task: str
    parameters: int
    learning_rate: float
    learning_rates_tried: tuple[float, ...]
    steps: int
    batch_size: int
    seed: int
    test_examples: int
    test_accuracy: float | None
    test_loss: float | None
    eval_accuracy: float | None
    eval_loss: float | None
    variance_over_examples: float | None
    variance_over_estimates: float | None
    signal_to_noise: float | None
    residual_bytes: int | None
    temp_bytes: int | None
    compile_seconds: float | None
    forward_seconds: float | None
    gradient_seconds: float | None
    gradient_to_forward: float | None
    flops: int | None
    circuit_executions: int | None
    step_seconds: float
    forward_flops: int | None
    gradient_to_forward_flops: float | None
    dtype: str
    versions: Mapping[str, str]
    unavailable: Mapping[str, str]
