"""Settings of a spiking network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args, get_origin, get_type_hints

from paradigms.interface import require


@dataclass(frozen=True)
class Config:
    """A feed-forward network of LIF layers with a leaky-integrator read-out.

    Attributes:
        hidden: Neurons in each hidden layer.
        time_steps: Steps of simulated time; a spike recording brings its own and this is then not used.
        encoding: How intensities enter: ``direct`` (constant current), ``rate`` (Bernoulli spikes at each step) or
            ``latency`` (one spike, the brighter the earlier). A spike recording enters as it is.
        surrogate: Shape of the derivative that stands in for the spike's.
        surrogate_width: Its width, in units of the threshold.
        reset: After a spike the potential loses one threshold (``subtract``) or goes to ``zero``.
        detach_reset: Stop the gradient through the reset.
        time_constant: Of every membrane at the start, in steps; the decay a step is ``exp(-1 / time_constant)``.
        learn_decay: Train the decays, in hidden layers and read-out.
        decay_per: One decay for each ``neuron``, or one a ``layer``.
        rate_penalty: Added to the loss, times the mean number of spikes a hidden neuron emits in a step (an L1
            penalty: proportional to the number of spikes).
        unroll: Time steps in one iteration of the compiled loop.
        differentiation: ``bptt``, or ``checkpointed`` (the same gradient, memory O(√T), one more forward pass).
        segment_steps: Steps between the checkpoints of ``checkpointed``; ``None`` for ⌊√T⌋.
    """

    hidden: tuple[int, ...] = (128,)
    time_steps: int = 20
    encoding: Literal["direct", "rate", "latency"] = "direct"
    surrogate: Literal["arctan", "fast_sigmoid", "triangular"] = "arctan"
    surrogate_width: float = 1.0
    reset: Literal["subtract", "zero"] = "subtract"
    detach_reset: bool = True
    time_constant: float = 5.0
    learn_decay: bool = True
    decay_per: Literal["neuron", "layer"] = "neuron"
    rate_penalty: float = 0.0
    unroll: int = 1
    differentiation: Literal["bptt", "checkpointed"] = "bptt"
    segment_steps: int | None = None

    def __post_init__(self) -> None:
        require(
            len(self.hidden) >= 1 and all(size >= 1 for size in self.hidden),
            f"paradigm.hidden={list(self.hidden)} must list at least one layer, each of at least 1 neuron",
        )
        for name in ("time_steps", "unroll"):
            value = getattr(self, name)
            require(value >= 1, f"paradigm.{name}={value} must be at least 1")
        for name, hint in get_type_hints(type(self)).items():
            if get_origin(hint) is Literal:
                value, choices = getattr(self, name), get_args(hint)
                require(value in choices, f"paradigm.{name}={value} must be one of {', '.join(choices)}")
        require(self.surrogate_width > 0, f"paradigm.surrogate_width={self.surrogate_width} must be positive")
        # Beyond these the decay rounds to 0 or 1 in float32.
        require(
            0.1 <= self.time_constant <= 1e6,
            f"paradigm.time_constant={self.time_constant} must be between 0.1 and 1e6 steps",
        )
        require(self.rate_penalty >= 0, f"paradigm.rate_penalty={self.rate_penalty} must be 0 (none) or more")
        require(
            self.segment_steps is None or self.segment_steps >= 1,
            f"paradigm.segment_steps={self.segment_steps} must be at least 1, or null for the square root of the steps",
        )
        require(
            self.segment_steps is None or self.differentiation == "checkpointed",
            f"paradigm.segment_steps={self.segment_steps} is for paradigm.differentiation=checkpointed; "
            f"leave it null with {self.differentiation}",
        )
