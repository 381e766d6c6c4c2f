"""Claim C3 and the thresholds of its statements."""

from __future__ import annotations

from types import MappingProxyType

from eval.claims.bounds import Bounds
from eval.claims.claim import Claim, Statement

STUDY = "barren_plateaus"

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
    study=STUDY,
    title="Barren plateaus",
    question="How fast do a circuit's gradients vanish with its qubits, and when do they not?",
    literature="slope of log2 variance per qubit at saturated depth: −1.000 for Z1Z2 and −1.999 for the "
    "projector (4 to 32 qubits); variance d/[2(d² − 1)] for RY-RZ-CZ and d/[3(d² − 1)] for the one of McClean "
    "et al. 2018, d = 2^n; 1/(8n²) for the local cost of a product ansatz (Cerezo et al. 2021)",
    statements=MappingProxyType(
        {
            "deep_circuits": Statement(
                text="In deep circuits of uniformly random angles, once the variance of a gradient component of Z1Z2 "
                "no longer changes with depth, it falls by at least half a bit per qubit in every family of circuits.",
                regime="for deep circuits of random angles",
                claim="for",
                argument="for",
                statistic="slope of log2 variance per qubit in circuits of RY-RZ-CZ, of McClean et al. and of strongly "
                "entangling layers, at the deepest circuit whose variance agrees with that of half or twice its depth",
                holds=Bounds.below(-0.5),
                thresholds=("exponential_slope", "saturation_bits"),
                least_data="three saturated widths of every family",
                study=STUDY,
                chosen_after="The strongly entangling layers, measured from the start, were added to the families that "
                "decide it after a first run.",
            ),
            "formula": Statement(
                text="The variance of these circuits is that of a 2-design: its ratio to the exact formula changes by "
                "less than 0.05 bits per qubit.",
                regime="for a loss at the rate of a 2-design's exact formula",
                claim="for",
                argument="for",
                statistic="slope of log2 of variance ÷ formula per qubit, for Z1Z2 in every family and for the "
                "projector, with 95% intervals that hold together",
                holds=Bounds.between(-0.05, 0.05),
                thresholds=("formula_band", "saturation_bits"),
                least_data="three saturated widths of every family",
                study=STUDY,
            ),
            "global_cost": Statement(
                text="With a global cost, the projector onto |0…0⟩, at least half a bit of variance is lost per qubit "
                "in deep circuits and on a single layer of one-qubit rotations alike.",
                regime="for global costs at any depth",
                claim="for",
                argument="for",
                statistic="slope of log2 variance per qubit at saturated depth, and in the product ansatz",
                holds=Bounds.below(-0.5),
                thresholds=("exponential_slope", "saturation_bits"),
                least_data="three widths of each of the two, saturated in deep circuits",
                study=STUDY,
                chosen_after="That the product ansatz decides it too was chosen after a first run.",
            ),
            "sampled_gradients": Statement(
                text="Gradients sampled by state vector, a second program, lose at least half a bit of variance per "
                "qubit too.",
                regime="for gradients sampled from state vectors",
                claim="for",
                argument="for",
                statistic="change of log2 of the sampled variance per qubit between the narrowest and the widest deep "
                "circuit, for Z1Z2 and the projector, from one end of a 95% interval to the other end of the next",
                holds=Bounds.below(-0.5),
                thresholds=("exponential_slope", "least_effective_samples", "least_coverage"),
                least_data="two widths of at least 100 effective samples each, and nominal 95% intervals that cover a "
                "known truth in at least 90% of repeats",
                study=STUDY,
                chosen_after="That sampled gradients are judged by themselves, and from two widths, was chosen after a "
                "first run.",
            ),
            "noise": Statement(
                text="Where the variance of a noiseless circuit no longer changes with depth, local depolarising noise "
                "goes on taking more than a quarter of a bit when the depth is doubled.",
                regime="for the further loss that noise brings with depth",
                claim="for",
                argument="for",
                statistic="log2 of the variance at half of the largest depth over that at the largest, with numerical "
                "bounds, for every rate of noise",
                holds=Bounds.above(0.25),
                thresholds=("saturation_bits",),
                least_data="a depth and its double at which the noiseless circuit is saturated, with one rate of noise",
                study=STUDY,
                chosen_after="The tolerance of saturation was taken as its threshold after a first run.",
            ),
            "shallow_local": Statement(
                text="In circuits of a fixed number of layers with a local cost, the widest lose less than a quarter "
                "of a bit of variance per qubit.",
                regime="for shallow circuits with local costs",
                claim="against",
                argument="against",
                statistic="change of log2 variance per qubit between the two widest circuits, with numerical bounds, "
                "for the product ansatz and every number of layers",
                holds=Bounds.above(-0.25),
                thresholds=("no_plateau_slope",),
                least_data="two widths of every number of layers",
                study=STUDY,
                chosen_after="A first run was judged by a line through the wider half of the widths, which no power "
                "law follows; the two widest took its place.",
            ),
        }
    ),
    limits=(
        "parameters are drawn uniformly: a circuit that is trained, or starts elsewhere, is claim C4",
        "a gradient that can be measured is necessary for training, not sufficient",
    ),
)
