"""The kinds of row of the study: prices, how they grow, what that says of scaling, and seconds at sizes out of reach.

In all of them N is the number that costs are held against: trained parameters, the gate angles of a circuit, or the
steps of simulated time where they grow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple, TypeAlias

from eval.rows import Row
from eval.studies.gradient_price.names import LAYERS, QUBITS, STEPS, Axis
from training.gradients import GradientName

Quantity: TypeAlias = Literal[
    "cost/gradient_to_forward_flops", "time/gradient_to_forward", "gradient_to_forward_total_bytes",
    "gradient_to_forward_temp_bytes", "memory/residual_bytes", "gradient_executions", "seconds_per_example",
]  # fmt: skip
"""What has an exponent, under its name in tables."""
Scaling: TypeAlias = Literal["has it", "has it not", "undecided"]
"""Whether a cost leaves room for no more than O(log N) times that of the forward pass."""
OnHardware: TypeAlias = Literal[Scaling, "no circuit", "cannot run"]
"""The same on quantum hardware, where there may be no circuit, or a rule that only a simulator can run."""
ErrorOf: TypeAlias = Literal["every component", "L2 norm"]


class Series(NamedTuple):
    """The gradients that share an exponent: those of a model, a rule and an estimator, along what grows."""

    paradigm: str
    differentiation: str
    gradient: GradientName
    axis: Axis


@dataclass(frozen=True, kw_only=True)
class OfSeries(Row):
    """A row about gradients of one series.

    Attributes:
        paradigm: The model; of the user's own, its name.
        axis: What grows.
        differentiation: The rule of differentiation.
        gradient: How the gradient is taken.
    """

    paradigm: str
    axis: Axis
    differentiation: str
    gradient: GradientName

    @property
    def series(self) -> Series:
        """The series that it is of."""
        return Series(self.paradigm, self.differentiation, self.gradient, self.axis)


@dataclass(frozen=True, kw_only=True)
class GradientPrice(OfSeries):
    """The price of a gradient of a batch, beside that of its forward pass.

    Quantities of a program are ``None`` where it was counted only, and neither compiled nor timed.

    Attributes:
        paradigm: The model; of the user's own, its name.
        axis: What grows.
        differentiation: The rule of differentiation.
        gradient: How the gradient is taken.
        size: How far ``axis`` has grown; ``None`` for a model that takes no size.
        parameters: Trained ones.
        gate_angles: Gates that hold a trained angle; ``None`` where there is no circuit.
        batch: Examples.
        forward_executions: Circuits of the forward pass of one example; ``None`` where there is no circuit.
        gradient_executions: Circuits that quantum hardware would run for the gradient of one example, beside those for
            its values; ``None`` where none could.
        shots_to_error: Shots of all these circuits for the wanted error of a component; ``None`` also of an estimator.
        forward_flops: Floating-point operations of the forward pass; ``None`` where they cannot be counted.
        flops: Operations of the gradient with its forward pass; ``None`` where ``uncountable`` says why.
        uncountable: Why its operations cannot be counted.
        forward_seconds: Median of the forward pass, timed in turn with the gradient.
        gradient_seconds: Median of the gradient, its forward pass included.
        call_seconds: Seconds of a call of a program that does nothing with the same arguments.
        turns: Turns over which seconds are medians.
        residual_bytes: Kept from the forward to the reverse pass; ``None`` of an estimator, which has none.
        temp_bytes: Temporary memory of the gradient.
        argument_bytes: Memory of its arguments.
        total_bytes: All that its program holds: arguments, temporaries and the gradient itself.
        forward_temp_bytes: Temporary memory of the forward pass.
        forward_total_bytes: All that the program of the forward pass holds: arguments and temporaries.
    """

    part: ClassVar[str] = "prices"

    size: int | None
    parameters: int
    gate_angles: int | None
    batch: int
    forward_executions: int | None = None
    gradient_executions: int | None = None
    shots_to_error: float | None = None
    forward_flops: int | None
    flops: int | None
    uncountable: str | None = None
    forward_seconds: float | None = None
    gradient_seconds: float | None = None
    call_seconds: float | None = None
    turns: int | None = None
    residual_bytes: int | None = None
    temp_bytes: int | None = None
    argument_bytes: int | None = None
    total_bytes: int | None = None
    forward_temp_bytes: int | None = None
    forward_total_bytes: int | None = None

    @property
    def number(self) -> int:
        """N: steps of time where they grow, gate angles of a circuit of ours, else parameters.

        Raises:
            ValueError: There is no such number.
        """
        chosen = {STEPS: self.size, LAYERS: self.gate_angles, QUBITS: self.gate_angles}
        found = chosen.get(self.axis, self.parameters)
        if found is None:
            raise ValueError(f"a price along {self.axis} needs a size, or gate angles: there is none in {self}")
        return found


@dataclass(frozen=True, kw_only=True)
class UnavailableGradient(OfSeries):
    """A gradient that cannot be had.

    Attributes:
        paradigm: The model; of the user's own, its name.
        axis: What grows.
        differentiation: The rule of differentiation.
        gradient: How the gradient would be taken.
        size: How far ``axis`` has grown; ``None`` for a model that takes no size.
        reason: Why it cannot be had.
    """

    part: ClassVar[str] = "unavailable_gradients"

    size: int | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class TargetPrice(OfSeries):
    """A gradient of a batch and its forward pass, compiled for one device of a machine on which nothing was run.

    Attributes:
        paradigm: The model.
        axis: What grows.
        differentiation: The rule of differentiation.
        gradient: How the gradient is taken.
        size: How far ``axis`` has grown.
        parameters: Trained ones.
        target: The machine, as ``scripts.price`` names it.
        forward_flops: Floating-point operations of the forward pass, counted on the jaxpr; ``None`` where they cannot
            be counted.
        flops: Operations of the gradient with its forward pass; ``None`` where they cannot be counted.
        forward_peak_bytes: What must have room at once for the forward pass, as its compiler plans it; ``None`` where
            ``unavailable`` says why.
        peak_bytes: The same of the gradient.
        code_bytes: The gradient's program itself; ``None`` where the compiler does not tell.
        fits: Whether the gradient's peak is at most the device's memory; ``None`` where the compiler does not tell.
        forward_roofline_seconds: The least time that the forward pass can take at the published peak rates.
        roofline_seconds: The same of the gradient.
        roofline_bound: Whether ``compute`` or ``memory`` sets the gradient's.
        forward_compiler_seconds: The compiler's own estimate for the forward pass, which counts the body of a loop
            once; no measurement.
        compiler_seconds: The same of the gradient.
        compile_seconds: Lowering and compiling the gradient, on this machine.
        unavailable: What the compiler said where it did not make a program, or why there is no bound.
    """

    part: ClassVar[str] = "targets"

    size: int
    parameters: int
    target: str
    forward_flops: int | None
    flops: int | None
    forward_peak_bytes: int | None
    peak_bytes: int | None
    code_bytes: int | None
    fits: bool | None
    forward_roofline_seconds: float | None
    roofline_seconds: float | None
    roofline_bound: str | None
    forward_compiler_seconds: float | None
    compiler_seconds: float | None
    compile_seconds: float | None
    unavailable: str | None


@dataclass(frozen=True, kw_only=True)
class Exponent(OfSeries):
    """The power of N with which a quantity of a series grows.

    Attributes:
        paradigm: The model; of the user's own, its name.
        axis: What grows.
        differentiation: The rule of differentiation.
        gradient: How the gradient is taken.
        quantity: What grows with N.
        exponent: Its exponent.
        low: The lower end of the exponent's 95% interval.
        high: The upper end.
        standard_error: The standard error of the normal distribution that has this interval.
        factor: The fitted quantity at N = 1, in its own unit.
        log_exponent: The exponent that log N itself has over the same sizes.
        points: Sizes that were fitted.
        smallest: The least N of these.
        largest: The largest N of these.
        at_largest: The quantity measured there.
        most: The largest quantity measured.
        knee: The N from which on seconds were fitted; ``None`` of what is no time, which is fitted at every N.
    """

    part: ClassVar[str] = "exponents"

    quantity: Quantity
    exponent: float
    low: float
    high: float
    standard_error: float
    factor: float
    log_exponent: float
    points: int
    smallest: int
    largest: int
    at_largest: float
    most: float
    knee: int | None


@dataclass(frozen=True, kw_only=True)
class Finding(OfSeries):
    """In which respects a gradient has backpropagation scaling; ``None`` for what was not measured.

    Attributes:
        paradigm: The model; of the user's own, its name.
        axis: What grows.
        differentiation: The rule of differentiation.
        gradient: How the gradient is taken.
        estimates: How many estimates a fixed relative error takes.
        operations: Operations of one estimate.
        seconds: Seconds of one estimate, on this device.
        at_equal_error: Operations of as many estimates as a fixed relative error takes.
        memory: All that the program holds, along the worst of the axes on which parameters grow.
        temporary_memory: Temporaries alone, likewise.
        simulated: What holds on a classical computer, by operations at equal error, and memory.
        hardware: What holds on quantum hardware.
    """

    part: ClassVar[str] = "findings"

    estimates: Literal["1", "N - 1", "N + 1"]
    operations: Scaling | None
    seconds: Scaling | None
    at_equal_error: Scaling | None
    memory: Scaling | None
    temporary_memory: Scaling | None
    simulated: Scaling | None
    hardware: OnHardware | None


@dataclass(frozen=True, kw_only=True)
class DeviceProjection(OfSeries):
    """Seconds of one gradient of one example on this device, by the law fitted above the knee.

    Attributes:
        paradigm: The model.
        axis: What grew where the law was fitted.
        differentiation: The rule of differentiation.
        gradient: How the gradient is taken.
        parameters: N; of a circuit, all of them gate angles.
        projected_seconds: What the law says.
        extrapolated: Whether N is outside the sizes that were timed.
        formula: The law.
    """

    part: ClassVar[str] = "projections"

    parameters: int
    projected_seconds: float
    extrapolated: bool
    formula: str


@dataclass(frozen=True, kw_only=True)
class HardwareProjection(Row):
    """Seconds of one gradient of one example on quantum hardware, by a formula.

    Attributes:
        paradigm: A circuit.
        differentiation: The rule of differentiation.
        gradient: How the gradient is taken.
        parameters: N; all of them gate angles.
        gradient_executions: Circuits.
        shots_to_error: Shots of all these circuits for the wanted error.
        shot_rate: Shots per second (Hz).
        error: The wanted error (standard deviation).
        error_of: What it is the error of.
        projected_seconds: What the formula says.
        formula: How seconds follow from N.
    """

    part: ClassVar[str] = "hardware_projections"

    paradigm: str
    differentiation: str
    gradient: GradientName
    parameters: int
    gradient_executions: int
    shots_to_error: float
    shot_rate: float
    error: float
    error_of: ErrorOf
    projected_seconds: float
    formula: str
