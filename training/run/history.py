"""What a run went through that its configuration does not say: it was extended, or went on on other devices.

A history is a list of ``{"step", "steps", "mesh"}``: from which step on the run had how many updates in all, and which
mesh. It is kept in every checkpoint, so that a summary tells of it however often the run is resumed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from training.config import OptimizerConfig
from training.optimizer import learning_rate_schedule

History: TypeAlias = list[dict[str, Any]]


def gone_on(history: Sequence[Mapping[str, Any]], step: int, steps: int, mesh: Mapping[str, int]) -> History:
    """The history of a run that goes on at ``step``, for ``steps`` updates in all, on a mesh of this shape."""
    entry = {"step": step, "steps": steps, "mesh": dict(mesh)}
    known = [dict(one) for one in history]
    changed = not known or any(known[-1][name] != entry[name] for name in ("steps", "mesh"))
    return [*known, entry] if changed else known


def told(history: Sequence[Mapping[str, Any]], optimizer: OptimizerConfig) -> list[str]:
    """A sentence for everything that happened."""
    sentences = []
    for before, after in pairwise(history):
        step, old, new = after["step"], before["steps"], after["steps"]
        if old != new:
            rates = [f"{np.asarray(learning_rate_schedule(optimizer, steps)(step)):.3g}" for steps in (old, new)]
            sentences.append(
                f"extended from {old} to {new} updates at step {step}: up to there the learning rate followed the "
                f"schedule of {old} updates, to {rates[0]}, and from there on it follows that of {new}, from "
                f"{rates[1]} to {optimizer.final_fraction * optimizer.learning_rate:.3g}; a run of {new} updates from "
                "the start would have followed the latter throughout"
            )
        if before["mesh"] != after["mesh"]:
            shapes = [", ".join(f"mesh.{name}={size}" for name, size in one["mesh"].items()) for one in (before, after)]
            sentences.append(
                f"went on at step {step} with {shapes[1]} where it had {shapes[0]}: sums are taken in another order, "
                "so it agrees with an uninterrupted run to rounding and not to the bit"
            )
    return sentences
