"""Our update: the Trainer's own step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PyTree

from paradigms.interface import Spec
from paradigms.transformer import Config, build, joined_blocks
from training.config import OptimizerConfig, ProbesConfig, Settings, TrainerConfig
from training.data.arrays import ArraySplit
from training.data.split import Batch
from training.programs import Programs
from training.tasks import Task

PACKAGES = ("jax", "jaxlib", "flax", "optax")
DTYPE = "float32"


def compile(
    words: Int[np.ndarray, "batch tokens"],
    weights: dict[str, Float[np.ndarray, "..."]],
    layers: int,
    heads: int,
    learning_rate: float,
    weight_decay: float,
    clip_norm: float,
) -> tuple[Callable[[], tuple[Array, Array]], Any]:
    """The step, ready to run, and XLA's analysis of its memory; see ``eval/peers/worker.py``."""
    vocabulary, width = weights["token_embedding"].shape
    inputs, targets = words[:, :-1], words[:, 1:]
    spec = Spec(jax.ShapeDtypeStruct(inputs.shape[1:], jnp.int32), "language", vocabulary)
    paradigm = build(Config(width=width, layers=layers, heads=heads), spec)
    split = ArraySplit(inputs, targets)
    optimizer = OptimizerConfig(
        "adamw",
        learning_rate,
        warmup_steps=0,
        final_fraction=1.0,
        weight_decay=weight_decay,
        clip_norm=clip_norm,
    )
    settings = Settings(TrainerConfig(batch_size=len(words)), optimizer, ProbesConfig(every=0))
    programs = Programs.of_run(paradigm, Task("words", spec, split, split, split), settings)
    state = programs.initial_state()._replace(params=jax.tree.map(jnp.asarray, nested(weights, layers)))
    batch = programs.place(Batch(inputs, targets, np.ones(len(words), np.float32)))
    compiled = programs.step

    def step() -> tuple[Array, Array]:
        nonlocal state
        state, metrics = compiled(state, batch)
        jax.block_until_ready(state)
        return metrics["train/loss"], metrics["gradient/norm"]

    return step, compiled.memory_analysis()


def nested(weights: dict[str, Float[np.ndarray, "..."]], layers: int) -> PyTree:
    """The parameters as the paradigm nests them.

    Args:
        weights: Arrays by the names that lead to them, joined by dots.
        layers: How many blocks there are.
    """
    tree: dict[str, Any] = {}
    for name, array in weights.items():
        *owners, last = name.split(".")
        place = tree
        for owner in owners:
            place = place.setdefault(owner, {})
        place[last] = array
    blocks = [tree["blocks"][str(layer)] for layer in range(layers)]
    return tree | {"blocks": joined_blocks(blocks)}
