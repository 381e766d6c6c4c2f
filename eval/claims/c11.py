"""Claim C11 and the thresholds of its statements."""

from __future__ import annotations

from types import MappingProxyType

from eval.claims.bounds import Bounds
from eval.claims.claim import Claim, Statement

STUDY = "inference"
TASKS = ("countdown", "chain")
CHECKED = "countdown"
"""The task whose answers an exact checker judges from the prompt alone."""
RATIO = 0.79
"""Tokens of inference per token of training at which what the small model saved in training is counted."""
_PILOT = "The thresholds and the strategies were set after a pilot of one seed had been seen, without intervals."
_SEEDS = "three repetitions, each with models of its own"
_PAIRED = (
    "accuracy of the small model less that of the large one read greedily, at no more operations, paired by test "
    "problem, with its 95% interval over repetitions"
)


def _statement(task: str, how: str, regime: str, note: str = "") -> Statement:
    return Statement(
        text=f"On {task}, the small model {how} solves over 2 points more than the one of 14 times its size read "
        "greedily, at no more operations.",
        regime=f"on {task}, {regime}",
        claim="for",
        argument="for",
        statistic=_PAIRED + note,
        holds=Bounds.above(0.02),
        thresholds=("gain", "repetitions", "least_accuracy", "most_accuracy"),
        least_data=_SEEDS,
        study=STUDY,
        chosen_after=_PILOT,
    )


def _of(task: str) -> dict[str, Statement]:
    optimal = "; the strategy of each fifth of difficulty is chosen on the other half of the problems"
    found = {
        "majority": _statement(task, "that answers many times and takes the vote", "by the vote of its own answers"),
        "best_of": _statement(
            task, "that answers many times and takes the best score of a verifier", "by the best score of a verifier"
        ),
        "weighted": _statement(task, "that weighs votes by a verifier's scores", "by votes that a verifier weighs"),
        "optimal": _statement(
            task, "with the best strategy at each difficulty", "with the best strategy at each difficulty", optimal
        ),
        "fewer_lessons": _statement(
            task,
            "with the best strategy at each difficulty, and a verifier of fewer lessons",
            "with a verifier of fewer lessons",
            optimal,
        ),
        "hardest": _statement(
            task,
            "with the best strategy at each difficulty, on the fifth of the problems that it solves least often,",
            "on the hardest fifth of the problems",
            f"{optimal}; fifths are those of its pass rate on answers of their own",
        ),
        "easiest": _statement(
            task,
            "with the best strategy at each difficulty, on the fifth of the problems that it solves most often,",
            "on the easiest fifth of the problems",
            f"{optimal}; fifths are those of its pass rate on answers of their own",
        ),
        "training_counted": _statement(
            task,
            f"that also spends what it saved in training, at {RATIO} tokens of inference per token of training,",
            "where what was saved in training is spent",
            optimal,
        ),
    }
    if task == CHECKED:
        found["checker"] = _statement(
            task,
            "with an exact checker, which bounds every selector,",
            "with an exact checker, an upper bound",
        )
    return {f"{task}_{name}": statement for name, statement in found.items()}


CLAIM = Claim(
    text="Computation shifts to inference: a small model with search beats one 14 times larger",
    source="arXiv 2510.08591, section 4.1.1, experiment 2 and next check 3",
    statistic="accuracy against FLOPs of inference: greedy, majority, best of N, beam and tree search, revision, by "
    "difficulty",
    thresholds=MappingProxyType(
        {
            # Share of test problems that the small model solves more, for it to have won.
            "gain": 0.02,
            # Repetitions that a comparison of models takes.
            "repetitions": 3.0,
            # Shares that the large model solves, outside of which a task compares nothing.
            "least_accuracy": 0.05,
            "most_accuracy": 0.95,
        }
    ),
    study=STUDY,
    title="Search at inference replaces size",
    question="Does a small model that searches solve more than a larger one of equal FLOPs that does not?",
    literature="at equal FLOPs a model 14 times smaller has 257.75, 63.37 or 15.77 times the inference, for a "
    "ratio of inference to pretraining tokens of 0.16, 0.79 or 22 (Snell et al. 2024), on problems that it "
    "sometimes solves",
    statements=MappingProxyType({name: one for task in TASKS for name, one in _of(task).items()}),
    limits=(
        "models of 10⁴ to 10⁶ parameters on arithmetic puzzles of fewer than 30 tokens: nothing is said of language",
        "the large model is read greedily, as the claim has it; what it would gain by searching is not measured",
        "operations are counted, not seconds: many short answers at once use a processor better than one",
        "the operations of training the verifier stand in the table and are not part of what is held equal",
    ),
)
