"""Claim C5 and the thresholds of its statements."""

from __future__ import annotations

from types import MappingProxyType

from eval.claims.claim import Claim

CLAIM = Claim(
    text="Regularisation for quantum machine learning is underdeveloped",
    source="arXiv 2510.08591, page 5 and open question 2",
    statistic="paired differences of test accuracy and of train-test gap, with and without each regulariser",
    thresholds=MappingProxyType(
        {
            "accuracy_gain": 0.0,
            # Gain in test accuracy that intervals must exclude before "no regulariser helps" is said. Set after
            # a first quick run had been seen.
            "relevant_gain": 0.02,
        }
    ),
    study="regularisation",
    title="Regularisation of circuits is underdeveloped",
    question="Does any regulariser make a circuit generalise better?",
    literature="layerwise learning lowers the generalisation error by 8% on average (Skolik et al. 2021)",
    limits=(
        "small circuits, simulated exactly, on small data sets: circuits too large to simulate are not judged",
        "what has been published on regularisation is not surveyed; what regularisers achieve is measured",
    ),
)
