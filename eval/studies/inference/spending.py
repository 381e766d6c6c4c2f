"""How often the strategies of one repetition are right on each test problem, and what they spend on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from eval.inference.answers import JUDGES, Answers, Selector, chosen, marked
from eval.inference.beam import beam_search
from eval.inference.budget import answer_flops, answers_within, judged_flops, memory_bytes, prompts_flops, read_flops
from eval.inference.kept import kept
from eval.inference.revision import revise
from eval.inference.sampling import Samples
from eval.inference.tree import installed, tree_search
from eval.inference.verifier import judging
from eval.studies.inference.models import ANSWERS, STEPS, Models, Verifier
from eval.studies.inference.rows import Size, Strategy
from paradigms.interface import Decodes
from training.data.draws import Draws
from training.data.puzzles.problems import Problems, draw, joined

JUDGED: Mapping[str, tuple[int, ...]] = {"countdown": (3, 4), "chain": (4, 5, 6), "hanoi": (3, 4)}
"""Complexities of the test problems; shorter chains are solved by both sizes, and of 2 discs no tower is tested."""


@dataclass(frozen=True)
class Asked:
    """Test problems.

    Attributes:
        problems: The problems.
        complexity: The complexity of each.
    """

    problems: Problems
    complexity: Int[np.ndarray, " problems"]


@dataclass(frozen=True)
class Spent:
    """What a strategy comes to on each problem.

    Attributes:
        model: The model that answers.
        strategy: How answers come about.
        selector: What chooses among them.
        verifier: The training problems of the verifier that chooses or guides.
        temperature: What logits were divided by.
        samples: Answers, beams, simulations or attempts to each problem.
        right: How often the problem is solved, from 0 to 1.
        flops: Operations.
        tokens: Tokens that were written.
        memory: Bytes of keys and values that are held at once.
    """

    model: Size
    strategy: Strategy
    selector: Selector | None
    verifier: int | None
    temperature: float
    samples: Int[np.ndarray, " problems"]
    right: Float[np.ndarray, " problems"]
    flops: Float[np.ndarray, " problems"]
    tokens: Float[np.ndarray, " problems"]
    memory: Float[np.ndarray, " problems"]


def asked_of(models: Models) -> Asked:
    """Draw the test problems, the same in every repetition."""
    parts, complexity = [], []
    for one in JUDGED[models.name]:
        found = draw(models.puzzles, Draws(one), models.config.problems, one, "test", or_all=True)
        parts.append(models.worked_out(found))
        complexity += [one] * len(found)
    return Asked(joined(parts), np.array(complexity))


@dataclass(frozen=True)
class Spending:
    """All strategies of one repetition, each computed when it is asked for."""

    models: Models
    asked: Asked

    @property
    def problems(self) -> Problems:
        """Return the test problems."""
        return self.asked.problems

    @cached_property
    def pools(self) -> Mapping[float, Answers]:
        """Return the small model's answers at each temperature."""
        config = self.models.config
        return {
            one: self.models.answers(
                f"pool-{one:g}", self.models.small, self.problems, samples=config.samples, temperature=one
            )
            for one in config.temperatures
        }

    @cached_property
    def separate(self) -> Answers:
        """Return answers that nothing but difficulty is judged by."""
        count = self.models.config.separate_samples
        return self.models.answers("separate", self.models.small, self.problems, samples=count, temperature=1.0)

    @cached_property
    def judged(self) -> Verifier:
        """Return the verifier that has seen the most."""
        return self.models.verifiers[-1]

    @cached_property
    def scores(self) -> Mapping[tuple[int, float], Float[np.ndarray, "problems samples"]]:
        """Return the scores that each verifier gives to the pool of each temperature."""
        return {
            (one.problems, temperature): one.scores(self.problems, pool.tokens)
            for one in self.models.verifiers
            for temperature, pool in self.pools.items()
        }

    @cached_property
    def ease(self) -> Mapping[int, Float[np.ndarray, " problems"]]:
        """Return the mean score that each verifier gives to the separate answers to each problem."""
        return {
            one.problems: one.scores(self.problems, self.separate.tokens).mean(axis=1) for one in self.models.verifiers
        }

    def greedy(self, size: Size) -> Spent:
        """Return the likeliest answers of a model."""
        model = self.models.small if size == "small" else self.models.large
        found = self.models.answers(f"greedy-{size}", model, self.problems)
        return self._of_pool(size, "greedy", None, None, 0.0, found, np.ones(len(self.problems), int))

    def sampled(
        self, selector: Selector, temperature: float, samples: int | Int[np.ndarray, " problems"], verifier: int | None
    ) -> Spent:
        """Return what is chosen among so many answers of the pool; of none, nothing is right.

        Args:
            selector: What chooses.
            temperature: The temperature of the pool.
            samples: Answers, for all problems or for each; those of one complexity have as many.
            verifier: The verifier that chooses, where one does.
        """
        wanted = np.broadcast_to(samples, len(self.problems))
        return self._of_pool(
            "small", "sampling", selector, verifier if selector in JUDGES else None, temperature,
            self.pools[temperature], wanted,
        )  # fmt: skip

    def most_within(
        self, budget: Float[np.ndarray, " problems"], selector: Selector, temperature: float
    ) -> Int[np.ndarray, " problems"]:
        """Return how many answers a budget buys, in the mean over the problems of each complexity.

        Args:
            budget: Operations for each problem.
            selector: What chooses among the answers, and may cost.
            temperature: The temperature of the pool.
        """
        once, each = self._prices(self.pools[temperature], selector in JUDGES)
        found = np.zeros(len(self.problems), int)
        for own in self.by_complexity():
            found[own] = answers_within(budget[own].mean(), once[own].mean(), each[own].mean())
        return found

    def by_complexity(self) -> list[Bool[np.ndarray, " problems"]]:
        """Return which problems are of each complexity."""
        return [self.asked.complexity == one for one in np.unique(self.asked.complexity)]

    @cached_property
    def searches(self) -> list[Spent]:
        """Return what is found by beams, by trees where mctx is installed, and by revision, at a temperature of 1."""
        config = self.models.config
        if not self.models.verifiers:
            return []
        found = [self._beam(beams) for beams in config.beams]
        if installed():
            found += [self._tree(simulations) for simulations in config.simulations]
        return found + (self._revisions() if config.attempts else [])

    def _beam(self, beams: int) -> Spent:
        models, problems, verifier = self.models, self.problems, self.judged
        name = f"{models.name}-{models.seed}-beam-{beams}"

        def search() -> dict[str, np.ndarray]:
            found = beam_search(
                cast(Decodes, models.small.paradigm), models.small.variables, verifier.scores, problems,
                models.key(f"beam {beams}"), beams=beams, step=STEPS[models.name], most=models.most, end=models.end,
            )  # fmt: skip
            return dict(vars(found))

        found = kept(models.directory / ANSWERS / f"{name}.npz", search)
        config, spec = models.architecture("small"), models.task.spec
        lengths = problems.lengths
        # The model and the verifier read the prompt once, and every token that is written behind it.
        flops, before = 2 * prompts_flops(config, spec, lengths), np.zeros(len(problems), int)
        written = found["written"]
        for step in range(written.shape[1]):
            own = written[:, step]
            behind = (lengths + before)[:, None] + np.zeros_like(own)
            judged = np.where(own > 0, judged_flops(config, spec, behind, own), 0)
            flops = flops + (read_flops(config, spec, behind, own) + judged).sum(axis=1)
            before = before + own.max(axis=1)
        return Spent(
            "small", "beam", "verifier", verifier.problems, 1.0, np.full(len(problems), beams),
            models.puzzles.check(problems, found["tokens"]).astype(float), flops,
            written.sum(axis=(1, 2)).astype(float), 2 * memory_bytes(config, beams * (lengths + before).astype(float)),
        )  # fmt: skip

    def _tree(self, simulations: int) -> Spent:
        models, problems, verifier = self.models, self.problems, self.judged
        judge = judging(verifier.model.paradigm, models.puzzles.vocabulary)
        length = models.verifier_length
        step = STEPS[models.name]

        def value(rows: Array, last: Array) -> Array:
            # An answer that is longer than any right one is cut, and judged by what is left of it.
            score = judge(verifier.model.variables, rows[:, :length], jnp.minimum(last, length - 1))
            return jax.nn.sigmoid(score)

        def search() -> dict[str, np.ndarray]:
            found = tree_search(
                cast(Decodes, models.small.paradigm), models.small.variables, value, problems,
                models.key(f"tree {simulations}"), simulations=simulations, step=step, most=models.most, end=models.end,
            )  # fmt: skip
            return dict(vars(found))

        name = f"{models.name}-{models.seed}-tree-{simulations}"
        found = kept(models.directory / ANSWERS / f"{name}.npz", search)
        config, spec = models.architecture("small"), models.task.spec
        behind, written = found["behind"], found["written"]
        # The model reads every step that it writes, and the verifier the step that leads to each node.
        read = read_flops(config, spec, behind[..., None] + np.zeros_like(written), written).sum(axis=(1, 2, 3))
        own = np.where(behind > 0, judged_flops(config, spec, behind - step, np.full_like(behind, step)), 0)
        flops = 2 * prompts_flops(config, spec, problems.lengths) + read + own.sum(axis=(1, 2))
        # Keys and values of every node of one search.
        held = 2 * memory_bytes(config, (behind.sum(axis=2) + written.sum(axis=(2, 3))).max(axis=1).astype(float))
        return Spent(
            "small", "tree", "verifier", verifier.problems, 1.0, np.full(len(problems), simulations),
            models.puzzles.check(problems, found["tokens"]).astype(float), flops,
            written.sum(axis=(1, 2, 3)).astype(float), held,
        )  # fmt: skip

    def _revisions(self) -> list[Spent]:
        models, problems, verifier = self.models, self.problems, self.judged
        config, spec = models.architecture("small"), models.task.spec
        name = f"{models.name}-{models.seed}-revised.npz"

        def revised() -> dict[str, np.ndarray]:
            made = revise(
                cast(Decodes, models.reviser.paradigm), models.reviser.variables, models.puzzles.vocabulary, problems,
                models.key("revised"), attempts=models.config.attempts, most=models.most,
            )  # fmt: skip
            return {**vars(made.samples), "read": made.read}

        found = kept(models.directory / ANSWERS / name, revised)
        read = found.pop("read")
        answers = marked(models.puzzles, problems, Samples(**found))
        scores = verifier.scores(problems, answers.tokens)
        written = prompts_flops(config, spec, read) + answer_flops(config, spec, read, answers.counts)
        lengths = problems.lengths
        judged = judged_flops(config, spec, lengths[:, None] + np.zeros_like(read), answers.counts)
        spent = []
        for attempts in range(1, models.config.attempts + 1):
            first = answers[:, :attempts]
            spent += [
                Spent(
                    "small", "revision", selector, verifier.problems, 1.0, np.full(len(problems), attempts),
                    chosen(selector, first, attempts, scores[:, :attempts]),
                    written[:, :attempts].sum(axis=1) + prompts_flops(config, spec, lengths)
                    + judged[:, :attempts].sum(axis=1),
                    first.counts.sum(axis=1).astype(float),
                    memory_bytes(config, (read + answers.counts)[:, :attempts].max(axis=1).astype(float)),
                )
                for selector in JUDGES
            ]  # fmt: skip
        return spent

    def _prices(self, pool: Answers, verified: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return the operations of each problem, once and for each of its answers in the mean."""
        return prices(self.models, "small", self.problems, pool, verified)

    def _of_pool(
        self,
        size: Size,
        strategy: Strategy,
        selector: Selector | None,
        verifier: int | None,
        temperature: float,
        pool: Answers,
        samples: Int[np.ndarray, " problems"],
    ) -> Spent:
        config = self.models.architecture(size)
        once, each = prices(self.models, size, self.problems, pool, verifier is not None)
        scores = None if verifier is None else self.scores[verifier, temperature]
        right = np.zeros(len(self.problems))
        for own in self.by_complexity():
            (count,) = np.unique(samples[own])
            if count:
                part = pool[own]
                marks = None if scores is None else scores[own]
                right[own] = part.pass_rate if selector is None else chosen(selector, part, int(count), marks)
        counts = pool.counts.mean(axis=1)
        models = 1 if verifier is None else 2
        held = models * memory_bytes(config, samples * (self.problems.lengths + counts))
        return Spent(
            size, strategy, selector, verifier, temperature, samples, right, once + samples * each, samples * counts,
            held,
        )  # fmt: skip


def prices(
    models: Models, size: Size, problems: Problems, pool: Answers, verified: bool
) -> tuple[Float[np.ndarray, " problems"], Float[np.ndarray, " problems"]]:
    """Return what is spent on each problem once, and for each of its answers in the mean, in operations.

    Args:
        models: The models.
        size: The one that answers.
        problems: What it was asked.
        pool: Its answers.
        verified: Whether a verifier reads each of them.
    """
    config, spec = models.architecture(size), models.task.spec
    prompt = problems.lengths[:, None] + np.zeros_like(pool.counts)
    once = prompts_flops(config, spec, problems.lengths)
    each = answer_flops(config, spec, prompt, pool.counts).mean(axis=1)
    if verified:
        judge = models.architecture("small")
        once = once + prompts_flops(judge, spec, problems.lengths)
        each = each + judged_flops(judge, spec, prompt, pool.counts).mean(axis=1)
    return once, each
