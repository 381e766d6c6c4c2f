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
        study: Which study's verdict decides; ``None`` where no study of this version measures it.
        title: The claim in a few words, for headings.
        question: What is asked of the measurement, in one sentence.
        literature: The number, with its source, to hold beside the measured one.
        limits: What the verdict does not speak of, whatever was measured.
        unmeasured: Why no study measures it; ``None`` where one does.
    """

    text: str
    source: str
    statistic: str
    thresholds: Mapping[str, float]
    study: str | None
    title: str
    question: str
    literature: str
    limits: tuple[str, ...] = ()
    unmeasured: str | None = None

    def __post_init__(self) -> None:
        if (self.study is None) == (self.unmeasured is None):
            raise ValueError(f"claim {self.title!r} needs either a study or the reason why it has none")


CLAIMS: Mapping[str, Claim] = MappingProxyType(
    {
        "C0": Claim(
            text="Deep networks reach a given accuracy at less cost than spiking networks and quantum circuits",
            source="arXiv 2510.08591, title and abstract",
            statistic="log10 of the FLOPs, and of the seconds, of the spiking network and of the circuit over those of "
            "each deep network (a transformer, and a perceptron of the spiking network's layers), to the highest "
            "validation accuracy that all reach which reach any, paired by seed",
            # That a perceptron is judged beside the transformer was decided after a first quick run had been seen, in
            # which the spiking network was cheaper than the transformer.
            thresholds=MappingProxyType(
                {
                    # Beyond this, with the whole simultaneous interval, one counts as the cheaper.
                    "log10_ratio": 0.0,
                    # Paired seeds below which nothing is ranked.
                    "least_seeds": 8.0,
                    # Test accuracy by which a circuit must be better with entanglement: below it, by the whole
                    # interval, the circuit without counts as good.
                    "entanglement_gain": 0.02,
                }
            ),
            study="gradient_worth",
            title="Deep networks learn at less cost",
            question="Which paradigm reaches an accuracy with the fewest operations and seconds, on the same data?",
            literature="none: arXiv 2510.08591 reports no experiments of its own",
        ),
        "C1": Claim(
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
        ),
        "C2": Claim(
            text="The parameter-shift rule needs 2N circuit executions for the gradient of N parameters",
            source="arXiv 2510.08591, section 2.1.4",
            statistic="executions counted per gradient; slope of their logarithm in log N",
            thresholds=MappingProxyType({"exponent": 1.0, "exponent_tolerance": 0.05}),
            study="executions",
            title="Parameter shift takes 2N circuits",
            question="How many circuits does a gradient by the parameter-shift rule take, and how many shots?",
            literature="2N for N gates whose generators have two eigenvalues, one occurrence each and one measurement "
            "group; in general Σ 2R over gate occurrences (R distinct positive frequencies, 2 of a controlled gate) × "
            "groups; 2B − 1 for commuting generators in B blocks (Bowles, Wierichs, Park, Quantum 9, 1873). Shots "
            "for an error ε: N/ε² a component, N²/ε² in L2",
            limits=(
                "executions are counted as a device would run them; loading, queues and compilation are not timed",
                "exact on ideal circuits: what a noisy device adds to the error is not counted",
            ),
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
            title="Barren plateaus",
            question="How fast do a circuit's gradients vanish with its qubits, and when do they not?",
            literature="slope of log2 variance per qubit at saturated depth: −1.000 for Z1Z2 and −1.999 for the "
            "projector (4 to 32 qubits); variance d/[2(d² − 1)] for RY-RZ-CZ and d/[3(d² − 1)] for the one of McClean "
            "et al. 2018, d = 2^n; 1/(8n²) for the local cost of a product ansatz (Cerezo et al. 2021)",
            limits=(
                "parameters are drawn uniformly: a circuit that is trained, or starts elsewhere, is claim C4",
                "a gradient that can be measured is necessary for training, not sufficient",
            ),
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
            title="Regularisation of circuits is underdeveloped",
            question="Does any regulariser make a circuit generalise better?",
            literature="layerwise learning lowers the generalisation error by 8% on average (Skolik et al. 2021)",
            limits=(
                "small circuits, simulated exactly, on small data sets: circuits too large to simulate are not judged",
                "what has been published on regularisation is not surveyed; what regularisers achieve is measured",
            ),
        ),
        "C6": Claim(
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
        ),
        "C7": Claim(
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
        ),
        "C8": Claim(
            text="A quantised deep network matches a spiking network's precision at lower cost",
            source="arXiv 2510.08591, concept 3",
            statistic="accuracy against energy, of quantised networks of 1 to 8 activation bits and spiking networks "
            "of 1 to 15 steps",
            thresholds=MappingProxyType({}),
            study=None,
            title="Quantised networks are as precise, and cheaper",
            question="Which of the two reaches an accuracy with less energy?",
            literature="an integrate-and-fire network of T steps has log2(T + 1) activation bits where T = 2^b − 1",
            unmeasured="this version has no study that trains quantised networks",
        ),
        "C9": Claim(
            text="Spiking networks lose long-range dependencies",
            source="arXiv 2510.08591",
            statistic="score at the longest lag that some model without spikes bridges, paired by seed: leaky dynamics "
            "with binary output against the best model without spikes; the same for binary output with time constants "
            "of the lag, with state-space dynamics, with adaptive thresholds, with recurrent spikes",
            thresholds=MappingProxyType(
                {
                    # Share of the score that must be lost, or may be, by whole intervals.
                    "loss": 0.1,
                    # Validation score from which the best model bridges a lag. That the longest such lag is judged,
                    # not the longest of all, was decided after a first quick run had been seen.
                    "learned": 0.8,
                }
            ),
            study="long_range",
            title="Spiking networks lose long-range dependencies",
            question="Over what lag do spiking networks remember, and is it the spikes or the leak that forgets?",
            literature="spiking state-space models match state-space models on long-range tasks; a leaky membrane is "
            "real-valued, so the claim is about leaky dynamics with binary output",
            limits=(
                "small networks and short training: a lag that no model bridges here is not judged",
                "lags of tens of steps, not the thousands of long-range benchmarks",
            ),
        ),
        "C10": Claim(
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
        ),
        "C11": Claim(
            text="Computation shifts to inference: a small model with search beats one 14 times larger",
            source="arXiv 2510.08591, section 4.1.1, experiment 2 and next check 3",
            statistic="accuracy against FLOPs of inference: greedy, majority, best of N, beam and tree search, by "
            "difficulty",
            thresholds=MappingProxyType({}),
            study=None,
            title="Search at inference replaces size",
            question="Does a small model that searches solve more than a larger one of equal FLOPs that does not?",
            literature="at equal FLOPs a model 14 times smaller has 257.75, 63.37 or 15.77 times the inference, for a "
            "ratio of inference to pretraining tokens of 0.16, 0.79 or 22 (Snell et al. 2024), on problems that it "
            "sometimes solves",
            unmeasured="this version has no study of search at inference",
        ),
        "C12": Claim(
            text="Reasoning models match patterns, and overthink",
            source="arXiv 2510.08591, open question 1 and failure signatures",
            statistic="accuracy against the complexity of puzzles, in and out of distribution; tokens spent",
            thresholds=MappingProxyType({}),
            study=None,
            title="Reasoning or pattern matching",
            question="Does accuracy collapse with complexity, and effort with it?",
            literature="three regimes of complexity; effort declines past the collapse (Shojaee et al. 2025), which "
            "published rebuttals dispute",
            unmeasured="this version has no study of reasoning",
        ),
    }
)


def by_number(claim: str) -> int:
    """The number in a claim's key, to sort by: ``C2`` comes before ``C10``."""
    return int(claim.removeprefix("C"))
