"""Answers of a language model, token after token: the likeliest, or as many as are wanted by chance."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Int32, Key, PRNGKeyArray, PyTree

from paradigms.capacity import capacity_bytes
from paradigms.interface import Decodes, Variables
from training.array_bytes import tree_bytes
from training.errors import BadInput

ROWS = 4096
"""The most answers that are written at once."""
CPU_ROWS = 512
"""The same on a CPU, unless one problem has more answers: keys and values of so many stay in its caches, and 4096 are
written at half the speed."""


@dataclass(frozen=True)
class Samples:
    """Answers to problems.

    Attributes:
        tokens: Token numbers, END included; 0 behind it.
        counts: The tokens of each answer, END included; all there may be where none came.
        ended: Whether END came.
        log_likelihood: The logarithm of each answer's probability under the model, at a temperature of 1, in nats.
    """

    tokens: Int32[np.ndarray, "problems samples most"]
    counts: Int32[np.ndarray, "problems samples"]
    ended: np.ndarray
    log_likelihood: Float[np.ndarray, "problems samples"]


Sampler: TypeAlias = Callable[
    [Variables, Int[np.ndarray, "problems prompt"], Int[np.ndarray, " problems"], PRNGKeyArray], Samples
]
"""``(variables, prompts, lengths, key) -> samples`` of prompts that are padded at their end."""

Writer: TypeAlias = Callable[
    [Variables, Int[Array, "problems prompt"], Int[Array, " problems"], Int[Array, " problems"], PRNGKeyArray],
    tuple[Array, Array, Array, Array],
]
"""``(variables, prompts, lengths, problems, key) -> (tokens, counts, ended, log_likelihood)`` of as many rows as there
are answers to all problems, to be traced; ``problems`` numbers the problems, so that each has its own chance."""


class _Written(NamedTuple):
    """Answers in progress: the logits of what comes next, and what was written."""

    place: Int32[Array, ""]
    logits: Float[Array, "rows outputs"]
    memory: PyTree[Array]
    tokens: Int32[Array, "rows most"]
    counts: Int32[Array, " rows"]
    ended: Array
    log_likelihood: Float[Array, " rows"]


def sampler(
    decoder: Decodes, *, most: int, end: int | None, samples: int = 1, temperature: float = 1.0, rows: int | None = None
) -> Sampler:
    """Compile what writes answers.

    A prompt is read once, whatever the number of its answers. Each answer draws from a key of its own, made of the
    problem's place and the sample's, so that it does not depend on how many are written at once, nor on their number.

    Args:
        decoder: A paradigm that decodes.
        most: The most tokens of an answer.
        end: The token that ends an answer; ``None`` where answers take all of ``most``.
        samples: Answers to each problem.
        temperature: What logits are divided by; 0 for the likeliest token, one answer to a problem.
        rows: The most answers that are written at once; by default as many as the devices write fastest.

    Returns:
        A function of the model's variables, prompts, their lengths and a key to the answers. It raises
        :class:`~paradigms.interface.Unsupported` for prompts that the model cannot serve, and
        :class:`~training.errors.BadInput` where there is no prompt, a length is none of it, a number is no token, or
        the memory of so many answers is more than the devices have.

    Raises:
        BadInput: ``most``, ``samples`` or ``rows`` is below 1, the temperature is negative or not finite, or it is 0
            and several answers are wanted, which would all be the same; or one problem has more answers than ``rows``.
    """
    if rows is None:
        rows = max(CPU_ROWS, min(samples, ROWS)) if jax.default_backend() == "cpu" else ROWS
    for name, value in (("most", most), ("samples", samples), ("rows", rows)):
        if value < 1:
            raise BadInput(f"{name}={value} must be at least 1")
    if not 0 <= temperature < float("inf"):
        raise BadInput(f"temperature={temperature} must be a finite number of at least 0")
    if temperature == 0 and samples > 1:
        raise BadInput(f"samples={samples} at temperature=0 would all be the same: use samples=1, or a temperature")
    if samples > rows:
        raise BadInput(
            f"samples={samples} of one problem are more than rows={rows}, which are written at once: raise rows"
        )

    compiled = _compiled(decoder, most, end, samples, temperature)

    def sample(variables: Variables, prompts: np.ndarray, lengths: np.ndarray, key: PRNGKeyArray) -> Samples:
        _require_prompts(prompts, lengths)
        at_once = _at_once(decoder, variables, prompts, most, samples, rows // samples)
        parts = []
        for first in range(0, len(prompts), at_once):
            # The last part is filled up with the first problems, so that one program serves all.
            places = np.arange(first, first + at_once) % len(prompts)
            given = (jnp.asarray(one[places], jnp.int32) for one in (prompts, lengths))
            parts.append(jax.device_get(compiled(variables, *given, jnp.asarray(places), key)))
        merged = [np.concatenate(leaves)[: len(prompts) * samples] for leaves in zip(*parts, strict=True)]
        sound = np.isfinite(merged[-1])
        if not sound.all():
            raise BadInput(
                f"the model gives no probabilities behind prompt {sound.argmin() // samples}: the prompt holds a "
                "number that is no token of the model's vocabulary, or its parameters are not finite"
            )
        return Samples(*(leaf.reshape(len(prompts), samples, *leaf.shape[1:]) for leaf in merged))

    return sample


def _compiled(decoder: Decodes, most: int, end: int | None, samples: int, temperature: float) -> Callable:
    """Compile what writes answers, once for equal decoders; a model of one's own may not be comparable."""
    try:
        hash(decoder)
    except TypeError:
        return jax.jit(writer(decoder, most, end, samples, temperature))
    return _shared(decoder, most, end, samples, temperature)


