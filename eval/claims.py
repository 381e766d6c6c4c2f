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
    }
)
