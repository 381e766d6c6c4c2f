"""The settings of the study of regularisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from training.errors import BadInput

DataSetName = Literal["digits_3_8", "hidden_manifold", "bars_and_stripes", "two_curves", "hyperplanes"]


@dataclass(frozen=True)
class Config:
    """What is trained; the defaults are the preset ``quick``.

    Attributes:
        seed: The seed of the first repetition; the others follow.
        data_sets: Trained on; ``digits_3_8`` is real, the others are generated.
        train_examples: How many examples are learned from in each repetition, drawn anew from the training split.
        test_examples: Held out in each repetition: the test split first, then what training left of its split.
        seeds: Repetitions, each with its own examples and initial parameters, the same for all that is compared.
        qubits: The number of qubits of the circuit.
        layers: The layers of the circuit; its 3 ``qubits`` ``layers`` gates must hold all features.
        steps: Updates of Adam on all training examples.
        learning_rate: The learning rate of Adam.
        dropout_rates: Shares of gates left out, each tried.
        penalties: Weights of the mean squared angles and input weights in the loss, each tried.
        noise_probabilities: The probabilities of a Pauli error per qubit and layer while training, each tried.
        trajectories: The number of draws of the noise, over which an expectation is averaged.
    """

    seed: int = 0
    data_sets: tuple[DataSetName, ...] = ("digits_3_8", "hidden_manifold", "bars_and_stripes")
    train_examples: int = 40
    test_examples: int = 160
    seeds: int = 6
    qubits: int = 4
    layers: int = 6
    steps: int = 200
    learning_rate: float = 0.05
    dropout_rates: tuple[float, ...] = (0.05, 0.15)
    penalties: tuple[float, ...] = (0.1, 1.0)
    noise_probabilities: tuple[float, ...] = (0.03,)
    trajectories: int = 2

    def __post_init__(self) -> None:
        for name in ("train_examples", "test_examples", "qubits", "layers", "trajectories"):
            value = getattr(self, name)
            _require(value >= 1, f"settings.{name}={value} must be at least 1")
        _require(self.seed >= 0, f"seed={self.seed} must be 0 or more")
        _require(self.seeds >= 2, f"settings.seeds={self.seeds} must be at least 2 for an interval")
        _require(
            self.steps >= RECORDS and self.steps % RECORDS == 0,
            f"settings.steps={self.steps} must be a multiple of {RECORDS}, the times at which a run is looked at",
        )
        _require(self.learning_rate > 0, f"settings.learning_rate={self.learning_rate} must be positive")
        _require(self.data_sets != (), f"settings.data_sets is empty: name some of {', '.join(get_args(DataSetName))}")
        wanted = self.train_examples + self.test_examples
        _require(
            wanted <= MOST_EXAMPLES,
            f"settings.train_examples and test_examples add up to {wanted} of the {MOST_EXAMPLES} there are: use fewer",
        )
        gates = 3 * self.qubits * self.layers
        _require(
            gates >= FEATURES,
            f"settings.qubits and layers make {gates} gates for {FEATURES} features: raise one of them",
        )
        for name, top in (("dropout_rates", 1.0), ("penalties", float("inf")), ("noise_probabilities", 1.0)):
            values = getattr(self, name)
            _require(len(values) > 0, f"settings.{name} is empty: give at least one value")
            for value in values:
                _require(0 < value < top, f"settings.{name} has {value}, which must be above 0 and below {top:g}")


RECORDS = 20
"""Times at which a run's losses are recorded, and at which early stopping may stop."""

MOST_EXAMPLES = 300
"""In the training and test splits of the smallest data set."""

FEATURES = 16
"""Of every data set, so that each model is compiled once for all of them."""


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise BadInput(sentence)