@functools.lru_cache(maxsize=64)
def _shared(decoder: Decodes, most: int, end: int | None, samples: int, temperature: float) -> Callable:
    return jax.jit(writer(decoder, most, end, samples, temperature))


def writer(decoder: Decodes, most: int, end: int | None, samples: int, temperature: float) -> Writer:
    """Make what writes answers inside a program; see :func:`sampler`, which checks what it is given."""

    def write(variables: Variables, prompts: Array, lengths: Array, problems: Array, key: PRNGKeyArray) -> tuple:
        logits, memory = decoder.start(variables, prompts, lengths, prompts.shape[1] + most)
        logits, memory = jax.tree.map(lambda leaf: jnp.repeat(leaf, samples, axis=0), (logits, memory))
        keys = jax.vmap(lambda problem: jax.random.fold_in(key, problem))(problems)
        keys = jax.vmap(lambda own: jax.vmap(lambda one: jax.random.fold_in(own, one))(jnp.arange(samples)))(keys)
        keys = keys.reshape(-1)
        count = len(keys)

        def more(written: _Written) -> Array:
            return (written.place < most) & ~jnp.all(written.ended)

        def one(written: _Written) -> _Written:
            probabilities = jax.nn.log_softmax(written.logits)
            chosen = _chosen(written.logits, temperature, keys, written.place)
            alive = ~written.ended
            chosen = jnp.where(alive, chosen, 0)
            gained = jnp.take_along_axis(probabilities, chosen[:, None], axis=1)[:, 0]
            logits, memory = decoder.advance(variables, chosen, written.memory)
            return _Written(
                written.place + 1,
                logits,
                memory,
                written.tokens.at[:, written.place].set(chosen),
                written.counts + alive,
                written.ended | (alive & (chosen == end)) if end is not None else written.ended,
                written.log_likelihood + jnp.where(alive, gained, 0),
            )

        start = _Written(
            jnp.zeros((), jnp.int32),
            logits,
            memory,
            jnp.zeros((count, most), jnp.int32),
            jnp.zeros(count, jnp.int32),
            jnp.zeros(count, bool),
            jnp.zeros(count, logits.dtype),
        )
        written = jax.lax.while_loop(more, one, start)
        return written.tokens, written.counts, written.ended, written.log_likelihood

    return write


def _chosen(
    logits: Float[Array, "rows outputs"], temperature: float, keys: Key[Array, " rows"], place: Int32[Array, ""]
) -> Int32[Array, " rows"]:
    """Choose a token of each row: the likeliest, or one by chance, by the inverse of the cumulative distribution."""
    if temperature == 0:
        return jnp.argmax(logits, axis=-1).astype(jnp.int32)
    # One number of chance a row, where Gumbel noise would take one a token of the vocabulary.
    chance = jax.vmap(lambda key: jax.random.uniform(jax.random.fold_in(key, place)))(keys)
    cumulative = jnp.cumsum(jax.nn.softmax(logits / temperature), axis=-1)
    return jnp.sum(cumulative <= chance[:, None] * cumulative[:, -1:], axis=-1, dtype=jnp.int32)


def _require_prompts(prompts: Int[np.ndarray, "problems prompt"], lengths: Int[np.ndarray, " problems"]) -> None:
    """Refuse what would be read beside the prompts, or not at all."""
    if not len(prompts):
        raise BadInput("there is no prompt: give at least one")
    outside = (lengths < 1) | (lengths > prompts.shape[1])
    if outside.any():
        raise BadInput(
            f"the length of prompt {outside.argmax()} is {lengths[outside.argmax()]}: it must be from 1 to the "
            f"{prompts.shape[1]} tokens that prompts are padded to"
        )
    if (prompts < 0).any():
        raise BadInput(f"a prompt holds {prompts.min()}, which is no token: pad it with 0, or with any other token")


def _at_once(
    decoder: Decodes,
    variables: Variables,
    prompts: Int[np.ndarray, "problems prompt"],
    most: int,
    samples: int,
    limit: int,
) -> int:
    """Choose how many problems are answered at once, and refuse what would not fit, before anything is allocated.

    It is a power of two where that fits, so that one program serves all of about as many.
    """
    count, width = prompts.shape

    def start(variables: Variables, prompts: Array, lengths: Array) -> PyTree:
        return decoder.start(variables, prompts, lengths, width + most)

    available = capacity_bytes(jax.devices())
    needed = 0
    for wanted in (1 << (count - 1).bit_length(), count):
        problems = min(wanted, limit)
        shapes = (jax.ShapeDtypeStruct(shape, np.int32) for shape in ((problems, width), (problems,)))
        _, memory = jax.eval_shape(start, variables, *shapes)
        needed = samples * tree_bytes(memory)
        if needed <= available:
            return problems
    raise BadInput(
        f"{samples * min(count, limit)} answers of {width} + {most} tokens need a memory of {needed / 2**30:.1f} GiB, "
        f"and there are {available / 2**30:.1f}: lower rows, samples or most"
    )
