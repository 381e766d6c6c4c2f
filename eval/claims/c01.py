"""Claim C1 and the thresholds of its statements."""

from __future__ import annotations

from types import MappingProxyType

from eval.claims.claim import Claim

CLAIM = Claim(
    text="One reverse pass gives a deep network all N derivatives for a small constant times the forward cost",
    source="arXiv 2510.08591, mechanism 1",
    statistic="gradient over forward pass of a transformer in operations, seconds and bytes as N grows: its "
    "size and its exponent in N with the whole 95% interval; the same of spiking networks and circuits, by "
    "every rule",
    thresholds=MappingProxyType(
        {
            # Largest ratio that counts as a small constant: the cheap-gradient principle.
            "omega": 4.0,
            # Exponents of ratios that are flat, or grow by one power, and how far an interval may reach.
            "exponent_tolerance": 0.05,
            "shift_exponent": 1.0,
            # Exponent in T of what a spiking network keeps.
            "time_exponent": 1.0,
        }
    ),
    study="gradient_price",
    title="One reverse pass gives all derivatives",
    question="What does a gradient cost beside the forward pass, in time and in memory, as N grows?",
    literature="at most 4 times the operations, in practice 2 to 3 (cheap-gradient principle, Griewank & "
    "Walther); backpropagation scaling: TIME(F') ≤ c TIME(F) and the same for memory, c = O(log N) (Abbas et "
    "al. 2023)",
    limits=(
        "circuits are simulated: what a simulator can do says nothing of what quantum hardware can",
        "an exponent over a few decades cannot tell a logarithm from a small power",
    ),
)
