"""Claim C10 and the thresholds of its statements."""

from __future__ import annotations

from types import MappingProxyType

from eval.claims.claim import Claim

CLAIM = Claim(
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
    title="Spike trains have little bandwidth",
    question="How many bits does a trained neuron carry in T steps, and are any in the timing?",
    literature="log2(T + 1) bits is an identity for counts; a train of T steps can carry up to T bits",
    limits=("one neuron at a time: what a population carries together is not measured",),
)
