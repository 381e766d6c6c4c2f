"""``countdown``: combine 3 or 4 numbers by four operations into a target; see ``training.data.puzzles.countdown``."""

from __future__ import annotations

from pathlib import Path

from training.data.puzzles import countdown
from training.data.puzzles.data_set import data_set
from training.data.split import DataSet

FILES = ()


def load(root: Path, seed: int = 0) -> DataSet:
    """Prompts with their answers, ``int32[time]`` of 111 words. Nothing is read from ``root``."""
    # Of 3 numbers there are hardly more.
    return data_set(countdown, seed, {3: 140, 4: 860})
