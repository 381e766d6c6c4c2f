"""The kinds of row of the study: what an update costs, runs and their looks, signals, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from eval.rows import Row

Measure = Literal["accuracy", "loss"]
Cost = Literal["examples", "flops", "seconds", "joules", "circuit_executions", "shots"]


@dataclass(frozen=True, kw_only=True)
class Seen(Row):
    """What every model sees, where the data are not the study's own.

    Attributes:
        data: Their name.
        kind: ``classification`` or ``regression``.
        features: Numbers of an example.
        training_examples: How many train.
        note: How they were read and divided.
    """

    part: ClassVar[str] = "data"

    data: str
    kind: str
    features: int
    training_examples: int
    note: str


@dataclass(frozen=True, kw_only=True)
class Update(Row):
    """What one update of a model costs: a batch's gradient, Adam, and the check that all is finite.

    Attributes:
        model: The model.
        parameters: Numbers that are trained.
        update_flops: Floating-point operations, counted on the program; ``None`` where they cannot be counted.
        update_seconds: The median of the compiled update, run by itself.
        joules: Energy; ``None`` where the device does not count it.
        circuit_executions: Circuits of the parameter-shift rule on hardware; ``None`` where there is no circuit.
        shots: Measurement repetitions of all these circuits.
    """

    part: ClassVar[str] = "updates"

    model: str
    parameters: int
    update_flops: int | float | None
    update_seconds: float | None
    joules: float | None
    circuit_executions: int | None
    shots: int | float | None


@dataclass(frozen=True, kw_only=True)
class OfRun(Row):
    """What a row of one run of a model has, of whatever kind.

    Attributes:
        model: The model.
        training_seed: The seed of parameters and of the order of examples.
    """

    model: str
    training_seed: int


@dataclass(frozen=True, kw_only=True)
class Trial(OfRun):
    """A run that chooses a learning rate, with a seed that is not judged.

    Attributes:
        model: The model.
        learning_rate: The rate that is tried.
        training_seed: The seed of parameters and of the order of examples.
        mean_eval_loss: Validation loss, averaged over the looks after the start; ``None`` where it diverged.
        eval_accuracy: Validation accuracy at the end; ``None`` of values.
    """

    part: ClassVar[str] = "trials"

    learning_rate: float
    mean_eval_loss: float | None
    eval_accuracy: float | None


@dataclass(frozen=True, kw_only=True)
class Look(OfRun):
    """A look at a judged run on the validation split.

    Attributes:
        model: The model.
        learning_rate: The rate that was chosen.
        training_seed: The seed of parameters and of the order of examples.
        updates: Updates before the look.
        eval_loss: In nats, or the mean squared error as a share of the variance of values in training; ``None`` where
            the run has diverged.
        eval_accuracy: Accuracy, as a share of the examples; ``None`` of values.
    """

    part: ClassVar[str] = "looks"

    learning_rate: float
    updates: int
    eval_loss: float | None
    eval_accuracy: float | None


@dataclass(frozen=True, kw_only=True)
class End(OfRun):
    """A judged run at its end, on the test split.

    Attributes:
        model: The model.
        learning_rate: The rate that was chosen.
        training_seed: The seed of parameters and of the order of examples.
        rate_at_edge: Whether the chosen rate is the least or the largest that was tried.
        test_loss: In nats, or as that of a look; ``None`` where the run diverged.
        test_accuracy: Accuracy, as a share of the examples; ``None`` of values.
    """

    part: ClassVar[str] = "ends"

    learning_rate: float
    rate_at_edge: bool
    test_loss: float | None
    test_accuracy: float | None


@dataclass(frozen=True, kw_only=True)
class LayerSignal(OfRun):
    """How much of a layer's gradient is signal, in one run at one moment of its training.

    Attributes:
        model: The model.
        learning_rate: The rate that was chosen.
        training_seed: The seed of parameters and of the order of examples.
        updates: Updates before the moment.
        layer: The layer's name; ``whole`` stands for all.
        depth: Its place, counted from the input; ``None`` of the whole.
        layer_parameters: Numbers that are trained in it.
        batch_size: The batch of which ``signal_to_noise`` is.
        shots_per_circuit: Measurement repetitions whose variance is added to that over examples; ``None`` where none
            is.
        variance: The variance of an example's gradient, in the mean over parameters; ``None`` where it is not finite.
        covariance_trace: The sum of it; ``None`` where it is not finite.
        squared_norm_unbiased: ‖G‖² without what noise adds to it; ``None`` where it is not finite.
        signal_to_noise: B ‖G‖²/tr Σ; ``None`` where the unbiased ‖G‖² is not positive.
    """

    part: ClassVar[str] = "signals"

    learning_rate: float
    updates: int
    layer: str
    depth: int | None
    layer_parameters: int
    batch_size: int
    shots_per_circuit: int | None
    variance: float | None
    covariance_trace: float | None
    squared_norm_unbiased: float | None
    signal_to_noise: float | None


@dataclass(frozen=True, kw_only=True)
class Target(OfRun):
    """What a run paid to a target; all ``None`` where it was not reached.

    Attributes:
        model: The model.
        training_seed: The seed of parameters and of the order of examples.
        measure: What the target is of.
        target: A validation accuracy, or a validation loss in nats or as that of a look.
        reached: Whether it is at least as good from some look on to the end.
        updates: Updates before the first such look.
        examples_to_target: Examples of these updates.
        flops_to_target: Their floating-point operations.
        seconds_to_target: Their seconds.
        joules_to_target: Their energy.
        circuit_executions_to_target: Their circuits, on hardware.
        shots_to_target: Their measurement repetitions.
    """

    part: ClassVar[str] = "targets"

    measure: Measure
    target: float
    reached: bool
    updates: int | None
    examples_to_target: int | None
    flops_to_target: int | float | None
    seconds_to_target: float | None
    joules_to_target: float | None
    circuit_executions_to_target: int | None
    shots_to_target: int | float | None

    def paid(self, cost: Cost) -> int | float | None:
        """Return what was paid, by the name of the cost."""
        return {
            "examples": self.examples_to_target,
            "flops": self.flops_to_target,
            "seconds": self.seconds_to_target,
            "joules": self.joules_to_target,
            "circuit_executions": self.circuit_executions_to_target,
            "shots": self.shots_to_target,
        }[cost]


@dataclass(frozen=True, kw_only=True)
class EqualFlops(OfRun):
    """A run's accuracy once a number of operations is spent, the same for all models.

    Attributes:
        model: The model.
        training_seed: The seed of parameters and of the order of examples.
        flops_budget: The operations that may be spent.
        flops_spent: What the run has spent by then: less where it ended before.
        eval_accuracy: Validation accuracy, interpolated between looks.
    """

    part: ClassVar[str] = "accuracies_at_equal_flops"

    flops_budget: int | float
    flops_spent: int | float
    eval_accuracy: float


@dataclass(frozen=True, kw_only=True)
class Ranking(Row):
    """Two models by their signal-to-noise.

    Attributes:
        period: ``before training`` or ``through training``.
        first: A model.
        first_shots: Measurement repetitions per circuit whose variance counts; ``None`` where none does.
        second: Another model, or the same with other shots.
        second_shots: The same of it.
        log10_ratio: log10 of the first's signal-to-noise over the second's; ``None`` where noise hides a signal.
        low: The lower end of its simultaneous 95% interval.
        high: The upper end.
        ranked: Whether the interval excludes 0, with enough seeds.
    """

    part: ClassVar[str] = "rankings"

    period: str
    first: str
    first_shots: int | None
    second: str
    second_shots: int | None
    log10_ratio: float | None
    low: float | None
    high: float | None
    ranked: bool


KINDS = (Seen, Update, Trial, Look, End, LayerSignal, Target, EqualFlops, Ranking)
