"""What a price says: quantities under the names of the metrics, and why others cannot be had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

METRICS: Mapping[str, str] = MappingProxyType(
    {
        "compile_seconds": "time/compile_seconds",
        "residual_bytes": "memory/residual_bytes",
        "temp_bytes": "memory/temp_bytes",
        "argument_bytes": "memory/argument_bytes",
        "forward_seconds": "time/forward_seconds",
        "gradient_seconds": "time/gradient_seconds",
        "gradient_to_forward": "time/gradient_to_forward",
        "flops": "cost/flops",
        "integer_operations": "cost/integer_operations",
        "circuit_executions": "cost/circuit_executions",
        "shots": "cost/shots",
        "joules": "cost/joules",
    }
)
"""What a :class:`Price` holds, and the name under which metrics, tables and the documentation know it."""


@dataclass(frozen=True)
class Price:
    """What one call of a program costs; ``None`` where that cannot be had, and ``unavailable`` says why.

    Attributes:
        flops: Floating-point operations, counted on the jaxpr.
        integer_operations: Operations in products of whole numbers' matrices.
        residual_bytes: Kept from the forward to the reverse pass.
        temp_bytes: Temporary memory, by XLA's analysis.
        argument_bytes: Memory of the arguments, by XLA's analysis.
        compile_seconds: Lowering and compiling the program.
        forward_seconds: Median of the forward pass that is timed beside it.
        gradient_seconds: Median of the program itself.
        circuit_executions: Circuits that quantum hardware would run.
        shots: Measurement repetitions of all these circuits.
        joules: Mean, idle power included.
        turns: Turns over which seconds are medians.
        unavailable: The reason for each absent quantity, by its name in ``METRICS``.

    Raises:
        ValueError: A quantity is absent without a reason, or has one and is there.
    """

    flops: int | None
    integer_operations: int | None
    residual_bytes: int | None
    temp_bytes: int | None
    argument_bytes: int | None
    compile_seconds: float | None
    forward_seconds: float | None
    gradient_seconds: float | None
    circuit_executions: int | None
    shots: int | float | None
    joules: float | None
    turns: int | None
    unavailable: Mapping[str, str]

    def __post_init__(self) -> None:
        absent = {name for field, name in METRICS.items() if getattr(self, field) is None}
        for name in absent ^ set(self.unavailable):
            raise ValueError(f"{name} is absent without a reason, or explained without being absent")

    @property
    def gradient_to_forward(self) -> float | None:
        """Seconds of the program over those of its forward pass."""
        if self.gradient_seconds is None or self.forward_seconds is None:
            return None
        return self.gradient_seconds / self.forward_seconds

    def metrics(self) -> dict[str, int | float]:
        """Name everything that could be had as ``metrics.jsonl``, the trackers and the documentation do."""
        found = {name: getattr(self, field) for field, name in METRICS.items()}
        return {name: value for name, value in found.items() if value is not None}
