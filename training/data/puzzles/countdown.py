"""``countdown``: combine all of the given numbers, each once, by the four operations so that a target comes out.

An answer is a step for each two numbers that are combined, ``a op b c`` with ``c`` their result, and END. Many answers
are right, and a checker needs the prompt alone: it takes each step's numbers from what is there and puts its result
back.
"""

from __future__ import annotations

import functools
import itertools

import numpy as np
from jaxtyping import Bool, Int, Int32

from training.data.draws import Draws
from training.data.puzzles.arithmetic import LARGEST, OPERATIONS, apply, choose, every, numbers, pick
from training.data.puzzles.problems import Problems, code, whole_answers
from training.data.vocabulary import Vocabulary

name = "countdown"
MOST = 5
"""Numbers of the largest problem; a smaller one leaves places of its prompt empty."""
vocabulary = Vocabulary(
    ("PAD", "BOS", "END", "ARROW", "AGAIN", "GOOD", "BAD", *OPERATIONS, *map(str, range(LARGEST + 1))), " "
)
PAD, BOS, END, ARROW = (vocabulary.number(word) for word in ("PAD", "BOS", "END", "ARROW"))
FIRST_OPERATION, ZERO = vocabulary.number(OPERATIONS[0]), vocabulary.number("0")
STEP = 4
"""Tokens of a step."""
prompt_length = MOST + 4
completion_length = STEP * (MOST - 1) + 1
complexities: tuple[int, ...] = (3, 4, 5)
trained: tuple[int, ...] = (3, 4)
unique_answer = False
checkable = True
TARGETS = (10, 79)
"""The least and the largest target of a problem that is trained or tested."""
UNTRAINED_TARGETS = (80, 99)
"""Targets that no problem of the training set has."""


def longest(complexity: int) -> int:
    """Return the tokens of an answer: each step combines two numbers into one."""
    return STEP * (complexity - 1) + 1


def candidates(draws: Draws, count: int, complexity: int) -> Problems:
    """Draw problems with targets of :data:`TARGETS`, at most so many: derivations with another result are dropped."""
    return derived(draws, count, complexity, TARGETS)


def derived(draws: Draws, count: int, complexity: int, targets: tuple[int, int]) -> Problems:
    """Draw numbers, and combine two of them until one is left, each defined step equally often.

    Args:
        draws: The source of chance.
        count: Derivations; those that end outside the targets are dropped.
        complexity: Numbers of a problem.
        targets: The least and the largest target.
    """
    given = numbers(draws, count, complexity)
    left, steps = given, []
    while left.shape[1] > 1:
        left, step = _combined(draws, left)
        steps.append(step)
    solutions = np.zeros((count, completion_length), np.int32)
    solutions[:, : STEP * len(steps)] = np.concatenate(steps, axis=1)
    solutions[:, STEP * len(steps)] = END
    target = left[:, 0]
    lengths = np.full(count, prompt_length, np.int32)
    # Numbers are 1 or more: of problems of different sizes no two have the same digits.
    codes = code(np.column_stack([np.sort(given), target]), LARGEST + 1)
    return Problems(prompts(given, target), lengths, solutions, codes)[(target >= targets[0]) & (target <= targets[1])]


def _combined(draws: Draws, left: Int[np.ndarray, "count numbers"]) -> tuple[np.ndarray, np.ndarray]:
    """Combine two numbers of each row; what is left, and the step in tokens."""
    first, second = (np.array(one) for one in zip(*itertools.combinations(range(left.shape[1]), 2), strict=True))
    larger, smaller = np.maximum(left[:, first], left[:, second]), np.minimum(left[:, first], left[:, second])
    # An option is a pair and an operation, all operations of the first pair before those of the second.
    results, defined = (np.stack(one, axis=2).reshape(len(left), -1) for one in every(larger, smaller))
    chosen = choose(draws, defined)
    pair, operation = np.divmod(chosen, len(OPERATIONS))
    result, a, b = pick(results, chosen), pick(larger, pair), pick(smaller, pair)
    step = np.column_stack([ZERO + a, FIRST_OPERATION + operation, ZERO + b, ZERO + result])
    # The result takes the place of the first, and that of the second is gone.
    after = left.copy()
    after[np.arange(len(left)), first[pair]] = result
    kept = np.arange(left.shape[1]) != second[pair][:, None]
    return after[kept].reshape(len(left), -1), step


