"""Claim C12 and the thresholds of its statements."""

from __future__ import annotations

from types import MappingProxyType

from eval.claims.bounds import Bounds
from eval.claims.claim import Claim, Side, Statement

STUDY = "inference"
ARMS = MappingProxyType(
    {
        "small": "the small model",
        "large": "the large model",
        "longer_prompts": "a small model that was also trained on prompts as long, answered at once",
    }
)
"""Models whose answers to chains of every length are looked at."""
_PILOT = "The thresholds were set after a pilot of one seed had been seen, without intervals."
_REPEATED = "with its 95% interval over repetitions, or over the test problems where there are fewer than three"


def _statement(
    text: str,
    regime: str,
    statistic: str,
    threshold: str,
    holds: Bounds,
    side: Side = "for",
    least: str = "one repetition",
) -> Statement:
    return Statement(
        text=text,
        regime=regime,
        claim=side,
        argument=side,
        statistic=f"{statistic}, {_REPEATED}",
        holds=holds,
        thresholds=(threshold,),
        least_data=least,
        study=STUDY,
        chosen_after=_PILOT,
    )


_COLLAPSES = {
    f"collapse_{arm}": _statement(
        f"Of chains that are one step longer than the longest that were trained, {words} solves less than half of what "
        "errors that add up would leave.",
        f"on whether the accuracy of {words} collapses at the first untrained length",
        "accuracy at that length less half of that which is extrapolated from trained lengths, each step as often "
        "right as there",
        "collapse",
        Bounds.below(0.0, step=0.1),
    )
    for arm, words in ARMS.items()
}
_EFFORTS = {
    f"effort_{arm}": _statement(
        f"On chains of twice the longest trained length, {ARMS[arm]} writes less than three quarters of the tokens "
        "that a right answer takes.",
        f"on whether {ARMS[arm]} spends less than what is needed on the longest chains",
        "tokens of a greedy answer over those of a right one, mean over chains",
        "effort",
        Bounds.below(0.75),
    )
    for arm in ("small", "large")
}

CLAIM = Claim(
    text="Reasoning models match patterns, and overthink",
    source="arXiv 2510.08591, open question 1 and failure signatures",
    statistic="accuracy against the complexity of puzzles, in and out of distribution; tokens spent",
    thresholds=MappingProxyType(
        {
            # Share of the extrapolated accuracy below which accuracy has collapsed.
            "collapse": 0.5,
            # Tokens written, over those needed, below which effort has fallen.
            "effort": 0.75,
            # Share of problems that choosing among more answers loses.
            "overthinking": 0.02,
            # Share of chains that working them out solves more than a vote on direct answers.
            "thinking": 0.02,
        }
    ),
    study=STUDY,
    title="Reasoning or pattern matching",
    question="Does accuracy collapse with complexity, and effort with it?",
    literature="three regimes of complexity; effort declines past the collapse (Shojaee et al. 2025), which "
    "published rebuttals dispute (Lawsen 2025: limits of length, and puzzles without an answer)",
    statements=MappingProxyType(
        {
            **_COLLAPSES,
            **_EFFORTS,
            "overthinking_fewer_lessons": _statement(
                "With a verifier of fewer lessons, choosing the best score of the whole pool solves over 2 points less "
                "of countdown than choosing among the best number of answers.",
                "on whether more search does harm with a verifier of fewer lessons",
                "accuracy at the best number of answers less that of the whole pool, the number chosen on the other "
                "half of the problems",
                "overthinking",
                Bounds.above(0.02),
            ),
            "overthinking": _statement(
                "With the verifier of the most lessons, choosing the best score of the whole pool solves over 2 points "
                "less of countdown than choosing among the best number of answers.",
                "on whether more search does harm with the verifier of the most lessons",
                "accuracy at the best number of answers less that of the whole pool, the number chosen on the other "
                "half of the problems",
                "overthinking",
                Bounds.above(0.02),
            ),
            "thinking_trained": _statement(
                "At every trained length from two steps on, both models solve over 2 points more chains by working "
                "them out than by a vote on direct answers of as many operations.",
                "on whether working out pays at every trained length",
                "smallest, over lengths and both models, of accuracy worked out less accuracy by the vote",
                "thinking",
                Bounds.above(0.02),
                side="against",
            ),
            "thinking_untrained": _statement(
                "At some untrained length, one of the models solves over 2 points more chains by working them out than "
                "by a vote on direct answers of as many operations.",
                "on whether working out pays at some untrained length",
                "largest, over lengths and both models, of accuracy worked out less accuracy by the vote",
                "thinking",
                Bounds.above(0.02),
                side="against",
            ),
        }
    ),
    limits=(
        "models of 10⁴ to 10⁶ parameters that learned from worked-out answers alone: no model here learned by "
        "reinforcement to think at length",
        "one family of puzzles, chains of whole numbers; the length of a chain is its complexity",
    ),
)
