"""Answers, held to loops over whole sequences and to the probabilities of tokens."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from eval.inference.sampling import sampler
from paradigms.interface import Spec, Unsupported
from paradigms.recomputing import recomputing
from paradigms.transformer import Config, build
from training.errors import BadInput

VOCABULARY, LENGTH, MOST, END = 6, 12, 5, 2
SPEC = Spec(jax.ShapeDtypeStruct((LENGTH,), np.int32), "language", VOCABULARY)
PARADIGM = build(Config(width=8, heads=2, layers=1), SPEC)
PROMPTS = np.random.default_rng(0).integers(0, VOCABULARY, (5, 4)).astype(np.int32)
LENGTHS = np.array([4, 1, 3, 2, 4], np.int32)
KEY = jax.random.key(3)


@pytest.fixture(scope="module")
def variables():
    found = PARADIGM.init(jax.random.key(1))
    return jax.tree.map(lambda leaf: 3 * leaf, found)


def logits_after(variables, tokens):
    """Logits of the token after a sequence, by applying the model to the whole of it."""
    padded = np.zeros((1, LENGTH), np.int32)
    padded[0, : len(tokens)] = tokens
    output = PARADIGM.apply(*variables, jnp.asarray(padded), key=KEY, train=False)
    return np.asarray(output.prediction[0, len(tokens) - 1], np.float64)


def test_the_likeliest_tokens_are_those_of_a_loop_over_whole_sequences(variables):
    found = sampler(PARADIGM, most=MOST, end=END, temperature=0.0)(variables, PROMPTS, LENGTHS, KEY)
    slow = sampler(recomputing(PARADIGM, SPEC), most=MOST, end=END, temperature=0.0)(variables, PROMPTS, LENGTHS, KEY)
    np.testing.assert_array_equal(found.tokens, slow.tokens)
    ended = 0
    for place, (prompt, length) in enumerate(zip(PROMPTS, LENGTHS, strict=True)):
        tokens, likelihood = list(prompt[:length]), 0.0
        for _ in range(MOST):
            logits = logits_after(variables, tokens)
            tokens.append(int(logits.argmax()))
            likelihood += logits.max() - np.logaddexp.reduce(logits)
            if tokens[-1] == END:
                break
        written = tokens[length:]
        assert list(found.tokens[place, 0, : len(written)]) == written
        assert not found.tokens[place, 0, len(written) :].any()
        assert found.counts[place, 0] == len(written)
        assert found.ended[place, 0] == (written[-1] == END)
        assert found.log_likelihood[place, 0] == pytest.approx(likelihood, abs=1e-4)
        ended += written[-1] == END
    assert 0 < ended < len(PROMPTS)


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_tokens_are_drawn_with_their_probabilities(variables, temperature):
    write = sampler(PARADIGM, most=1, end=None, samples=20_000, temperature=temperature, rows=20_000)
    drawn = np.bincount(write(variables, PROMPTS[:1], LENGTHS[:1], KEY).tokens.ravel(), minlength=VOCABULARY)
    logits = logits_after(variables, PROMPTS[0]) / temperature
    expected = 20_000 * np.exp(logits - np.logaddexp.reduce(logits))
    likely = expected > 5
    # What is rare is counted as one.
    observed, wanted = (np.append(one[likely], one[~likely].sum() + 1e-9) for one in (drawn, expected))
    assert stats.chisquare(observed, wanted * observed.sum() / wanted.sum()).pvalue > 1e-4
    # A second token is no function of the first.
    more = sampler(PARADIGM, most=2, end=None, samples=2000)(variables, PROMPTS[:1], LENGTHS[:1], KEY)
    first, second = more.tokens[0].T
    assert min(len(set(second[first == token])) for token in np.unique(first) if (first == token).sum() > 200) > 1


def test_an_answer_depends_neither_on_its_neighbours_nor_on_their_number(variables):
    whole = sampler(PARADIGM, most=MOST, end=END, samples=6)(variables, PROMPTS, LENGTHS, KEY)
    for samples, rows in ((6, 6), (6, 13), (2, 4096)):
        other = sampler(PARADIGM, most=MOST, end=END, samples=samples, rows=rows)(variables, PROMPTS, LENGTHS, KEY)
        np.testing.assert_array_equal(other.tokens, whole.tokens[:, :samples])
        np.testing.assert_array_equal(other.counts, whole.counts[:, :samples])
        np.testing.assert_allclose(other.log_likelihood, whole.log_likelihood[:, :samples], atol=1e-5)
    assert len({tuple(one) for one in whole.tokens.reshape(-1, MOST)}) > 5
    another = sampler(PARADIGM, most=MOST, end=END, samples=6)(variables, PROMPTS, LENGTHS, jax.random.key(4))
    assert (another.tokens != whole.tokens).any()


def test_nothing_comes_after_the_end_and_all_of_it_is_counted(variables):
    found = sampler(PARADIGM, most=MOST, end=END, samples=50)(variables, PROMPTS, LENGTHS, KEY)
    for tokens, count, ended in zip(
        found.tokens.reshape(-1, MOST), found.counts.ravel(), found.ended.ravel(), strict=True
    ):
        assert ended == (END in tokens[:count])
        assert count == (list(tokens).index(END) + 1 if ended else MOST)
        assert not tokens[count:].any()
    endless = sampler(PARADIGM, most=MOST, end=None, samples=50)(variables, PROMPTS, LENGTHS, KEY)
    assert (endless.counts == MOST).all()
    assert not endless.ended.any()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"most": 0}, "most=0 must be at least 1"),
        ({"samples": 0}, "samples=0 must be at least 1"),
        ({"rows": 0}, "rows=0 must be at least 1"),
        ({"temperature": -0.5}, "temperature=-0.5 must be a finite number of at least 0"),
        ({"temperature": float("nan")}, "temperature=nan must be"),
        ({"temperature": 0.0, "samples": 2}, "samples=2 at temperature=0 would all be the same"),
        ({"samples": 9, "rows": 8}, "samples=9 of one problem are more than rows=8"),
    ],
)
def test_what_makes_no_answers_is_refused(settings, sentence):
    with pytest.raises(BadInput, match=sentence):
        sampler(PARADIGM, **{"most": 3, "end": END} | settings)


def test_what_would_not_fit_is_refused_with_its_size(variables, monkeypatch):
    monkeypatch.setattr("eval.inference.sampling.capacity_bytes", lambda devices: 1000)
    with pytest.raises(
        BadInput, match=r"^40 answers of 4 \+ 5 tokens need a memory of .* GiB, and there are 0.0: lower"
    ):
        sampler(PARADIGM, most=MOST, end=END, samples=8)(variables, PROMPTS, LENGTHS, KEY)
    with pytest.raises(Unsupported, match="do not fit the 12 tokens"):
        sampler(recomputing(PARADIGM, SPEC), most=9, end=END)(variables, PROMPTS, LENGTHS, KEY)


def test_what_is_no_prompt_is_refused(variables):
    write = sampler(PARADIGM, most=2, end=END)
    with pytest.raises(BadInput, match="there is no prompt"):
        write(variables, PROMPTS[:0], LENGTHS[:0], KEY)
    for length in (0, 5):
        with pytest.raises(BadInput, match=f"the length of prompt 1 is {length}: it must be from 1 to the 4 tokens"):
            write(variables, PROMPTS[:2], np.array([4, length], np.int32), KEY)
    with pytest.raises(BadInput, match="a prompt holds -1, which is no token"):
        write(variables, np.full((1, 4), -1, np.int32), LENGTHS[:1], KEY)
    foreign = PROMPTS.copy()
    foreign[2, 0] = VOCABULARY
    with pytest.raises(BadInput, match="no probabilities behind prompt 2: the prompt holds a number that is no token"):
        write(variables, foreign, LENGTHS, KEY)


def test_equal_decoders_and_about_as_many_prompts_share_a_program(variables):
    compiled = []

    def listen(name, seconds, **_):
        if "backend_compile" in name:
            compiled.append(name)

    settings = {"most": MOST, "end": END, "samples": 3, "temperature": 0.7}
    first = sampler(PARADIGM, **settings)(variables, PROMPTS[:3], LENGTHS[:3], KEY)
    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        again = sampler(build(PARADIGM.config, SPEC), **settings)
        found = again(variables, *(np.concatenate([one, one[:1]]) for one in (PROMPTS[:3], LENGTHS[:3])), KEY)
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)
    assert not compiled
    np.testing.assert_array_equal(found.tokens[:3], first.tokens)
