"""Claim C11 and the thresholds of its statements."""

from __future__ import annotations

from types import MappingProxyType

from eval.claims.claim import Claim

CLAIM = Claim(
    text="Computation shifts to inference: a small model with search beats one 14 times larger",
    source="arXiv 2510.08591, section 4.1.1, experiment 2 and next check 3",
    statistic="accuracy against FLOPs of inference: greedy, majority, best of N, beam and tree search, by difficulty",
    thresholds=MappingProxyType({}),
    study=None,
    title="Search at inference replaces size",
    question="Does a small model that searches solve more than a larger one of equal FLOPs that does not?",
    literature="at equal FLOPs a model 14 times smaller has 257.75, 63.37 or 15.77 times the inference, for a "
    "ratio of inference to pretraining tokens of 0.16, 0.79 or 22 (Snell et al. 2024), on problems that it "
    "sometimes solves",
    unmeasured="this version has no study of search at inference",
)
