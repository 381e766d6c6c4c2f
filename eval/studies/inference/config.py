"""The settings of the study of inference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from eval.inference.sampling import ROWS
from eval.inference.tasks import PAIR
from training.errors import BadInput

TaskName: TypeAlias = Literal["countdown", "chain", "hanoi"]
SIZES = 14.0
"""How many times larger the large model is: 7 layers of twice the width for 2."""


@dataclass(frozen=True)
class Config:
    """What is trained, how it answers and what it may spend; the defaults are the preset ``quick``.

    Attributes:
        seed: The seed of the first repetition; the others follow.
        tasks: The puzzles.
        seeds: Repetitions, each with models and answers of its own; the test problems are the same.
        width: The width of the small model, of 2 layers; the large one has 7 of twice that width, 14 times as many
            parameters in its blocks.
        heads: Attention heads of both.
        countdown_updates: Updates of both models on ``countdown``.
        chain_updates: Updates of both models on ``chain``.
        hanoi_updates: Updates of both models on ``hanoi``.
        batch_size: Problems per update, an even number.
        features_at_once: Features of all tokens in all layers of which a gradient is taken at a time: of more, a batch
            is cut into parts that are differentiated one after another, so that what is kept of one stays in the caches
            of a CPU.
        small_rate: The peak learning rate of the small model, and of all that goes on from it.
        large_rate: The peak learning rate of the large model.
        problems: Test problems of each complexity, or all that there are.
        samples: Answers of a pool, of which 1, 2, 4, … are chosen from.
        separate_samples: Further answers to each problem, by which difficulty is judged.
        temperatures: What logits are divided by when answers are drawn.
        verifier_problems: Training problems that each verifier has seen answers to, ascending; the last is judged.
        verifier_samples: Answers to each of them.
        verifier_updates: Updates of each verifier.
        verifier_batch: Answers per update.
        beams: Beams of each search, ascending, all multiples of 4.
        simulations: Simulations of each tree search, ascending; none without the package mctx.
        attempts: Attempts of a model that revises; 0 for none.
        revision_updates: Updates by which it learns to.
        rounds: Rounds of expert iteration; 0 for none.
        round_problems: Training problems that are answered in each.
        round_updates: Updates of each; the control has as many more of the supervised ones.
        chains: Chains of each number of steps, worked out and answered at once.
        pretrained: Whether SmolLM2, which others trained, is asked for arithmetic in words, too.
        pretrained_problems: Problems of two numbers, and of three.
        pretrained_samples: Answers to each.
    """

    seed: int = 0
    tasks: tuple[TaskName, ...] = ("countdown", "chain")
    seeds: int = 1
    width: int = 32
    heads: int = 4
    countdown_updates: int = 2000
    chain_updates: int = 2500
    hanoi_updates: int = 2000
    batch_size: int = 64
    features_at_once: int = 2**18
    small_rate: float = 1e-2
    large_rate: float = 5e-3
    problems: int = 240
    samples: int = 64
    separate_samples: int = 64
    temperatures: tuple[float, ...] = (0.6, 1.0)
    verifier_problems: tuple[int, ...] = (6000, 24000)
    verifier_samples: int = 4
    verifier_updates: tuple[int, ...] = (400, 2000)
    verifier_batch: int = 128
    beams: tuple[int, ...] = (4, 8, 16)
    simulations: tuple[int, ...] = (8,)
    attempts: int = 8
    revision_updates: int = 300
    rounds: int = 2
    round_problems: int = 8000
    round_updates: int = 500
    chains: int = 200
    pretrained: bool = False
    pretrained_problems: int = 10
    pretrained_samples: int = 16

    def __post_init__(self) -> None:
        _require(self.seed >= 0, f"seed={self.seed} must be 0 or more")
        _require(
            len(self.tasks) >= 1 and len(set(self.tasks)) == len(self.tasks),
            f"settings.tasks={list(self.tasks)} must list tasks, each once",
        )
        for name in (
            "seeds", "countdown_updates", "chain_updates", "hanoi_updates", "batch_size", "features_at_once",
            "verifier_samples", "verifier_batch", "revision_updates", "round_problems", "round_updates",
        ):  # fmt: skip
            _require(getattr(self, name) >= 1, f"settings.{name}={getattr(self, name)} must be at least 1")
        _require(
            "chain" not in self.tasks or self.batch_size % PAIR == 0,
            f"settings.batch_size={self.batch_size} must be even: two chains are an example",
        )
        for name in ("problems", "samples", "separate_samples", "chains"):
            _require(getattr(self, name) >= 10, f"settings.{name}={getattr(self, name)} must be at least 10")
        most = max(self.samples, self.separate_samples, self.verifier_samples, self.pretrained_samples)
        _require(most <= ROWS, f"settings of {most} answers to a problem are beyond the {ROWS} written at once")
        for name in ("pretrained_problems", "pretrained_samples"):
            _require(getattr(self, name) >= 2, f"settings.{name}={getattr(self, name)} must be at least 2")
        for name in ("attempts", "rounds"):
            _require(getattr(self, name) >= 0, f"settings.{name}={getattr(self, name)} must be 0 (none) or more")
        for name in ("small_rate", "large_rate"):
            _require(getattr(self, name) > 0, f"settings.{name}={getattr(self, name)} must be positive")
        _require(
            self.width >= 1 and self.heads >= 1 and self.width % (2 * self.heads) == 0,
            f"settings.width={self.width} must be divisible by twice settings.heads={self.heads}: rotary positions "
            "turn pairs of a head's features",
        )
        _require(
            len(self.temperatures) >= 1 and min(self.temperatures) > 0 and max(self.temperatures) < float("inf"),
            f"settings.temperatures={list(self.temperatures)} must list finite numbers above 0",
        )
        for name, least in (("verifier_problems", 1), ("beams", 4), ("simulations", 1)):
            self._ascending(name, least)
        _require(len(self.verifier_problems) >= 1, "settings.verifier_problems=[] must list at least one number")
        _require(
            len(self.verifier_updates) == len(self.verifier_problems) and min(self.verifier_updates) >= 1,
            f"settings.verifier_updates={list(self.verifier_updates)} must list one number of at least 1 for each of "
            f"settings.verifier_problems={list(self.verifier_problems)}",
        )
        _require(
            all(one % 4 == 0 for one in self.beams),
            f"settings.beams={list(self.beams)} must list multiples of 4: each beam that is kept has 4 continuations",
        )

    def _ascending(self, name: str, least: int) -> None:
        values = getattr(self, name)
        _require(
            list(values) == sorted(set(values)) and (not values or values[0] >= least),
            f"settings.{name}={list(values)} must list numbers of at least {least}, each larger than the one before",
        )

    @property
    def numbers(self) -> tuple[int, ...]:
        """Return the numbers of answers that curves are drawn at: 1, 2, 4, … and the whole pool."""
        return halved(self.samples)

    @property
    def training_seeds(self) -> tuple[int, ...]:
        """Return the seeds of all repetitions."""
        return tuple(self.seed + place for place in range(self.seeds))

    def updates(self, task: TaskName) -> int:
        """Return the updates of both models."""
        return {"countdown": self.countdown_updates, "chain": self.chain_updates, "hanoi": self.hanoi_updates}[task]


def halved(samples: int) -> tuple[int, ...]:
    """Return the powers of two below a number of answers, and the number itself, ascending."""
    return (*(2**place for place in range(samples.bit_length()) if 2**place < samples), samples)


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise BadInput(sentence)
