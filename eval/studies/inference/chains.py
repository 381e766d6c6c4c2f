"""Chains of every length: where accuracy ends, what is spent there, and whether working them out pays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from jaxtyping import Float

from eval.claims import CLAIMS
from eval.inference.answers import Answers, chosen
from eval.inference.trained import TrainedModel
from eval.statistics.intervals import Interval, jackknife, student, wilson
from eval.studies.inference.models import SLACK, Models
from eval.studies.inference.rows import Arm, ChainLength, Collapse, Form, Size, Thinking
from eval.studies.inference.spending import prices
from training.data.draws import Draws
from training.data.puzzles import chain
from training.data.puzzles.problems import Problems, draw

FORMS: tuple[Form, ...] = ("THINK", "DIRECT")
SHORTEST_FITTED = 2
"""Chains of one step are few, and all are solved."""
VOTES = 16
"""Direct answers that are drawn, of which as many vote as working out buys."""
_MOST = int(SLACK * chain.completion_length)


def asked(models: Models, steps: int, form: Form) -> Problems:
    """Draw test chains of so many steps, the same in both forms and in every repetition."""
    found = draw(models.puzzles, Draws(steps), models.config.chains, steps, "test", or_all=True)
    return chain.in_form(found, np.full(len(found), form == "DIRECT"))


@dataclass(frozen=True)
class Chains:
    """Greedy answers of one model to chains of every length.

    Attributes:
        models: The models of the repetition.
        arm: Which of them answers.
    """

    models: Models
    arm: Arm

    @property
    def model(self) -> TrainedModel:
        """Return the model that answers."""
        return getattr(self.models, self.arm)

    def answers(self, steps: int, form: Form) -> Answers:
        """Return its likeliest answers."""
        name = f"chains-{self.arm}-{form}-{steps}"
        return self.models.answers(name, self.model, asked(self.models, steps, form), most=_MOST)

    def right(self, steps: int) -> Float[np.ndarray, " problems"]:
        """Return which chains are right, worked out."""
        return self.answers(steps, "THINK").correct[:, 0].astype(float)


def lengths(chains: Chains) -> list[ChainLength]:
    """Measure greedy answers of both forms at every length."""
    found = []
    accuracies = [float(chains.right(steps).mean()) for steps in _fitted()]
    for form in FORMS:
        for steps in chain.complexities:
            problems = asked(chains.models, steps, form)
            answers = chains.answers(steps, form)
            right = int(answers.correct.sum())
            accuracy = wilson(right, len(problems))
            spent = student(answers.counts[:, 0])
            found.append(
                ChainLength(
                    training_seed=chains.models.seed,
                    model=chains.arm,
                    form=form,
                    complexity=steps,
                    trained=is_trained(chains.arm, form, steps),
                    problems=len(problems),
                    accuracy=accuracy.mean,
                    low=accuracy.low,
                    high=accuracy.high,
                    tokens_spent=spent.mean,
                    tokens_low=spent.low,
                    tokens_high=spent.high,
                    tokens_needed=int((problems.solutions[0] != chain.PAD).sum()),
                    cut=float((~answers.ended).mean()),
                    extrapolated=extrapolated(accuracies, steps) if form == "THINK" else None,
                )
            )
    return found


def is_trained(arm: Arm, form: Form, steps: int) -> bool:
    """Return whether a model has seen chains of so many steps in this form."""
    return steps in chain.trained or (arm == "longer_prompts" and form == "DIRECT")


def _fitted() -> list[int]:
    return [steps for steps in chain.trained if steps >= SHORTEST_FITTED]


def extrapolated(accuracies: Sequence[float], steps: int) -> float | None:
    """Extrapolate accuracy as a solver's that is right at each step as often as it was at those that are fitted.

    The logarithm of accuracy is proportional to the number of steps; the factor is that of least squares.

    Args:
        accuracies: Accuracies of trained chains of :data:`SHORTEST_FITTED` steps and more.
        steps: The steps of the chains that are extrapolated to.

    Returns:
        The accuracy; ``None`` where one of those is 0, so that it has no logarithm.
    """
    if min(accuracies) <= 0:
        return None
    fitted = np.array(_fitted(), float)
    slope = float(fitted @ np.log(accuracies) / (fitted @ fitted))
    return math.exp(slope * steps)


def collapse(chains: Chains) -> list[Collapse]:
    """Hold accuracy at the first untrained length against a share of what errors that add up leave of it."""
    share = CLAIMS["C12"].thresholds["collapse"]
    first = max(chain.trained) + 1
    columns = [chains.right(steps) for steps in (first, *_fitted())]
    # The jackknife leaves out one chain of each length, and some of every trained length must be solved without it.
    if min(one.sum() for one in columns[1:]) < 2:
        return []

    def expected(*trained: float) -> float:
        return cast(float, extrapolated(trained, first))

    def excess(accuracy: float, *trained: float) -> float:
        return accuracy - share * expected(*trained)

    found = jackknife(excess, *columns)
    return [
        Collapse(
            training_seed=chains.models.seed,
            model=chains.arm,
            complexity=first,
            problems=len(columns[0]),
            accuracy=float(columns[0].mean()),
            extrapolated=expected(*(float(one.mean()) for one in columns[1:])),
            share=share,
            excess=found.mean,
            low=found.low,
            high=found.high,
        )
    ]


def thinking(models: Models, size: Size) -> list[Thinking]:
    """Hold working a chain out against a vote on direct answers, at the operations of working it out."""
    found = []
    chains = Chains(models, size)
    model = chains.model
    for steps in chain.complexities:
        worked, direct = (asked(models, steps, form) for form in FORMS)
        answers = chains.answers(steps, "THINK")
        pool = models.answers(f"votes-{size}-{steps}", model, direct, samples=VOTES, temperature=1.0, most=_MOST)
        once, each = (float(one.mean()) for one in prices(models, size, worked, answers, False))
        start, vote = (float(one.mean()) for one in prices(models, size, direct, pool, False))
        votes = max(1, min(VOTES, int((once + each - start) / vote)))
        voted = chosen("majority", pool, votes)
        right = answers.correct[:, 0].astype(float)
        difference: Interval = student(right - voted)
        found.append(
            Thinking(
                training_seed=models.seed,
                model=size,
                complexity=steps,
                trained=is_trained(size, "THINK", steps),
                votes=votes,
                problems=len(worked),
                think_accuracy=float(right.mean()),
                vote_accuracy=float(voted.mean()),
                difference=difference.mean,
                low=difference.low,
                high=difference.high,
            )
        )
    return found
