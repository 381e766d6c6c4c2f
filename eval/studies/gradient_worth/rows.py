"""The kinds of row of the study: what an update costs, runs and their looks, signals, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from eval.rows import Row

Measure = Literal["accuracy", "loss"]
Cost = Literal["examples", "flops", "synaptic", "gates", "seconds", "joules", "circuit_executions", "shots"]
Judged = Literal["flops", "synaptic", "gates", "seconds"]
"""Costs in which rivals are held against the cheapest deep network."""
Bound = Literal["", "at least", "at most", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Seen(Row):
    """What every model sees of a task.

    Attributes:
        task: The task's name, or that of the user's own data.
        kind: ``classification`` or ``regression``.
        timed: Whether a spiking network reads it step by step.
        features: Numbers of an example.
        training_examples: How many train.
        note: How they were read and divided.
    """

    part: ClassVar[str] = "data"

    task: str
    kind: str
    timed: bool
    features: int
    training_examples: int
    note: str


@dataclass(frozen=True, kw_only=True)
class Update(Row):
    """What one update of a model costs: a batch's gradient, Adam, and the check that all is finite.

    Attributes:
        task: The task.
        model: The model.
        size: The place of its size among those it was tried in.
        parameters: Numbers that are trained.
        update_flops: Floating-point operations, counted on the program; ``None`` where they cannot be counted.
        spike_flops: How many of those are products of spikes with weights or of spikes with errors, of a spiking
            network; ``None`` of others.
        gate_flops: Operations of an update of which the circuits are simulated and differentiated gate by gate, by a
            closed formula; ``None`` where there is no circuit.
        joules: Energy; ``None`` where the device does not count it.
        circuit_executions: Circuits of the parameter-shift rule on hardware; ``None`` where there is no circuit.
        shots: Measurement repetitions of all these circuits.
    """

    part: ClassVar[str] = "updates"

    task: str
    model: str
    size: int
    parameters: int
    update_flops: int | float | None
    spike_flops: int | None
    gate_flops: int | float | None
    joules: float | None
    circuit_executions: int | None
    shots: int | float | None


@dataclass(frozen=True, kw_only=True)
class Round(Row):
    """A round of timing the updates of a task's models, which are run in turn.

    Attributes:
        task: The task.
        model: The model.
        timing_round: The round, from 0.
        update_seconds: The median of the compiled update, run by itself.
    """

    part: ClassVar[str] = "rounds"

    task: str
    model: str
    timing_round: int
    update_seconds: float


@dataclass(frozen=True, kw_only=True)
class OfRun(Row):
    """What a row of one run of a model has, of whatever kind.

    Attributes:
        task: The task.
        model: The model.
        training_seed: The seed of the split, of parameters and of the order of examples.
    """

    task: str
    model: str
    training_seed: int


@dataclass(frozen=True, kw_only=True)
class Trial(OfRun):
    """A run that chooses a size and a learning rate, with a seed that is not judged.

    Attributes:
        task: The task.
        model: The model.
        training_seed: The seed of the split, of parameters and of the order of examples.
        size: The place of its size among those that are tried.
        learning_rate: The rate that is tried.
        update_flops: Floating-point operations of an update; ``None`` where they cannot be counted.
        losses: Validation loss at each look; ``None`` from where the run has diverged.
        accuracies: Validation accuracy at each look; ``None`` of values.
    """

    part: ClassVar[str] = "trials"

    size: int
    learning_rate: float
    update_flops: int | float | None
    losses: tuple[float | None, ...]
    accuracies: tuple[float, ...] | None


@dataclass(frozen=True, kw_only=True)
class Look(OfRun):
    """A look at a judged run on the validation split.

    Attributes:
        task: The task.
        model: The model.
        training_seed: The seed of the split, of parameters and of the order of examples.
        size: The place of the size that was chosen.
        learning_rate: The rate that was chosen.
        updates: Updates before the look.
        eval_loss: In nats, or the mean squared error as a share of the variance of values in training; ``None`` where
            the run has diverged.
        eval_accuracy: Accuracy, as a share of the examples; ``None`` of values.
        synaptic_operations: Connections that the spikes of an example travel over, of a spiking network; ``None`` of
            others.
    """

    part: ClassVar[str] = "looks"

    size: int
    learning_rate: float
    updates: int
    eval_loss: float | None
    eval_accuracy: float | None
    synaptic_operations: float | None


@dataclass(frozen=True, kw_only=True)
class End(OfRun):
    """A judged run at its end, on the test split.

    Attributes:
        task: The task.
        model: The model.
        training_seed: The seed of the split, of parameters and of the order of examples.
        learning_rate: The rate that was chosen.
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
        task: The task.
        model: The model.
        training_seed: The seed of the split, of parameters and of the order of examples.
        learning_rate: The rate that was chosen.
        moment: ``start``, before training, or the loss that the run has then reached for the first time, as a share of
            the loss of a guess.
        centred: Whether the mean output over the examples is taken away before the loss: before training it is an
            offset that says nothing of the examples.
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
    moment: str
    centred: bool
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
class Goal(Row):
    """What a task asks for, from the trials alone.

    Attributes:
        task: The task.
        measure: What the target is of.
        linear: What the linear model reaches with its best learning rate, in the mean of the seeds of tuning.
        deep: What the better deep network reaches with its best size and learning rate.
        target: The validation accuracy, or loss of values, that is to be reached.
        wide: Whether the deep network is so much better that there is a target which only networks reach.
    """

    part: ClassVar[str] = "goals"

    task: str
    measure: Measure
    linear: float
    deep: float
    target: float
    wide: bool


