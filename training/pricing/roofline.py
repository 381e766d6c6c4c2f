"""The least time that a program can take on a machine, from the most that the machine can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Rates:
    """The most that one device can do.

    Attributes:
        operations: Operations per second in matrix products, by the type of their operands.
        bandwidth: Bytes per second to and from its memory.
        source: Who says so.
    """

    operations: Mapping[str, float]
    bandwidth: float
    source: str


@dataclass(frozen=True)
class Roofline:
    """Lower bounds of the time of one call (Williams, Waterman & Patterson, Communications of the ACM 52(4), 2009).

    Attributes:
        compute_seconds: All operations at the highest rate, spread evenly over all devices.
        memory_seconds: Each argument read and each result written once, at the highest bandwidth. Arrays that stay in
            a cache from one call to the next need not be, so small programs may be faster than this.
        rate: The operations per second of one device that ``compute_seconds`` is made with.
    """

    compute_seconds: float
    memory_seconds: float
    rate: float

    @property
    def seconds(self) -> float:
        """The larger of the two: neither waits for the other at best."""
        return max(self.compute_seconds, self.memory_seconds)

    @property
    def limit(self) -> str:
        """Which of the two that is: ``compute`` or ``memory``."""
        return "compute" if self.compute_seconds >= self.memory_seconds else "memory"


def roofline(
    rates: Rates, *, floating: int, integer: int, types: frozenset[str], moved_bytes: int, devices: int
) -> Roofline | str:
    """Bound the time of one call of a program from below.

    Args:
        rates: The most that one device can do.
        floating: Floating-point operations of the whole program.
        integer: Operations in products of whole numbers' matrices, which may run beside the others.
        types: The floating-point types whose products it forms; the fastest of them is taken for all operations.
        moved_bytes: Bytes of the arguments and results on one device.
        devices: Devices over which the operations are spread.

    Returns:
        The bounds, or the reason why there are none: a type whose rate nobody says.
    """
    wanted = [*sorted(types or {"float32"}), *(["int8"] if integer else [])]
    unknown = [one for one in wanted if one not in rates.operations]
    if unknown:
        return f"no rate is known for products of {unknown[0]} ({rates.source})"
    rate = max(rates.operations[one] for one in wanted if one != "int8")
    seconds = max(floating / rate, integer / rates.operations["int8"] if integer else 0.0)
    return Roofline(seconds / devices, moved_bytes / rates.bandwidth, rate)
