"""The kinds of row of the study: gradients against time and size, what their rules are worth, and laws of growth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from eval.rows import Row

Moment = Literal["initial", "trained"]


@dataclass(frozen=True, kw_only=True)
class OfModel(Row):
    """What a row of one model at one size has, of whatever kind.

    Attributes:
        model: The kind of network.
        differentiation: The rule by which it is differentiated.
        time_steps: T.
        width: Neurons of a layer.
        depth: Layers.
        residual_bytes: Kept from the forward to the reverse pass; ``None`` where it cannot be counted.
    """

    model: str
    differentiation: str
    time_steps: int
    width: int
    depth: int
    residual_bytes: int | float | None


@dataclass(frozen=True, kw_only=True)
class Gradient(OfModel):
    """A gradient that was compiled and run.

    Attributes:
        parameters: Numbers that are trained.
        temp_bytes: Temporary memory, by XLA's analysis; ``None`` where the backend gives none.
        argument_bytes: Memory of the arguments, by the same.
        input_bytes: Memory of the batch, which is among the arguments.
        device_peak_bytes: Most memory in use at once, by the device's own count.
        device_peak_unavailable: Why there is no such count; ``None`` where there is one.
        compile_seconds: Lowering and compiling.
        gradient_seconds: Median of the gradient.
        seconds_to_plain: The same in units of the model's first rule; ``None`` where that was not run.
    """

    part: ClassVar[str] = "gradients"

    parameters: int
    temp_bytes: int | float | None
    argument_bytes: int | float | None
    input_bytes: int
    device_peak_bytes: int | None
    device_peak_unavailable: str | None
    compile_seconds: float | None
    gradient_seconds: float | None
    seconds_to_plain: float | None


@dataclass(frozen=True, kw_only=True)
class Trace(OfModel):
    """A gradient that was traced, and not compiled."""

    part: ClassVar[str] = "traces"


@dataclass(frozen=True, kw_only=True)
class Shape(OfModel):
    """A gradient that was traced at two lengths, of a network of one width and depth.

    Attributes:
        bytes_per_step: Bytes that one more step keeps.
    """

    part: ClassVar[str] = "shapes"

    bytes_per_step: float


@dataclass(frozen=True, kw_only=True)
class OfRule(Row):
    """What a row of a spiking network that a rule trained has, of whatever kind.

    Attributes:
        task: What it was trained on.
        differentiation: The rule by which it was trained.
        training_seed: The seed of parameters and batches, which runs of one seed share over rules.
    """

    task: str
    differentiation: str
    training_seed: int


@dataclass(frozen=True, kw_only=True)
class Accuracy(OfRule):
    """An evaluation of a run; nothing is chosen by it.

    Attributes:
        updates: Updates before.
        test_accuracy: Accuracy on the test split, as a share of the examples.
    """

    part: ClassVar[str] = "accuracies"

    updates: int
    test_accuracy: float


@dataclass(frozen=True, kw_only=True)
class Direction(OfRule):
    """The gradient of a rule beside the exact one, on the same examples.

    Attributes:
        moment: Before the training, or after it.
        layer: The layer's name; ``whole`` stands for all.
        cosine: The cosine of the two; 0 where one vanishes.
        norm_ratio: The rule's norm over the exact one's; 0 where that vanishes.
    """

    part: ClassVar[str] = "directions"

    moment: Moment
    layer: str
    cosine: float
    norm_ratio: float


@dataclass(frozen=True, kw_only=True)
class Law(Row):
    """The law of growth with time of a quantity, a constant and a power of T.

    Attributes:
        model: The kind of network.
        differentiation: The rule by which it is differentiated.
        quantity: Bytes or seconds, by the name of their field.
        exponent: The power of T.
        low: The lower end of its 95% interval.
        high: The upper end.
        constant: What does not grow.
        factor: What the power of T is multiplied by.
        grows: Whether it grows by more than the least growth that has an exponent.
        per_step: The growth from the shortest to the longest time, per step.
    """

    part: ClassVar[str] = "laws"

    model: str
    differentiation: str
    quantity: str
    exponent: float
    low: float
    high: float
    constant: float
    factor: float
    grows: bool
    per_step: float


@dataclass(frozen=True, kw_only=True)
class MissingTask(Row):
    """A task on which nothing was trained.

    Attributes:
        task: Its name.
        reason: Why.
    """

    part: ClassVar[str] = "missing_tasks"

    task: str
    reason: str


KINDS = (Gradient, Trace, Shape, Accuracy, Direction, Law, MissingTask)
