"""A language model that others trained, asked for arithmetic in words; its rows inform, and decide no statement."""

from __future__ import annotations

import importlib.util
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from eval.inference.answers import JUDGES, SELECTORS, Answers, chosen
from eval.inference.budget import answer_flops, memory_bytes, prompts_flops
from eval.inference.kept import kept, kept_samples
from eval.inference.pretrained import Pretrained, load, smollm2
from eval.inference.sampling import Samples, sampler
from eval.inference.words import Arithmetic, arithmetic, doubt, question, tokens_of, understood
from eval.statistics.intervals import student
from eval.studies.inference.config import Config, halved
from eval.studies.inference.models import ANSWERS
from eval.studies.inference.rows import PretrainedResult, PretrainedSelector
from paradigms.interface import Decodes, Variables
from training.errors import BadInput

OPERANDS = (2, 3)
"""Numbers of a problem."""
MOST = 16
"""The most tokens of an answer."""
TEMPERATURE = 0.8
"""What logits are divided by when answers are drawn."""
MODEL = "SmolLM2-135M-Instruct"
_TEXTS = 32
"""Texts that are read at once when answers are judged."""


def require_pretrained(config: Config) -> None:
    """Look for the model that is asked, where the settings ask it.

    Raises:
        BadInput: Its file or a package that reads it is missing, or the file is damaged.
    """
    if not config.pretrained:
        return
    for package in ("gguf", "tokenizers"):
        if importlib.util.find_spec(package) is None:
            raise BadInput(
                f"settings.pretrained=true needs the package {package}: pip install -e '.[pretrained]', or use "
                "settings.pretrained=false"
            )
    try:
        smollm2()
    except BadInput as error:
        raise BadInput(f"settings.pretrained=true: {error}; or use settings.pretrained=false") from error


