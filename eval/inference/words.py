"""Arithmetic in words, for models that were trained elsewhere: what is asked, what is said, and whether it is so.

The problems are chains (``training.data.puzzles.chain``) with brackets where the usual order of operations is not the
one from left to right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from eval.inference.answers import Answers
from eval.inference.sampling import Samples
from paradigms.transformer.gguf import Tokeniser
from training.data.draws import Draws
from training.data.puzzles import chain
from training.data.puzzles.problems import NO_ANSWER, Problems
from training.errors import BadInput

_CHAT = (
    "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
    "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"
)
"""How SmolLM2 is talked to, as its file says."""
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_FEWEST_DRAWN = 4096


@dataclass(frozen=True)
class Arithmetic:
    """Problems of arithmetic.

    Attributes:
        expressions: What is to be computed, such as ``(7 + 15) * 4``.
        values: What comes out.
    """

    expressions: tuple[str, ...]
    values: Int[np.ndarray, " problems"]


def arithmetic(count: int, operands: int) -> Arithmetic:
    """Draw distinct problems, the same whenever they are drawn.

    They are of no split: the model that is asked was not trained here.

    Args:
        count: How many.
        operands: Numbers of each, from 2 to 13.

    Raises:
        BadInput: There are fewer problems.
    """
    drawn = chain.chains(Draws(operands), max(_FEWEST_DRAWN, 8 * count), operands - 1)
    _, first = np.unique(drawn.codes, return_index=True)
    if len(first) < count:
        raise BadInput(f"{count} distinct problems of {operands} numbers are asked for, and {len(first)} were found")
    chosen = drawn[np.sort(first)[:count]]
    return Arithmetic(tuple(_expression(one) for one in _words(chosen)), _values(chosen))


def _words(problems: Problems) -> list[list[str]]:
    """Return the numbers and operations of each problem, one after another."""
    return [
        chain.vocabulary.decode(prompt[2 : length - 1]).split()
        for prompt, length in zip(problems.prompts, problems.lengths, strict=True)
    ]


def _values(problems: Problems) -> Int[np.ndarray, " problems"]:
    solved = chain.in_form(problems, np.ones(len(problems), bool))
    return chain.final(solved, solved.solutions)


def _expression(words: list[str]) -> str:
    """Write a chain, with brackets where products and quotients would go first."""
    found, is_sum = words[0], False
    for operation, number in zip(words[1::2], words[2::2], strict=True):
        if operation in "*/" and is_sum:
            found = f"({found})"
        found, is_sum = f"{found} {operation} {number}", operation in "+-"
    return found


def question(expression: str) -> str:
    """Return the text that asks for a value."""
    return _CHAT.format(f"What is {expression}? Answer with a number only.")


def doubt(expression: str, said: str) -> str:
    """Return the text that asks whether an answer is right."""
    return _CHAT.format(f"What is {expression}? A student says that it is {said}. Is that right? Answer Yes or No.")


def tokens_of(
    tokeniser: Tokeniser, texts: list[str]
) -> tuple[Int[np.ndarray, "texts longest"], Int[np.ndarray, " texts"]]:
    """Return the token numbers of texts, padded at the end with 0, and how many each has."""
    rows = [tokeniser.encode(text) for text in texts]
    lengths = np.array([len(row) for row in rows], np.int32)
    found = np.zeros((len(rows), int(lengths.max())), np.int32)
    for place, row in enumerate(rows):
        found[place, : len(row)] = row
    return found, lengths


def number_said(text: str) -> str | None:
    """Return the last number of a text, in shortest form; ``None`` where there is none."""
    found = _NUMBER.findall(text.replace(",", ""))
    return f"{float(found[-1]):g}" if found else None


def understood(asked: Arithmetic, samples: Samples, tokeniser: Tokeniser) -> tuple[Answers, list[list[str | None]]]:
    """Read the number that each answer gives.

    Args:
        asked: The problems.
        samples: Answers to them.
        tokeniser: What their tokens stand for.

    Returns:
        The answers, of which those are right that give the value; and what each says.
    """
    said = [
        [number_said(tokeniser.decode(tokens[:count])) for tokens, count in zip(rows, counts, strict=True)]
        for rows, counts in zip(samples.tokens, samples.counts, strict=True)
    ]
    numbers = {one: place for place, one in enumerate(sorted({one for row in said for one in row if one is not None}))}
    votes = np.array([[NO_ANSWER if one is None else numbers[one] for one in row] for row in said])
    correct = np.array([[one == str(value) for one in row] for row, value in zip(said, asked.values, strict=True)])
    return Answers(samples.tokens, samples.counts, samples.ended, samples.log_likelihood, correct, votes), said
