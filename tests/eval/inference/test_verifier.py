"""A verifier learns a planted rule, of problems that train alone, and is judged by pairs of answers."""

from __future__ import annotations

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.inference.verifier import area_under_curve, area_within_problems, scorer, verifier_task, written
from paradigms.interface import Variables
from paradigms.transformer import Config, build
from paradigms.wrapped import Started
from training.config import MeshConfig, OptimizerConfig, ProbesConfig, Settings, TrainerConfig
from training.data.checks import UNSCORED
from training.data.draws import Draws
from training.data.puzzles import countdown
from training.data.puzzles.problems import draw
from training.errors import BadInput
from training.many import Many

LENGTH, PLANTED = countdown.prompt_length + 6, countdown.ZERO + 7
PROBLEMS = draw(countdown, Draws(0), 100, 3, "train")


def answers(problems, seed):
    """Answers of 1 to 5 words and END; those with a 7 count as right."""
    random = np.random.default_rng(seed)
    tokens = random.integers(countdown.ZERO, countdown.ZERO + 10, (len(problems), 4, 6)).astype(np.int32)
    counts = random.integers(1, 6, (len(problems), 4))
    tokens = np.where(np.arange(6) < counts[..., None], tokens, 0)
    np.put_along_axis(tokens, counts[..., None], countdown.END, axis=2)
    return tokens, (tokens == PLANTED).any(axis=2)


def test_a_planted_rule_is_learned_from_where_a_model_stands():
    tokens, correct = answers(PROBLEMS, 0)
    task = verifier_task(countdown.vocabulary, PROBLEMS, tokens, correct, LENGTH)
    paradigm = build(Config(width=16, heads=2, layers=1), task.spec)
    begun = paradigm.init(jax.random.key(5))
    settings = Settings(
        trainer=TrainerConfig(steps=120, batch_size=64),
        optimizer=OptimizerConfig(learning_rate=2e-2),
        probes=ProbesConfig(every=0, timing_repeats=0),
        mesh=MeshConfig(data=1),
        tracking=(),
    )
    many = Many(Started(paradigm, begun), task, settings, record=lambda state: state.params, every=120)
    curves = many.run([1])
    first = jax.tree.map(lambda leaf: leaf[0, 0], curves.records)
    jax.tree.map(np.testing.assert_array_equal, first, begun.params)
    variables = Variables(jax.tree.map(lambda leaf: leaf[0], curves.state.params), {})
    others = draw(countdown, Draws(1), 60, 3, "verifier")
    unseen, right = answers(others, 1)
    score = scorer(paradigm, countdown.vocabulary, LENGTH)
    scores = score(variables, others, unseen)
    assert scores.shape == right.shape
    assert area_under_curve(scores, right) > 0.99
    assert area_within_problems(scores, right) > 0.99
    # Before it was trained it knew nothing.
    assert area_under_curve(score(begun, others, unseen), right) < 0.8


@pytest.mark.parametrize("step", [1, 2, 4])
def test_it_judges_behind_every_step_and_behind_the_last_token(step):
    tokens, correct = answers(PROBLEMS, 0)
    task = verifier_task(countdown.vocabulary, PROBLEMS, tokens, correct, LENGTH, step=step)
    good = countdown.vocabulary.number("GOOD")
    begin = countdown.prompt_length
    for row, targets in zip(task.train.inputs, task.train.targets, strict=True):
        count = int(np.flatnonzero(row)[-1]) + 1 - begin
        wanted = {begin + place for place in range(count) if (place + 1) % step == 0 or place == count - 1}
        assert set(np.flatnonzero(targets != UNSCORED)) == wanted
        assert set(targets[list(wanted)] == good) == {bool((row[begin:] == PLANTED).any())}


