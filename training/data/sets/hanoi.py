"""``hanoi``: move a tower of 2 to 4 discs to a peg by legal moves; see ``training.data.puzzles.hanoi``."""

from __future__ import annotations

from pathlib import Path

from training.data.puzzles import hanoi
from training.data.puzzles.data_set import data_set
from training.data.split import DataSet

FILES = ()


def load(root: Path, seed: int = 0) -> DataSet:
    """Prompts with their answers, ``int32[time]`` of 16 words. Nothing is read from ``root``."""
    # All that are held out: of 3^(n+1) problems of n discs a twentieth each, and of 2 discs none is in the test.
    return data_set(hanoi, seed, {2: 0, 3: 3, 4: 15})
