"""A learned verifier: a language model that says, behind each token of an answer, whether the answer is right.

It is trained as a task of language like any other, by the Trainer's own step: the words GOOD and BAD are what is to be
predicted behind every token of an answer (Cobbe et al. 2021), or behind the last of every step, where what has been
worked out so far can be judged. Behind the last token it judges the whole.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Int32, Real
from scipy.stats import rankdata

from paradigms.interface import Paradigm, Spec, Variables
from training.data.arrays import ArraySplit
from training.data.checks import UNSCORED
from training.data.puzzles.problems import Problems
from training.data.vocabulary import Vocabulary
from training.errors import BadInput
from training.tasks import Task

GOOD, BAD = "GOOD", "BAD"
"""The words that a verifier predicts."""
CHUNK = 1024
"""Answers that are judged at once."""
CPU_CHUNK = 256
"""The same on a CPU, in whose caches they stay: more take twice the time."""


def written(
    problems: Problems, tokens: Int[np.ndarray, "problems samples most"], length: int
) -> Int32[np.ndarray, "answers length"]:
    """Write each answer behind its prompt, padded at the end with 0.

    Args:
        problems: The problems.
        tokens: Answers to each, 0 behind their end.
        length: Tokens of a row.

    Raises:
        BadInput: A prompt with its answer is longer.
    """
    samples = tokens.shape[1]
    prompts, lengths = (np.repeat(one, samples, axis=0) for one in (problems.prompts, problems.lengths))
    answers = tokens.reshape(-1, tokens.shape[2])
    counts = (answers != 0).sum(axis=1)
    longest = int((lengths + counts).max(initial=0))
    if longest > length:
        raise BadInput(f"a prompt and its answer have {longest} tokens, and the verifier reads {length}")
    found = np.zeros((len(answers), length), np.int32)
    width = min(length, prompts.shape[1])
    found[:, :width] = prompts[:, :width]
    rows, columns = np.nonzero(np.arange(answers.shape[1]) < counts[:, None])
    found[rows, lengths[rows] + columns] = answers[rows, columns]
    return found


def verifier_task(
    vocabulary: Vocabulary,
    problems: Problems,
    tokens: Int[np.ndarray, "problems samples most"],
    correct: Bool[np.ndarray, "problems samples"],
    length: int,
    *,
    step: int = 1,
    held_out: float = 0.1,
    seed: int = 0,
) -> Task:
    """Make the task that a verifier learns from a model's own answers.

    As many right answers as wrong ones are in it: the rarer kind comes several times. Whole problems are held out, so
    that no answer to a problem that trains is in validation.

    Args:
        vocabulary: The words, :data:`GOOD` and :data:`BAD` among them.
        problems: Problems of the split that trains.
        tokens: Answers to each, 0 behind their end.
        correct: Which are right.
        length: Tokens that the verifier reads.
        step: Tokens of a step, behind which an answer is judged, as behind its last token; 1 for every token.
        held_out: The share of problems that validate; the test split is the same.
        seed: Draws which, and which of the rarer kind come more often.

    Raises:
        BadInput: The words are missing, an answer is too long, ``step`` is below 1, or one of the two parts lacks right
            or wrong answers.
    """
    if step < 1:
        raise BadInput(f"step={step} must be at least 1, the tokens behind which an answer is judged")
    random = np.random.Generator(np.random.Philox(seed))
    rows = written(problems, tokens, length)
    samples = tokens.shape[1]
    labels = np.where(correct.ravel(), vocabulary.number(GOOD), vocabulary.number(BAD))
    starts = np.repeat(problems.lengths, samples)
    ends = starts + (tokens.reshape(len(rows), -1) != 0).sum(axis=1)
    places = np.arange(length)
    judged = (places >= starts[:, None]) & (places < ends[:, None])
    judged &= ((places - starts[:, None]) % step == step - 1) | (places == ends[:, None] - 1)
    targets = np.where(judged, labels[:, None], UNSCORED).astype(np.int32)
    validates = np.repeat(random.permutation(len(problems)) < held_out * len(problems), samples)
    # An answer without a token has nothing behind it to predict.
    some = judged.any(axis=1)
    train, validation = (
        _balanced(random, np.flatnonzero(part & some), correct.ravel(), name)
        for part, name in ((~validates, "train"), (validates, "validate"))
    )
    splits = [ArraySplit(rows[chosen], targets[chosen]) for chosen in (train, validation, validation)]
    spec = Spec(jax.ShapeDtypeStruct((length,), np.int32), "language", len(vocabulary.words))
    note = "answers of a model to problems that train, as many right as wrong ones; whole problems are held out"
    return Task("verifier", spec, *splits, note=note, vocabulary=vocabulary, unscored=True)


def _balanced(
    random: np.random.Generator, chosen: Int[np.ndarray, " rows"], correct: Bool[np.ndarray, " answers"], name: str
) -> Int[np.ndarray, " more"]:
    """Repeat rows of the rarer kind until there are as many of both."""
    right, wrong = chosen[correct[chosen]], chosen[~correct[chosen]]
    if not len(right) or not len(wrong):
        raise BadInput(
            f"of the answers that {name} a verifier {len(right)} are right and {len(wrong)} wrong: it needs both; draw "
            "more answers, or train the model further"
        )
    many = max(len(right), len(wrong))
    kinds = [np.concatenate([kind, random.choice(kind, many - len(kind))]) for kind in (right, wrong)]
    return random.permutation(np.concatenate(kinds))


def judging(paradigm: Paradigm, vocabulary: Vocabulary) -> Callable[[Variables, Array, Array], Float[Array, " rows"]]:
    """Make what judges inside a program.

    Returns:
        A function of the verifier's variables, rows of tokens and the place of the last of each to the logit of GOOD
        less that of BAD behind it.
    """
    good, bad = vocabulary.number(GOOD), vocabulary.number(BAD)

    def judge(variables: Variables, rows: Array, last: Array) -> Array:
        key = jax.random.key(0)  # nothing is drawn where nothing is trained
        logits = paradigm.apply(*variables, rows, key=key, train=False).prediction
        ends = jnp.take_along_axis(logits, last[:, None, None], axis=1)[:, 0]
        return ends[:, good] - ends[:, bad]

    return judge


def scorer(
    paradigm: Paradigm, vocabulary: Vocabulary, length: int
) -> Callable[[Variables, Problems, Int[np.ndarray, "problems samples most"]], Float[np.ndarray, "problems samples"]]:
    """Compile what judges whole answers.

    Args:
        paradigm: The verifier, built for sequences of ``length``.
        vocabulary: The words.
        length: Tokens that it reads.

    Returns:
        A function of its variables, problems and answers to the logit of GOOD less that of BAD behind the last token of
        each answer; of an answer without a token, behind its prompt.
    """
    judge = jax.jit(judging(paradigm, vocabulary))

    def score(variables: Variables, problems: Problems, tokens: np.ndarray) -> np.ndarray:
        rows, samples = written(problems, tokens, length), tokens.shape[1]
        last = np.repeat(problems.lengths, samples) + (tokens.reshape(len(rows), -1) != 0).sum(axis=1) - 1
        chunk = CPU_CHUNK if jax.default_backend() == "cpu" else CHUNK
        at_once, parts = min(chunk, len(rows)), []
        for first in range(0, len(rows), at_once):
            # The last part is filled up with the first rows, so that one program serves all.
            places = np.arange(first, first + at_once) % len(rows)
            parts.append(np.asarray(judge(variables, jnp.asarray(rows[places]), jnp.asarray(last[places]))))
        return np.concatenate(parts)[: len(rows)].reshape(len(problems), samples)

    return score


def area_under_curve(scores: Real[np.ndarray, "*answers"], correct: Bool[np.ndarray, "*answers"]) -> float:
    """Return the probability that a right answer scores higher than a wrong one; equal scores count half.

    Raises:
        BadInput: All answers are right, or all are wrong, or a score is not a number.
    """
    if np.isnan(scores).any():
        raise BadInput("a score is not a number: every answer needs one to be held beside others")
    right = correct.ravel()
    positives, negatives = int(right.sum()), int((~right).sum())
    if not positives or not negatives:
        raise BadInput(f"of {right.size} answers {positives} are right: there is no pair of a right and a wrong one")
    ranks = rankdata(scores.ravel())
    return float((ranks[right].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def area_within_problems(
    scores: Real[np.ndarray, "problems samples"], correct: Bool[np.ndarray, "problems samples"]
) -> float:
    """Return the same within a problem, in the mean over problems with right and wrong answers: what best-of-N needs.

    Raises:
        BadInput: No problem has both.
    """
    both = correct.any(axis=1) & ~correct.all(axis=1)
    if not both.any():
        raise BadInput("no problem has a right and a wrong answer: draw more answers")
    return float(np.mean([area_under_curve(scores[place], correct[place]) for place in np.flatnonzero(both)]))