def prompts(
    given: Int[np.ndarray, "count numbers"], target: Int[np.ndarray, " count"]
) -> Int32[np.ndarray, "count prompt"]:
    """Write ``BOS n1 … n5 ARROW target ARROW``, PAD in the place of numbers that a smaller problem has not."""
    found = np.full((len(given), prompt_length), PAD, np.int32)
    found[:, 0] = BOS
    found[:, 1 : 1 + given.shape[1]] = ZERO + given
    found[:, MOST + 1] = found[:, MOST + 3] = ARROW
    found[:, MOST + 2] = ZERO + target
    return found


def check(problems: Problems, completions: Int[np.ndarray, "count completion"]) -> Bool[np.ndarray, " count"]:
    """Follow each answer step by step: numbers that are there, right results, all used, the target last, then END.

    The prompt alone is looked at, and never the solution.
    """
    rows = np.arange(len(problems))
    given = problems.prompts[:, 1 : MOST + 1]
    there = np.zeros((len(problems), LARGEST + 1), int)
    for place in given.T:
        present = place != PAD
        there[rows[present], place[present] - ZERO] += 1
    steps = (given != PAD).sum(axis=1) - 1
    wanted = max(STEP * int(steps.max(initial=0)) + 1, completions.shape[1])
    tokens = np.zeros((len(problems), wanted), int)
    tokens[:, : completions.shape[1]] = completions
    right, last = np.ones(len(problems), bool), np.full(len(problems), -1)
    for step in range(int(steps.max(initial=0))):
        a, operation, b, result = (tokens[:, STEP * step + place] for place in range(STEP))
        a, b, result, operation = a - ZERO, b - ZERO, result - ZERO, operation - FIRST_OPERATION
        words = (operation >= 0) & (operation < len(OPERATIONS))
        for number in (a, b, result):
            words &= (number >= 0) & (number <= LARGEST)
        a, b, result, operation = (np.where(words, one, 0) for one in (a, b, result, operation))
        enough = np.where(a == b, there[rows, a] >= 2, (there[rows, a] >= 1) & (there[rows, b] >= 1))
        found, defined = apply(a, operation, b)
        active = step < steps
        right &= ~active | (words & enough & defined & (found == result))
        change = (active & right).astype(int)
        there[rows, a] -= change
        there[rows, b] -= change
        there[rows, result] += change
        last = np.where(active, result, last)
    ended = tokens[rows, STEP * steps] == END
    return right & ended & (last == problems.prompts[:, MOST + 2] - ZERO)


def final(problems: Problems, completions: Int[np.ndarray, "count completion"]) -> Int[np.ndarray, " count"]:
    """Number whole answers, up to their END: many are right, and a vote is one on how to get there."""
    return whole_answers(completions, END)


def unsolvable(draws: Draws, count: int, complexity: int) -> Problems:
    """Draw problems that have no answer: numbers, and a target of :data:`TARGETS` that no derivation reaches.

    Numbers that reach every target are dropped, so that there may be fewer. The solutions are empty.
    """
    given = numbers(draws, count, complexity).astype(int)
    prompted, targets = [], []
    for own, chance in zip(given, draws.uniform(count), strict=True):
        missing = sorted(set(range(TARGETS[0], TARGETS[1] + 1)) - _reachable(tuple(sorted(own.tolist()))))
        if missing:
            prompted.append(own)
            targets.append(missing[int(chance * len(missing))])
    kept, target = np.array(prompted).reshape(-1, complexity), np.array(targets, int)
    codes = code(np.column_stack([np.sort(kept), target]), LARGEST + 1)
    lengths = np.full(len(kept), prompt_length, np.int32)
    return Problems(prompts(kept, target), lengths, np.zeros((len(kept), completion_length), np.int32), codes)


@functools.cache
def _reachable(left: tuple[int, ...]) -> frozenset[int]:
    """Return all values that are left when the numbers, the smallest first, have been combined."""
    if len(left) == 1:
        return frozenset(left)
    found: set[int] = set()
    for first, second in itertools.combinations(range(len(left)), 2):
        others = [number for place, number in enumerate(left) if place not in (first, second)]
        every = np.arange(len(OPERATIONS))
        results, defined = apply(np.full_like(every, left[second]), every, np.full_like(every, left[first]))
        for result in results[defined]:
            found |= _reachable(tuple(sorted([*others, int(result)])))
    return frozenset(found)
