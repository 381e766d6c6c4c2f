"""What every energy counter can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable


class NoCounter(Exception):
    """Joules cannot be had; the message says why, in words that follow a colon."""


@runtime_checkable
class Counter(Protocol):
    """Counts the energy of a device."""

    @property
    def name(self) -> str:
        """Which counter this is, for people."""
        ...

    def start(self) -> Callable[[], float]:
        """Begin to count; what is returned says, when it is called, how many joules were spent since.

        Raises:
            NoCounter: The counter cannot be read, now or when the joules are asked for.
        """
        ...
