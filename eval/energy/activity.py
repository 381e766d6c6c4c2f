"""What a layer did: events that came in and went out, counted for every example of a trained network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Float

Kind = Literal["spiking", "quantised"]


@dataclass(frozen=True)
class Activity:
    """What the neurons of one layer received and sent, for every example; counts, never a mean over layers.

    Attributes:
        layer: The layer's name.
        kind: ``spiking`` or ``quantised``.
        neurons: Neurons of the layer.
        synapses: Connections into it, a connection of a convolution counted at every position (without those that end
            in the padding).
        positions: Positions at which a weight is used: 1 of a dense layer, pixels of a convolution's output.
        weight_bits: Bits of a weight.
        input_bits: Bits of an activation that comes in: 1 of a spike; of a constant current, of the input.
        output_bits: Bits of an activation that goes out; ``None`` of a read-out, which compares nothing.
        steps: Time steps that each example took, 1 throughout in a quantised network.
        events: Spikes, or activations other than 0, that came in over all steps.
        operations: The same, each counted once for every connection that it took: synaptic operations.
        fired: Spikes, or activations other than 0, that went out over all steps; 0 of a read-out.
        constant_input: Whether the input is a constant current (direct coding), whose product is formed once.
        count_bits: Bits of the number of its spikes that a neuron hands on after its last step; 0 where every spike
            leaves at once.

    Raises:
        ValueError: Counts of different numbers of examples, negative ones, or more operations than there are
            connections and steps.
    """

    layer: str
    kind: Kind
    neurons: int
    synapses: int
    positions: int
    weight_bits: int
    input_bits: int
    output_bits: int | None
    steps: Float[np.ndarray, " examples"]
    events: Float[np.ndarray, " examples"]
    operations: Float[np.ndarray, " examples"]
    fired: Float[np.ndarray, " examples"]
    constant_input: bool = False
    count_bits: int = 0

    def __post_init__(self) -> None:
        counts = {name: getattr(self, name) for name in ("steps", "events", "operations", "fired")}
        if len({one.shape for one in counts.values()}) != 1:
            shapes = ", ".join(f"{name} {one.shape}" for name, one in counts.items())
            raise ValueError(f"layer {self.layer} needs counts of the same examples, not of shapes {shapes}")
        for name, one in counts.items():
            if not (np.isfinite(one).all() and (one >= 0).all()):
                raise ValueError(f"layer {self.layer} has {name} that are negative or not finite")
        most = self.synapses * (1.0 if self.constant_input else self.steps)
        if (self.operations > most * (1 + 1e-6)).any():
            raise ValueError(f"layer {self.layer} has more operations than connections times steps")

    @property
    def rate(self) -> float:
        """Events per connection and step, in the mean over examples, each weighted by the connections that it took."""
        steps = np.ones_like(self.steps) if self.constant_input else self.steps
        return float(self.operations.sum() / (self.synapses * steps.sum()))

    @property
    def events_per_synapse(self) -> float:
        """Events per connection and inference, in the mean over examples."""
        return float(self.operations.mean() / self.synapses)


def joined(parts: Sequence[Sequence[Activity]]) -> tuple[Activity, ...]:
    """Put the activities of one network on several lots of examples together.

    Args:
        parts: For each lot of examples the activities of the layers, in the order of the examples.

    Raises:
        ValueError: The lots differ in more than what was counted.
    """
    counts = ("steps", "events", "operations", "fired")
    found = []
    for lots in zip(*parts, strict=True):
        whole = {name: np.concatenate([getattr(one, name) for one in lots]) for name in counts}
        fixed = {repr(replace(one, **dict.fromkeys(counts, np.zeros(1)))) for one in lots}
        if len(fixed) != 1:
            raise ValueError(f"layer {lots[0].layer} is not the same on all examples: {', '.join(sorted(fixed))}")
        found.append(replace(lots[0], **whole))
    return tuple(found)
