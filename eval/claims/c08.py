"""Claim C8 and the thresholds of its statements."""

from __future__ import annotations

from types import MappingProxyType

from eval.claims.bounds import Bounds
from eval.claims.claim import Claim, Statement

STUDY = "precision"
JUDGED = MappingProxyType(
    {
        "yan2024": "under yan2024, where T time steps are worth log2(T + 1) bits",
        "bit_budget": "under bit_budget, where T time steps are worth T bits",
    }
)
"""The models of which each counts time steps in its own way, and how that is said."""
_PILOT = "The rule was set after a pilot had been seen, one seed of each network on MNIST, without intervals."
_FRONTS = (
    f"{_PILOT} That two time steps or more are judged, since a single one makes both the same machine, and that the "
    "hidden layers decide, beside which the whole is told, was set with the study, before its first run. That networks "
    "more than 5 points below the best are not ranked was set when one was seen that a penalty had silenced."
)
_THRESHOLDS = ("log_energy", "matched_accuracy", "ranked_accuracy", "paired_seeds")
_SEEDS = "eight paired seeds of every network"


def _quantised_cheaper(model: str) -> Statement:
    return Statement(
        text=f"Quantised networks are cheaper at every number of time steps from two on, {JUDGED[model]}: each spiking "
        "network within 5 points of the best accuracy meets one that loses at most 0.5 points beside it, at an energy "
        "lower by more than 0.1 in its logarithm.",
        regime=f"on whether quantised networks are cheaper at every number of time steps under {model}",
        claim="for",
        argument="for",
        statistic="largest, over spiking networks, of the logarithm of the energy of the cheapest quantised network of "
        "its accuracy, less that of the spiking network's own, hidden layers, paired by seed, with its 95% interval",
        holds=Bounds.below(-0.1),
        thresholds=_THRESHOLDS,
        least_data=_SEEDS,
        study=STUDY,
        chosen_after=_FRONTS,
    )


def _spiking_cheaper(model: str) -> Statement:
    return Statement(
        text=f"Spiking networks are cheaper at every number of time steps from two on, {JUDGED[model]}: each number "
        "has one within 5 points of the best accuracy whose energy is lower, by more than 0.1 in its logarithm, than "
        "that of every quantised network that loses at most 0.5 points beside it.",
        regime=f"on whether spiking networks are cheaper at every number of time steps under {model}",
        claim="against",
        argument="against",
        statistic="smallest, over numbers of time steps, of the largest of these differences among the spiking "
        "networks of one, with its 95% interval",
        holds=Bounds.above(0.1),
        thresholds=_THRESHOLDS,
        least_data=_SEEDS,
        study=STUDY,
        chosen_after=_FRONTS,
    )


def _accurate(bits: int, points: str, tolerance: float) -> Statement:
    return Statement(
        text=f"With weights and activations of {bits} bits, accuracy is that of floating point within {points}.",
        regime=f"for the accuracy of {bits} bits",
        claim="for",
        argument="for",
        statistic="test accuracy less that of the same network in floating point, paired by seed, mean of the seeds, "
        "with its 95% interval",
        holds=Bounds.between(-tolerance, tolerance),
        thresholds=(f"accuracy_of_{bits}_bits",),
        least_data="two paired seeds",
        study=STUDY,
        chosen_after=_PILOT,
    )


CLAIM = Claim(
    text="A quantised deep network matches a spiking network's precision at lower cost",
    source="arXiv 2510.08591, concept 3",
    statistic="accuracy against energy, of quantised networks of 1 to 8 activation bits and spiking networks "
    "of 1 to 15 steps",
    thresholds=MappingProxyType(
        {
            # Difference in the logarithm of energy beyond which a network is cheaper.
            "log_energy": 0.1,
            # Test accuracy, as a share, that a quantised network of a spiking network's accuracy may lose beside it.
            "matched_accuracy": 0.005,
            # Test accuracy below the best of all networks from which a network is not ranked.
            "ranked_accuracy": 0.05,
            # Seeds that a ranking of energies takes.
            "paired_seeds": 8.0,
            # Shares of test accuracy within which networks of so many bits are as accurate as in floating point.
            "accuracy_of_8_bits": 0.003,
            "accuracy_of_4_bits": 0.01,
            # Test images of another class that are no difference.
            "changed_classes": 0.0,
            # Share of test accuracy that a twin may lose when all its layers run at every step.
            "stepwise_loss": 0.005,
        }
    ),
    study=STUDY,
    title="Quantised networks are as precise, and cheaper",
    question="Which of the two reaches an accuracy with less energy?",
    literature="an integrate-and-fire network of T steps has log2(T + 1) activation bits where T = 2^b − 1 (Yan et "
    "al., arXiv 2409.08290); Shen et al. (CVPR 2024) give T steps T bits instead",
    statements=MappingProxyType(
        {
            **{f"quantised_{model}": _quantised_cheaper(model) for model in JUDGED},
            **{f"spiking_{model}": _spiking_cheaper(model) for model in JUDGED},
            "eight_bits": _accurate(8, "0.3 points", 0.003),
            "four_bits": _accurate(4, "1 point", 0.01),
            "synchronous": Statement(
                text="Run a layer after the other, the spiking twin of a quantised network gives every test image the "
                "class that the network gives it.",
                regime="in that a quantised network and a spiking one can be the same function",
                claim="for",
                argument="for",
                statistic="test images whose class differs, over all networks that have a twin, an identity without "
                "noise",
                holds=Bounds.below(0.5),
                thresholds=("changed_classes", "paired_seeds"),
                least_data="eight seeds of each number of time steps",
                study=STUDY,
            ),
            "stepwise": Statement(
                text="Run with all layers at every step, the twin loses less than 0.5 points of accuracy, at every "
                "number of time steps.",
                regime="for the accuracy of twins whose layers run at every step",
                claim="against",
                argument="against",
                statistic="largest, over numbers of time steps, of the network's test accuracy less its twin's, paired "
                "by seed, with its 95% interval",
                holds=Bounds.below(0.005),
                thresholds=("stepwise_loss",),
                least_data="two seeds of each number of time steps",
                study=STUDY,
                chosen_after=_PILOT,
            ),
        }
    ),
    limits=(
        "energy is modelled, never measured: no model was checked against a device here",
        "a spiking network is compared with the cheapest quantised one whose accuracy is known to be as high; with few "
        "seeds fewer are known, and the cheapest of them is dearer",
        "dense networks on small images; convolutions and attention are not ranked",
        "a twin of 8 activation bits would take 255 time steps and is not run",
        "the model yan2024 was rebuilt from published numbers, and two of its prices were inferred from them",
    ),
)
