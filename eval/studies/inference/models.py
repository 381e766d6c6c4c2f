"""The models of one repetition, each trained when it is first asked for and kept in the directory of the study."""

from __future__ import annotations

import dataclasses
import functools
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias, cast

import jax
import numpy as np
from jaxtyping import Float, Int, PRNGKeyArray

from eval.inference.answers import Answers, marked
from eval.inference.iteration import right_answers
from eval.inference.kept import kept_samples
from eval.inference.revision import END, SHOWN, revisions
from eval.inference.sampling import sampler
from eval.inference.tasks import PAIR, paired, task_of
from eval.inference.trained import TrainedModel, train
from eval.inference.verifier import scorer, verifier_task
from eval.studies.inference.config import Config, TaskName
from eval.studies.inference.rows import Arm, Size
from paradigms import transformer
from paradigms.interface import Decodes, Paradigm, Variables
from paradigms.wrapped import Started
from training.config import OptimizerConfig, ProbesConfig, Settings, TrainerConfig
from training.data.draws import Draws
from training.data.puzzles import chain, countdown, hanoi
from training.data.puzzles.problems import Problems, Puzzles, SplitName, draw, joined
from training.data.vocabulary import Vocabulary
from training.tasks import Task, TaskConfig, load_task

MODELS, ANSWERS = "models", "answers"
"""Folders of a study's directory."""
STEPS = {"countdown": countdown.STEP, "chain": chain.STEP, "hanoi": hanoi.STEP}
"""Tokens of a step."""
SLACK = 1.5
"""Tokens that an answer may have, over those that a right one needs: no limit explains a wrong one."""
ROUND_SAMPLES = 8
"""Answers to each problem in a round of expert iteration."""
_HELD_OUT = 300
"""Problems that validate what is trained on answers of the model's own."""
_PUZZLES: dict[TaskName, Puzzles] = {
    "countdown": cast(Puzzles, countdown),
    "chain": cast(Puzzles, chain),
    "hanoi": cast(Puzzles, hanoi),
}


Judge: TypeAlias = Callable[[Variables, Problems, np.ndarray], np.ndarray]
"""``(variables, problems, answers) -> scores``; see :func:`eval.inference.verifier.scorer`."""


@dataclass(frozen=True)
class Verifier:
    """A verifier.

    Attributes:
        problems: The training problems that it saw answers to.
        model: What was trained.
        judge: See :func:`eval.inference.verifier.scorer`.
        longest: The tokens that it reads of an answer; what is longer is wrong, and judged by so many.
    """

    problems: int
    model: TrainedModel
    judge: Judge
    longest: int

    def scores(
        self, problems: Problems, tokens: Int[np.ndarray, "problems samples most"]
    ) -> Float[np.ndarray, "problems samples"]:
        """Judge answers, or what was written of them so far."""
        return self.judge(self.model.variables, problems, tokens[:, :, : self.longest])


