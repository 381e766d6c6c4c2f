"""``shakespeare``: 42 works from Project Gutenberg as one text of 5.06 million characters, to be predicted one by one.

Cut by position into the first 90% (train), the next 5% (validation) and the last 5% (test). The works follow each other
by title, so validation (the end of Troilus and Cressida, Twelfth Night) and test (The Two Gentlemen of Verona, The
Winter's Tale) are other works than training, but for the one that the cut divides.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import jax
import numpy as np
from jaxtyping import Int, Int32, UInt8

from paradigms.interface import Spec
from training.data import files
from training.data.files import DataFile
from training.data.split import DataSet
from training.data.vocabulary import Vocabulary
from training.errors import BadInput

FILES = (
    DataFile("text/shakespeare.txt.gz", "6de848bb7e7d266efd047c668f4cc503f976d12c7bc40112123a789d7a6a81e1", 1_986_985),
)
_NONE = 255  # marks a byte outside the vocabulary; ASCII has no more than 128


@dataclass(frozen=True, eq=False)
class WindowSplit:
    """Windows of a text, side by side: window ``i`` takes tokens ``i * length`` onwards to predict the next of each.

    No two overlap, so an epoch predicts every token once (but the first, and the last where they fill no window).

    Attributes:
        tokens: The text as numbers of the vocabulary.
        length: Tokens that a window takes.

    Raises:
        BadInput: If the text is too short for one window.
    """

    tokens: UInt8[np.ndarray, " text"]
    length: int

    def __post_init__(self) -> None:
        if not 1 <= self.length < len(self.tokens):
            raise BadInput(f"task.length={self.length} must be between 1 and {len(self.tokens) - 1}, one split's text")

    def __len__(self) -> int:
        return (len(self.tokens) - 1) // self.length

    def take(
        self, indices: Int[np.ndarray, " batch"]
    ) -> tuple[Int32[np.ndarray, "batch length"], Int32[np.ndarray, "batch length"]]:
        """Each window's tokens, and the tokens that follow each of them.

        Raises:
            IndexError: If an index is not in ``range(len(self))``.
        """
        indices = np.asarray(indices)
        if indices.size and not 0 <= indices.min() <= indices.max() < len(self):
            raise IndexError(f"windows {indices.min()} to {indices.max()} of {len(self)}")
        windows = self.tokens[indices[:, np.newaxis] * self.length + np.arange(self.length + 1)].astype(np.int32)
        return windows[:, :-1], windows[:, 1:]


def load(root: Path, length: int = 128) -> DataSet:
    """Windows ``int32[length]`` of character numbers, in the order of ASCII; targets are the characters that follow.

    Raises:
        BadInput: If the file is missing or damaged, or no window of ``length`` fits into a split.
    """
    text = files.decompress(files.read(FILES[0], root), FILES[0].name)
    vocabulary, (train, validation, test) = encode(text)
    return DataSet(
        spec=Spec(jax.ShapeDtypeStruct((length,), np.int32), "language", len(vocabulary)),
        train=WindowSplit(train, length),
        validation=WindowSplit(validation, length),
        test=WindowSplit(test, length),
        note="by position: the first 90% of the characters train, 5% validation, 5% test",
        vocabulary=Vocabulary(tuple(vocabulary.decode("ascii"))),
    )


def encode(text: bytes) -> tuple[bytes, tuple[UInt8[np.ndarray, " text"], ...]]:
    """The vocabulary, which is the sorted characters of the training text, and the three texts as numbers into it.

    Raises:
        BadInput: If validation or test text has a character that training text lacks.
    """
    characters = np.frombuffer(text, np.uint8)
    cuts = [len(characters) * 90 // 100, len(characters) * 95 // 100]
    vocabulary = np.unique(characters[: cuts[0]])
    numbers = np.full(256, _NONE, np.uint8)
    numbers[vocabulary] = np.arange(len(vocabulary))
    unknown = np.setdiff1d(characters, vocabulary)
    if unknown.size:
        raise BadInput(
            f"the characters {bytes(unknown)!r} occur in the last 10% of the text only: extend the first 90%"
        )
    return bytes(vocabulary), tuple(np.split(numbers[characters], cuts))