def test_a_score_is_that_of_the_whole_sequence():
    tokens, _ = answers(PROBLEMS, 0)
    task = verifier_task(countdown.vocabulary, PROBLEMS, tokens, answers(PROBLEMS, 0)[1], LENGTH)
    paradigm = build(Config(width=8, heads=2, layers=1), task.spec)
    variables = paradigm.init(jax.random.key(5))
    scores = scorer(paradigm, countdown.vocabulary, LENGTH)(variables, PROBLEMS, tokens)
    for problem, sample in ((0, 0), (7, 3), (99, 1)):
        answer = [token for token in tokens[problem, sample] if token]
        sequence = [*PROBLEMS.prompts[problem], *answer]
        padded = np.zeros((1, LENGTH), np.int32)
        padded[0, : len(sequence)] = sequence
        np.testing.assert_array_equal(written(PROBLEMS, tokens, LENGTH)[4 * problem + sample], padded[0])
        logits = paradigm.apply(*variables, jnp.asarray(padded), key=jax.random.key(0), train=False).prediction[0]
        ends = logits[len(sequence) - 1]
        good, bad = (countdown.vocabulary.number(word) for word in ("GOOD", "BAD"))
        assert scores[problem, sample] == pytest.approx(float(ends[good] - ends[bad]), abs=1e-4)


def test_right_and_wrong_answers_are_as_many_and_no_problem_is_in_both_splits():
    tokens, correct = answers(PROBLEMS, 0)
    task = verifier_task(countdown.vocabulary, PROBLEMS, tokens, correct, LENGTH)
    good, bad = (countdown.vocabulary.number(word) for word in ("GOOD", "BAD"))
    prompts = {}
    for name in ("train", "validation"):
        rows, targets = getattr(task, name).take(np.arange(len(getattr(task, name))))
        said = targets.max(axis=1)
        assert (said == good).sum() == (said == bad).sum()
        prompts[name] = {tuple(row[: countdown.prompt_length]) for row in rows}
        for row, target, word in zip(rows, targets, said, strict=True):
            answer = row[countdown.prompt_length :]
            np.testing.assert_array_equal(target[countdown.prompt_length :], np.where(answer != 0, word, -1))
            assert (target[: countdown.prompt_length] == -1).all()
            assert (PLANTED in answer) == (word == good)
    assert not prompts["train"] & prompts["validation"]
    assert len(prompts["train"] | prompts["validation"]) == 100


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=12))
def test_the_area_is_the_share_of_pairs(pairs):
    scores, correct = np.array([score for score, _ in pairs]), np.array([right for _, right in pairs])
    if correct.all() or not correct.any():
        with pytest.raises(BadInput, match="no pair of a right and a wrong one"):
            area_under_curve(scores, correct)
        return
    wins = [(a > b) + 0.5 * (a == b) for a, b in product(scores[correct], scores[~correct])]
    assert area_under_curve(scores, correct) == pytest.approx(np.mean(wins))


def test_what_a_verifier_cannot_learn_from_is_refused():
    tokens, correct = answers(PROBLEMS, 0)
    for all_of, sentence in (
        (np.ones_like(correct), "360 are right and 0 wrong"),
        (~np.ones_like(correct), "0 are right"),
    ):
        with pytest.raises(BadInput, match=sentence):
            verifier_task(countdown.vocabulary, PROBLEMS, tokens, all_of, LENGTH)
    with pytest.raises(BadInput, match="have 15 tokens, and the verifier reads 14"):
        verifier_task(countdown.vocabulary, PROBLEMS, tokens, correct, 14)
    with pytest.raises(BadInput, match="step=0 must be at least 1"):
        verifier_task(countdown.vocabulary, PROBLEMS, tokens, correct, LENGTH, step=0)
    with pytest.raises(BadInput, match="a score is not a number"):
        area_under_curve(np.array([0.0, np.nan]), np.array([True, False]))
    with pytest.raises(BadInput, match="no problem has a right and a wrong answer"):
        area_within_problems(np.zeros((2, 2)), np.array([[True, True], [False, False]]))
