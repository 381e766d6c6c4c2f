"""What a caller wants measured of a run at every evaluation, beside what the Trainer measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from paradigms.interface import Variables


@dataclass(frozen=True)
class Measure:
    """Numbers of a caller's own, which stand in the same row as the evaluation.

    Attributes:
        names: The metrics, as they are logged.
        of: Computes them from the variables of the moment; it returns a number for each of the names.
        note: What a reader must know to read them; it stands among the notes of the run.
    """

    names: tuple[str, ...]
    of: Callable[[Variables], Mapping[str, float]]
    note: str
