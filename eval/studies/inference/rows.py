"""The kinds of row of the study: models, strategies, comparisons at one cost, verifiers, and chains by their length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from eval.inference.answers import Selector
from eval.rows import Row
from eval.studies.inference.config import TaskName

Size: TypeAlias = Literal["small", "large"]
Strategy: TypeAlias = Literal["greedy", "sampling", "beam", "tree", "revision"]
Choice: TypeAlias = Literal["greedy", "sampling", "beam", "tree", "revision", "compute_optimal"]
Form: TypeAlias = Literal["THINK", "DIRECT"]
Arm: TypeAlias = Literal["small", "large", "longer_prompts"]
PretrainedSelector: TypeAlias = Literal["majority", "verifier", "weighted", "likelihood", "coverage"]


@dataclass(frozen=True, kw_only=True)
class ModelTraining(Row):
    """A model that was trained.

    Attributes:
        task: The puzzles.
        training_seed: The seed of its parameters and of the order of its batches.
        model: ``small``, ``large``, a ``verifier`` with the problems it saw answers to, ``reviser``, ``round 1``, …,
            ``control``, or ``longer prompts``.
        parameters: The number of its parameters.
        updates: Updates in all, beyond those of the model it goes on from.
        training_tokens: Tokens that it read in them, padding included.
        training_flops: Operations of their gradients, counted as ``cost/flops`` is.
        validation_loss: In nats per scored token.
        validation_solved: The share of validation examples of which every scored token was predicted.
        step_seconds: Seconds of an update.
    """

    part: ClassVar[str] = "trainings"

    task: TaskName
    training_seed: int
    model: str
    parameters: int
    updates: int
    training_tokens: int
    training_flops: float | None
    validation_loss: float
    validation_solved: float
    step_seconds: float


@dataclass(frozen=True, kw_only=True)
class StrategyResult(Row):
    """How often a strategy is right on test problems, and what it spends on one.

    Attributes:
        task: The puzzles.
        training_seed: See :class:`ModelTraining`.
        complexity: The complexity of the problems.
        model: The model that answers.
        strategy: How answers come about.
        selector: What chooses among them; ``None`` for one answer. A ``checker`` is exact, and an upper bound.
        verifier: The training problems of the verifier, where one chooses or guides.
        samples: Answers, beams, simulations or attempts.
        temperature: What logits were divided by; 0 for the likeliest tokens.
        problems: Test problems.
        accuracy: The share that is solved.
        low, high: The ends of its 95% interval, over problems.
        inference_flops: Operations per problem, those of the verifier and of what is discarded included.
        tokens: Tokens written per problem.
        memory_bytes: Keys and values that are held at once for one problem.
    """

    part: ClassVar[str] = "strategies"

    task: TaskName
    training_seed: int
    complexity: int
    model: Size
    strategy: Strategy
    selector: Selector | None
    verifier: int | None
    samples: int
    temperature: float
    problems: int
    accuracy: float
    low: float
    high: float
    inference_flops: float
    tokens: float
    memory_bytes: float


@dataclass(frozen=True, kw_only=True)
class EqualCost(Row):
    """What the small model solves more than the large one read greedily, at no more operations, paired by problem.

    Attributes:
        task: The puzzles.
        training_seed: See :class:`ModelTraining`.
        strategy: How the small model spends them; ``compute_optimal`` is the best at each difficulty, chosen on the
            other half of the problems.
        selector: What chooses among answers; ``None`` where the strategy says it.
        verifier: The training problems of the verifier, where there is one.
        temperature: What logits were divided by; ``None`` where several were to choose from.
        inference_ratio: Tokens of inference per token of training, R, where what the small model saved in training
            is spent as well; ``None`` where it is not.
        complexity: The complexity of the problems; ``None`` for all.
        difficulty_bin: 0 for the hardest fifth of the problems; ``None`` for all.
        difficulty: What the bin was made by: the small model's ``pass_rate`` on answers of their own, or the mean
            ``score`` of the verifier on them.
        preferred: Whether it is the temperature that validation problems preferred for this selector.
        samples: Answers, beams, simulations or attempts per problem, in the mean; ``None`` where they have no number.
        cost_ratio: Operations that the small model spent, over those of the large one, in the mean.
        problems: Test problems.
        small_accuracy: The share that the small model solves.
        large_accuracy: The share that the large model solves.
        difference: The one less the other.
        low, high: The ends of its 95% interval, over problems.
    """

    part: ClassVar[str] = "comparisons"

    task: TaskName
    training_seed: int
    strategy: Choice
    selector: Selector | None
    verifier: int | None
    temperature: float | None
    inference_ratio: float | None
    complexity: int | None
    difficulty_bin: int | None
    difficulty: Literal["pass_rate", "score"] | None
    preferred: bool
    samples: float | None
    cost_ratio: float
    problems: int
    small_accuracy: float
    large_accuracy: float
    difference: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class VerifierQuality(Row):
    """How well a verifier tells right answers from wrong ones.

    Attributes:
        task: The puzzles.
        training_seed: See :class:`ModelTraining`.
        verifier: The training problems that it saw answers to.
        problems_of: ``verifier``, a split that nothing was trained on, or ``test``.
        area_under_curve: The probability that a right answer scores higher than a wrong one.
        area_within_problems: The same of two answers to one problem, in the mean over problems.
        right: The share of right answers.
    """

    part: ClassVar[str] = "verifiers"

    task: TaskName
    training_seed: int
    verifier: int
    problems_of: Literal["verifier", "test"]
    area_under_curve: float
    area_within_problems: float
    right: float


@dataclass(frozen=True, kw_only=True)
class CoverageFit(Row):
    """The law log C = −factor · k^exponent of the coverage C of k answers (Brown et al. 2024), and how far it is off.

    Attributes:
        task: The puzzles.
        training_seed: See :class:`ModelTraining`.
        complexity: The complexity of the problems.
        temperature: What logits were divided by.
        factor: Minus the logarithm of the coverage of one answer; ``None`` where fewer than 3 numbers of answers cover
            some of the problems and not all.
        exponent: The exponent; below 0.
        misfit: The root of the mean squared difference between the law and the coverage.
        coverage: The share of problems of which one of so many answers is right, by their number.
    """

    part: ClassVar[str] = "coverage_fits"

    task: TaskName
    training_seed: int
    complexity: int
    temperature: float
    factor: float | None
    exponent: float | None
    misfit: float | None
    coverage: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Overthinking(Row):
    """What choosing the best score of more answers loses: accuracy at the best number less that of the whole pool.

    Attributes:
        task: The puzzles.
        training_seed: See :class:`ModelTraining`.
        complexity: The complexity of the problems; ``None`` for all.
        verifier: The training problems of the verifier that chooses.
        temperature: What logits were divided by.
        samples: The best number of answers, chosen on one half of the problems and judged on the other, both ways; the
            mean of the two.
        problems: Test problems.
        accuracy: The accuracy at that number.
        whole_accuracy: The accuracy of the whole pool.
        drop: The one less the other.
        low, high: The ends of its 95% interval, over problems.
    """

    part: ClassVar[str] = "overthinking"

    task: TaskName
    training_seed: int
    complexity: int | None
    verifier: int
    temperature: float
    samples: float
    problems: int
    accuracy: float
    whole_accuracy: float
    drop: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class IterationStage(Row):
    """A stage of expert iteration, or its control of as many supervised updates.

    Attributes:
        task: The puzzles.
        training_seed: See :class:`ModelTraining`.
        stage: ``supervised``, ``round 1``, …, or ``control``.
        problems: Test problems.
        greedy: The share that is solved by the likeliest tokens.
        low, high: The ends of its 95% interval, over problems.
        coverage: The share of which one of so many answers at a temperature of 1 is right, by their number.
    """

    part: ClassVar[str] = "iterations"

    task: TaskName
    training_seed: int
    stage: str
    problems: int
    greedy: float
    low: float
    high: float
    coverage: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class ChainLength(Row):
    """Greedy answers to chains of one number of steps.

    Attributes:
        training_seed: See :class:`ModelTraining`.
        model: The small model, the large one, or a small one that was also trained on longer prompts, answered at once.
        form: Whether the chain is worked out or answered at once.
        complexity: Steps of the chain.
        trained: Whether chains as long were trained in this form.
        problems: Chains.
        accuracy: The share that is right.
        low, high: The ends of its 95% interval (Wilson).
        tokens_spent: Tokens of an answer, in the mean.
        tokens_low, tokens_high: The ends of its 95% interval.
        tokens_needed: Tokens of a right answer.
        cut: The share of answers that came to no end.
        extrapolated: The accuracy of a solver that goes on to be right at every step as often as in trained chains.
    """

    part: ClassVar[str] = "chain_lengths"

    training_seed: int
    model: Arm
    form: Form
    complexity: int
    trained: bool
    problems: int
    accuracy: float
    low: float
    high: float
    tokens_spent: float
    tokens_low: float
    tokens_high: float
    tokens_needed: int
    cut: float
    extrapolated: float | None


@dataclass(frozen=True, kw_only=True)
class Collapse(Row):
    """Accuracy at the first untrained length, beside what errors that add up explain.

    Attributes:
        training_seed: See :class:`ModelTraining`.
        model: See :class:`ChainLength`.
        complexity: Steps of the chains.
        problems: Chains.
        accuracy: The share of right answers, worked out.
        extrapolated: See :class:`ChainLength`.
        excess: The accuracy less the share ``share`` of the extrapolated one.
        share: The share that accuracy is held against.
        low, high: The ends of the 95% interval of the excess, by the jackknife over problems.
    """

    part: ClassVar[str] = "collapses"

    training_seed: int
    model: Arm
    complexity: int
    problems: int
    accuracy: float
    extrapolated: float
    share: float
    excess: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Thinking(Row):
    """Working a chain out, against a vote on as many direct answers as its operations buy.

    Attributes:
        training_seed: See :class:`ModelTraining`.
        model: The model.
        complexity: Steps of the chains.
        trained: Whether chains as long were trained worked out.
        votes: Direct answers that take part in the vote.
        problems: Chains.
        think_accuracy: The share that is right, worked out greedily.
        vote_accuracy: The share that is right by the vote.
        difference: The one less the other.
        low, high: The ends of its 95% interval, over problems.
    """

    part: ClassVar[str] = "thinking"

    training_seed: int
    model: Size
    complexity: int
    trained: bool
    votes: int
    problems: int
    think_accuracy: float
    vote_accuracy: float
    difference: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Unsolvable(Row):
    """Greedy answers to problems that have none.

    Attributes:
        task: The puzzles.
        training_seed: See :class:`ModelTraining`.
        model: The model.
        complexity: Numbers of the problems.
        problems: How many.
        tokens_spent: Tokens of an answer, in the mean.
        solvable_tokens_spent: Tokens of an answer to a problem that has one, in the mean.
        claimed: The share of answers whose last result is the target.
    """

    part: ClassVar[str] = "unsolvable"

    task: TaskName
    training_seed: int
    model: Size
    complexity: int
    problems: int
    tokens_spent: float
    solvable_tokens_spent: float
    claimed: float


@dataclass(frozen=True, kw_only=True)
class Tower(Row):
    """Greedy answers to towers of one number of discs.

    Attributes:
        training_seed: See :class:`ModelTraining`.
        model: The model.
        complexity: Discs.
        trained: Whether towers of as many discs were trained.
        problems: Test problems, all that there are at most.
        accuracy: The share of answers that bring all discs to the goal.
        low, high: The ends of its 95% interval (Wilson).
        shortest: The share of answers that do so by the least number of moves.
        tokens_spent: Tokens of an answer, in the mean.
        tokens_needed: Tokens of the shortest right answer, in the mean.
        cut: The share of answers that came to no end.
    """

    part: ClassVar[str] = "towers"

    training_seed: int
    model: Size
    complexity: int
    trained: bool
    problems: int
    accuracy: float
    low: float
    high: float
    shortest: float
    tokens_spent: float
    tokens_needed: float
    cut: float


@dataclass(frozen=True, kw_only=True)
class PretrainedResult(Row):
    """How often a model that others trained is right on arithmetic in words, and what it spends on a problem.

    Attributes:
        model: The model.
        operands: Numbers of a problem.
        selector: What chooses among answers; ``None`` for the likeliest tokens. ``verifier`` is the model's own
            probability of saying Yes when it is asked whether an answer is right, and ``weighted`` the vote weighed by
            it; ``coverage`` is the share of problems of which one of the answers is right, and no strategy.
        samples: Answers to a problem.
        temperature: What logits were divided by; 0 for the likeliest tokens.
        problems: How many.
        accuracy: The share that is solved.
        low, high: The ends of its 95% interval, over problems.
        inference_flops: Operations per problem, those of judging each of its answers included.
        tokens: Tokens written per problem.
        memory_bytes: Keys and values of all answers to a problem.
    """

    part: ClassVar[str] = "pretrained_results"

    model: str
    operands: int
    selector: PretrainedSelector | None
    samples: int
    temperature: float
    problems: int
    accuracy: float
    low: float
    high: float
    inference_flops: float
    tokens: float
    memory_bytes: float


KINDS: tuple[type[Row], ...] = (
    ModelTraining, StrategyResult, EqualCost, VerifierQuality, CoverageFit, Overthinking, IterationStage, ChainLength,
    Collapse, Thinking, Unsolvable, Tower, PretrainedResult,
)  # fmt: skip
"""All of them, in the table's order."""
