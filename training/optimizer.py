"""The optimiser: Optax, with warm-up, cosine decay, clipping and decoupled weight decay."""

from __future__ import annotations

import optax

from paradigms.interface import Paradigm
from training.config import OptimizerConfig


def learning_rate_schedule(config: OptimizerConfig, steps: int) -> optax.Schedule:
    """Linear warm-up from zero to the peak, then a cosine to ``final_fraction`` of it at the last of ``steps``."""
    warmup = min(config.warmup_steps, steps // 2)
    return optax.warmup_cosine_decay_schedule(
        init_value=0.0 if warmup else config.learning_rate,
        peak_value=config.learning_rate,
        warmup_steps=warmup,
        decay_steps=max(steps, 1),
        end_value=config.final_fraction * config.learning_rate,
    )


def make_optimizer(config: OptimizerConfig, steps: int, paradigm: Paradigm) -> optax.GradientTransformation:
    """Clip, then precondition, then decay the leaves of the paradigm's mask, then scale by the schedule."""
    clip = optax.identity() if config.clip_norm is None else optax.clip_by_global_norm(config.clip_norm)
    if config.name == "adamw":
        direction = optax.scale_by_adam(b1=config.b1, b2=config.b2)
    else:
        direction = optax.trace(decay=config.b1, nesterov=True)
    return optax.chain(
        clip,
        direction,
        optax.add_decayed_weights(config.weight_decay, mask=paradigm.weight_decay_mask),
        optax.scale_by_learning_rate(learning_rate_schedule(config, steps)),
    )
