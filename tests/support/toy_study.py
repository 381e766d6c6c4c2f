"""A study whose every point is known, and which can be told to stop in the middle."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from eval.claims import CLAIMS
from eval.claims.bounds import Bounds
from eval.claims.claim import Statement
from eval.judgement import Verdict, judged
from eval.recorder import Recorder
from eval.rows import Row
from eval.study import FIGURE, Study
from training.errors import BadInput


@dataclass(frozen=True)
class Config:
    """How many points; ``fails_at`` raises there, as a process that dies would."""

    points: int = 3
    fails_at: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.points < 1:
            raise BadInput(f"settings.points={self.points} must be at least 1")


@dataclass(frozen=True, kw_only=True)
class Number(Row):
    """A number of a point.

    Attributes:
        index: The point.
        value: The number.
        random: Another, drawn at random.
    """

    part: ClassVar[str] = "numbers"

    index: int
    value: int | float
    random: float | None = None


MEASURED: list[int] = []
"""Points that were measured rather than read, since the list was last cleared."""


def run(config: Config, recorder: Recorder) -> list[Number]:
    """Two rows a point: its square, in two types, and a random number."""
    rows: list[Number] = []
    for index in range(config.points):

        def measure(index: int = index) -> list[Number]:
            if index == config.fails_at:
                raise RuntimeError("the lights went out")
            MEASURED.append(index)
            random = float(np.random.default_rng([config.seed, index]).normal())
            return [
                Number(index=index, value=float(np.float64(index**2)), random=random),
                Number(index=index, value=index, random=None),
            ]

        rows += recorder.measure({"index": index}, measure)
    return rows


def verdicts(rows: list[Number], config: Config) -> list[Verdict]:
    """Judge the one statement of :func:`claimed`, by the sum of the values."""
    total = float(sum(row.value for row in rows))
    judgement = judged(
        "sum",
        total > 0,
        f"The sum is {total:g}.",
        needed="more points",
        quantity="sum",
        value=total,
        low=total - 1,
        high=total + 1,
    )
    return [Verdict("C3", (judgement,), ("a toy",))]


def claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let claim C3 have one statement, which the toy decides."""
    statement = Statement(
        text="The sum is positive.",
        regime="for a toy",
        claim="for",
        argument="for",
        statistic="sum of the values",
        holds=Bounds.above(0.0, step=1.0),
        thresholds=(),
        least_data="one point",
        study="toy",
    )
    claims = {**CLAIMS, "C3": replace(CLAIMS["C3"], statements={"sum": statement})}
    for module in ("eval.claims", "eval.judgement"):
        monkeypatch.setattr(f"{module}.CLAIMS", claims)


def draw(rows: list[Number], found: list[Verdict], directory: Path) -> Path:
    """A file with the number of rows in it."""
    path = directory / FIGURE
    path.write_text(str(len(rows)))
    return path


STUDY = Study("toy", "Is a toy study run?", ("C3",), (Number,), Config, run, verdicts, draw)
