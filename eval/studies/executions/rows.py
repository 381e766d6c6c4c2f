"""The kinds of row of the study: circuits, seconds and shots of one gradient, and what shots buy in training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias, get_args

from eval.rows import Row

MethodName: TypeAlias = Literal["parameter shift", "SPSA", "coordinate descent", "natural gradient"]
"""A way to lower an energy."""
METHODS: tuple[MethodName, ...] = get_args(MethodName)
Simulated: TypeAlias = Literal["reverse", "parameter_shift", "spsa"]
"""A rule of differentiation that this machine runs; ``reverse`` is none of hardware's."""
SIMULATED: tuple[Simulated, ...] = get_args(Simulated)
OfCircuit: TypeAlias = Literal["parameter_shift", "spsa"]
"""A rule by which a circuit's gradient is estimated from shots."""
OF_CIRCUIT: tuple[OfCircuit, ...] = get_args(OfCircuit)
OfBlock: TypeAlias = Literal["parameter_shift", "one_circuit"]
"""The same for commuting generators, of whose derivatives ``one_circuit`` measures all together."""
OF_BLOCK: tuple[OfBlock, ...] = get_args(OfBlock)


@dataclass(frozen=True, kw_only=True)
class ExecutionCount(Row):
    """The circuits of one gradient that hardware would run; every kind that counts them derives from this.

    Attributes:
        family: The kind of circuit.
        qubits: Width.
        parameters: Derivatives in the gradient.
        occurrences: Gates whose angle depends on a parameter.
        terms: Shifted circuits of the rule of parameter shift.
        groups: Measurement settings of each circuit.
        gradient_executions: Circuits of the derivatives, beside those of the forward pass.
        circuit_executions: Circuits of the derivatives and of the forward pass.
    """

    family: str
    qubits: int
    parameters: int
    occurrences: int
    terms: int
    groups: int
    gradient_executions: int
    circuit_executions: int


@dataclass(frozen=True, kw_only=True)
class CircuitCount(ExecutionCount):
    """The circuits of one gradient by parameter shift.

    Attributes:
        layers: Depth.
        light_cone_executions: ``circuit_executions`` without shifts of gates that nothing measured depends on.
        tracked_executions: ``circuit_executions`` as PennyLane's tracker counts them; ``None`` where that takes too
            long.
    """

    part: ClassVar[str] = "circuit_counts"

    layers: int
    light_cone_executions: int
    tracked_executions: int | None


@dataclass(frozen=True, kw_only=True)
class BlockCount(ExecutionCount):
    """The circuits of one gradient of commuting generators in one block, each with a parameter of its own.

    Attributes:
        parameter_shift_executions: Circuits of the derivatives by parameter shift, beside those of the forward pass.
    """

    part: ClassVar[str] = "block_counts"

    parameter_shift_executions: int


@dataclass(frozen=True, kw_only=True)
class GradientTiming(Row):
    """Seconds of one value and gradient of the circuit of Pauli rotations, simulated on this machine.

    Attributes:
        qubits: Width.
        layers: Depth.
        parameters: Derivatives in the gradient.
        differentiation: The rule.
        compile_seconds: Lowering and compiling value and gradient; ``None`` where JAX had kept them compiled.
        gradient_seconds: The median of one call of value and gradient.
        forward_seconds: The median of one call of the value alone, timed in turn with it.
        gradient_to_forward: ``gradient_seconds`` over ``forward_seconds``.
    """

    part: ClassVar[str] = "timings"

    qubits: int
    layers: int
    parameters: int
    differentiation: Simulated
    compile_seconds: float | None
    gradient_seconds: float
    forward_seconds: float
    gradient_to_forward: float


@dataclass(frozen=True, kw_only=True)
class GradientEstimate(Row):
    """The error of a gradient estimated from shots; every kind of it derives from this.

    Errors are root mean squares over repeated estimates. Averaging estimates lowers them; the shots are those of as
    many estimates as bring an error to the wanted one.

    Attributes:
        qubits: Width.
        parameters: Derivatives in the gradient.
        draw: Which draw of the angles; draws of one number are of circuits of every size and rule.
        error: The error that is wanted.
        estimate_shots: Shots of one estimate; there is no forward pass among them.
        gradient_norm: L2 norm of the exact gradient.
        worst_component_variance: The largest variance of a component over estimates.
        infinity_error: The error of the worst component.
        infinity_shots: Shots for the wanted error of the worst component.
        l2_error: The L2 norm of the error.
        l2_shots: Shots for the wanted L2 norm of the error.
        relative_error: The L2 norm of the error over that of the gradient.
        relative_shots: Shots for the wanted relative error.
    """

    qubits: int
    parameters: int
    draw: int
    error: float
    estimate_shots: int
    gradient_norm: float
    worst_component_variance: float
    infinity_error: float
    infinity_shots: float
    l2_error: float
    l2_shots: float
    relative_error: float
    relative_shots: float


@dataclass(frozen=True, kw_only=True)
class CircuitEstimate(GradientEstimate):
    """The error of a gradient of Pauli rotations.

    Attributes:
        layers: Depth.
        differentiation: The rule.
    """

    part: ClassVar[str] = "circuit_estimates"

    layers: int
    differentiation: OfCircuit


@dataclass(frozen=True, kw_only=True)
class BlockEstimate(GradientEstimate):
    """The error of a gradient of commuting generators in one block.

    Attributes:
        differentiation: The rule.
    """

    part: ClassVar[str] = "block_estimates"

    differentiation: OfBlock


@dataclass(frozen=True, kw_only=True)
class EnergyTraining(Row):
    """The shots in which a method lowers the energy of an Ising chain, at the best of its learning rates.

    Attributes:
        method: How the energy is lowered.
        qubits: Width.
        learning_rate: The rate whose median is the fewest shots.
        target: Share of the ground state's energy that is to be reached.
        ground_energy: The least energy, in units of the coupling.
        shots: Shots of one update.
        seeds: Repetitions with other initial angles and shots.
        reached: How many of them came to the target.
        shots_to_target: The median of the shots spent until then; ``None`` where that seed never comes there.
        shots_to_target_low: The lower quartile of these shots; ``None`` likewise.
        shots_to_target_high: The upper quartile of these shots; ``None`` likewise.
    """

    part: ClassVar[str] = "trainings"

    method: MethodName
    qubits: int
    learning_rate: float
    target: float
    ground_energy: float
    shots: int
    seeds: int
    reached: int
    shots_to_target: float | None
    shots_to_target_low: float | None
    shots_to_target_high: float | None


@dataclass(frozen=True, kw_only=True)
class ReachedEnergy(Row):
    """How low an energy is after some shots, at the learning rate of its :class:`EnergyTraining`.

    Attributes:
        method: How the energy is lowered.
        qubits: Width.
        spent_shots: Shots of all updates until then.
        share: The median over seeds of the exact energy over the ground state's.
        share_low: The lower quartile over seeds of this share.
        share_high: The upper quartile over seeds of this share.
    """

    part: ClassVar[str] = "energies"

    method: MethodName
    qubits: int
    spent_shots: int
    share: float
    share_low: float
    share_high: float


KINDS: tuple[type[Row], ...] = (
    CircuitCount,
    BlockCount,
    GradientTiming,
    CircuitEstimate,
    BlockEstimate,
    EnergyTraining,
    ReachedEnergy,
)
"""All of them, in the table's order."""
