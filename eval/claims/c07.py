"""Claim C7 and the thresholds of its statements."""

from __future__ import annotations

from types import MappingProxyType

from eval.claims.claim import Claim

CLAIM = Claim(
    text="Spiking networks beat quantised deep networks on energy only at spike rates below 6.4%",
    source="arXiv 2510.08591, section 3.3, page 7, open question 3, experiment 1 and next check 2",
    statistic="energy from measured activity and data movement of trained networks at equal accuracy; the rate "
    "of spikes at which the two break even",
    thresholds=MappingProxyType({}),
    study=None,
    title="Break-even spike rate",
    question="At which spike rate does a spiking network need less energy than a quantised one?",
    literature="6.4% at T from 5 to 10 in versions 2 and 3 of Yan et al. (arXiv 2409.08290), 5.7% at T = 5 and "
    "4-bit weights in version 4; a sparsity above 93% for VGG16 at T = 6 in version 1",
    unmeasured="this version has no study of energy, modelled or measured",
)
