"""Claim C3 and the thresholds of its statements."""

from __future__ import annotations

from types import MappingProxyType

from eval.claims.claim import Claim

CLAIM = Claim(
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
    title="Barren plateaus",
    question="How fast do a circuit's gradients vanish with its qubits, and when do they not?",
    literature="slope of log2 variance per qubit at saturated depth: −1.000 for Z1Z2 and −1.999 for the "
    "projector (4 to 32 qubits); variance d/[2(d² − 1)] for RY-RZ-CZ and d/[3(d² − 1)] for the one of McClean "
    "et al. 2018, d = 2^n; 1/(8n²) for the local cost of a product ansatz (Cerezo et al. 2021)",
    limits=(
        "parameters are drawn uniformly: a circuit that is trained, or starts elsewhere, is claim C4",
        "a gradient that can be measured is necessary for training, not sufficient",
    ),
)
