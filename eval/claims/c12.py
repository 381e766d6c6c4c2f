"""Claim C12 and the thresholds of its statements."""

from __future__ import annotations

from types import MappingProxyType

from eval.claims.claim import Claim

CLAIM = Claim(
    text="Reasoning models match patterns, and overthink",
    source="arXiv 2510.08591, open question 1 and failure signatures",
    statistic="accuracy against the complexity of puzzles, in and out of distribution; tokens spent",
    thresholds=MappingProxyType({}),
    study=None,
    title="Reasoning or pattern matching",
    question="Does accuracy collapse with complexity, and effort with it?",
    literature="three regimes of complexity; effort declines past the collapse (Shojaee et al. 2025), which "
    "published rebuttals dispute",
    unmeasured="this version has no study of reasoning",
)
