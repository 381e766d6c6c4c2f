"""Claim C2 and the thresholds of its statements."""

from __future__ import annotations

from types import MappingProxyType

from eval.claims.bounds import Bounds
from eval.claims.claim import Claim, Statement

STUDY = "executions"
_DRAWS = "that intervals are over draws of the angles was decided after a published run that had one"

CLAIM = Claim(
    text="The parameter-shift rule needs 2N circuit executions for the gradient of N parameters",
    source="arXiv 2510.08591, section 2.1.4",
    statistic="executions counted per gradient; slope of their logarithm in log N",
    thresholds=MappingProxyType(
        {
            # Executions per parameter that the rule is said to need.
            "executions_per_parameter": 2.0,
            # Power of N with which executions grow, and how far an interval may reach from it.
            "exponent": 1.0,
            "exponent_tolerance": 0.05,
            # Power of N beyond which shots count as growing faster than the number of circuits.
            "shot_exponent": 1.0,
        }
    ),
    study=STUDY,
    title="Parameter shift takes 2N circuits",
    question="How many circuits does a gradient by the parameter-shift rule take, and how many shots?",
    literature="2N for N gates whose generators have two eigenvalues, one occurrence each and one measurement "
    "group; in general Σ 2R over gate occurrences (R distinct positive frequencies, 2 of a controlled gate) × "
    "groups; 2B − 1 for commuting generators in B blocks (Bowles, Wierichs, Park, Quantum 9, 1873). Shots "
    "for an error ε: N/ε² a component, N²/ε² in L2",
    statements=MappingProxyType(
        {
            "pauli_rotations": Statement(
                text="A gradient takes exactly 2N circuit executions where each of the N parameters is the angle "
                "of one Pauli rotation and one group of observables is measured.",
                regime="for parameters in one Pauli rotation each and one measurement group",
                claim="for",
                argument="for",
                statistic="executions of a gradient less those of the forward pass, over N, at every depth; it fails "
                "where PennyLane's tracker counts others",
                holds=Bounds.between(1.99, 2.01),
                thresholds=("executions_per_parameter",),
                least_data="one depth whose count PennyLane's tracker gives too",
                study=STUDY,
            ),
            "growth": Statement(
                text="There the executions grow in proportion to N: with a power of N within 0.05 of 1.",
                regime="for the growth of executions in proportion to N",
                claim="for",
                argument="for",
                statistic="exponent of the executions in N, with its whole 95% interval",
                holds=Bounds.between(0.95, 1.05),
                thresholds=("exponent", "exponent_tolerance"),
                least_data="three depths",
                study=STUDY,
            ),
            "other_circuits": Statement(
                text="Controlled rotations, angles shared by several gates and several measurement groups each take "
                "more than 2N executions.",
                regime="for controlled rotations, shared angles and several measurement groups, which take more",
                claim="against",
                argument="for",
                statistic="executions of a gradient over N at the largest depth of each family of circuits; it fails "
                "where PennyLane's tracker counts others",
                holds=Bounds.above(2.0),
                thresholds=("executions_per_parameter",),
                least_data="one depth of every family",
                study=STUDY,
            ),
            "commuting_generators": Statement(
                text="All N derivatives of a block of commuting generators are had from fewer than 2N circuits, at no "
                "more shots for an error in L2.",
                regime="for blocks of commuting generators, which take fewer",
                claim="against",
                argument="against",
                statistic="circuits per parameter of the largest block, and shots of the one circuit for the error "
                "over those of parameter shift, with its whole 95% interval over draws of the angles",
                holds=Bounds.below(2.0),
                thresholds=("executions_per_parameter",),
                least_data="one block, counted and estimated from shots both ways at two draws of the angles",
                study=STUDY,
                chosen_after=_DRAWS,
            ),
            "shots": Statement(
                text="For a fixed error of the whole gradient in L2, the shots grow faster than in proportion to N.",
                regime="for the shots of a fixed error, which grow faster still",
                claim="for",
                argument="for",
                statistic="exponent in N of the shots of parameter shift for the error, mean of draws of the angles, "
                "with its whole 95% interval over them",
                holds=Bounds.above(1.0),
                thresholds=("shot_exponent",),
                least_data="three depths at two draws of the angles",
                study=STUDY,
                chosen_after=_DRAWS,
            ),
        }
    ),
    limits=(
        "executions are counted as a device would run them; loading, queues and compilation are not timed",
        "exact on ideal circuits: what a noisy device adds to the error is not counted",
    ),
)
