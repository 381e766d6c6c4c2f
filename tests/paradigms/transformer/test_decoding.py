"""Decoding gives what the whole sequence gives, row by row, whatever stands beside."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from paradigms.interface import Decodes, Spec, Unsupported
from paradigms.recomputing import recomputing
from paradigms.transformer import Config, build

VOCABULARY, LENGTH = 7, 8
SPEC = Spec(jax.ShapeDtypeStruct((LENGTH,), np.int32), "language", VOCABULARY)
LENGTHS = np.array([1, 4, 2], np.int32)
TOKENS = np.random.default_rng(0).integers(0, VOCABULARY, (3, LENGTH)).astype(np.int32)
"""Whole sequences, of which the first tokens are prompts."""
SMALL = {"width": 16, "heads": 4, "layers": 2}
CONFIGS = {
    "rotary": Config(**SMALL),
    "learned": Config(**SMALL, positions="learned"),
    "llama": Config(
        **SMALL, key_value_heads=2, norm="rms", feed_forward="swiglu", bias=False, tied=True, rotary_base=500.0
    ),
    "one key": Config(**SMALL, key_value_heads=1, feed_forward="swiglu", norm_epsilon=1e-3),
    "tied": Config(**SMALL, positions="learned", norm="rms", tied=True),
    "stacked": Config(width=8, heads=2, layers=6, key_value_heads=1, norm="rms"),
    "stacked, learned": Config(width=8, heads=2, layers=6, positions="learned", bias=False),
}


@pytest.fixture(scope="module", params=CONFIGS.values(), ids=CONFIGS)
def decoder(request):
    paradigm = build(request.param, SPEC)
    variables = paradigm.init(jax.random.key(1))
    # Of some size, so that no logit is near another by chance.
    return paradigm, jax.tree.map(
        lambda leaf: leaf + 0.1 * jnp.sin(jnp.arange(leaf.size)).reshape(leaf.shape), variables
    )


def prompts():
    padded = np.where(np.arange(4) < LENGTHS[:, None], TOKENS[:, :4], 3)
    return jnp.asarray(padded), jnp.asarray(LENGTHS)


def decoded(decoder, variables, capacity=LENGTH):
    """Logits after each prompt, and after each of four more tokens."""
    logits, memory = decoder.start(variables, *prompts(), capacity)
    found = [logits]
    step = jax.jit(decoder.advance)
    for more in range(4):
        logits, memory = step(variables, jnp.asarray(TOKENS[np.arange(3), LENGTHS + more]), memory)
        found.append(logits)
    return np.stack(found), memory


def test_every_token_is_that_of_the_whole_sequence(decoder):
    paradigm, variables = decoder
    assert isinstance(paradigm, Decodes)
    whole = paradigm.apply(*variables, jnp.asarray(TOKENS), key=jax.random.key(0), train=False).prediction
    found, memory = decoded(paradigm, variables)
    for more, logits in enumerate(found):
        np.testing.assert_allclose(logits, whole[np.arange(3), LENGTHS - 1 + more], atol=2e-5, rtol=1e-5)
    slow, _ = decoded(recomputing(paradigm, SPEC), variables)
    np.testing.assert_allclose(found, slow, atol=2e-5, rtol=1e-5)
    np.testing.assert_array_equal(memory.length, LENGTHS + 4)


def test_rows_are_chosen_by_indexing_the_memory(decoder):
    paradigm, variables = decoder
    _, memory = paradigm.start(variables, *prompts(), LENGTH)
    token, parents = jnp.array([1, 2, 3]), np.array([2, 2, 0])
    logits, _ = paradigm.advance(variables, token, memory)
    chosen, _ = paradigm.advance(variables, token[parents], jax.tree.map(lambda leaf: leaf[parents], memory))
    np.testing.assert_allclose(chosen, logits[parents], atol=1e-6)


def test_what_is_beyond_the_capacity_is_no_number():
    paradigm = build(CONFIGS["llama"], SPEC)
    variables = paradigm.init(jax.random.key(1))
    for one in (paradigm, recomputing(paradigm, SPEC)):
        capacity = 6 if one is paradigm else LENGTH
        found, _ = decoded(one, variables, capacity)
        fits = LENGTHS + np.arange(5)[:, None] <= capacity
        np.testing.assert_array_equal(np.isfinite(found).all(axis=-1), fits)


def test_what_cannot_be_decoded_is_refused():
    learned = build(CONFIGS["learned"], SPEC)
    variables = learned.init(jax.random.key(0))
    with pytest.raises(Unsupported, match="capacity=9 is beyond the 8 positions that the model has learned"):
        learned.start(variables, *prompts(), LENGTH + 1)
    with pytest.raises(Unsupported, match="prompts of 4 tokens do not fit a capacity of 3"):
        learned.start(variables, *prompts(), 3)
    with pytest.raises(Unsupported, match="prompts of 4 tokens with a capacity of 9 do not fit the 8 tokens"):
        recomputing(learned, SPEC).start(variables, *prompts(), 9)
    images = Spec(jax.ShapeDtypeStruct((4, 4, 1), np.float32), "classification", 3)
    classifier = build(Config(**SMALL), images)
    with pytest.raises(Unsupported, match="classification has no next token"):
        classifier.start(classifier.init(jax.random.key(0)), *prompts(), 8)
    with pytest.raises(Unsupported, match="classification has no next token"):
        recomputing(classifier, images)
    with pytest.raises(
        Unsupported, match=r"paradigm.tied=true reads out with the embedding of tokens, which a task of"
    ):
        build(Config(**SMALL, tied=True), images)


def test_rotary_positions_go_beyond_the_trained_length():
    paradigm = build(CONFIGS["rotary"], SPEC)
    variables = paradigm.init(jax.random.key(1))
    longer = build(CONFIGS["rotary"], Spec(jax.ShapeDtypeStruct((12,), np.int32), "language", VOCABULARY))
    tokens = jnp.concatenate([jnp.asarray(TOKENS), jnp.asarray(TOKENS[:, :4])], axis=1)
    whole = longer.apply(*variables, tokens, key=jax.random.key(0), train=False).prediction
    logits, memory = paradigm.start(variables, tokens[:, :10], jnp.full(3, 10), 12)
    np.testing.assert_allclose(logits, whole[:, 9], atol=2e-5)
    logits, memory = paradigm.advance(variables, tokens[:, 10], memory)
    np.testing.assert_allclose(logits, whole[:, 10], atol=2e-5)
