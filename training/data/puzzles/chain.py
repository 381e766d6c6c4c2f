"""``chain``: evaluate ``x0 op x1 … op xk`` from left to right, worked out or at once.

A word of the prompt asks for one of two forms: THINK for ``op x value`` at every step, DIRECT for the last value alone.
Checking an answer is solving the problem: no checker can serve a search.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Int, UInt64

from training.data.draws import Draws
from training.data.puzzles.arithmetic import DRAWN, LARGEST, NUMBER, OPERATIONS, apply, choose, every, numbers, pick
from training.data.puzzles.problems import NO_ANSWER, Problems, code, mixed
from training.data.vocabulary import Vocabulary

name = "chain"
vocabulary = Vocabulary(
    (
        "PAD",
        "BOS",
        "END",
        "ARROW",
        "AGAIN",
        "THINK",
        "DIRECT",
        "GOOD",
        "BAD",
        *OPERATIONS,
        *map(str, range(LARGEST + 1)),
    ),
    " ",
)
PAD, BOS, END, ARROW, THINK, DIRECT = (
    vocabulary.number(word) for word in ("PAD", "BOS", "END", "ARROW", "THINK", "DIRECT")
)
FIRST_OPERATION, ZERO = vocabulary.number(OPERATIONS[0]), vocabulary.number("0")
MOST = 12
"""Steps of the longest chain."""
STEP = 3
"""Tokens of a step that is worked out."""
prompt_length = 2 * MOST + 4
completion_length = STEP * MOST + 1
complexities: tuple[int, ...] = tuple(range(1, MOST + 1))
trained: tuple[int, ...] = tuple(range(1, 7))
unique_answer = True
checkable = False


def longest(complexity: int) -> int:
    """Return the tokens of an answer that is worked out."""
    return STEP * complexity + 1


def candidates(draws: Draws, count: int, complexity: int) -> Problems:
    """Draw chains, half of them (the larger one) to be worked out and the others to be answered at once."""
    problems = chains(draws, count, complexity)
    direct = np.arange(count) % 2 == 1
    return in_form(problems, direct)


def chains(draws: Draws, count: int, complexity: int) -> Problems:
    """Draw chains to be worked out: at every step each defined operation and number is equally likely."""
    value = numbers(draws, count)
    prompts = np.full((count, prompt_length), PAD, np.int32)
    prompts[:, 0], prompts[:, 1], prompts[:, 2] = BOS, THINK, ZERO + value
    solutions = np.full((count, completion_length), PAD, np.int32)
    low, high = DRAWN
    options = np.arange(low, high + 1, dtype=NUMBER)
    right = np.broadcast_to(options, (count, len(options)))
    for step in range(complexity):
        # An option is an operation and a number, all numbers of the first operation before those of the second.
        left = np.broadcast_to(value[:, None], right.shape)
        results, defined = (np.concatenate(one, axis=1) for one in every(left, right))
        chosen = choose(draws, defined)
        value = pick(results, chosen)
        operation, number = np.divmod(chosen, len(options))
        told = np.column_stack([FIRST_OPERATION + operation, ZERO + options[number]])
        prompts[:, 3 + 2 * step : 5 + 2 * step] = told
        solutions[:, STEP * step : STEP * (step + 1)] = np.column_stack([told, ZERO + value])
    prompts[:, 3 + 2 * complexity] = ARROW
    solutions[:, STEP * complexity] = END
    asked = prompts.copy()
    asked[:, 1] = 0  # the form is no part of the problem
    lengths = np.full(count, 2 * complexity + 4, np.int32)
    return Problems(prompts, lengths, solutions, _codes(asked))


def _codes(asked: Int[np.ndarray, "count prompt"]) -> UInt64[np.ndarray, " count"]:
    """Fold what 64 bits do not hold, part by part; two chains have the same number by a chance of 2^-64."""
    found = np.zeros(len(asked), np.uint64)
    for part in np.array_split(asked, 4, axis=1):
        found = mixed(found ^ code(part, len(vocabulary.words)))
    return found


def in_form(problems: Problems, direct: Bool[np.ndarray, " count"]) -> Problems:
    """Ask for the same in the form DIRECT where this is true, and THINK elsewhere, whatever was asked for before."""
    steps = _steps(problems)
    prompts, values = problems.prompts.copy(), _values(problems)
    prompts[:, 1] = np.where(direct, DIRECT, THINK)
    solutions = np.full((len(problems), completion_length), PAD, np.int32)
    for step in range(int(steps.max(initial=0))):
        told = problems.prompts[:, 3 + 2 * step : 5 + 2 * step]
        worked = np.column_stack([told, ZERO + values[:, step + 1]])
        solutions[:, STEP * step : STEP * (step + 1)] = np.where((step < steps)[:, None], worked, PAD)
    solutions[np.arange(len(problems)), STEP * steps] = END
    solutions[direct] = PAD
    solutions[direct, 0], solutions[direct, 1] = (ZERO + values[:, -1])[direct], END
    return Problems(prompts, problems.lengths, solutions, problems.codes)


def _values(problems: Problems) -> Int[np.ndarray, "count steps"]:
    """Return the first number of each prompt, and the value behind each step; behind the last it stays."""
    steps, value = _steps(problems), problems.prompts[:, 2] - ZERO
    found = [value]
    for step in range(int(steps.max(initial=0))):
        operation, right = (problems.prompts[:, 3 + 2 * step + place] for place in (0, 1))
        active = step < steps
        operation = np.where(active, operation - FIRST_OPERATION, 0)
        result, _ = apply(value, operation, np.where(active, right - ZERO, 0))
        value = np.where(active, result, value)
        found.append(value)
    return np.stack(found, axis=1)


def _steps(problems: Problems) -> Int[np.ndarray, " count"]:
    return (problems.lengths - 4) // 2


def check(problems: Problems, completions: Int[np.ndarray, "count completion"]) -> Bool[np.ndarray, " count"]:
    """Whether each answer has the last value behind as many tokens as its form takes, and then END.

    Only the last value is held to the problem, which is evaluated anew: an answer may work it out wrongly.
    """
    return final(problems, completions) == _values(problems)[:, -1]


def final(problems: Problems, completions: Int[np.ndarray, "count completion"]) -> Int[np.ndarray, " count"]:
    """Return the number that each answer gives in its place, END behind it; :data:`NO_ANSWER` where it gives none."""
    rows, steps = np.arange(len(problems)), _steps(problems)
    before = np.where(problems.prompts[:, 1] == DIRECT, 0, STEP * steps - 1)
    wanted = max(int(before.max(initial=0)) + 2, completions.shape[1])
    tokens = np.zeros((len(problems), wanted), int)
    tokens[:, : completions.shape[1]] = completions
    early = (tokens == END) & (np.arange(wanted) <= before[:, None])
    said = tokens[rows, before] - ZERO
    given = (said >= 0) & (said <= LARGEST) & (tokens[rows, before + 1] == END) & ~early.any(axis=1)
    return np.where(given, said, NO_ANSWER)
