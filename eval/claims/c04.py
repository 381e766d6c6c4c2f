"""Claim C4 and the thresholds of its statements."""

from __future__ import annotations

from types import MappingProxyType

from eval.claims.bounds import Bounds
from eval.claims.claim import Claim, Statement

STUDY, SURROGATES = "initialisations", "surrogates_of_circuits"
_SHAPE = (
    "how the variance falls over the measured widths: QAIC of an exponential less that of a power law, and whether the "
    "whole 95% interval of the slope per qubit is flat, both whichever one of the widths is left out"
)
_FIVE_WIDTHS = "five widths whose variances have relative standard errors of at most 10%"
_NARROWER = (
    "A first run showed that the quick preset, which ends at 16 qubits, could decide nothing while 20 were asked for: "
    "the fewest qubits now bound what is simulated classically, and the evidence alone decides the decay. That any one "
    "width may be left out was added once a table had been seen in which a single point made the difference."
)
_SHAPE_THRESHOLDS = ("evidence", "flat_slope", "relative_error")


def _way_out(start: str, regime: str) -> Statement:
    """State of one way to start that the variance from there does not fall exponentially."""
    return Statement(
        text=f"{start} the variance of a gradient component falls as a power of the number of qubits or not at all.",
        regime=regime,
        claim="for",
        argument="against",
        statistic=_SHAPE,
        holds=Bounds.above(6.0),
        thresholds=_SHAPE_THRESHOLDS,
        least_data=_FIVE_WIDTHS,
        study=STUDY,
        chosen_after=_NARROWER,
    )


def _simulated(circuits: str, regime: str) -> Statement:
    """State of one kind of circuit without a plateau that a classical machine simulates it."""
    return Statement(
        text=f"{circuits} are simulated by truncated Pauli propagation, at every width to an error of less than 10% of "
        "the cost's own spread.",
        regime=regime,
        claim="against",
        argument="for",
        statistic="root-mean-square error of the surrogate over the spread of the cost over random angles, at the best "
        "of the truncation thresholds, with 95% intervals that hold together",
        holds=Bounds.below(0.1),
        thresholds=("surrogate_error", "least_qubits"),
        least_data="one threshold at widths that reach 20 qubits, with enough angles for intervals that exclude 10%",
        study=SURROGATES,
        chosen_after="That the error is judged by its interval, and the widths by whether they reach 20 qubits, was "
        "chosen after a first run of 8 angles had been judged by the error itself.",
    )


CLAIM = Claim(
    text="Plateaus can be put off by initialisation or by local costs",
    source="no sentence of arXiv 2510.08591, which counts plateaus among its failures: the answer of Grant et al. "
    "2019, Zhang et al. 2022 and Cerezo et al. 2021",
    statistic="polynomial against exponential decay of the same variance with n; and whether truncated Pauli "
    "propagation simulates the same setting, at what cost",
    thresholds=MappingProxyType(
        {
            # Fewest qubits to which a simulation must reach, and largest relative error of a variance in a fit.
            "least_qubits": 20.0,
            "relative_error": 0.1,
            # A setting is simulated classically where the surrogate's root-mean-square error is at most this
            # share of the cost's own spread over parameters.
            "surrogate_error": 0.1,
            # Difference of QAIC from which one of two decays counts as the better: odds of e^3 = 20.
            "evidence": 6.0,
            # Bits of variance per qubit above which there is no decay to speak of.
            "flat_slope": -0.05,
        }
    ),
    study=STUDY,
    title="Plateaus can be put off",
    question="Do other initial angles or local costs keep gradients large, and does a classical machine then "
    "simulate the circuit?",
    literature="identity blocks (Grant et al. 2019), angles of variance 1/(4S(L + 2)) (Zhang et al. 2022) and "
    "shallow local costs (Cerezo et al. 2021) avoid an exponential decay; what provably avoids it is often "
    "classically simulable (Cerezo et al.)",
    statements=MappingProxyType(
        {
            "plateau": Statement(
                text="In deep circuits of uniform angles the variance of a gradient component falls exponentially with "
                "the number of qubits.",
                regime="in that deep circuits of uniform angles have a plateau to put off",
                claim="for",
                argument="for",
                statistic=_SHAPE,
                holds=Bounds.below(-6.0),
                thresholds=_SHAPE_THRESHOLDS,
                least_data=_FIVE_WIDTHS,
                study=STUDY,
                chosen_after=_NARROWER,
            ),
            "slower": Statement(
                text="From every other start, and in shallow circuits, the variance falls more slowly with the number "
                "of qubits than from uniform angles in deep circuits.",
                regime="for a slower loss from every other start and in shallow circuits",
                claim="for",
                argument="against",
                statistic="slope of log2 variance per qubit less that of uniform angles in deep circuits, with 95% "
                "intervals that hold together",
                holds=Bounds.above(0.0, step=1.0),
                thresholds=("relative_error",),
                least_data="three widths of uniform angles and of each of the others",
                study=STUDY,
                chosen_after="A first run reported the difference of the best start alone; that all must differ from "
                "uniform angles was chosen after it.",
            ),
            "small_gaussian": _way_out(
                "From normal angles of variance 1/(4S(L + 2)) in deep circuits",
                "for small normal angles in deep circuits",
            ),
            "identity_blocks": _way_out(
                "From blocks that begin as the identity in deep circuits", "for identity blocks in deep circuits"
            ),
            "beta": _way_out(
                "From beta-distributed angles fitted to the data in deep circuits",
                "for beta-distributed angles in deep circuits",
            ),
            "shallow_circuits": _way_out(
                "From uniform angles in circuits of a fixed number of layers",
                "for shallow circuits with a local observable",
            ),
            "training": Statement(
                text="After training for the same number of steps, at least one of these starts has a lower validation "
                "loss than uniform angles.",
                regime="for what training makes of a better start",
                claim="for",
                argument="against",
                statistic="validation loss at the end less that from uniform angles, of the same seeds, with 95% "
                "intervals that hold together",
                holds=Bounds.below(0.0, step=0.1),
                thresholds=(),
                least_data="two seeds of uniform angles and of another start",
                study=STUDY,
                chosen_after="A first run reported these differences and judged none.",
            ),
            "shallow_simulated": _simulated(
                "Shallow circuits with local costs", "for shallow circuits with local costs beyond classical simulation"
            ),
            "small_angles_simulated": _simulated(
                "Deep circuits of small normal angles", "for deep circuits of small angles beyond classical simulation"
            ),
        }
    ),
    limits=(
        "the variance at the start says nothing of the way that training takes afterwards",
        "two decays are told apart within the qubits that were measured, not beyond them",
    ),
)
