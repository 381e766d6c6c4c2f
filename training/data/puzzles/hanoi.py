"""``hanoi``: move a tower of discs to a peg, from any start in which no disc lies on a smaller one.

An answer is a list of moves, each a disc and the peg that it goes to, and END. Every legal way to the goal is right;
the shortest one, which is unique (Hinz et al. 2018, section 2.3), is the reference. A checker needs the prompt alone.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Int

from training.data.draws import Draws
from training.data.puzzles.problems import Problems, code, whole_answers
from training.data.vocabulary import Vocabulary

name = "hanoi"
MOST = 6
"""Discs of the highest tower."""
PEGS = ("A", "B", "C")
vocabulary = Vocabulary(
    ("PAD", "BOS", "END", "ARROW", "AGAIN", "GOOD", "BAD", *PEGS, *map(str, range(1, MOST + 1))), " "
)
PAD, BOS, END, ARROW = (vocabulary.number(word) for word in ("PAD", "BOS", "END", "ARROW"))
FIRST_PEG, FIRST_DISC = vocabulary.number(PEGS[0]), vocabulary.number("1")
STEP = 2
"""Tokens of a move."""
prompt_length = MOST + 4
completion_length = STEP * (2**MOST - 1) + 1
complexities: tuple[int, ...] = tuple(range(2, MOST + 1))
trained: tuple[int, ...] = (2, 3, 4)
unique_answer = False
checkable = True


def longest(complexity: int) -> int:
    """Return the tokens of the longest shortest answer: a whole tower goes to another peg."""
    return STEP * (2**complexity - 1) + 1


def candidates(draws: Draws, count: int, complexity: int) -> Problems:
    """Draw a peg for each disc, and one for the tower, each equally often: of n discs there are 3^(n+1) problems."""
    pegs, goal = (
        np.floor(draws.uniform(*shape, low=0.0, high=float(len(PEGS)))).astype(int)
        for shape in ((count, complexity), (count,))
    )
    return problems_of(pegs, goal)


def problems_of(pegs: Int[np.ndarray, "count discs"], goal: Int[np.ndarray, " count"]) -> Problems:
    """Write problems with their shortest answers.

    The prompt is ``BOS p1 … pn ARROW goal ARROW``, the pegs of the discs from the smallest to the largest.

    Args:
        pegs: The peg of each disc by its place in :data:`PEGS`, that of the smallest disc first.
        goal: The peg that all of them go to.
    """
    count, discs = pegs.shape
    prompts = np.full((count, prompt_length), PAD, np.int32)
    prompts[:, 0] = BOS
    prompts[:, 1 : 1 + discs] = FIRST_PEG + pegs
    prompts[:, 1 + discs] = prompts[:, 3 + discs] = ARROW
    prompts[:, 2 + discs] = FIRST_PEG + goal
    # Absent discs are 0, so that problems of different sizes have different digits.
    digits = np.zeros((count, MOST + 1), int)
    digits[:, :discs], digits[:, -1] = 1 + pegs, goal
    lengths = np.full(count, discs + 4, np.int32)
    return Problems(prompts, lengths, _shortest(pegs, goal), code(digits, len(PEGS) + 1))


def _shortest(
    pegs: Int[np.ndarray, "count discs"], goal: Int[np.ndarray, " count"]
) -> Int[np.ndarray, "count completion"]:
    rows, pegs = np.arange(len(pegs)), pegs.copy()
    found = np.full((len(pegs), completion_length), PAD, np.int32)
    for place in range(0, longest(pegs.shape[1]) - 1, STEP):
        disc, peg = _next_move(pegs, goal)
        moves = disc >= 0
        found[moves, place : place + STEP] = np.column_stack([FIRST_DISC + disc, FIRST_PEG + peg])[moves]
        pegs[rows[moves], disc[moves]] = peg[moves]
    found[rows, (found != PAD).sum(axis=1)] = END
    return found


def _next_move(
    pegs: Int[np.ndarray, "count discs"], goal: Int[np.ndarray, " count"]
) -> tuple[Int[np.ndarray, " count"], Int[np.ndarray, " count"]]:
    """Return the first move of the shortest way, as a disc and its peg; the disc is −1 where there is nothing to move.

    A disc that is not where it belongs moves there once, and all smaller ones have to be on the third peg then: that
    is where they belong. The smallest disc that is not where it belongs is free to move.
    """
    disc, peg, belongs = np.full(len(pegs), -1), goal.copy(), goal.copy()
    for one in reversed(range(pegs.shape[1])):
        away = pegs[:, one] != belongs
        disc, peg = np.where(away, one, disc), np.where(away, belongs, peg)
        belongs = np.where(away, sum(range(len(PEGS))) - pegs[:, one] - belongs, belongs)
    return disc, peg


def check(problems: Problems, completions: Int[np.ndarray, "count completion"]) -> Bool[np.ndarray, " count"]:
    """Follow each answer move by move: free discs onto free pegs, END behind a whole move, all discs at the goal then.

    The prompt alone is looked at, and never the solution. The way need not be the shortest.
    """
    rows, discs = np.arange(len(problems)), problems.lengths - 4
    there = np.arange(MOST) < discs[:, None]
    pegs = np.where(there, problems.prompts[:, 1 : MOST + 1] - FIRST_PEG, -1)
    goal = problems.prompts[rows, discs + 2] - FIRST_PEG
    legal, ended = np.ones(len(problems), bool), np.zeros(len(problems), bool)
    for place in range(0, completions.shape[1], STEP):
        ended |= legal & (completions[:, place] == END)
        if place + 1 == completions.shape[1]:
            break
        disc, peg = completions[:, place] - FIRST_DISC, completions[:, place + 1] - FIRST_PEG
        words = (disc >= 0) & (disc < discs) & (peg >= 0) & (peg < len(PEGS))
        disc, peg = np.where(words, disc, 0), np.where(words, peg, 0)
        own = pegs[rows, disc]
        smaller = np.arange(MOST) < disc[:, None]
        blocked = smaller & ((pegs == own[:, None]) | (pegs == peg[:, None]))
        legal &= ended | (words & (peg != own) & ~blocked.any(axis=1))
        moved = legal & ~ended
        pegs[rows[moved], disc[moved]] = peg[moved]
    return ended & legal & ((pegs == goal[:, None]) | ~there).all(axis=1)


def final(problems: Problems, completions: Int[np.ndarray, "count completion"]) -> Int[np.ndarray, " count"]:
    """Number whole answers, up to their END: many are right, and a vote is one on how to get there."""
    return whole_answers(completions, END)
