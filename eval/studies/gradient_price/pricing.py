"""The price of one gradient beside its forward pass: operations and bytes by tracing, bytes and seconds compiled."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

from eval.recorder import Row
from eval.studies.gradient_price.subjects import Subject
from paradigms.interface import Paradigm
from training.errors import BadInput
from training.gradients import ESTIMATORS, require_forward_mode
from training.probes.flops import Uncountable, count_flops
from training.probes.memory import compiled_bytes, residual_bytes, tree_bytes
from training.probes.timing import median_seconds

PRICE = "price"
"""``part`` of a row that prices one gradient; the others are those of ``exponents``, ``findings``, ``projection``."""
REVERSE, SPSA, FORWARD = "reverse", "spsa", "forward"
POINT = ("paradigm", "axis", "size")
COLUMNS = (
    *POINT, "differentiation", "gradient", "parameters", "gate_angles", "executions_forward",
    "executions", "shots", "flops_forward", "flops_gradient", "seconds_forward", "seconds_gradient", "seconds_call",
    "residual_bytes", "temp_bytes", "argument_bytes", "temp_bytes_forward", "memory_forward_bytes",
    "memory_gradient_bytes", "repeats", "batch", "unavailable", "uncountable",
)  # fmt: skip
"""Of a priced gradient; ``None`` where a quantity does not exist, cannot be had, or was not measured.

``executions`` are the circuits that quantum hardware would run for the gradient of one example, beside the
``executions_forward`` for its values; ``shots`` are all of the gradient's for the wanted error of a component. FLOPs,
seconds and bytes are those of a batch; where their names have no ``forward`` they are the gradient's, its forward pass
included. ``seconds_call`` is what a program takes that does nothing with the same arguments, ``memory_..._bytes`` all
that a program holds: arguments, temporaries and, for the gradient, the gradient itself. ``unavailable`` says why there
is no such gradient, ``uncountable`` why its operations cannot be counted.
"""
MOST_REPEATS = 100
SHORTEST_WINDOW, LONGEST_WINDOW = 0.02, 0.2
"""Of what is timed at a stretch, in seconds: some turns of an operating system's scheduler."""
CALLS, CALL_REPEATS = 200, 9
SPIKE_RATE, SCALE = 0.1, 0.1
"""Of spike recordings, and of normal numbers, where inputs or variables are drawn."""
NO_FORWARD_MODE = "this rule is a custom VJP, which has no forward mode"


class Program:
    """The forward pass of a subject and its gradients, as functions of ``(params, state, inputs, key)``.

    The loss is the mean square of all predictions plus the model's penalty: it asks for every output, and takes next to
    no operations of its own.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        variables = jax.eval_shape(subject.paradigm.init, jax.random.key(0))
        key = jax.eval_shape(lambda: jax.random.key(0))
        inputs = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), subject.inputs)
        self.shapes = (variables.params, variables.state, inputs, key)
        self.parameters = sum(leaf.size for leaf in jax.tree.leaves(variables.params))
        self.gradient_bytes = tree_bytes(variables.params)
        self._loss = _loss(subject.paradigm)

    def forward(self, params: PyTree, state: PyTree, inputs: PyTree, key: Any) -> tuple[Any, PyTree]:
        """Loss and next state."""
        return self._loss(params, state, inputs, key)

    def gradient(self, estimator: str) -> Callable[..., Any]:
        """Loss, next state and gradient by an estimator."""

        def estimate(params: PyTree, state: PyTree, inputs: PyTree, key: Any) -> Any:
            return ESTIMATORS[estimator](lambda p, k: self._loss(p, state, inputs, k), params, key)

        return estimate

    def flops_forward(self) -> int | None:
        """Operations of the forward pass; ``None`` where they cannot be counted."""
        try:
            return count_flops(self.forward, *self.shapes)
        except Uncountable:
            return None

    def flops_gradient(self, estimator: str) -> int:
        """Operations of a gradient.

        Raises:
            Uncountable: They depend on the data, or the model does what the count does not know.
        """
        return count_flops(self.gradient(estimator), *self.shapes)

    def has_forward_mode(self) -> bool:
        """Whether the loss has a derivative along a direction; found by lowering it."""
        try:
            require_forward_mode(self._loss, *self.shapes)
        except BadInput:
            return False
        return True

    def residual_bytes(self) -> int:
        """Bytes kept from the forward to the reverse pass."""
        return residual_bytes(self._loss, *self.shapes)

    def arguments(self, seed: int, *, initialised: bool) -> tuple[PyTree, PyTree, PyTree, Any]:
        """Variables and a batch; inputs given as shapes are drawn.

        Args:
            seed: Of every draw.
            initialised: By the model itself. Its initialisation takes longer to compile than its gradient, so where no
                cost depends on the values they are small normal numbers instead.
        """
        generator = np.random.default_rng(seed)
        if initialised:
            params, state = jax.jit(self.subject.paradigm.init)(jax.random.key(seed))
        else:
            params, state = jax.tree.map(lambda leaf: _drawn(leaf, generator), self.shapes[:2])
        inputs = jax.tree.map(lambda leaf: _drawn(leaf, generator), self.subject.inputs)
        return params, state, inputs, jax.random.key(seed)


def _loss(paradigm: Paradigm) -> Callable[..., tuple[Any, PyTree]]:
    def loss(params: PyTree, state: PyTree, inputs: PyTree, key: Any) -> tuple[Any, PyTree]:
        output = paradigm.apply(params, state, inputs, key=key, train=True)
        return jnp.mean(jnp.square(output.prediction)) + output.penalty, output.state

    return loss


def _drawn(leaf: Any, generator: np.random.Generator) -> Any:
    if not isinstance(leaf, jax.ShapeDtypeStruct):
        return jnp.asarray(leaf)
    if leaf.dtype == jnp.bool_:
        return jnp.asarray(generator.random(leaf.shape) < SPIKE_RATE)
    if jnp.issubdtype(leaf.dtype, jnp.floating):
        return jnp.asarray(SCALE * generator.standard_normal(leaf.shape, np.float32), leaf.dtype)
    return jnp.zeros(leaf.shape, leaf.dtype)


def trace(
    program: Program, estimator: str, flops_forward: int | None, error: float, *, forward_mode: bool = True
) -> Row:
    """What is known of a gradient without running it.

    Args:
        program: With the rule of differentiation in it.
        estimator: A key of ``training.gradients.ESTIMATORS``.
        flops_forward: Of the forward pass that it is held against.
        error: Standard deviation of a component for which ``shots`` are counted.
        forward_mode: Whether the model has one. Tracing a forward gradient does not tell.
    """
    missing = estimator == FORWARD and not forward_mode
    subject = program.subject
    flops = uncountable = None
    if not missing:
        try:
            flops = program.flops_gradient(estimator)
        except Uncountable as reason:
            uncountable = str(reason)
    alone = {REVERSE: subject.gradient_executions, SPSA: _twice(subject.forward_executions)}.get(estimator)
    return dict.fromkeys(COLUMNS[len(POINT) :]) | {
        "gradient": estimator,
        "parameters": program.parameters,
        "gate_angles": subject.gate_angles,
        "executions_forward": subject.forward_executions,
        "executions": alone,
        "shots": alone * shots_a_circuit(error) if alone is not None and estimator == REVERSE else None,
        "flops_forward": flops_forward,
        "flops_gradient": flops,
        "residual_bytes": program.residual_bytes() if estimator == REVERSE else None,
        "batch": subject.batch,
        "unavailable": NO_FORWARD_MODE if missing else None,
        "uncountable": uncountable,
    }


def shots_a_circuit(error: float) -> float:
    """1/(2ε²): by the two-term rule and observables in [-1, 1] a component's variance is at most 1/(2S)."""
    return 1 / (2 * error**2)


