"""Beam search over steps of an answer, against a learned verifier (Snell et al. 2024, section 5.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import jax
import numpy as np
from jaxtyping import Bool, Float, Int, Int32, PRNGKeyArray

from eval.inference.continued import appended, behind
from eval.inference.sampling import sampler
from paradigms.interface import Decodes, Variables
from training.data.puzzles.problems import Problems
from training.errors import BadInput

WIDTH = 4
"""Continuations of each beam that is kept, M."""
Scores: TypeAlias = Callable[[Problems, Int[np.ndarray, "problems beams most"]], Float[np.ndarray, "problems beams"]]
"""``(problems, beginnings) -> scores`` of how promising each beginning of an answer is."""


@dataclass(frozen=True)
class Beams:
    """What a search came to.

    Attributes:
        tokens: The beam of each problem with the best score, 0 behind its end.
        counts: Its tokens.
        written: Tokens that were written for each problem at each step, those of discarded beams included.
    """

    tokens: Int32[np.ndarray, "problems most"]
    counts: Int32[np.ndarray, " problems"]
    written: Int32[np.ndarray, "problems steps beams"]


def beam_search(
    decoder: Decodes,
    variables: Variables,
    scores: Scores,
    problems: Problems,
    key: PRNGKeyArray,
    *,
    beams: int,
    width: int = WIDTH,
    step: int,
    most: int,
    end: int,
    temperature: float = 1.0,
) -> Beams:
    """Keep the most promising of several beginnings at the end of every step.

    N beginnings are written by chance. At the end of each step the N / M with the best scores are kept, and M
    continuations of each are written. With M = N = 1 it is writing one answer by chance.

    Args:
        decoder: A model that decodes.
        variables: Its variables.
        scores: How promising a beginning is.
        problems: The problems.
        key: The source of chance.
        beams: N.
        width: M, which divides N.
        step: Tokens of a step.
        most: The most tokens of an answer.
        end: The token that ends an answer.
        temperature: What logits are divided by, above 0.

    Raises:
        BadInput: ``width`` does not divide ``beams``, or a number is below 1.
    """
    if min(beams, width, step, most) < 1 or beams % width:
        raise BadInput(
            f"beams={beams}, width={width}, step={step} and most={most} must be at least 1, and width divide beams"
        )
    count, kept, steps = len(problems), beams // width, -(-most // step)
    write = sampler(decoder, most=step, end=end, samples=width, temperature=temperature)
    tokens = np.zeros((count, kept, steps * step), np.int32)
    counts, ended = np.zeros((count, kept), np.int32), np.zeros((count, kept), bool)
    found, written = np.zeros((count, kept)), []
    for number in range(steps):
        order = np.argsort(-found, axis=1, kind="stable")[:, :kept]
        tokens = np.take_along_axis(tokens, order[:, :, None], axis=1)
        counts, ended = (np.take_along_axis(one, order, axis=1) for one in (counts, ended))
        before = np.repeat(counts, width, axis=1)
        own = jax.random.fold_in(key, number)
        tokens, counts, ended = _extended(write, variables, problems, tokens, counts, ended, own)
        written.append(counts - before)
        found = scores(problems, tokens[:, :, :most])
        if ended.all():
            break
    rows, best = np.arange(count), found.argmax(axis=1)
    return Beams(tokens[rows, best, :most], np.minimum(counts[rows, best], most), np.stack(written, axis=1))


def _extended(
    write: Callable,
    variables: Variables,
    problems: Problems,
    tokens: Int32[np.ndarray, "problems beams most"],
    counts: Int32[np.ndarray, "problems beams"],
    ended: Bool[np.ndarray, "problems beams"],
    key: PRNGKeyArray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Write continuations of every beam; what has ended has none."""
    count, beams, most = tokens.shape
    asked, lengths = (np.repeat(one, beams, axis=0) for one in (problems.prompts, problems.lengths))
    flat = tokens.reshape(-1, most), counts.ravel()
    more = write(variables, *behind(asked, lengths, *flat), key)
    parts = appended(*flat, ended.ravel(), more)
    return parts[0].reshape(count, -1, most), parts[1].reshape(count, -1), parts[2].reshape(count, -1)
