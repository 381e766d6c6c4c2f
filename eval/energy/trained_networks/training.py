"""Members of one architecture, trained by the one loop: seeds and weights of a penalty, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PyTree, Shaped

from eval.energy.trained_networks.penalised import Penalised
from paradigms.interface import Paradigm, Variables
from training.config import Settings
from training.many import Many
from training.state import TrainState
from training.tasks import Task

CHUNK = 500
"""Test examples that are run at once."""


@dataclass(frozen=True)
class Member:
    """A trained member.

    Attributes:
        seed: The seed of its initial variables and of the order of its batches.
        penalty: The weight of its penalty.
        variables: What was trained, and the state.
        seconds: Its share of the time that the training took, compilation included.
    """

    seed: int
    penalty: float
    variables: Variables
    seconds: float


def train_members(
    paradigm: Paradigm,
    task: Task,
    settings: Settings,
    seeds: Sequence[int],
    penalties: Sequence[float],
    *,
    at_once: int | None = None,
) -> list[Member]:
    """Train a network for every weight of the penalty and every seed.

    Args:
        paradigm: What is trained, with a penalty of weight 1.
        task: The data.
        settings: How it is trained.
        seeds: The same of every weight, so that members are paired.
        penalties: Weights of the penalty.
        at_once: Members that are trained together; ``None`` for all.

    Returns:
        The members of the first weight, in the order of the seeds, then those of the next.

    Raises:
        NonFiniteUpdate: A member diverged; no accuracy stands for it.
        BadInput: See :class:`training.many.Many`.
    """
    many = Many(
        Penalised(paradigm, 1.0),
        task,
        settings,
        every=settings.trainer.steps,
        family=lambda weight: Penalised(paradigm, weight),
    )
    pairs = [(seed, penalty) for penalty in penalties for seed in seeds]
    start = time.perf_counter()
    curves = many.run(
        [seed for seed, _ in pairs],
        variants=[np.float32(penalty) for _, penalty in pairs],
        at_once=at_once,
    ).require_finite()
    state: TrainState = jax.block_until_ready(curves.state)
    seconds = (time.perf_counter() - start) / len(pairs)
    return [
        Member(
            seed,
            penalty,
            Variables(*jax.tree.map(lambda leaf, place=place: leaf[place], (state.params, state.model_state))),
            seconds,
        )
        for place, (seed, penalty) in enumerate(pairs)
    ]


def read_test_split(task: Task) -> tuple[Shaped[np.ndarray, "examples ..."], Shaped[np.ndarray, " examples"]]:
    """Read all inputs and classes of the test split."""
    return task.test.take(np.arange(len(task.test)))


def in_chunks(
    function: Callable[..., PyTree[Array]], inputs: Shaped[np.ndarray, "examples ..."], chunk: int = CHUNK
) -> list[tuple[Shaped[Array, "chunk ..."], PyTree[Array]]]:
    """Apply a function to the examples, so many at a time; the last chunk may be smaller.

    Returns:
        Each chunk, with what the function gave on it.
    """
    parts = [jnp.asarray(inputs[start : start + chunk]) for start in range(0, len(inputs), chunk)]
    return [(part, function(part)) for part in parts]
