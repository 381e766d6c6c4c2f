"""What the token numbers of a language stand for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import SupportsInt

import numpy as np
from jaxtyping import Int32

from training.errors import BadInput


@dataclass(frozen=True)
class Vocabulary:
    """The words, or characters, of a language, in the order of their numbers.

    Attributes:
        words: Each once.
        separator: What stands between two of them: nothing between characters.

    Raises:
        BadInput: A word occurs twice, is empty, or holds the separator.
    """

    words: tuple[str, ...]
    separator: str = ""

    def __post_init__(self) -> None:
        if len(set(self.words)) != len(self.words):
            twice = next(word for word in self.words if self.words.count(word) > 1)
            raise BadInput(f"the vocabulary holds {twice!r} twice: every word has one number")
        for word in self.words:
            if not word or (self.separator and self.separator in word) or (not self.separator and len(word) != 1):
                rule = f"words without {self.separator!r}" if self.separator else "single characters"
                raise BadInput(f"the vocabulary holds {word!r}: it needs {rule}")

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.words)}

    def number(self, word: str) -> int:
        """The number of a word.

        Raises:
            BadInput: The word is unknown.
        """
        return int(self.encode(word)[0])

    def encode(self, text: str) -> Int32[np.ndarray, " tokens"]:
        """The numbers of the words of a text.

        Raises:
            BadInput: A word is unknown.
        """
        words: Iterable[str] = text.split(self.separator) if self.separator else text
        known = [word for word in words if word or not self.separator]
        unknown = [word for word in known if word not in self._numbers]
        if unknown:
            listed = self.separator.join(self.words)
            raise BadInput(f"{unknown[0]!r} is not in the vocabulary, which is: {listed}")
        return np.array([self._numbers[word] for word in known], np.int32)

    def decode(self, tokens: Iterable[SupportsInt]) -> str:
        """The text of token numbers.

        Raises:
            IndexError: A number is none of the vocabulary.
        """
        numbers = [int(token) for token in tokens]
        if numbers and min(numbers) < 0:
            raise IndexError(f"{min(numbers)} is the number of no word")
        return self.separator.join(self.words[number] for number in numbers)
