"""Beams, trees and revisions, on a model whose words are known beforehand."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.inference.beam import beam_search
from eval.inference.continued import appended, behind
from eval.inference.revision import SHOWN, revise, with_attempts
from eval.inference.sampling import Samples
from eval.inference.tree import tree_search
from paradigms.interface import Variables
from training.data.puzzles.problems import Problems
from training.data.vocabulary import Vocabulary
from training.errors import BadInput

WORDS = Vocabulary(("PAD", "END", "AGAIN", "a", "b"), " ")
PAD, END, AGAIN, A, B = range(5)
NOTHING = Variables({}, {})
KEY = jax.random.key(5)
MOST = 5


class Writer:
    """Writes a or b, each as likely, and END as the fourth token behind a prompt of two."""

    def start(self, variables, prompts, lengths, capacity):
        return self._logits(lengths), lengths

    def advance(self, variables, tokens, memory):
        return self._logits(memory + 1), memory + 1

    def _logits(self, length):
        ending = jnp.array([-1e9, 0.0, -1e9, -1e9, -1e9])
        going = jnp.array([-1e9, -1e9, -1e9, 0.0, 0.0])
        return jnp.where((length >= 5)[:, None], ending, going)


def asked(count: int) -> Problems:
    prompts = np.tile(np.array([[A, B]], np.int32), (count, 1))
    return Problems(
        prompts, np.full(count, 2, np.int32), np.zeros((count, MOST), np.int32), np.arange(count).astype(np.uint64)
    )


def letters(tokens):
    """How many b there are."""
    return (tokens == B).sum(axis=-1)


def test_one_beam_of_one_continuation_is_an_answer_by_chance():
    found = beam_search(
        Writer(), NOTHING, lambda problems, tokens: letters(tokens) * 1.0, asked(4000), KEY,
        beams=1, width=1, step=2, most=MOST, end=END,
    )  # fmt: skip
    assert (found.counts == 4).all()
    assert (found.tokens[:, 3] == END).all()
    # Three letters of chance: b is as likely as a, whatever the scores say.
    assert letters(found.tokens).mean() == pytest.approx(1.5, abs=4 * np.sqrt(0.75 / 4000))
    np.testing.assert_array_equal(found.written.sum(axis=2), np.full((4000, 2), 2))


def test_beams_are_kept_by_their_scores():
    chance = [0.0, *(1 - (1 - 0.25) ** 8 for _ in range(1))]
    found = beam_search(
        Writer(), NOTHING, lambda problems, tokens: letters(tokens) * 1.0, asked(2000), KEY,
        beams=8, width=4, step=2, most=MOST, end=END,
    )  # fmt: skip
    # The first step has two letters, and 8 beginnings: bb is among them with the probability 1 − (3/4)^8, and the
    # second has one letter more, of 4 or 8 continuations.
    both = (found.tokens[:, :2] == B).all(axis=1).mean()
    assert both == pytest.approx(chance[1], abs=4 * np.sqrt(0.1 * 0.9 / 2000))
    assert letters(found.tokens).mean() > 2.8
    assert found.written.sum(axis=(1, 2)).tolist() == [8 * 4] * 2000


def test_beams_that_cannot_be_are_refused():
    for wrong in ({"beams": 6}, {"beams": 0}, {"beams": 4, "step": 0}):
        given_ = {"beams": 4, "step": 2, "most": MOST, "end": END} | wrong
        with pytest.raises(BadInput, match="must be at least 1, and width divide beams"):
            beam_search(Writer(), NOTHING, lambda problems, tokens: letters(tokens) * 1.0, asked(2), KEY, **given_)


def test_a_tree_finds_the_better_arm():
    pytest.importorskip("mctx", reason="an optional extra")

    def value(rows, last):
        inside = (jnp.arange(rows.shape[1]) <= last[:, None]) & (jnp.arange(rows.shape[1]) >= 2)
        return jnp.sum((rows == B) & inside, axis=1) / 3

    found = tree_search(
        Writer(), NOTHING, value, asked(50), KEY, simulations=16, actions=4, step=1, most=MOST, end=END, rows=20
    )
    assert (found.tokens[:, 3] == END).all()
    assert (found.counts == 4).all()
    # By chance it would be 1.5; b is missed only where none of 4 continuations has it.
    assert letters(found.tokens).mean() > 2.6
    # A root and at most as many nodes as there are simulations, at every step but after the end.
    looked = (found.behind > 0).sum(axis=2)
    assert looked.max() <= 17
    assert (looked[:, :4] >= 2).all()
    assert not looked[:, 4].any()
    assert (found.written[found.behind > 0].max(axis=1) <= 1).all()


@given(st.data())
def test_what_is_written_behind_prompts_is_what_a_loop_writes(data):
    rows, width, most = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    token = st.integers(1, 9)
    prompts = np.array(
        data.draw(st.lists(st.lists(token, min_size=width, max_size=width), min_size=rows, max_size=rows))
    )
    begun = np.array(data.draw(st.lists(st.lists(token, min_size=most, max_size=most), min_size=rows, max_size=rows)))
    lengths = np.array(data.draw(st.lists(st.integers(1, width), min_size=rows, max_size=rows)))
    counts = np.array(data.draw(st.lists(st.integers(0, most), min_size=rows, max_size=rows)))
    found, whole = behind(prompts, lengths, begun, counts)
    for row in range(rows):
        expected = [*prompts[row, : lengths[row]], *begun[row, : counts[row]]]
        assert found[row, : whole[row]].tolist() == expected
        assert not found[row, whole[row] :].any()


def test_what_has_ended_is_not_gone_on_with():
    begun = np.array([[A, 0, 0, 0], [B, END, 0, 0]], np.int32)
    more = Samples(
        np.array([[[B, END], [A, A]], [[A, A], [B, B]]], np.int32), np.array([[2, 2], [2, 2]], np.int32),
        np.array([[True, False], [False, False]]), np.zeros((2, 2), np.float32),
    )  # fmt: skip
    tokens, counts, ended = appended(begun, np.array([1, 2]), np.array([False, True]), more)
    assert tokens.tolist() == [[[A, B, END, 0], [A, A, A, 0]], [[B, END, 0, 0], [B, END, 0, 0]]]
    assert counts.tolist() == [[3, 3], [2, 2]]
    assert ended.tolist() == [[True, False], [True, True]]


def test_attempts_are_closed_by_again():
    attempts = np.array([[[B, END, 0], [A, B, A]], [[A, A, A], [B, B, END]]], np.int32)
    rows, lengths = with_attempts(WORDS, asked(2), attempts, np.array([[2, 3], [0, 3]]))
    assert rows[0, : lengths[0]].tolist() == [A, B, B, AGAIN, A, B, A, AGAIN]
    assert rows[1, : lengths[1]].tolist() == [A, B, B, B, AGAIN]


def test_each_attempt_stands_behind_the_latest_before_it():
    class Counting(Writer):
        """Writes as many a as the context has AGAIN, and END."""

        def start(self, variables, prompts, lengths, capacity):
            inside = jnp.arange(prompts.shape[1]) < lengths[:, None]
            left = jnp.sum((prompts == AGAIN) & inside, axis=1)
            return self._of(left), left

        def advance(self, variables, tokens, memory):
            return self._of(memory - 1), memory - 1

        def _of(self, left):
            ending = jnp.array([-1e9, 0.0, -1e9, -1e9, -1e9])
            going = jnp.array([-1e9, -1e9, -1e9, 0.0, -1e9])
            return jnp.where((left > 0)[:, None], going, ending)

    found = revise(Counting(), NOTHING, WORDS, asked(3), KEY, attempts=SHOWN + 2, most=MOST)
    assert found.samples.counts.tolist() == [[1, 2, 3, SHOWN + 1, SHOWN + 1]] * 3
    assert found.read.tolist() == [[2, 3, 5, 8, 2 + 2 + 3 + 4]] * 3
