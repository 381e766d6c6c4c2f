"""``chain``: evaluate 1 to 6 operations from left to right; see ``training.data.puzzles.chain``."""

from __future__ import annotations

from pathlib import Path

from training.data.puzzles import chain
from training.data.puzzles.data_set import data_set
from training.data.split import DataSet

FILES = ()


def load(root: Path, seed: int = 0) -> DataSet:
    """Prompts with their answers, ``int32[time]`` of 112 words. Nothing is read from ``root``."""
    # Chains of one operation are few.
    return data_set(chain, seed, {1: 12, 2: 198, 3: 198, 4: 198, 5: 197, 6: 197})
