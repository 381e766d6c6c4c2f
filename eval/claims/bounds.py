"""Between which values a statement's number must lie for it to hold, and how far from that it lies."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounds:
    """The values of a statement's number between which the statement holds, as far as that number decides it.

    Attributes:
        low: What the number must exceed; ``None`` where nothing is too low.
        high: What it must stay below; ``None`` where nothing is too high.
        step: The distance that counts as one, in the number's own unit, where statements are drawn beside each other.
    """

    low: float | None
    high: float | None
    step: float

    @classmethod
    def above(cls, limit: float, step: float | None = None) -> Bounds:
        """Make the bounds of a number that must exceed a limit; a step is the limit unless one is given."""
        return cls(limit, None, abs(limit) if step is None else step)

    @classmethod
    def below(cls, limit: float, step: float | None = None) -> Bounds:
        """Make the bounds of a number that must stay below a limit; a step is the limit unless one is given."""
        return cls(None, limit, abs(limit) if step is None else step)

    @classmethod
    def between(cls, low: float, high: float) -> Bounds:
        """Make the bounds of a number that must keep to a band; a step is half of its width."""
        return cls(low, high, (high - low) / 2)

    def __post_init__(self) -> None:
        if self.low is None and self.high is None:
            raise ValueError("a statement's number needs a bound on one side at least")
        if not self.step > 0:
            raise ValueError(f"step={self.step:g} must be above 0: give one where the limit is 0")

    def margin(self, value: float) -> float:
        """Return how many steps a value lies inside the bounds; below 0 it lies outside."""
        inside = [one for one in (self._over(value), self._under(value)) if one is not None]
        return min(inside) / self.step

    def margins(self, low: float, high: float) -> tuple[float, float]:
        """Return the least and the largest margin of all values of an interval."""
        ends = sorted((self.margin(low), self.margin(high)))
        if self.low is not None and self.high is not None and low <= (self.low + self.high) / 2 <= high:
            return ends[0], 1.0
        return ends[0], ends[1]

    def _over(self, value: float) -> float | None:
        return None if self.low is None else value - self.low

    def _under(self, value: float) -> float | None:
        return None if self.high is None else self.high - value
