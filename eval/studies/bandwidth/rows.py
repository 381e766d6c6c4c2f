"""The kinds of row of the study: checks of the estimates, and layers of ReLU networks and of spiking networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias, get_args

from eval.rows import Row
from eval.studies.bandwidth.config import EncodingName, NeuronName
from eval.studies.bandwidth.information import Estimate

Code: TypeAlias = Literal["driven", "rate", "timing"]
"""What generates trains of known bits: a uniform drive, or probabilities that differ between classes, or also steps."""
CODES: tuple[Code, ...] = get_args(Code)
Response: TypeAlias = Literal["count", "train", "shuffled"]
RESPONSES: tuple[Response, ...] = get_args(Response)
"""What is read of a neuron: its number of spikes, its whole train, its train with the spikes of a trial shuffled."""


@dataclass(frozen=True, kw_only=True)
class KnownCode(Row):
    """Trains whose bits are known, with what was estimated of them: an entropy, or information about a class.

    Attributes:
        code: What generated them; of ``driven`` trains the entropy is estimated, of others the information.
        time_steps: The number of steps.
        trials: The number of trains.
        repeat: The repetition, from 0; the code is the same in all, the trains are not.
        response: What was read of them.
        known: The truth, in bits.
        estimate: The estimate, in bits.
        control: The same with shuffled classes, in bits; ``None`` for entropies, which have no class.
        coverage: Good's coverage.
    """

    part: ClassVar[str] = "known_codes"

    code: Code
    time_steps: int
    trials: int
    repeat: int
    response: Response
    known: float
    estimate: float
    control: float | None
    coverage: float


@dataclass(frozen=True, kw_only=True)
class RectifiedNetwork(Row):
    """A layer of a trained ReLU network with rounded activations; bits are means over the layer's neurons.

    Attributes:
        training_seed: The seed of weights and batches.
        layer: The hidden layer, counted from 1.
        test_accuracy: The network's accuracy, with activations that are not rounded.
        trials: The examples that were presented.
        activation_bits: The number of bits to which activations are rounded.
        entropy: The entropy of an activation, in bits.
        coverage: Good's coverage.
        class_bits: The information of an activation about the class, in bits.
        control: The same with shuffled classes, in bits.
    """

    part: ClassVar[str] = "rectified_networks"

    training_seed: int
    layer: int
    test_accuracy: float
    trials: int
    activation_bits: int
    entropy: float
    coverage: float
    class_bits: float
    control: float


@dataclass(frozen=True, kw_only=True)
class SpikingNetwork(Row):
    """A layer of a trained spiking network; bits and coverages are means over the layer's neurons.

    Attributes:
        neuron: The kind of neuron.
        encoding: How the input enters.
        time_steps: The number of steps T.
        training_seed: The seed of weights and batches.
        layer: The hidden layer, counted from 1.
        test_accuracy: The network's accuracy.
        trials: The examples that were presented, repetitions included.
        count_entropy, train_entropy, shuffled_entropy: The entropy of each response, in bits.
        count_coverage, train_coverage, shuffled_coverage: Good's coverage of each response.
        count_class_bits, train_class_bits, shuffled_class_bits: Their information about the class, in bits.
        count_control, train_control, shuffled_control: The same with shuffled classes, in bits.
        layer_spike_rate: Spikes per neuron of the layer and step.
        most_train_entropy: The largest entropy of a neuron's trains, in bits.
        share_above_bound: The share of neurons whose trains have more entropy than log2(T + 1).
    """

    part: ClassVar[str] = "spiking_networks"

    neuron: NeuronName
    encoding: EncodingName
    time_steps: int
    training_seed: int
    layer: int
    test_accuracy: float
    trials: int
    count_entropy: float
    count_coverage: float
    count_class_bits: float
    count_control: float
    train_entropy: float
    train_coverage: float
    train_class_bits: float
    train_control: float
    shuffled_entropy: float
    shuffled_coverage: float
    shuffled_class_bits: float
    shuffled_control: float
    layer_spike_rate: float
    most_train_entropy: float
    share_above_bound: float

    def read(self, response: Response) -> Estimate:
        """Return what one response tells."""
        return {
            "count": Estimate(self.count_entropy, self.count_coverage, self.count_class_bits, self.count_control),
            "train": Estimate(self.train_entropy, self.train_coverage, self.train_class_bits, self.train_control),
            "shuffled": Estimate(
                self.shuffled_entropy, self.shuffled_coverage, self.shuffled_class_bits, self.shuffled_control
            ),
        }[response]


KINDS: tuple[type[Row], ...] = (KnownCode, RectifiedNetwork, SpikingNetwork)
"""All of them, in the table's order."""
