"""Claim C1 and the thresholds of its statements."""

from __future__ import annotations

from types import MappingProxyType

from eval.claims.bounds import Bounds
from eval.claims.claim import Claim, Statement

STUDY = "gradient_price"

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
    study=STUDY,
    title="One reverse pass gives all derivatives",
    question="What does a gradient cost beside the forward pass, in time and in memory, as N grows?",
    literature="at most 4 times the operations, in practice 2 to 3 (cheap-gradient principle, Griewank & "
    "Walther); backpropagation scaling: TIME(F') ≤ c TIME(F) and the same for memory, c = O(log N) (Abbas et "
    "al. 2023)",
    statements=MappingProxyType(
        {
            "operations": Statement(
                text="A transformer's reverse pass, its forward pass included, takes at most 4 times the operations of "
                "the forward pass alone, at every width and depth.",
                regime="for the number of operations of a transformer",
                claim="for",
                argument="for",
                statistic="largest ratio of the operations counted over widths and depths",
                holds=Bounds.below(4.0),
                thresholds=("omega",),
                least_data="one size, and a count of operations at every size that is priced",
                study=STUDY,
            ),
            "growth": Statement(
                text="That ratio of operations does not grow with N: neither with the width nor with the depth does "
                "its power of N exceed 0.05.",
                regime="for the growth of a transformer's operations with N",
                claim="for",
                argument="for",
                statistic="exponent in N of the ratio of operations along width and along depth, with its whole 95% "
                "interval, which speaks of misfit alone",
                holds=Bounds.below(0.05),
                thresholds=("exponent_tolerance",),
                least_data="three widths and three depths",
                study=STUDY,
                chosen_after="That depths are judged beside widths, and that a ratio which falls counts as one that "
                "does not grow, was chosen after the first table had been published.",
            ),
            "seconds": Statement(
                text="In seconds, from the size on where overhead no longer weighs, the reverse pass takes less than 4 "
                "times the forward pass on average, and the ratio grows with a power of N below 0.05.",
                regime="for the seconds of a transformer above the overhead of small programs",
                claim="for",
                argument="for",
                statistic="geometric mean over widths of the ratio of seconds, and its exponent in N, both with "
                "intervals that hold together at 95%",
                holds=Bounds.below(0.05),
                thresholds=("omega", "exponent_tolerance"),
                least_data="three widths at which the forward pass takes 500 times a call that does nothing",
                study=STUDY,
                chosen_after="The factor of 500 and the sizes that are timed were chosen after pilot runs; the mean "
                "over widths, in place of the ratio at the largest, after the first table had been published.",
            ),
            "memory": Statement(
                text="All bytes that the compiled gradient holds stay within O(log N) of those of the forward pass, as "
                "the width or the depth grows.",
                regime="for all bytes that a transformer's programs hold",
                claim="for",
                argument="for",
                statistic="exponent in N of the ratio of arguments, temporaries and gradient, with its whole 95% "
                "interval, less the exponent that log N has over the same sizes",
                holds=Bounds.below(0.0, step=1.0),
                thresholds=(),
                least_data="three widths and three depths, on a backend that tells the bytes of a program",
                study=STUDY,
            ),
            "temporaries": Statement(
                text="The temporary bytes alone, without parameters and gradient, stay within O(log N) of those of the "
                "forward pass, as the width or the depth grows.",
                regime="for the temporary bytes of a transformer",
                claim="for",
                argument="for",
                statistic="exponent in N of the ratio of temporary bytes, with its whole 95% interval, less the "
                "exponent that log N has over the same sizes",
                holds=Bounds.below(0.0, step=1.0),
                thresholds=(),
                least_data="three widths and three depths, on a backend that tells the bytes of a program",
                study=STUDY,
            ),
            "adjoint": Statement(
                text="Simulated on a classical computer, a circuit's gradient by the adjoint rule costs a multiple of "
                "the forward pass that does not grow, in operations or in seconds: its power of N is below 0.05.",
                regime="for simulated circuits by the adjoint rule",
                claim="for",
                argument="against",
                statistic="exponents in the number of gate angles of the ratios of operations, and of seconds above "
                "the overhead of calls, with their whole 95% intervals",
                holds=Bounds.below(0.05),
                thresholds=("exponent_tolerance",),
                least_data="three depths, timed where the forward pass takes 30 times a call that does nothing",
                study=STUDY,
                chosen_after="The factor of 30 and the depths that are timed were chosen after pilot runs; that a "
                "ratio which falls counts as one that does not grow, after the first table had been published.",
            ),
            "parameter_shift": Statement(
                text="Simulated on a classical computer, a circuit's gradient by parameter shift costs a multiple of "
                "the forward pass that grows by a whole power of N or more, in operations and in seconds: by more than "
                "0.95.",
                regime="for simulated circuits by the parameter-shift rule",
                claim="against",
                argument="for",
                statistic="exponents in the number of gate angles of the ratios of operations, and of seconds above "
                "the overhead of calls, with their whole 95% intervals",
                holds=Bounds.above(0.95),
                thresholds=("shift_exponent", "exponent_tolerance"),
                least_data="three depths, timed where the forward pass takes 30 times a call that does nothing",
                study=STUDY,
                chosen_after="The factor of 30 and the depths that are timed were chosen after pilot runs; that a "
                "power above 1.05 counts too, after the first table had been published.",
            ),
            "hardware": Statement(
                text="On quantum hardware, the circuits of a gradient grow in proportion to the gate angles or faster: "
                "with a power of N above 0.95 under parameter shift, the one exact rule that it can run.",
                regime="on quantum hardware",
                claim="against",
                argument="for",
                statistic="exponent of the circuits counted for one gradient in the number of gate angles",
                holds=Bounds.above(0.95),
                thresholds=("shift_exponent", "exponent_tolerance"),
                least_data="three depths",
                study=STUDY,
                chosen_after="That a power above 1.05 counts too was chosen after the first table had been published.",
            ),
            "spiking_time": Statement(
                text="A spiking network keeps bytes for its reverse pass in proportion to its simulated time T or "
                "more: with a power of T above 0.95 under plain backpropagation through time.",
                regime="for the bytes that a spiking network keeps over simulated time",
                claim="against",
                argument="for",
                statistic="exponent in T of the bytes kept from the forward to the reverse pass, with its whole 95% "
                "interval",
                holds=Bounds.above(0.95),
                thresholds=("time_exponent", "exponent_tolerance"),
                least_data="three lengths of simulated time",
                study=STUDY,
                chosen_after="That a power above 1.05 counts too was chosen after the first table had been published.",
            ),
        }
    ),
    limits=(
        "circuits are simulated: what a simulator can do says nothing of what quantum hardware can",
        "an exponent over a few decades cannot tell a logarithm from a small power",
    ),
)
