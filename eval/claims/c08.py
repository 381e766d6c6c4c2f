"""Claim C8 and the thresholds of its statements."""

from __future__ import annotations

from types import MappingProxyType

from eval.claims.claim import Claim

CLAIM = Claim(
    text="A quantised deep network matches a spiking network's precision at lower cost",
    source="arXiv 2510.08591, concept 3",
    statistic="accuracy against energy, of quantised networks of 1 to 8 activation bits and spiking networks "
    "of 1 to 15 steps",
    thresholds=MappingProxyType({}),
    study=None,
    title="Quantised networks are as precise, and cheaper",
    question="Which of the two reaches an accuracy with less energy?",
    literature="an integrate-and-fire network of T steps has log2(T + 1) activation bits where T = 2^b − 1",
    unmeasured="this version has no study that trains quantised networks",
)
