"""Any paradigm of language, one token after another: everything that was read is computed anew at every token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Int32

from paradigms.interface import Paradigm, Spec, Variables, require


class Read(NamedTuple):
    """The tokens that were read.

    Attributes:
        tokens: The tokens, in as many places as the model takes; those from ``length`` on hold nothing that counts.
        length: The tokens that each row has read.
    """

    tokens: Int32[Array, "batch time"]
    length: Int32[Array, " batch"]


@dataclass(frozen=True)
class Recomputing:
    """A paradigm of language that can only be applied to whole sequences, as one that decodes.

    Attributes:
        paradigm: What is applied.
        length: The tokens that it takes.
    """

    paradigm: Paradigm
    length: int

    def start(
        self, variables: Variables, prompts: Int[Array, "batch prompt"], lengths: Int[Array, " batch"], capacity: int
    ) -> tuple[Float[Array, "batch outputs"], Read]:
        """Read prompts; see :meth:`paradigms.interface.Decodes.start`."""
        width = prompts.shape[1]
        require(
            1 <= width <= capacity <= self.length,
            f"prompts of {width} tokens with a capacity of {capacity} do not fit the {self.length} tokens that "
            f"paradigm={self.paradigm.name} takes: prompt and answer share them",
        )
        padded = jnp.pad(prompts.astype(jnp.int32), ((0, 0), (0, self.length - width)))
        memory = Read(padded, lengths.astype(jnp.int32))
        return self._last(variables, memory), memory

    def advance(
        self, variables: Variables, tokens: Int[Array, " batch"], memory: Read
    ) -> tuple[Float[Array, "batch outputs"], Read]:
        """Read one more token of each row; see :meth:`paradigms.interface.Decodes.advance`."""
        rows = jnp.arange(len(tokens))
        longer = Read(
            memory.tokens.at[rows, memory.length].set(tokens.astype(jnp.int32), mode="drop"), memory.length + 1
        )
        fits = (longer.length <= self.length)[:, None]
        return jnp.where(fits, self._last(variables, longer), jnp.nan), longer

    def _last(self, variables: Variables, memory: Read) -> Float[Array, "batch outputs"]:
        key = jax.random.key(0)  # nothing is drawn where nothing is trained
        logits = self.paradigm.apply(*variables, memory.tokens, key=key, train=False).prediction
        return jnp.take_along_axis(logits, (memory.length - 1)[:, None, None], axis=1)[:, 0]


def recomputing(paradigm: Paradigm, spec: Spec) -> Recomputing:
    """Make a paradigm decode by applying it, at every token, to all that was read.

    It is causal, as every paradigm of language: what pads a sequence at its end changes nothing before.

    Args:
        paradigm: A paradigm of language.
        spec: What it was built for.

    Raises:
        Unsupported: The task is no language.
    """
    require(spec.kind == "language", f"a task of {spec.kind} has no next token: decoding is of language alone")
    (length,) = spec.inputs.shape
    return Recomputing(paradigm, length)