@dataclass(frozen=True, kw_only=True)
class Target(OfRun):
    """What a run paid to its task's target; all ``None`` where it was not reached.

    Attributes:
        task: The task.
        model: The model.
        training_seed: The seed of the split, of parameters and of the order of examples.
        measure: What the target is of.
        target: A validation accuracy, or a validation loss of values.
        reached: Whether it is at least as good from some look on to the end.
        updates: Updates before the first such look.
        examples_to_target: Examples of these updates.
        flops_to_target: Their floating-point operations.
        synaptic_to_target: The same, with the products of spikes done event by event.
        gates_to_target: The same, with circuits simulated gate by gate.
        seconds_to_target: Their seconds, by the mean of all rounds of timing.
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
    synaptic_to_target: int | float | None
    gates_to_target: int | float | None
    seconds_to_target: float | None
    joules_to_target: float | None
    circuit_executions_to_target: int | None
    shots_to_target: int | float | None

    def paid(self, cost: Cost) -> int | float | None:
        """Return what was paid, by the name of the cost."""
        return {
            "examples": self.examples_to_target,
            "flops": self.flops_to_target,
            "synaptic": self.synaptic_to_target,
            "gates": self.gates_to_target,
            "seconds": self.seconds_to_target,
            "joules": self.joules_to_target,
            "circuit_executions": self.circuit_executions_to_target,
            "shots": self.shots_to_target,
        }[cost]


@dataclass(frozen=True, kw_only=True)
class Compared(Row):
    """What a rival pays for a task's target, beside what the cheapest deep network pays.

    Attributes:
        task: The task.
        rival: The model whose cost is the numerator.
        reference: The deep network that is cheapest on the seeds of tuning.
        cost: What is compared.
        pairs: The seeds that both were trained with.
        log10_ratio: log10 of the ratio, in the mean; ``None`` for fewer than two pairs.
        low: The lower end of its simultaneous 95% interval.
        high: The upper end.
        bound: ``at least`` where the rival fell short in some seed, ``at most`` where the reference did, ``unknown``
            where both did; a run that fell short counts with all that it spent.
    """

    part: ClassVar[str] = "comparisons"

    task: str
    rival: str
    reference: str
    cost: Judged
    pairs: int
    log10_ratio: float | None
    low: float | None
    high: float | None
    bound: Bound


@dataclass(frozen=True, kw_only=True)
class Ranking(Row):
    """Two models by their signal-to-noise.

    Attributes:
        task: The task.
        moment: ``start``, or the loss that both have then reached for the first time, as a share of that of a guess.
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

    task: str
    moment: str
    first: str
    first_shots: int | None
    second: str
    second_shots: int | None
    log10_ratio: float | None
    low: float | None
    high: float | None
    ranked: bool


KINDS = (Seen, Update, Round, Trial, Look, End, LayerSignal, Goal, Target, Compared, Ranking)
