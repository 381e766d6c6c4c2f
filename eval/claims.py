"""The claims that studies judge, each with the thresholds of its verdict.

Thresholds are fixed before the data that they judge; where a comment says otherwise, they were not.

Source of the argument: T. Ishikawa, "The Enduring Dominance of Deep Neural Networks: A Critical Analysis of the
Fundamental Limitations of Quantum Machine Learning and Spiking Neural Networks", arXiv 2510.08591 (2025).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Claim:
    """A claim that can be measured.

    Attributes:
        text: What is claimed.
        source: Where.
        statistic: What decides it.
        thresholds: What the statistic is held against, by name.
        study: Which study measures it.
    """

    text: str
    source: str
    statistic: str
    thresholds: Mapping[str, float]
    study: str


CLAIMS: Mapping[str, Claim] = MappingProxyType(
    {
        "C2": Claim(
            text="The parameter-shift rule needs 2N circuit executions for the gradient of N parameters",
            source="arXiv 2510.08591, section 2.1.4",
            statistic="executions counted per gradient; slope of their logarithm in log N",
            thresholds=MappingProxyType({"exponent": 1.0, "exponent_tolerance": 0.05}),
            study="executions",
        ),
        "C3": Claim(
            text="Barren plateaus: gradients of variational circuits vanish exponentially with the number of qubits",
            source="arXiv 2510.08591, failure signatures and next check 1",
            statistic="slope per qubit of log2 of a gradient component's variance over random parameters, at saturated "
            "depth; the same of variance ÷ exact formula; both with their whole 95% intervals",
            thresholds=MappingProxyType(
                {
                    # Bits of variance lost per qubit: beyond this an exponential loss, short of the other none.
                    "exponential_slope": -0.5,
                    "no_plateau_slope": -0.25,
                    # Bits per qubit within which the slope of variance ÷ formula counts as zero.
                    "formula_band": 0.05,
                    # log2 of variance at L over variance at 2L within which L counts as saturated.
                    "saturation_bits": 0.25,
                    # Independent samples below which a point is refused.
                    "least_effective_samples": 100.0,
                    # Share of nominal 95% intervals that must hold the known truth.
                    "least_coverage": 0.9,
                }
            ),
            study="barren_plateaus",
        ),
        "C4": Claim(
            text="Plateaus can be put off by initialisation or by local costs",
            source="arXiv 2510.08591, open question 1",
            statistic="polynomial against exponential decay of the same variance with n; and whether truncated Pauli "
            "propagation simulates the same setting, at what cost",
            thresholds=MappingProxyType(
                {
                    # Fewest qubits to which a fit must reach, and largest relative error of a variance in it.
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
            study="initialisations",
        ),
        "C5": Claim(
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
        ),
        "C6": Claim(
            text="Training spiking networks pays for temporal unfolding in memory and time",
            source="arXiv 2510.08591",
            statistic="exponents p of bytes and seconds of one gradient in M = a + b T^p, for each rule; the same for "
            "recurrent networks without spikes; accuracy that cheaper rules train to",
            thresholds=MappingProxyType(
                {
                    # Exponents that the rules should have, and how far an interval may reach from them.
                    "exponent": 1.0,
                    "exponent_tolerance": 0.05,
                    "checkpointed_exponent": 0.5,
                    "checkpointed_tolerance": 0.1,
                    "online_exponent": 0.0,
                    "online_tolerance": 0.05,
                    # Seconds grow with time from this exponent on: they are noisier than bytes.
                    "least_time_exponent": 0.8,
                    # Share of the smallest value by which a quantity must grow for its growth to be fitted.
                    "least_growth": 0.05,
                    # A network without spikes pays as much where it keeps at least this share of the bytes.
                    "equal_share": 0.5,
                    # Accuracy that a cheaper rule may lose before it counts as paid for in accuracy.
                    "accuracy_loss": 0.02,
                }
            ),
            study="unfolding_memory",
        ),
        "C9": Claim(
            text="Spiking networks lose long-range dependencies",
            source="arXiv 2510.08591",
            statistic="score at the longest lag that some model without spikes bridges, paired by seed: leaky dynamics "
            "with binary output against the best model without spikes; the same for binary output with time constants "
            "of the lag, with state-space dynamics, with adaptive thresholds, with recurrent spikes",
            thresholds=MappingProxyType(
                {
                    # Share of the score that must be lost, or may be, by whole intervals.
                    "loss": 0.1,
                    # Validation score from which the best model bridges a lag. That the longest such lag is judged,
                    # not the longest of all, was decided after a first quick run had been seen.
                    "learned": 0.8,
                }
            ),
            study="long_range",
        ),
        "C10": Claim(
            text="Restricted bandwidth: a rate code of T steps carries at most log2(T + 1) bits a neuron",
            source="arXiv 2510.08591",
            statistic="entropy of whole trains, without input noise, less log2(T + 1); information about the class in "
            "whole trains less that in trains shuffled within a trial; both with their 95% intervals over networks",
            thresholds=MappingProxyType(
                {
                    # Bits about the class below which timing counts as adding nothing.
                    "timing_bits": 0.05,
                    # Set after first estimates on generated trains, and on a few trained networks, had been seen: bits
                    # found in shuffled classes up to which an information is judged, and Good's coverage from which an
                    # entropy is.
                    "control_bits": 0.05,
                    "coverage": 0.95,
                }
            ),
            study="bandwidth",
        ),
    }
)
