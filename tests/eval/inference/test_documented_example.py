"""The example of the documentation runs."""

from __future__ import annotations

import re
from pathlib import Path

import jax
import numpy as np

from paradigms.interface import Spec
from paradigms.transformer import Config, build
from training.data.puzzles import countdown


def test_the_example_of_the_documentation_runs():
    page = (Path(__file__).parents[3] / "docs" / "inference.md").read_text()
    (example,) = (one for one in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "write = sampler(" in one)
    spec = Spec(jax.ShapeDtypeStruct((21,), np.int32), "language", len(countdown.vocabulary.words))
    paradigm = build(Config(width=8, heads=2, layers=1), spec)
    names = {"paradigm": paradigm, "variables": paradigm.init(jax.random.key(0))}
    exec(example, names)
    assert names["answers"].tokens.shape == (140, 16, 13)
    assert names["correct"].shape == (140, 16)
