"""Checkers and reference answers, held to those of reasoning-gym (Stojanovski et al. 2025) where it is installed."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from training.data.draws import Draws
from training.data.puzzles import countdown, hanoi
from training.data.puzzles.problems import draw

games = cast(Any, pytest.importorskip("reasoning_gym.games", reason="pip install reasoning-gym==0.1.25"))
COUNT = 100


def expression(words):
    """The last value of an answer to ``countdown`` as one expression, or what is left of it where steps fail."""
    there = {}
    text = ""
    for place in range(0, len(words) - len(words) % 4, 4):
        a, operation, b, result = words[place : place + 4]
        left, right = (there.get(one, [one]).pop() if there.get(one) else one for one in (a, b))
        text = f"({left} {operation} {right})"
        there.setdefault(result, []).append(text)
    return text


@pytest.mark.parametrize("numbers", countdown.complexities)
def test_right_answers_to_countdown_are_right_there_too_and_changed_ones_never_better(numbers):
    judge = games.countdown.CountdownDataset(games.countdown.CountdownConfig(size=1))
    problems = draw(cast(Any, countdown), Draws(numbers), COUNT, numbers, "train")
    random = np.random.default_rng(numbers)
    changed = problems.solutions.copy()
    # Another number or operation in the last step, which no other step reads.
    last = 4 * (numbers - 2)
    place = last + random.integers(0, 3, COUNT)
    changed[np.arange(COUNT), place] = random.integers(
        countdown.FIRST_OPERATION, len(countdown.vocabulary.words), COUNT
    )
    for answers in (problems.solutions, changed):
        right = countdown.check(problems, answers)
        for prompt, answer, ours in zip(problems.prompts, answers, right, strict=True):
            asked = countdown.vocabulary.decode(prompt).replace("PAD", "").split()
            given = [int(one) for one in asked[1 : asked.index("ARROW")]]
            entry = {"metadata": {"numbers": given, "target": int(asked[-2])}}
            words = countdown.vocabulary.decode(answer).split(" END")[0].split()
            theirs = judge.score_answer(expression(words), entry) == 1.0
            # Ours also wants values within 0 to 99, and results as they are.
            assert theirs or not ours
        assert answers is changed or right.all()


@pytest.mark.parametrize("discs", [3, 4, 5])
def test_towers_move_as_there(discs):
    judge = games.tower_of_hanoi.HanoiDataset(games.tower_of_hanoi.HanoiConfig(size=1))
    pegs = [(start, goal) for start in range(3) for goal in range(3) if start != goal]
    problems = hanoi.problems_of(np.array([[start] * discs for start, _ in pegs]), np.array([goal for _, goal in pegs]))
    random = np.random.default_rng(discs)
    length = hanoi.longest(discs)
    for trial in range(20):
        answers = problems.solutions.copy()
        if trial:
            rows = np.arange(len(pegs))
            answers[rows, random.integers(0, length - 1, len(pegs))] = random.integers(
                hanoi.FIRST_PEG, len(hanoi.vocabulary.words), len(pegs)
            )
        for (start, goal), answer, ours in zip(pegs, answers, hanoi.check(problems, answers), strict=True):
            words = hanoi.vocabulary.decode(answer).split(" END")[0].split()
            own, lines = [start] * discs, []
            for disc, peg in zip(words[::2], words[1::2], strict=True):
                here = own[int(disc) - 1] + 1 if disc.isdigit() and int(disc) <= discs else 0
                to = hanoi.PEGS.index(peg) + 1 if peg in hanoi.PEGS else 0
                lines.append(f"Move disk {disc} from Peg {here} to Peg {to}")
                if here and to:
                    own[int(disc) - 1] = to - 1
            entry = {
                "metadata": {
                    "num_disks": discs, "num_pegs": 3, "start_peg": start + 1, "target_peg": goal + 1,
                    "solution_length": 2**discs - 1,
                }
            }  # fmt: skip
            assert (judge.score_answer("\n".join(lines), entry) == 1.0) == ours
