"""The optimiser: Optax, with warm-up, cosine decay, clipping and decoupled weight decay."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int, PyTree

from paradigms.interface import Paradigm, TrainsInStages
from training.config import OptimizerConfig

Rate = float | Float[Array, ""]
"""A learning rate; a traced one lets one program serve several."""


def learning_rate_schedule(config: OptimizerConfig, steps: int, peak: Rate | None = None) -> optax.Schedule:
    """Linear warm-up from zero to the peak, then a cosine to ``final_fraction`` of it at the last of ``steps``.

    Args:
        config: The settings of the warm-up, the end, and the peak where none is given.
        steps: Updates in all.
        peak: The highest rate; ``config.learning_rate`` by default.
    """
    warmup = min(config.warmup_steps, steps // 2)
    share = optax.warmup_cosine_decay_schedule(
        init_value=0.0,
        peak_value=1.0,
        warmup_steps=warmup,
        decay_steps=max(steps, 1),
        end_value=config.final_fraction,
    )
    highest = config.learning_rate if peak is None else peak
    return lambda count: highest * share(count)


def make_optimizer(
    config: OptimizerConfig, steps: int, paradigm: Paradigm, peak: Rate | None = None
) -> optax.GradientTransformation:
    """Clip, then precondition, then decay the leaves of the paradigm's mask, then scale by the schedule.

    ``peak`` is that of :func:`learning_rate_schedule`. Of a paradigm that trains in stages, what a stage does not train
    is kept as it is.
    """
    clip = optax.identity() if config.clip_norm is None else optax.clip_by_global_norm(config.clip_norm)
    if config.name == "adamw":
        direction = optax.scale_by_adam(b1=config.b1, b2=config.b2)
    else:
        direction = optax.trace(decay=config.b1, nesterov=True)
    staged = (_staged(paradigm),) if isinstance(paradigm, TrainsInStages) else ()
    return optax.chain(
        clip,
        direction,
        optax.add_decayed_weights(config.weight_decay, mask=paradigm.weight_decay_mask),
        optax.scale_by_learning_rate(learning_rate_schedule(config, steps, peak)),
        *staged,
    )


def _staged(paradigm: TrainsInStages) -> optax.GradientTransformation:
    """Multiply every step by the paradigm's factors; the state counts the updates."""

    def init(params: PyTree) -> Int[Array, ""]:
        return jnp.zeros((), jnp.int32)

    def update(updates: PyTree, state: Any, params: PyTree | None = None) -> tuple[PyTree, Int[Array, ""]]:
        return jax.tree.map(jnp.multiply, updates, paradigm.trainable(state)), state + 1

    return optax.GradientTransformation(init, update)
