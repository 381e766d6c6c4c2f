"""How often and how long is timed, and when an implementation is given up."""

from __future__ import annotations

from dataclasses import dataclass

from training.errors import BadInput


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Settings of every suite that times implementations side by side.

    Attributes:
        rounds: Times each implementation is timed, in turn; seconds are medians over rounds.
        round_seconds: How long an implementation is timed in one round, one step at least.
        compile_cap_seconds: A compilation that takes longer is given up, and so are larger cases of the same.
        step_cap_seconds: The same for one step.
        memory_cap_bytes: The same for a program whose temporary memory XLA says is more; it is not run.
        seed: The seed of whatever is drawn.
    """

    rounds: int = 5
    round_seconds: float = 0.5
    compile_cap_seconds: float = 120.0
    step_cap_seconds: float = 30.0
    memory_cap_bytes: int = 8_000_000_000
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("rounds", "round_seconds", "compile_cap_seconds", "step_cap_seconds", "memory_cap_bytes"):
            value = getattr(self, name)
            if value <= 0:
                raise BadInput(f"{name}={value} must be positive")
        if self.seed < 0:
            raise BadInput(f"seed={self.seed} must be 0 or more")

    def require_distinct(self, *names: str) -> None:
        """Refuse a list that is empty or names something twice."""
        for name in names:
            values = getattr(self, name)
            if not values or len(set(values)) < len(values):
                raise BadInput(f"{name}=[{','.join(map(str, values))}] must name at least one, and each once")
