"""What answers cost in floating-point operations: every token of every answer, and of what judges them.

A multiply-accumulate is two operations, as in ``cost/flops``; elementwise work is not counted, nor is an exact checker.
Attention is charged for the tokens that are there, not for the room that a memory has.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float, Int

from paradigms.interface import Spec
from paradigms.transformer import Config
from paradigms.transformer.cost import advance_macs, start_macs
from training.errors import BadInput

FLOPS_PER_MAC = 2


def prompt_flops(config: Config, spec: Spec, prompt: int) -> float:
    """Operations of reading a prompt of so many tokens, once for all answers to it."""
    return float(FLOPS_PER_MAC * start_macs(config, spec, prompt))


def prompts_flops(config: Config, spec: Spec, lengths: Int[np.ndarray, "*prompts"]) -> Float[np.ndarray, "*prompts"]:
    """Operations of reading prompts of many lengths; see :func:`prompt_flops`."""
    each, place = np.unique(lengths, return_inverse=True)
    return np.array([prompt_flops(config, spec, int(one)) for one in each])[place].reshape(lengths.shape)


def memory_bytes(config: Config, tokens: Float[np.ndarray, "*rows"]) -> Float[np.ndarray, "*rows"]:
    """Bytes of the keys and values of so many tokens, in single precision."""
    return 2.0 * config.layers * config.groups * config.head_width * 4 * tokens


def answer_flops(
    config: Config, spec: Spec, prompt: int | Int[np.ndarray, "*prompts"], counts: Int[np.ndarray, "*answers"]
) -> Float[np.ndarray, "*answers"]:
    """Operations of writing answers, behind a prompt that was read.

    The first token comes from the prompt's own logits, and the last is not read: an answer of c tokens takes c − 1
    steps, of which step i attends to the prompt and to i tokens.

    Args:
        config: The model's settings.
        spec: Its task.
        prompt: Tokens of the prompt, or of that of each answer.
        counts: Tokens of each answer, END included; at least 1.
    """
    return read_flops(config, spec, prompt, counts - 1)


def judged_flops(
    config: Config, spec: Spec, prompt: int | Int[np.ndarray, "*prompts"], counts: Int[np.ndarray, "*answers"]
) -> Float[np.ndarray, "*answers"]:
    """Operations of a verifier that reads answers to their end, behind a prompt that it has read.

    Only the last token is read out.
    """
    readout = config.width * spec.outputs
    return read_flops(config, spec, prompt, counts) - FLOPS_PER_MAC * (counts - 1.0) * readout


def read_flops(
    config: Config, spec: Spec, prompt: int | Int[np.ndarray, "*prompts"], steps: Int[np.ndarray, "*answers"]
) -> Float[np.ndarray, "*answers"]:
    """Operations of reading tokens one after another, and of predicting what follows each.

    Step i attends to the prompt, to those before and to itself.

    Args:
        config: The model's settings.
        spec: Its task.
        prompt: Tokens that were read before, by all or by each.
        steps: Tokens that are read.
    """
    alone = advance_macs(config, spec, 0)
    attended = steps * np.asarray(prompt, float) + steps * (steps + 1.0) / 2
    return FLOPS_PER_MAC * (steps * float(alone) + 2 * config.layers * config.width * attended)


def answers_within(budget: float, once: float, each: float) -> int:
    """Return the largest number of answers whose cost is at most the budget; 0 where not even one is.

    Args:
        budget: Operations that may be spent on a problem.
        once: Operations that are spent on a problem whatever the number of answers.
        each: Operations of one answer, in the mean.

    Raises:
        BadInput: An answer costs nothing, so that there is no largest number.
    """
    if not each > 0:
        raise BadInput(f"an answer of {each} operations costs nothing: no budget is its limit")
    return max(0, math.floor((budget - once) / each * (1 + 1e-12)))


def training_factor(sizes: float, inference_ratio: float) -> float:
    """Return what a small model may spend on a token of a model so many times its size, training included.

    The larger model has been trained on D tokens at 6 operations per parameter and token, and writes R·D at 2; what the
    smaller saves in training it may spend at inference: M + 3 (M − 1) / R (Snell et al. 2024, section 7).

    Args:
        sizes: How many times larger the other model is, M.
        inference_ratio: Tokens of inference per token of training, R.

    Raises:
        BadInput: The ratio is not positive, or the other model is the smaller.
    """
    if not inference_ratio > 0:
        raise BadInput(f"inference_ratio={inference_ratio} must be above 0: without inference nothing is spent on it")
    if not sizes >= 1:
        raise BadInput(f"sizes={sizes} must be at least 1: the other model is the larger")
    return sizes + 3 * (sizes - 1) / inference_ratio
