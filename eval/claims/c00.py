"""Claim C0 and the thresholds of its statements."""

from __future__ import annotations

from types import MappingProxyType

from eval.claims.bounds import Bounds
from eval.claims.claim import Claim, Statement

STUDY = "gradient_worth"

_COSTS = {"flops": "FLOPs", "seconds": "seconds"}
_RIVALS = {"spiking": "spiking network", "circuit": "circuit"}
_DEEP = ("transformer", "perceptron")
_SUSTAINED = "; that the accuracy must be kept to the end, in place of a first passage, after the published run"
_AFTER = {
    "transformer": _SUSTAINED.removeprefix("; "),
    "perceptron": "that a perceptron of the spiking network's layers is judged beside the transformer was decided "
    "after a first quick run had been seen, in which the spiking network was cheaper than the transformer" + _SUSTAINED,
}


def _dearer(rival: str, cost: str, deep: str) -> Statement:
    """Make the statement that a rival takes more of a cost than a deep network."""
    return Statement(
        text=f"To the same accuracy the {_RIVALS[rival]} takes more {_COSTS[cost]} than the {deep}: the logarithm of "
        "the ratio is above 0.",
        regime=f"for the {_COSTS[cost]} of a {_RIVALS[rival]} beside a {deep}",
        claim="for",
        argument="for",
        statistic=f"log10 of its {_COSTS[cost]} over those of the {deep}, to the highest validation accuracy that all "
        "seeds of all models reach which reach any, from the look on from which it is kept, paired by seed; its "
        "interval holds together with those of the other statements",
        holds=Bounds.above(0.0, step=1.0),
        thresholds=("log10_ratio", "least_seeds"),
        least_data="8 paired seeds, and an accuracy that one of the models reaches with all of them",
        study=STUDY,
        chosen_after=_AFTER[deep],
    )


CLAIM = Claim(
    text="Deep networks reach a given accuracy at less cost than spiking networks and quantum circuits",
    source="after the title and the abstract of arXiv 2510.08591",
    statistic="log10 of the FLOPs, and of the seconds, of the spiking network and of the circuit over those of "
    "each deep network (a transformer, and a perceptron of the spiking network's layers), to the highest "
    "validation accuracy that all reach which reach any, paired by seed",
    thresholds=MappingProxyType(
        {
            # Beyond this, with the whole simultaneous interval, one counts as the dearer.
            "log10_ratio": 0.0,
            # Paired seeds below which nothing is ranked.
            "least_seeds": 8.0,
            # Test accuracy by which entanglement must make a circuit better to be worth something.
            "entanglement_gain": 0.02,
        }
    ),
    study=STUDY,
    title="Deep networks learn at less cost",
    question="Which paradigm reaches an accuracy with the fewest operations and seconds, on the same data?",
    literature="none: arXiv 2510.08591 reports no experiments of its own",
    statements=MappingProxyType(
        {f"{rival}_{cost}_{deep}": _dearer(rival, cost, deep) for rival in _RIVALS for cost in _COSTS for deep in _DEEP}
        | {
            "logistic_regression": Statement(
                text="To the same accuracy a deep network takes fewer FLOPs than logistic regression, the floor.",
                regime="for the FLOPs of logistic regression, the floor",
                claim="for",
                argument="for",
                statistic="log10 of its FLOPs over those of each deep network, as for the spiking network: it fails "
                "where logistic regression is cheaper than both",
                holds=Bounds.above(0.0, step=1.0),
                thresholds=("log10_ratio", "least_seeds"),
                least_data="8 paired seeds, and an accuracy that one of the models reaches with all of them",
                study=STUDY,
                chosen_after="that this is a statement, and not a remark on the others, was decided after a run had "
                "been seen in which logistic regression was the cheapest",
            ),
            "entanglement": Statement(
                text="Without entanglement the circuit is as good: entanglement raises its test accuracy by less than "
                "0.02.",
                regime="for what entanglement is worth to the circuit",
                claim="for",
                argument="for",
                statistic="test accuracy of the circuit less that of the same circuit without entanglement, paired by "
                "seed; its interval holds together with those of the other statements",
                holds=Bounds.below(0.02),
                thresholds=("entanglement_gain", "least_seeds"),
                least_data="8 paired seeds",
                study=STUDY,
                chosen_after="a gain counted as help where it was above 0; that it must be 0.02 or more was decided "
                "after a run with a gain of 0.12 had been seen",
            ),
        }
    ),
    limits=(
        "the data are small digits, or those that a condition names: other data, sizes and accuracies are not judged",
        "circuits are simulated: what quantum hardware would take is estimated beside it, and decides nothing",
        "the intervals of seconds are over seeds, and do not hold the error of timing an update",
    ),
)