def _twice(number: int | None) -> int | None:
    return None if number is None else 2 * number


def nothing(*arguments: Any) -> Any:
    """What a call costs that computes nothing."""
    return jnp.zeros(())


class Compiled:
    """A compiled program with the arguments that it is run on, and what XLA says of its memory."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self._program = jax.jit(function, keep_unused=True).lower(*arguments).compile()
        analysed = compiled_bytes(self._program)
        self._arguments = arguments
        self.temp_bytes: int | None = analysed.get("memory/temp_bytes")
        self.argument_bytes: int | None = analysed.get("memory/argument_bytes")

    def __call__(self) -> Any:
        return self._program(*self._arguments)

    def held(self, output_bytes: int) -> int | None:
        """Arguments, temporaries and what it returns."""
        if self.temp_bytes is None or self.argument_bytes is None:
            return None
        return self.argument_bytes + self.temp_bytes + output_bytes


def weigh(row: Row, program: Program, forward: Compiled, gradient: Compiled) -> None:
    """Fill in the bytes of the compiled programs."""
    row["temp_bytes"], row["argument_bytes"] = gradient.temp_bytes, gradient.argument_bytes
    row["temp_bytes_forward"] = forward.temp_bytes
    row["memory_forward_bytes"] = forward.held(0)
    row["memory_gradient_bytes"] = gradient.held(program.gradient_bytes)


def clock(row: Row, forward: Callable[[], Any], gradient: Callable[[], Any], *, seconds: float, repeats: int) -> None:
    """Fill in median seconds of both, run in turn, ``repeats`` times or as often as ``seconds`` allow.

    A turn is a window of about the same length for both, filled with as many calls as it takes: a short call would
    often escape whatever else the machine does, and a long one never.
    """
    once = [_elapsed(program) for program in (forward, gradient)]
    window = min(max(*once, SHORTEST_WINDOW), LONGEST_WINDOW)
    calls = [max(1, round(window / one)) for one in once]
    turn = sum(number * one for number, one in zip(calls, once, strict=True))
    chosen = round(min(max(repeats, seconds / turn), MOST_REPEATS))
    programs = {"forward": _calls(forward, calls[0]), "gradient": _calls(gradient, calls[1])}
    medians = median_seconds(programs, chosen)
    row["seconds_forward"] = medians["forward"] / calls[0]
    row["seconds_gradient"] = medians["gradient"] / calls[1]
    row["repeats"] = chosen


def call_seconds(arguments: tuple[Any, ...]) -> float:
    """Median seconds of a call with these arguments of a program that does nothing."""
    program = Compiled(nothing, arguments)
    return median_seconds({"call": _calls(program, CALLS)}, CALL_REPEATS)["call"] / CALLS


def _elapsed(program: Callable[[], Any]) -> float:
    """Seconds of one call; of the second, where the first was short."""
    seconds = math.inf
    for _ in range(2):
        start = time.perf_counter()
        jax.block_until_ready(program())
        seconds = min(seconds, time.perf_counter() - start)
        if seconds > LONGEST_WINDOW:
            break
    return seconds


def _calls(program: Callable[[], Any], number: int) -> Callable[[], None]:
    def run() -> None:
        for _ in range(number):
            # Each waited for, or several would run at once.
            jax.block_until_ready(program())

    return run