@dataclass(frozen=True)
class Asked:
    """The pretrained model, asked for arithmetic with so many numbers.

    Attributes:
        config: The settings of the study.
        operands: Numbers of a problem.
        directory: The study's.
    """

    config: Config
    operands: int
    directory: Path

    @cached_property
    def model(self) -> Pretrained:
        """Return the model."""
        return load(smollm2(), MOST)

    @cached_property
    def problems(self) -> Arithmetic:
        """Return what is asked."""
        return arithmetic(self.config.pretrained_problems, self.operands)

    @cached_property
    def prompts(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the questions in tokens, and how many each has."""
        return tokens_of(self.model.tokeniser, [question(one) for one in self.problems.expressions])

    def answers(self, samples: int, temperature: float) -> tuple[Answers, list[list[str | None]]]:
        """Let the model answer, unless it has before; return what each answer says, too."""
        name = f"pretrained-{self.operands}-{samples}-{temperature:g}"

        def write() -> Samples:
            model = self.model
            writes = sampler(
                cast(Decodes, model.paradigm), most=MOST, end=model.tokeniser.end, samples=samples,
                temperature=temperature,
            )  # fmt: skip
            key = jax.random.fold_in(jax.random.key(self.config.seed), zlib.crc32(name.encode()))
            return writes(model.variables, *self.prompts, key)

        found = kept_samples(self.directory / ANSWERS / f"{name}.npz", write)
        return understood(self.problems, found, self.model.tokeniser)

    def scores(
        self, said: list[list[str | None]]
    ) -> tuple[Float[np.ndarray, "problems samples"], Int[np.ndarray, "problems samples"]]:
        """Ask the model whether each answer is right; equal answers to a problem are asked about once.

        Args:
            said: What each answer says; one that says nothing is not asked about, and has the least score.

        Returns:
            The logarithm of the odds of ``Yes``, and the tokens of each doubt, 0 for none.
        """
        pairs = sorted({(place, one) for place, row in enumerate(said) for one in row if one is not None})
        scores = np.full((len(said), len(said[0])), -np.inf)
        read = np.zeros(scores.shape, int)
        if not pairs:
            return scores, read
        rows, lengths = tokens_of(
            self.model.tokeniser, [doubt(self.problems.expressions[place], one) for place, one in pairs]
        )
        path = self.directory / ANSWERS / f"pretrained-{self.operands}-{len(said[0])}-judged.npz"
        log_odds = kept(path, lambda: {"log_odds": self._log_odds(rows, lengths)})["log_odds"]
        found = {pair: (log_odds[number], lengths[number]) for number, pair in enumerate(pairs)}
        for place, row in enumerate(said):
            for sample, one in enumerate(row):
                if one is not None:
                    scores[place, sample], read[place, sample] = found[place, one]
        return scores, read

    def _log_odds(self, rows: np.ndarray, lengths: np.ndarray) -> Float[np.ndarray, " rows"]:
        model = self.model
        yes = int(model.tokeniser.encode("Yes")[len(model.tokeniser.prefix)])

        @jax.jit
        def judge(variables: Variables, rows: Array, lengths: Array) -> Array:
            logits, _ = model.paradigm.start(variables, rows, lengths, rows.shape[1])
            probability = jax.nn.log_softmax(logits)[:, yes]
            return probability - jnp.log(-jnp.expm1(probability))

        at_once, parts = min(_TEXTS, len(rows)), []
        for first in range(0, len(rows), at_once):
            # The last part is filled up with the first rows, so that one program serves all.
            places = np.arange(first, first + at_once) % len(rows)
            parts.append(np.asarray(judge(model.variables, jnp.asarray(rows[places]), jnp.asarray(lengths[places]))))
        return np.concatenate(parts)[: len(rows)].astype(float)


def pretrained(asked: Asked) -> Iterator[PretrainedResult]:
    """Yield how often the pretrained model is right, by what chooses among its answers.

    Args:
        asked: The model and its problems.
    """
    samples = asked.config.pretrained_samples
    greedy, _ = asked.answers(1, 0.0)
    yield _row(asked, greedy, None, 1, 0.0, np.zeros(greedy.counts.shape, int), greedy.pass_rate)
    pool, said = asked.answers(samples, TEMPERATURE)
    scores, read = asked.scores(said)
    for selector in SELECTORS:
        for number in halved(samples):
            judged = read if selector in JUDGES else np.zeros_like(read)
            right = chosen(selector, pool, number, scores if selector in JUDGES else None)
            # What checks a sum has computed it: that one of the answers is right is no way to choose it.
            own = "coverage" if selector == "checker" else selector
            yield _row(asked, pool, own, number, TEMPERATURE, judged, right)


def _row(
    asked: Asked,
    answers: Answers,
    selector: PretrainedSelector | None,
    samples: int,
    temperature: float,
    judged: Int[np.ndarray, "problems samples"],
    right: Float[np.ndarray, " problems"],
) -> PretrainedResult:
    """Charge the question once, and each answer with the doubt that is read of it."""
    config, spec = asked.model.paradigm.config, asked.model.paradigm.spec
    _, lengths = asked.prompts
    counts = answers.counts
    each = answer_flops(config, spec, lengths[:, None] + np.zeros_like(counts), counts)
    each = each + np.where(judged > 0, prompts_flops(config, spec, np.maximum(judged, 1)), 0)
    held = memory_bytes(config, samples * (lengths + counts.mean(axis=1)))
    accuracy = student(right)
    return PretrainedResult(
        model=MODEL,
        operands=asked.operands,
        selector=selector,
        samples=samples,
        temperature=temperature,
        problems=len(lengths),
        accuracy=accuracy.mean,
        low=accuracy.low,
        high=accuracy.high,
        inference_flops=float((prompts_flops(config, spec, lengths) + samples * each.mean(axis=1)).mean()),
        tokens=float(samples * counts.mean()),
        memory_bytes=float(held.mean()),
    )
