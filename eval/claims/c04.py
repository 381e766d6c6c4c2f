"""Claim C4 and the thresholds of its statements."""

from __future__ import annotations

from types import MappingProxyType

from eval.claims.claim import Claim

CLAIM = Claim(
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
    title="Plateaus can be put off",
    question="Do other initial angles or local costs keep gradients large, and does a classical machine then "
    "simulate the circuit?",
    literature="identity blocks (Grant et al. 2019), angles of variance 1/(4S(L + 2)) (Zhang et al. 2022) and "
    "shallow local costs (Cerezo et al. 2021) avoid an exponential decay; what provably avoids it is often "
    "classically simulable (Cerezo et al.)",
    limits=(
        "the variance at the start says nothing of the way that training takes afterwards",
        "two decays are told apart within the qubits that were measured, not beyond them",
    ),
)
