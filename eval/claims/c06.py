"""Claim C6 and the thresholds of its statements."""

from __future__ import annotations

from types import MappingProxyType

from eval.claims.claim import Claim

CLAIM = Claim(
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
    title="Unfolding in time costs memory",
    question="What does unfolding in time cost, and is it spiking or recurrence that costs?",
    literature="bytes M = a + b T^p with p = 1 for backpropagation through time, p = 1/2 for checkpointing and "
    "p = 0 in the state kept by online rules",
    limits=(
        "seconds are those of this device; a neuromorphic chip that learns on line is not measured",
        "accuracy is compared on tasks without long memory",
    ),
)
