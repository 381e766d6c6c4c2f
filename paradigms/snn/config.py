"""Settings of a spiking network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args, get_origin, get_type_hints

from paradigms.interface import require
from paradigms.quantisers import MOST_BITS
from paradigms.snn.neurons.populations import NEURONS
from paradigms.snn.rules import RULES, Rule

DecayPer: TypeAlias = Literal["neuron", "layer"]


@dataclass(frozen=True)
class Config:
    """Settings of a spiking network with a leaky-integrator read-out.

    Attributes:
        architecture: The kind of layers: ``dense``; ``convolutional``, each pooled; ``residual``, a pooled convolution
            and then blocks of two convolutions; or a spiking ``transformer`` over patches. All but ``dense`` read
            images.
        hidden: The sizes of the layers: neurons of each dense layer; channels of each convolution; channels of each
            residual block, all equal; the width of each transformer block, all equal.
        kernel: The side of the convolutions' kernels, in pixels.
        pool: The side of the squares over which convolved spikes are pooled, in pixels.
        patch: The side of the transformer's patches, in pixels.
        heads: The number of heads of the transformer's attention.
        neuron: The kind of neurons, a name in ``paradigms.snn.neurons.populations.NEURONS``: ``lif``; ``if`` (no leak);
            ``adaptive`` (a threshold that rises with the neuron's own spikes); or ``synaptic`` (a LIF driven through
            a leaky synapse).
        recurrent: Whether neurons of a layer also receive its spikes of the step before.
        longest_delay: The most steps by which spikes between dense layers may arrive later; each neuron's delay is
            trained from 0 to this number. 0 is for no delays.
        time_steps: The number of steps of simulated time. It is not used for a recording, which brings its own.
        encoding: How intensities enter: ``direct`` (constant current), ``rate`` (Bernoulli spikes at each step),
            ``latency`` (one spike, the brighter the earlier), ``population`` (Bernoulli spikes of neurons tuned to
            different intensities), ``rows`` (one image row per step, as current) or ``delta`` (spikes where an image
            row differs from the one before). A spike recording enters as it is.
        tuned: The number of neurons per value of the encoding ``population``.
        delta_threshold: The smallest change for which the encoding ``delta`` spikes.
        surrogate: The shape of the derivative that stands in for the spike's.
        surrogate_width: The width of that shape, in units of the threshold.
        reset: What a spike does to the potential: it loses one threshold (``subtract``) or goes to ``zero``.
        detach_reset: Whether the gradient through the reset is stopped.
        time_constant: The time constant of every membrane at the start, in steps; a potential decays by
            ``exp(-1 / time_constant)`` per step.
        synaptic_time_constant: The time constant of the synapses of ``synaptic`` neurons at the start, in steps.
        adaptation_time_constant: The time constant of the thresholds of ``adaptive`` neurons at the start, in steps.
        adaptation_strength: What one spike adds to the threshold of an ``adaptive`` neuron, in thresholds.
        learn_decay: Whether the decays of hidden layers and read-out are trained.
        learn_initial_state: Whether the potentials before the first step are trained.
        decay_per: Whether each ``neuron`` (of a convolution: each channel) has a decay of its own, or each ``layer``.
        rate_penalty: The factor of a penalty that is added to the loss, the mean number of spikes that a hidden neuron
            emits in a step (an L1 penalty: proportional to the number of spikes).
        weight_bits: Bits of a weight, sign included, 1 to 8: weights are rounded to a grid of each output in every
            forward pass, and gradients pass straight through; ``None`` for floating point.
        input_product: How spikes are multiplied with the first weights: ``dense``, or ``auto``, which visits events
            only where, at run time, there are few enough of them (never in ``ottt``, whose traces are dense).
        differentiation: The rule of differentiation, a name in ``paradigms.snn.rules.RULES``: ``bptt``;
            ``checkpointed`` (the same gradient in memory O(√T), for one more forward pass); ``packed`` and ``compact``
            (the same gradient by a reverse pass of our own; of LIF and IF neurons the first keeps the potential and
            one byte per spike of every step, less than ``bptt``, and is faster; the second keeps the states before
            each block, a tenth or less, for one more forward pass); ``sltt`` or ``ottt`` (memory O(1) in time; no
            gradient from a step to the one before, and for ``ottt`` traces of the inputs in its place; biased).
        block_steps: The most steps that are run together, layer by layer; fewer, down to three quarters, where all
            blocks are of one length then. More make larger products and, in ``compact``, fewer and larger pieces.
        time_loop: How ``packed`` and ``compact`` step LIF and IF neurons: ``plain``, or ``pallas``, one kernel per
            block for NVIDIA GPUs and TPUs (interpreted on a CPU; compiled for both and measured on neither, and so
            never chosen by itself).
        segment_steps: The number of steps between two checkpoints of ``checkpointed``; ``None`` for ⌊√T⌋, or, where
            there is a budget, for what takes the least memory.
        memory_budget_bytes: What ``checkpointed`` may keep and need at once: as many of the last steps as fit are not
            recomputed. ``None`` is for recomputing all.

    Raises:
        Unsupported: A value is out of its range, or settings do not go together.
    """

    architecture: Literal["dense", "convolutional", "residual", "transformer"] = "dense"
    hidden: tuple[int, ...] = (128,)
    kernel: int = 3
    pool: int = 2
    patch: int = 4
    heads: int = 4
    neuron: str = "lif"
    recurrent: bool = False
    longest_delay: int = 0
    time_steps: int = 20
    encoding: Literal["direct", "rate", "latency", "population", "rows", "delta"] = "direct"
    tuned: int = 4
    delta_threshold: float = 0.1
    surrogate: Literal["arctan", "fast_sigmoid", "triangular"] = "arctan"
    surrogate_width: float = 1.0
    reset: Literal["subtract", "zero"] = "subtract"
    detach_reset: bool = True
    time_constant: float = 5.0
    synaptic_time_constant: float = 5.0
    adaptation_time_constant: float = 50.0
    adaptation_strength: float = 0.2
    learn_decay: bool = True
    learn_initial_state: bool = False
    decay_per: DecayPer = "neuron"
    rate_penalty: float = 0.0
    weight_bits: int | None = None
    input_product: Literal["auto", "dense"] = "auto"
    differentiation: str = "bptt"
    block_steps: int = 10
    time_loop: Literal["plain", "pallas"] = "plain"
    segment_steps: int | None = None
    memory_budget_bytes: int | None = None

    @property
    def rule(self) -> Rule:
        """The rule of differentiation."""
        return RULES[self.differentiation]

    def __post_init__(self) -> None:
        require(
            len(self.hidden) >= 1 and all(size >= 1 for size in self.hidden),
            f"paradigm.hidden={list(self.hidden)} must list at least one layer, each of at least 1 neuron",
        )
        for name in ("time_steps", "block_steps", "kernel", "pool", "patch", "heads", "tuned"):
            value = getattr(self, name)
            require(value >= 1, f"paradigm.{name}={value} must be at least 1")
        for name, hint in get_type_hints(type(self)).items():
            if get_origin(hint) is Literal:
                value, choices = getattr(self, name), get_args(hint)
                require(value in choices, f"paradigm.{name}={value} must be one of {', '.join(choices)}")
        require(self.neuron in NEURONS, f"paradigm.neuron={self.neuron} must be one of {', '.join(NEURONS)}")
        require(
            self.differentiation in RULES,
            f"paradigm.differentiation={self.differentiation} must be one of {', '.join(RULES)}",
        )
        require(self.surrogate_width > 0, f"paradigm.surrogate_width={self.surrogate_width} must be positive")
        for name in ("time_constant", "synaptic_time_constant", "adaptation_time_constant"):
            value = getattr(self, name)
            # Beyond these the decay rounds to 0 or 1 in float32.
            require(0.1 <= value <= 1e6, f"paradigm.{name}={value} must be between 0.1 and 1e6 steps")
        require(
            self.adaptation_strength >= 0,
            f"paradigm.adaptation_strength={self.adaptation_strength} must be 0 (none) or more",
        )
        require(self.delta_threshold > 0, f"paradigm.delta_threshold={self.delta_threshold} must be positive")
        require(self.rate_penalty >= 0, f"paradigm.rate_penalty={self.rate_penalty} must be 0 (none) or more")
        require(
            self.weight_bits is None or (isinstance(self.weight_bits, int) and 1 <= self.weight_bits <= MOST_BITS),
            f"paradigm.weight_bits={self.weight_bits} must be between 1 and {MOST_BITS}, or null for floating point",
        )
        require(
            self.segment_steps is None or self.segment_steps >= 1,
            f"paradigm.segment_steps={self.segment_steps} must be at least 1, or null for the square root of the steps",
        )
        for name in ("segment_steps", "memory_budget_bytes"):
            value = getattr(self, name)
            require(
                value is None or self.rule.has_segments,
                f"paradigm.{name}={value} is for paradigm.differentiation={_names(lambda rule: rule.has_segments)}; "
                f"leave it null with {self.differentiation}",
            )
        require(
            self.memory_budget_bytes is None or self.memory_budget_bytes >= 1,
            f"paradigm.memory_budget_bytes={self.memory_budget_bytes} must be at least 1, or null for no budget",
        )
        require(
            not self.learn_initial_state or self.rule.exact,
            f"paradigm.learn_initial_state=true needs a gradient through time, which "
            f"paradigm.differentiation={self.differentiation} has not; choose another, or leave it false",
        )
        require(
            self.time_loop == "plain" or self.rule.has_own_time_loop,
            f"paradigm.time_loop={self.time_loop} is for paradigm.differentiation="
            f"{_names(lambda rule: rule.has_own_time_loop)}; leave it plain with {self.differentiation}",
        )
        self._require_architecture()

    def _require_architecture(self) -> None:
        require(self.longest_delay >= 0, f"paradigm.longest_delay={self.longest_delay} must be 0 (none) or more")
        require(
            not self.longest_delay or (self.architecture == "dense" and len(self.hidden) > 1 and self.rule.exact),
            f"paradigm.longest_delay={self.longest_delay} needs paradigm.architecture=dense, two hidden layers or more "
            f"and paradigm.differentiation={_names(lambda rule: rule.exact)}: a delay is a way through time",
        )
        if self.architecture in ("residual", "transformer"):
            require(
                len(set(self.hidden)) == 1,
                f"paradigm.hidden={list(self.hidden)} must list equal sizes for paradigm.architecture="
                f"{self.architecture}, whose blocks add what enters to what leaves",
            )
        if self.architecture == "transformer":
            require(
                all(size % self.heads == 0 for size in self.hidden),
                f"paradigm.hidden={list(self.hidden)} must be a multiple of paradigm.heads={self.heads}",
            )
        require(
            not (self.recurrent and self.architecture != "dense"),
            f"paradigm.recurrent=true is for paradigm.architecture=dense, not {self.architecture}: "
            "leave it false there",
        )


def _names(belongs: Callable[[Rule], bool]) -> str:
    """The rules of a kind, for a sentence."""
    *others, last = (name for name, rule in RULES.items() if belongs(rule))
    return f"{', '.join(others)} or {last}" if others else last
