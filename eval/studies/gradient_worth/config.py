"""The settings of the study of what a gradient is worth."""

from __future__ import annotations

from dataclasses import dataclass

from training.errors import BadInput
from training.tasks import TaskConfig

TRAINING_EXAMPLES = 1260
"""Of ``digits``."""
PIXELS = 8
"""Along a side of ``digits``."""
ANGLES_PER_QUBIT = 3
"""Of a circuit's layer."""


@dataclass(frozen=True)
class Config:
    """What is trained; the defaults are the preset ``quick``.

    Attributes:
        seed: The seed of the first judged repetition; the others follow, and after them those of tuning.
        task: The data that all models learn from; ``None`` for ``digits``. Targets that are values have a loss in place
            of an accuracy, the mean squared error as a share of their variance in training.
        side: Every model sees images averaged over a grid of ``side`` × ``side`` equal cells.
        qubits: The qubits of the circuits.
        layers: The layers of the circuits; their 3 ``qubits`` ``layers`` gate angles must hold all features.
        transformer_width: Features of a token.
        transformer_layers: Blocks.
        transformer_heads: The heads of attention.
        hidden: Neurons of each layer of the spiking network, and units of the perceptron.
        time_steps: The time steps of the spiking network.
        steps: Updates of Adam.
        records: Times at which the validation split is read, evenly spaced: the resolution of a cost to a target.
        batch_size: Examples an update, the same for all.
        learning_rates: Ascending; every model is tried with each.
        tuning_seeds: Repetitions of each trial of a learning rate, none of them judged.
        seeds: Judged repetitions, paired: the same seed draws the same batches for every model.
        accuracy_targets: Validation accuracies whose cost is measured.
        loss_targets: Validation losses (nats; of values, shares of their variance) whose cost is measured.
        signal_moments: Times at which the gradient's signal is measured, the first before training.
        signal_examples: Training examples over whose gradients it is taken.
        shots: A circuit execution, where shots are counted.
        shot_examples: How many of those are the ones over which the variance from shots is averaged.
        timing_repeats: Updates timed, after one that is not.
    """

    seed: int = 0
    task: TaskConfig | None = None
    side: int = 4
    qubits: int = 6
    layers: int = 8
    transformer_width: int = 16
    transformer_layers: int = 2
    transformer_heads: int = 4
    hidden: tuple[int, ...] = (32, 32)
    time_steps: int = 10
    steps: int = 240
    records: int = 24
    batch_size: int = 32
    learning_rates: tuple[float, ...] = (0.002, 0.005, 0.012, 0.03, 0.07, 0.17, 0.4, 1.0)
    tuning_seeds: int = 2
    seeds: int = 8
    accuracy_targets: tuple[float, ...] = (0.7, 0.8, 0.9)
    loss_targets: tuple[float, ...] = (1.0, 0.5)
    signal_moments: int = 5
    signal_examples: int = 256
    shots: int = 1000
    shot_examples: int = 8
    timing_repeats: int = 200

    def __post_init__(self) -> None:
        _require(self.seed >= 0, f"seed={self.seed} must be 0 or more")
        for name in ("qubits", "layers", "transformer_layers", "time_steps", "records", "tuning_seeds", "shots",
                     "timing_repeats"):  # fmt: skip
            value = getattr(self, name)
            _require(value >= 1, f"settings.{name}={value} must be at least 1")
        _require(self.side >= 2, f"settings.side={self.side} must be at least 2")
        _require(self.seeds >= 5, f"settings.seeds={self.seeds} must be at least 5, to give an interval")
        _require(
            self.steps >= 1 and self.steps % self.records == 0,
            f"settings.steps={self.steps} must be a multiple of settings.records={self.records}",
        )
        _require(
            2 <= self.signal_moments <= self.records + 1,
            f"settings.signal_moments={self.signal_moments} must be from 2 to records + 1 = {self.records + 1}",
        )
        for name, least in (("batch_size", 1), ("signal_examples", 2)):
            value = getattr(self, name)
            _require(value >= least, f"settings.{name}={value} must be at least {least}")
        _require(
            1 <= self.shot_examples <= self.signal_examples,
            f"settings.shot_examples={self.shot_examples} must be from 1 to settings.signal_examples="
            f"{self.signal_examples}",
        )
        rates = list(self.learning_rates)
        _require(
            len(rates) >= 2 and rates == sorted(set(rates)) and rates[0] > 0,
            f"settings.learning_rates={rates} must be at least two positive numbers, ascending",
        )
        _require(
            len(self.accuracy_targets) >= 1 and all(0 < target <= 1 for target in self.accuracy_targets),
            f"settings.accuracy_targets={list(self.accuracy_targets)} must list at least one, above 0 and at most 1",
        )
        _require(
            all(target > 0 for target in self.loss_targets),
            f"settings.loss_targets={list(self.loss_targets)} must be positive",
        )
        if self.task is None:
            self._require_fits_digits()

    def _require_fits_digits(self) -> None:
        """Refuse what other data are held to once they are loaded."""
        _require(2 <= self.side <= PIXELS, f"settings.side={self.side} must be from 2 to {PIXELS}, the digits' pixels")
        angles = ANGLES_PER_QUBIT * self.qubits * self.layers
        _require(
            angles >= self.side**2,
            f"settings.qubits and layers make {angles} gate angles for the {self.side**2} features of settings.side="
            f"{self.side}: raise one of them, or lower side",
        )
        for name, least in (("batch_size", 1), ("signal_examples", 2)):
            value = getattr(self, name)
            _require(
                value <= TRAINING_EXAMPLES,
                f"settings.{name}={value} must be from {least} to the {TRAINING_EXAMPLES} training examples",
            )


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise BadInput(sentence)
