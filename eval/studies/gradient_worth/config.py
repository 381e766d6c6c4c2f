"""The settings of the study of what a gradient is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from training.errors import BadInput
from training.tasks import TaskConfig

TaskName = Literal["digits", "fashion_mnist", "bars_and_stripes", "braille", "matching"]
"""The study's own tasks, each of which :mod:`eval.studies.gradient_worth.data` says what it is."""
ANGLES_PER_QUBIT = 3
"""Of a circuit's layer."""
_SIZES = ("circuit_layers", "transformer_widths", "hidden", "time_steps")


@dataclass(frozen=True)
class Config:
    """What is trained; the defaults are the preset ``quick``.

    Every model is tuned over as many sizes, learning rates and seeds: the place of a size in one list is its place in
    all.

    Attributes:
        seed: The seed of the first judged repetition; the others follow, and after them those of tuning.
        tasks: The study's own tasks.
        task: Data of the user's own in their place; ``None`` for none. Targets that are values have a loss in place of
            an accuracy, the mean squared error as a share of their variance in training.
        side: Images are averaged over a grid of ``side`` × ``side`` equal cells, the same for every model.
        training_examples: Training examples of a repetition, which draws its own split.
        validation_examples: Validation examples of a repetition; it is tested on as many.
        qubits: The qubits of the circuits.
        circuit_layers: For each size, the layers of the circuit; 3 gate angles per qubit and layer must hold all
            features.
        transformer_widths: For each size, the features of a token.
        transformer_layers: Blocks of the transformer.
        transformer_heads: The heads of its attention.
        hidden: For each size, the neurons of both layers of the spiking network, and the units of the perceptron's.
        time_steps: For each size, the time steps of the spiking network on examples without time.
        steps: Updates of Adam.
        records: Times at which the validation split is read, evenly spaced: the resolution of a cost to a target.
        batch_size: Examples an update, the same for all.
        learning_rates: Ascending; every model is tried with each.
        tuning_seeds: Repetitions of each trial of a size and a learning rate, none of them judged.
        seeds: Judged repetitions, paired: the same seed draws the same split and batches for every model.
        target_fraction: The place of a task's target on the way from what the linear model reaches to what the better
            deep network does, both at their best on the seeds of tuning.
        signal_losses: Validation losses at which the gradient's signal is compared, as shares of the loss of a guess.
        signal_examples: Training examples over whose gradients it is taken.
        shots: A circuit execution, where shots are counted.
        shot_examples: How many of those are the ones over which the variance from shots is averaged.
        timing_rounds: How often the updates of all models are timed, spread over the study.
        timing_repeats: Updates timed in each round, after one that is not.
    """

    seed: int = 0
    tasks: tuple[TaskName, ...] = ("digits", "bars_and_stripes", "matching")
    task: TaskConfig | None = None
    side: int = 8
    training_examples: int = 1000
    validation_examples: int = 200
    qubits: int = 6
    circuit_layers: tuple[int, ...] = (4, 6)
    transformer_widths: tuple[int, ...] = (8, 16)
    transformer_layers: int = 1
    transformer_heads: int = 2
    hidden: tuple[int, ...] = (16, 32)
    time_steps: tuple[int, ...] = (5, 10)
    steps: int = 180
    records: int = 60
    batch_size: int = 32
    learning_rates: tuple[float, ...] = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
    tuning_seeds: int = 2
    seeds: int = 8
    target_fraction: float = 0.5
    signal_losses: tuple[float, ...] = (0.9, 0.6)
    signal_examples: int = 256
    shots: int = 1000
    shot_examples: int = 8
    timing_rounds: int = 5
    timing_repeats: int = 100

    def __post_init__(self) -> None:
        _require(self.seed >= 0, f"seed={self.seed} must be 0 or more")
        for name in ("qubits", "transformer_layers", "records", "tuning_seeds", "shots", "timing_repeats",
                     "batch_size", "validation_examples"):  # fmt: skip
            value = getattr(self, name)
            _require(value >= 1, f"settings.{name}={value} must be at least 1")
        for name, least in (("side", 2), ("signal_examples", 2), ("timing_rounds", 2)):
            value = getattr(self, name)
            _require(value >= least, f"settings.{name}={value} must be at least {least}")
        _require(self.seeds >= 5, f"settings.seeds={self.seeds} must be at least 5, to give an interval")
        known = get_args(TaskName)
        _require(
            len(set(self.tasks)) == len(self.tasks) > 0 and set(self.tasks) <= set(known),
            f"settings.tasks={list(self.tasks)} must list some of {', '.join(known)}, each once",
        )
        self._require_sizes()
        _require(
            self.steps >= 1 and self.steps % self.records == 0,
            f"settings.steps={self.steps} must be a multiple of settings.records={self.records}",
        )
        for name in ("batch_size", "signal_examples"):
            value = getattr(self, name)
            _require(
                self.task is not None or value <= self.training_examples,
                f"settings.{name}={value} must be at most settings.training_examples={self.training_examples}",
            )
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
            0 < self.target_fraction < 1,
            f"settings.target_fraction={self.target_fraction:g} must lie between 0 and 1: the target lies between what "
            "a linear model reaches and what a deep network does",
        )
        losses = list(self.signal_losses)
        _require(
            all(0 < loss < 1 for loss in losses) and losses == sorted(set(losses), reverse=True),
            f"settings.signal_losses={losses} must be shares between 0 and 1, descending",
        )

    def _require_sizes(self) -> None:
        for name in _SIZES:
            sizes = getattr(self, name)
            _require(
                len(sizes) == len(self.hidden) and all(size >= 1 for size in sizes) and len(sizes) > 0,
                f"settings.{name}={list(sizes)} must list as many sizes as settings.hidden={list(self.hidden)}, each 1 "
                "or more: every model is tuned with the same budget",
            )


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise BadInput(sentence)
