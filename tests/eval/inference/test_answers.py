"""Answers with their marks, what learns from them, and what is kept of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.inference.answers import SELECTORS, chosen, marked
from eval.inference.iteration import right_answers
from eval.inference.kept import kept
from eval.inference.revision import AGAIN, SHOWN, revisions
from eval.inference.sampling import Samples
from eval.inference.tasks import task_of
from training.data.draws import Draws
from training.data.puzzles import chain, countdown
from training.data.puzzles.problems import NO_ANSWER, draw, joined
from training.errors import BadInput

PUZZLES = {"countdown": (countdown, 3), "chain": (chain, 2)}


def answered(name: str, seed: int = 0, count: int = 12, samples: int = 5):
    """Problems with answers of which some are right, some are those of other problems, and some come to no end."""
    puzzles, complexity = PUZZLES[name]
    problems = draw(puzzles, Draws(seed), count, complexity, "train")
    random = np.random.default_rng(seed)
    solutions = problems.solutions
    tokens = np.stack([solutions[random.permutation(count)] for _ in range(samples)], axis=1)
    right = random.random((count, samples)) < 0.4
    tokens[right] = np.repeat(solutions[:, None], samples, axis=1)[right]
    unended = random.random((count, samples)) < 0.2
    tokens = np.where(unended[:, :, None] & (tokens == puzzles.END), 0, tokens)
    counts = (tokens != 0).sum(axis=2).astype(np.int32)
    likelihood = -random.random((count, samples)).astype(np.float32)
    return puzzles, problems, Samples(tokens, counts, ~unended, likelihood), right & ~unended


@pytest.mark.parametrize("name", PUZZLES)
@given(st.integers(0, 50))
def test_equal_votes_are_all_right_or_all_wrong(name, seed):
    puzzles, problems, samples, right = answered(name, seed)
    answers = marked(puzzles, problems, samples)
    assert answers.correct[right].all()
    for votes, correct, ended in zip(answers.votes, answers.correct, samples.ended, strict=True):
        assert (votes[correct] != NO_ANSWER).all()
        assert (votes[~ended] == NO_ANSWER).all()
        for one in set(votes.tolist()):
            assert len(set(correct[votes == one].tolist())) == 1
    scores = answers.correct * 1.0
    for selector in SELECTORS:
        value = chosen(selector, answers, 5, scores)
        assert (value <= answers.correct.any(axis=1) + 1e-12).all()
    np.testing.assert_allclose(
        chosen("verifier", answers, 3, scores), chosen("checker", answers, 3, scores), atol=1e-12
    )
    np.testing.assert_allclose(chosen("likelihood", answers, 1), answers.pass_rate, atol=1e-12)


def test_a_verifier_that_chooses_needs_scores():
    puzzles, problems, samples, _ = answered("chain")
    with pytest.raises(BadInput, match="selector=weighted chooses by a verifier's scores"):
        chosen("weighted", marked(puzzles, problems, samples), 2)


def test_right_answers_are_learned_once_each():
    puzzles, problems, samples, _ = answered("countdown", 3)
    answers = marked(puzzles, problems, samples)
    lessons = right_answers(problems, answers)
    assert puzzles.check(lessons, lessons.solutions).all()
    distinct = {
        (place, tuple(tokens[tokens != 0]))
        for place in range(len(problems))
        for tokens in answers.tokens[place][answers.correct[place]]
    }
    assert len(lessons) == len(distinct)
    with pytest.raises(BadInput, match="none of the model's own answers is right"):
        right_answers(
            problems, marked(puzzles, problems, Samples(*(np.zeros_like(one) for one in vars(samples).values())))
        )


@pytest.mark.parametrize("name", PUZZLES)
def test_revisions_show_wrong_answers_and_score_a_right_one(name):
    puzzles, problems, samples, _ = answered(name, 1, count=200)
    answers = marked(puzzles, problems, samples)
    lessons = revisions(puzzles.vocabulary, problems, answers)
    assert puzzles.check(problems, lessons.solutions).all()
    again = puzzles.vocabulary.number(AGAIN)
    shown = (lessons.prompts == again).sum(axis=1)
    assert set(shown.tolist()) == set(range(SHOWN + 1))
    assert (shown <= (~answers.correct).sum(axis=1)).all()
    for place in range(len(problems)):
        own = lessons.prompts[place, : lessons.lengths[place]].tolist()
        assert own[: problems.lengths[place]] == problems.prompts[place, : problems.lengths[place]].tolist()
        wrong = [row[row != 0].tolist() for row in answers.tokens[place][~answers.correct[place]]]
        closed = [[one for one in row if one != puzzles.END] for row in wrong]
        attempt: list[int] = []
        for token in own[problems.lengths[place] :]:
            if token == again:
                assert attempt in closed
                attempt = []
            else:
                attempt.append(token)
        assert not attempt


def test_a_task_of_problems_scores_their_solutions_alone():
    train, held_out = (
        joined([draw(chain, Draws(2), 20, steps, split) for steps in (2, 3)]) for split in ("train", "validation")
    )
    task = task_of("toy", chain, train, held_out, 24, "a note")
    inputs, targets = task.train.take(np.arange(40))
    for place in range(40):
        length = train.lengths[place]
        solution = train.solutions[place][train.solutions[place] != 0]
        assert targets[place][targets[place] != -1].tolist() == solution.tolist()
        assert inputs[place, :length].tolist() == train.prompts[place, :length].tolist()


def test_what_is_kept_is_not_made_again(tmp_path):
    made = []

    def make():
        made.append(1)
        return {"a": np.arange(3), "b": np.ones((2, 2), bool)}

    path = tmp_path / "folder" / "some.npz"
    first, second = kept(path, make), kept(path, make)
    assert len(made) == 1
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(BadInput, match=r"some\.npz is damaged: delete it"):
        kept(path, make)
    np.savez(path, a=np.array([object()], dtype=object))
    with pytest.raises(BadInput, match="damaged"):
        kept(path, make)
