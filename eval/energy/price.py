"""What one thing costs: a number with its unit, its source and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Status = Literal["published", "inferred", "simulated", "measured"]
"""``published`` by its source, ``inferred`` from what a source published, ``simulated`` before there was silicon,
``measured`` on a device."""


@dataclass(frozen=True)
class Price:
    """A constant of a technology.

    Attributes:
        value: The number.
        unit: Its unit, such as ``pJ`` or ``pJ/bit``.
        source: Where it stands, or from what it was inferred.
        status: How far it can be trusted.
        low: The lower end of the band within which an inferred value may lie; ``None`` where no band is known.
        high: The upper end of that band.

    Raises:
        ValueError: It has no unit, no source, an unknown status, or a band that does not hold the value.
    """

    value: float
    unit: str
    source: str
    status: Status
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        if not self.unit.strip():
            raise ValueError(f"a price of {self.value:g} needs a unit")
        if not self.source.strip():
            raise ValueError(f"a price of {self.value:g} {self.unit} needs a source")
        if self.status not in get_args(Status):
            raise ValueError(f"status={self.status!r} of a price is none of {', '.join(get_args(Status))}")
        if (self.low is None) != (self.high is None):
            raise ValueError(f"a price of {self.value:g} {self.unit} needs both ends of its band, or none")
        if self.low is not None and self.high is not None and not self.low <= self.value <= self.high:
            raise ValueError(
                f"a price of {self.value:g} {self.unit} lies outside its band {self.low:g} to {self.high:g}"
            )

    def __add__(self, other: Price) -> float:
        """Add the values of two prices of one unit.

        Raises:
            ValueError: Their units differ.
        """
        if self.unit != other.unit:
            raise ValueError(f"{self.value:g} {self.unit} and {other.value:g} {other.unit} cannot be added")
        return self.value + other.value
