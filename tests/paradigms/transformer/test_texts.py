"""Several texts in an example are read as each in an example of its own."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from paradigms.interface import Spec, Unsupported
from paradigms.target import Target, aimed_at
from paradigms.transformer import Config, build

START, WORDS = 3, 9
FIRST, SECOND = [START, 5, 6, 7], [START, 8, 6, 1, 5]


def text_of(length: int) -> Spec:
    return Spec(jax.ShapeDtypeStruct((length,), jnp.int32), "language", WORDS)


def logits(config: Config, params, tokens: list[int]) -> np.ndarray:
    paradigm = build(config, text_of(len(tokens)))
    given = jnp.asarray([tokens], jnp.int32)
    return np.asarray(paradigm.apply(params, {}, given, key=jax.random.key(0), train=False).prediction[0])


@pytest.mark.parametrize("machine", ["cpu", "gpu"])
@pytest.mark.parametrize(
    "settings",
    [
        {"norm": "rms", "feed_forward": "swiglu", "bias": False},
        {"key_value_heads": 2, "tied": True},
        {"key_value_heads": 1, "layers": 6},
        {"layers": 6, "differentiation": "checkpointed"},
    ],
)
def test_a_text_is_read_as_it_is_alone(settings: dict, machine: str) -> None:
    alone = Config(width=16, heads=4, **settings)
    apart = replace(alone, text_start=START)
    params = build(alone, text_of(4)).init(jax.random.key(1)).params
    with aimed_at(None if machine == "cpu" else Target(machine, 1, 2**30)):
        whole = logits(apart, params, FIRST + SECOND)
        np.testing.assert_allclose(whole[: len(FIRST)], logits(alone, params, FIRST), atol=2e-5)
        np.testing.assert_allclose(whole[len(FIRST) :], logits(alone, params, SECOND), atol=2e-5)
        together = logits(alone, params, FIRST + SECOND)
    assert np.abs(together[len(FIRST) :] - whole[len(FIRST) :]).max() > 1e-3


@pytest.mark.parametrize(
    ("settings", "spec", "sentence"),
    [
        ({"positions": "learned"}, text_of(4), "task of language with positions=learned takes text_start=null"),
        ({}, Spec(jax.ShapeDtypeStruct((4, 4, 1), jnp.float32), "classification", 9), "task of classification with"),
        ({"text_start": WORDS}, text_of(4), "paradigm.text_start=9 is no token of a vocabulary of 9"),
    ],
)
def test_texts_apart_are_refused_where_there_are_none(settings: dict, spec: Spec, sentence: str) -> None:
    with pytest.raises(Unsupported, match=sentence):
        build(Config(width=16, heads=4, **{"text_start": START, **settings}), spec)


def test_a_prompt_is_decoded_without_it() -> None:
    paradigm = build(Config(width=16, heads=4, text_start=START), text_of(4))
    variables = paradigm.init(jax.random.key(0))
    with pytest.raises(Unsupported, match="decode with the same parameters and text_start=null"):
        paradigm.start(variables, jnp.asarray([FIRST]), jnp.array([4]), 8)
