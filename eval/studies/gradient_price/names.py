"""The names that settings, rows and figures share: paradigms, their rules of differentiation, and what grows."""

from __future__ import annotations

from typing import Literal, TypeAlias

from training.gradients import GradientName

Axis: TypeAlias = Literal["width", "depth", "neurons", "time_steps", "layers", "qubits", "own model"]

TRANSFORMER, SNN, VQC = "transformer", "snn", "vqc"
SHIFT = "parameter_shift"
RULES: dict[str, tuple[str, ...]] = {
    TRANSFORMER: ("backprop", "checkpointed"),
    SNN: ("bptt", "packed", "checkpointed", "compact", "sltt", "ottt"),
    VQC: ("backprop", "adjoint", SHIFT),
}
"""Rules of differentiation; the first is JAX's own, whose forward pass all are held against."""
AS_BUILT = "as built"
"""How a model of the user's own is differentiated: as it was given; a QNode's circuit also by parameter shift."""

REVERSE: GradientName = "reverse"
SPSA: GradientName = "spsa"
FORWARD: GradientName = "forward"

WIDTH: Axis = "width"
DEPTH: Axis = "depth"
NEURONS: Axis = "neurons"
STEPS: Axis = "time_steps"
LAYERS: Axis = "layers"
QUBITS: Axis = "qubits"
OWN: Axis = "own model"
"""Along which the parameters of a model of the user's own grow."""
AXES: dict[str, tuple[Axis, ...]] = {TRANSFORMER: (WIDTH, DEPTH), SNN: (NEURONS, STEPS), VQC: (LAYERS, QUBITS)}
"""What grows, of each paradigm."""
GROWING: dict[Axis, str] = {axes[0]: name for name, axes in AXES.items()}
"""The axis along which each paradigm's number of parameters grows, over which gradients are judged."""
