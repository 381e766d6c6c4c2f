"""Problems with one answer each, and how they are cut into splits by what they are and not by when they were drawn."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, Protocol, TypeAlias, get_args, runtime_checkable

import numpy as np
from jaxtyping import Bool, Int, Int32, UInt64

from training.data.checks import UNSCORED
from training.data.draws import Draws
from training.data.vocabulary import Vocabulary
from training.errors import BadInput

SplitName: TypeAlias = Literal["train", "validation", "test", "verifier"]
PARTS = 20
"""A problem belongs to test, validation or the split of verifiers with one of so many remainders of its code each."""
_REMAINDERS = {"test": 0, "validation": 1, "verifier": 2}
NO_ANSWER = -1
"""The number of what is no answer, which never wins a vote that another takes part in."""
_FRUITLESS = 20
"""Rounds of draws without a new problem after which there are taken to be no more."""
_ROUND = 4096


@dataclass(frozen=True)
class Problems:
    """Problems, and an answer that is right.

    Attributes:
        prompts: Token numbers, padded at the end with 0.
        lengths: The tokens of each prompt.
        solutions: Token numbers, the last of them END, padded at the end with 0.
        codes: A number of each problem, the same of two that differ in nothing but order or form.
    """

    prompts: Int32[np.ndarray, "count prompt"]
    lengths: Int32[np.ndarray, " count"]
    solutions: Int32[np.ndarray, "count completion"]
    codes: UInt64[np.ndarray, " count"]

    def __len__(self) -> int:
        return len(self.prompts)

    def __getitem__(self, chosen: Bool[np.ndarray, " count"] | Int[np.ndarray, " some"] | slice) -> Problems:
        return Problems(*(getattr(self, field.name)[chosen] for field in fields(self)))


def joined(parts: list[Problems]) -> Problems:
    """Return the problems of all parts, in their order."""
    return Problems(*(np.concatenate([getattr(one, field.name) for one in parts]) for field in fields(Problems)))


@runtime_checkable
class Puzzles(Protocol):
    """A kind of problem.

    Attributes:
        name: Its name.
        vocabulary: What the token numbers stand for; number 0 pads.
        prompt_length: The tokens of the longest prompt.
        completion_length: The tokens of the longest answer, END included.
        complexities: What is drawn: how many steps a problem takes, or how many parts it has.
        trained: The complexities of the training set.
        unique_answer: Whether every right answer ends in the same, so that answers can be put to the vote.
        checkable: Whether checking needs the prompt alone and is easier than solving, so that it may serve a search.
    """

    name: str
    vocabulary: Vocabulary
    prompt_length: int
    completion_length: int
    complexities: tuple[int, ...]
    trained: tuple[int, ...]
    unique_answer: bool
    checkable: bool

    def candidates(self, draws: Draws, count: int, complexity: int) -> Problems:
        """Draw problems of any split, at most so many."""
        ...

    def longest(self, complexity: int) -> int:
        """Return the tokens of the longest reference answer, END included."""
        ...

    def check(self, problems: Problems, completions: Int[np.ndarray, "count completion"]) -> Bool[np.ndarray, " count"]:
        """Whether each completion is a right answer, END in its place; what comes after END is not looked at."""
        ...

    def final(self, problems: Problems, completions: Int[np.ndarray, "count completion"]) -> Int[np.ndarray, " count"]:
        """Number what each completion says in the end, equal things alike; :data:`NO_ANSWER` where it says nothing.

        Equal answers to one problem are all right or all wrong.
        """
        ...


def whole_answers(completions: Int[np.ndarray, "count completion"], end: int) -> Int[np.ndarray, " count"]:
    """Number answers by all that they say up to their end, equal ones alike; :data:`NO_ANSWER` where none comes.

    Args:
        completions: Token numbers.
        end: The token that ends an answer.
    """
    ends = completions == end
    behind = np.cumsum(ends, axis=1) - ends > 0
    _, number = np.unique(np.where(behind, 0, completions), axis=0, return_inverse=True)
    return np.where(ends.any(axis=1), number.ravel(), NO_ANSWER)


def draw(
    puzzles: Puzzles, draws: Draws, count: int, complexity: int, split: SplitName, *, or_all: bool = False
) -> Problems:
    """Draw problems of one split; those that do not train are distinct.

    Args:
        puzzles: What is drawn.
        draws: The source of chance.
        count: How many.
        complexity: One of the complexities of the puzzles.
        split: The split that they belong to, whatever the source of chance.
        or_all: Draw all that there are where there are fewer.

    Raises:
        BadInput: The complexity or the split is unknown, or fewer distinct problems exist, and they were not to do.
    """
    if complexity not in puzzles.complexities:
        known = ", ".join(map(str, puzzles.complexities))
        raise BadInput(f"complexity={complexity} of {puzzles.name} is not drawn: choose one of {known}")
    if split not in get_args(SplitName):
        raise BadInput(f"split={split} is none of {', '.join(get_args(SplitName))}")
    found: list[Problems] = []
    seen: set[int] = set()
    missing, fruitless = count, 0
    while missing > 0:
        drawn = puzzles.candidates(draws, max(_ROUND, missing), complexity)
        drawn = drawn[_belongs(drawn.codes, split)]
        if split != "train":
            _, first = np.unique(drawn.codes, return_index=True)
            fresh = [place for place in np.sort(first) if int(drawn.codes[place]) not in seen]
            drawn = drawn[np.array(fresh, int)]
        drawn = drawn[:missing]
        seen.update(map(int, drawn.codes))
        found.append(drawn)
        missing -= len(drawn)
        fruitless = 0 if len(drawn) else fruitless + 1
        if fruitless == _FRUITLESS and or_all:
            break
        if fruitless == _FRUITLESS:
            raise BadInput(
                f"{count} distinct problems of {puzzles.name} with complexity {complexity} are asked for, and the "
                f"split {split} has {count - missing}: ask for at most as many"
            )
    return joined(found) if found else puzzles.candidates(draws, 1, complexity)[:0]


def _belongs(codes: UInt64[np.ndarray, " count"], split: SplitName) -> Bool[np.ndarray, " count"]:
    remainder = mixed(codes) % np.uint64(PARTS)
    if split == "train":
        return remainder > max(_REMAINDERS.values())
    return remainder == _REMAINDERS[split]


def mixed(codes: UInt64[np.ndarray, " count"]) -> UInt64[np.ndarray, " count"]:
    """Scatter numbers over 64 bits, one to one (the finaliser of SplitMix64, Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        codes = codes + np.uint64(0x9E3779B97F4A7C15)
        codes = (codes ^ (codes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        codes = (codes ^ (codes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return codes ^ (codes >> np.uint64(31))


def code(digits: Int[np.ndarray, "count places"], base: int) -> UInt64[np.ndarray, " count"]:
    """Read digits as one number each, so that different digits have different numbers."""
    if base ** digits.shape[1] > 2**64:
        raise ValueError(f"{digits.shape[1]} digits of base {base} do not fit 64 bits")
    found = np.zeros(len(digits), np.uint64)
    for place in digits.T:
        found = found * np.uint64(base) + place.astype(np.uint64)
    return found


def sequences(
    problems: Problems, length: int
) -> tuple[Int32[np.ndarray, "count length"], Int32[np.ndarray, "count length"]]:
    """Write each answer behind its prompt, and shift by one token what is to be predicted.

    Args:
        problems: The problems.
        length: Tokens of an example; prompt and answer have one more at most.

    Returns:
        What a model reads, and what it is to predict; :data:`~training.data.checks.UNSCORED` within the prompt and
        behind the answer.

    Raises:
        ValueError: A prompt with its answer is longer.
    """
    count = len(problems)
    answered = (problems.solutions != 0).sum(axis=1)
    whole = problems.lengths + answered
    if count and whole.max() > length + 1:
        raise ValueError(f"a prompt and its answer have {whole.max()} tokens, more than {length} + 1")
    places = np.arange(length + 1)
    tokens = np.zeros((count, length + 1), np.int32)
    tokens[:, : problems.prompts.shape[1]] = problems.prompts[:, : length + 1]
    behind = places - problems.lengths[:, None]
    inside = (behind >= 0) & (behind < answered[:, None])
    rows, columns = np.nonzero(inside)
    tokens[rows, columns] = problems.solutions[rows, behind[rows, columns]]
    targets = np.where(inside, tokens, UNSCORED)
    return tokens[:, :-1], targets[:, 1:]
