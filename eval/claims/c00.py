"""Claim C0 and the thresholds of its statements."""

from __future__ import annotations

from types import MappingProxyType

from eval.claims.bounds import Bounds
from eval.claims.claim import Claim, Statement

STUDY = "gradient_worth"

_KINDS = {"static": "examples without time", "timed": "recordings in time"}
_RIVALS = {
    "spiking": (
        "spiking network",
        {
            "flops": ("FLOPs", "FLOPs"),
            "synaptic": ("operations, its spikes counted event by event,", "operations (event by event)"),
            "seconds": ("seconds", "seconds"),
        },
    ),
    "circuit": (
        "circuit",
        {
            "flops": ("FLOPs, as this program simulates it,", "FLOPs"),
            "gates": ("operations, simulated gate by gate,", "operations (gate by gate)"),
            "seconds": ("seconds of simulation", "seconds"),
        },
    ),
}
_AFTER = (
    "which tasks quick judges, the noise and length of the pulses, sizes, rates and steps, after exploratory runs with "
    "other seeds: a linear model solved digits, Fashion-MNIST and Braille recordings about as well as networks, and of "
    "other pulses a spiking network learned little; that validation is looked at every 3 updates, after a run with "
    "looks every 6 in which the circuit reached its target at the first; that a deep network must be 5 points better "
    "than the linear model and that a target lies halfway between them, after those exploratory runs and before the "
    "first of quick; and that passages of a target must last"
)


def _dearer(rival: str, cost: str, kind: str) -> Statement:
    """Make the statement that a rival takes more of a cost than the cheapest deep network."""
    called, costs = _RIVALS[rival]
    long, short = costs[cost]
    return Statement(
        text=f"On {_KINDS[kind]} the {called} takes more {long} than the cheapest deep network to the same accuracy: "
        "the logarithm of the ratio is above 0 on every task that is judged.",
        regime=f"for the {short} of a {called} on {_KINDS[kind]}",
        claim="for",
        argument="for",
        statistic="the smallest, over the judged tasks, of log10 of its cost over that of the deep network which is "
        "the cheapest on the seeds of tuning, to a validation accuracy halfway between what a linear model reaches and "
        "what the better deep network does, from the look on from which it is kept, paired by seed; the interval of "
        "seconds holds the spread of the rounds of timing, and all intervals hold together",
        holds=Bounds.above(0.0, step=1.0),
        thresholds=("log10_ratio", "least_seeds", "least_gap"),
        least_data="8 paired seeds on a task on which a deep network is at least 5 points better than a linear model",
        study=STUDY,
        chosen_after=_AFTER,
    )


CLAIM = Claim(
    text="Deep networks reach a given accuracy at less cost than spiking networks and quantum circuits",
    source="after the title and the abstract of arXiv 2510.08591: a paraphrase, not a quotation",
    statistic="log10 of the operations, and of the seconds, of the spiking network and of the circuit over those of "
    "the cheapest deep network, to an accuracy that a linear model does not reach, paired by seed",
    thresholds=MappingProxyType(
        {
            # Beyond this, with the whole simultaneous interval, one counts as the dearer.
            "log10_ratio": 0.0,
            # Paired seeds below which nothing is ranked.
            "least_seeds": 8.0,
            # Accuracy, or share of the variance, by which a deep network must be better than a linear model.
            "least_gap": 0.05,
            # Test accuracy by which entanglement must make a circuit better to be worth something.
            "entanglement_gain": 0.02,
        }
    ),
    study=STUDY,
    title="Deep networks learn at less cost",
    question="Which paradigm reaches an accuracy with the fewest operations and seconds, on data that need a network?",
    literature="none: arXiv 2510.08591 reports no experiments of its own",
    statements=MappingProxyType(
        {
            f"{rival}_{cost}_{kind}": _dearer(rival, cost, kind)
            for kind in _KINDS
            for rival, (_, costs) in _RIVALS.items()
            for cost in costs
        }
        | {
            "entanglement": Statement(
                text="Without entanglement the circuit is as good: on every judged task without time, entanglement "
                "raises its test accuracy by less than 0.02.",
                regime="for what entanglement is worth to the circuit",
                claim="for",
                argument="for",
                statistic="the largest, over the judged tasks without time, of the test accuracy of the circuit less "
                "that of the same circuit without entanglement, paired by seed; all intervals hold together",
                holds=Bounds.below(0.02),
                thresholds=("entanglement_gain", "least_seeds", "least_gap"),
                least_data="8 paired seeds",
                study=STUDY,
                chosen_after="a gain counted as help where it was above 0; that it must be 0.02 or more was decided "
                "after a run with a gain of 0.12 on digits had been seen",
            ),
        }
    ),
    limits=(
        "the tasks are small, so that circuits can be asked at all: other data, sizes and accuracies are not judged, "
        "and quick judges one generated task without time and one in time",
        "circuits are simulated: what quantum hardware would take is estimated beside it, and decides nothing",
        "seconds are those of this machine and of these programs, which serve a few dozen examples at a time",
    ),
)