@dataclass(frozen=True)
class Models:
    """The models of one task and seed.

    Attributes:
        config: The settings of the study.
        name: The task.
        seed: The seed of the repetition.
        directory: The study's.
    """

    config: Config
    name: TaskName
    seed: int
    directory: Path

    @property
    def puzzles(self) -> Puzzles:
        """Return what is asked."""
        return _PUZZLES[self.name]

    @property
    def verifier_problems(self) -> tuple[int, ...]:
        """Return the problems that verifiers see answers to: none of ``hanoi``.

        All problems that train are known by heart after some epochs, and wrong answers to learn from are missing.
        """
        return () if self.name == "hanoi" else self.config.verifier_problems

    @property
    def task(self) -> Task:
        """Return what both sizes learn, a problem an example."""
        return _task(self.name)

    @cached_property
    def longest(self) -> int:
        """Return the tokens of the longest right answer to a problem like those that train."""
        return max(map(self.puzzles.longest, self.puzzles.trained))

    @cached_property
    def prompt_width(self) -> int:
        """Return the tokens of the longest prompt of a problem like those that train."""
        return max(int(one.lengths.max()) for one in self._one_of_each())

    @property
    def most(self) -> int:
        """Return the most tokens of an answer to a problem like those that train."""
        return int(SLACK * self.longest)

    @property
    def verifier_length(self) -> int:
        """Return the tokens that verifiers read: of an answer no more than a right one has."""
        return self.prompt_width + self.longest

    def architecture(self, size: Size) -> transformer.Config:
        """Return the settings of the small model or the large one, built as Llama is (Touvron et al. 2023).

        With GELU, biases and layer norm both tasks take more updates to learn.
        """
        width, layers = (2 * self.config.width, 7) if size == "large" else (self.config.width, 2)
        return transformer.Config(
            width=width, layers=layers, heads=self.config.heads, norm="rms", feed_forward="swiglu", bias=False
        )

    def key(self, purpose: str) -> PRNGKeyArray:
        """Return a source of chance of its own for each purpose."""
        return jax.random.fold_in(jax.random.key(self.seed), zlib.crc32(f"{self.name}, {purpose}".encode()))

    def problems(self, count: int, purpose: str, split: SplitName) -> Problems:
        """Draw problems like those that train, worked out where there are two forms.

        Of ``countdown`` a third have 3 numbers and the others 4, of which there are more; chains are of every length
        equally often.
        """
        trained = self.puzzles.trained
        shares = (1 / 3, 2 / 3) if self.name == "countdown" else (1 / len(trained),) * len(trained)
        drawn = []
        for complexity, share in zip(trained, shares, strict=True):
            draws = Draws(zlib.crc32(f"{self.seed}, {purpose}, {complexity}".encode()))
            wanted = max(1, round(count * share))
            drawn.append(draw(self.puzzles, draws, wanted, complexity, split, or_all=split != "train"))
        return self.worked_out(joined(drawn))

    def worked_out(self, problems: Problems) -> Problems:
        """Ask for answers that are worked out, where there are two forms, and leave out what pads all prompts.

        Args:
            problems: Problems like those that train.
        """
        problems = dataclasses.replace(problems, prompts=problems.prompts[:, : self.prompt_width])
        return chain.in_form(problems, np.zeros(len(problems), bool)) if self.name == "chain" else problems

    def answers(
        self,
        name: str,
        model: TrainedModel,
        problems: Problems,
        *,
        samples: int = 1,
        temperature: float = 0.0,
        most: int | None = None,
    ) -> Answers:
        """Let a model answer, unless it has before; the likeliest tokens by default.

        Args:
            name: What the file of the answers is called; no two of one repetition share it.
            model: The model.
            problems: What it is asked.
            samples: Answers to each.
            temperature: What logits are divided by.
            most: The most tokens of an answer; by default :attr:`most`.
        """
        write = sampler(
            cast(Decodes, model.paradigm), most=most or self.most, end=self.end, samples=samples,
            temperature=temperature,
        )  # fmt: skip
        return marked(
            self.puzzles,
            problems,
            kept_samples(
                self.directory / ANSWERS / f"{self.name}-{self.seed}-{name}.npz",
                lambda: write(model.variables, problems.prompts, problems.lengths, self.key(name)),
            ),
        )

    @cached_property
    def small(self) -> TrainedModel:
        """Return the small model."""
        return self._train("small", self.config.small_rate)

    @cached_property
    def large(self) -> TrainedModel:
        """Return the large model."""
        return self._train("large", self.config.large_rate)

    @cached_property
    def longer_prompts(self) -> TrainedModel:
        """Return a small model that was also trained on chains beyond the others, answered at once.

        Positions as far as theirs were trained then, and steps were not.
        """
        return self._train("longer_prompts", self.config.small_rate)

    @cached_property
    def verifiers(self) -> tuple[Verifier, ...]:
        """Return the verifiers, the one that has seen the most answers last: the small model goes on as one."""
        found, length = [], self.verifier_length
        for problems, updates in zip(self.verifier_problems, self.config.verifier_updates, strict=False):
            name = f"verifier_{problems}"
            asked = self.problems(problems, name, "train")
            own = self.answers(
                f"{name}-lessons", self.small, asked, samples=self.config.verifier_samples, temperature=1.0
            )
            vocabulary = self.puzzles.vocabulary
            read = own.tokens[:, :, : self.longest]
            task = verifier_task(vocabulary, asked, read, own.correct, length, step=STEPS[self.name], seed=self.seed)
            model = self._continued(name, self.small, task, updates, self.config.verifier_batch)
            found.append(Verifier(problems, model, _scorer(model.paradigm, vocabulary, length), self.longest))
        return tuple(found)

    @cached_property
    def reviser(self) -> TrainedModel:
        """Return the small model after it has learned to answer behind wrong answers of its own."""
        asked = self.problems(self.config.round_problems, "reviser", "train")
        own = self.answers("reviser-lessons", self.small, asked, samples=2 * SHOWN, temperature=1.0)
        lessons = revisions(self.puzzles.vocabulary, asked, own, seed=self.seed)
        return self._answering(
            self._continued("reviser", self.small, self._task_of("reviser", lessons), self.config.revision_updates)
        )

    def rounds(self) -> Iterator[tuple[str, TrainedModel]]:
        """Yield the small model, what it is after each round of expert iteration, and the control."""
        yield "supervised", self.small
        model = self.small
        for number in range(1, self.config.rounds + 1):
            name = f"round_{number}"
            asked = self.problems(self.config.round_problems, name, "train")
            own = self.answers(f"{name}-lessons", model, asked, samples=ROUND_SAMPLES, temperature=1.0)
            task = self._task_of(name, right_answers(asked, own))
            model = self._answering(self._continued(name, model, task, self.config.round_updates))
            yield name, model
        further = self.config.rounds * self.config.round_updates
        yield "control", self._continued("control", self.small, self.task, further)

    @property
    def end(self) -> int:
        """Return the token that ends an answer."""
        return self.puzzles.vocabulary.number(END)

    def _one_of_each(self) -> list[Problems]:
        return [draw(self.puzzles, Draws(0), 1, complexity, "train") for complexity in self.puzzles.trained]

    def _task_of(self, name: str, train: Problems) -> Task:
        held_out = self.problems(_HELD_OUT, "held out", "validation")
        length = max(int((one.lengths + (one.solutions != 0).sum(axis=1)).max()) for one in (train, held_out)) - 1
        note = f"answers of the model's own to {self.name}; problems of the split of validation validate"
        return task_of(f"{self.name}, {name}", self.puzzles, train, held_out, length, note)

    def _train(self, name: Arm, rate: float) -> TrainedModel:
        size: Size = "large" if name == "large" else "small"
        architecture, batch, updates = self.architecture(size), self.config.batch_size, self.config.updates(self.name)
        if self.name != "chain":
            return self._trained(name, transformer.build(architecture, self.task.spec), self.task, updates, batch, rate)
        # What would pad chains holds others: loss and gradients are those of as many examples of one chain each.
        pairs = _pairs_of_chains(name == "longer_prompts")
        apart = transformer.build(dataclasses.replace(architecture, text_start=chain.BOS), pairs.spec)
        found = self._trained(name, apart, pairs, updates, batch // PAIR, rate)
        return dataclasses.replace(found, paradigm=transformer.build(architecture, self.task.spec))

    def _answering(self, model: TrainedModel) -> TrainedModel:
        """Let a model that was trained on texts of another length answer by the small one's programs."""
        return dataclasses.replace(model, paradigm=self.small.paradigm)

    def _continued(
        self, name: str, model: TrainedModel, task: Task, updates: int, batch: int | None = None
    ) -> TrainedModel:
        """Let a small model go on with another task, at half of its rate."""
        paradigm = transformer.build(self.architecture("small"), task.spec)
        started = Started(paradigm, model.variables)
        found = self._trained(name, started, task, updates, batch or self.config.batch_size, self.config.small_rate / 2)
        return dataclasses.replace(found, paradigm=paradigm)

    def _trained(
        self, name: str, paradigm: Paradigm, task: Task, updates: int, batch: int, rate: float
    ) -> TrainedModel:
        architecture = self.architecture("large" if name == "large" else "small")
        features = task.spec.inputs.shape[0] * architecture.layers * architecture.width
        settings = Settings(
            trainer=TrainerConfig(
                steps=updates,
                batch_size=batch,
                microbatches=parts(batch, features, self.config.features_at_once),
                log_every=100,
                eval_every=0,
                checkpoint_every=500,
                keep_checkpoints=1,
            ),
            optimizer=OptimizerConfig(learning_rate=rate, warmup_steps=100, weight_decay=0.01, b2=0.99),
            probes=ProbesConfig(every=0, timing_repeats=0, compiled=False),
            seed=self.seed,
            tracking=(),
        )
        return train(paradigm, task, settings, self.directory / MODELS / f"{self.name}-{self.seed}-{name}")


def parts(batch: int, features: int, most: int) -> int:
    """Return into how many parts of one size a batch is cut, as few as keep each within so many features.

    Args:
        batch: Examples of an update.
        features: Features of the tokens of an example, in all layers.
        most: Features of a part at most, unless one example has more.
    """
    return next((one for one in range(1, batch) if batch % one == 0 and batch // one * features <= most), batch)


@functools.cache
def _task(name: TaskName) -> Task:
    return load_task(TaskConfig(name))


@functools.cache
def _pairs_of_chains(longer_prompts: bool) -> Task:
    return paired(_longer_chains() if longer_prompts else _task("chain"))


@functools.cache
def _scorer(paradigm: Paradigm, vocabulary: Vocabulary, length: int) -> Judge:
    return scorer(paradigm, vocabulary, length)


def _longer_chains() -> Task:
    """Return chains as the others learn them, and as many longer ones, to be answered at once alone."""
    puzzles = _PUZZLES["chain"]
    longer = [one for one in puzzles.complexities if one not in puzzles.trained]
    each = 10_000
    parts = [draw(puzzles, Draws(1), each, one, "train") for one in puzzles.trained]
    parts += [chain.in_form(draw(puzzles, Draws(1), each, one, "train"), np.ones(each, bool)) for one in longer]
    held_out = joined([draw(puzzles, Draws(1), 40, one, "validation", or_all=True) for one in puzzles.trained])
    train = joined(parts)
    length = int((train.lengths + (train.solutions != 0).sum(axis=1)).max()) - 1
    note = "chains of 1 to 6 steps in both forms, and of 7 to 12 that are answered at once alone"
    return task_of("chain, longer prompts", puzzles, train, held_out, length, note)
