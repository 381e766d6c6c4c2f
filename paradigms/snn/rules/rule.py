"""What a rule of differentiation decides: how a network is run through time, so that its gradient is found as it is.

A rule acts at two scales. Within a block of steps it connects layers (``connect``, ``drive``, ``encode``) and steps
their neurons (``step``, ``hold``); over all steps it runs one block after the other (``unroll``). Whatever the rule,
the forward pass computes the same numbers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Literal, NamedTuple

import jax
from jaxtyping import Array, Float, Int, Num, PyTree

from paradigms.snn.connections import Connection
from paradigms.snn.rules.scanning import scanned
from paradigms.snn.rules.unroll import Result, RunBlock

Encode = Callable[..., tuple[Array, Any]]
"""``(connection, input, *fixed) -> (currents, the rest)``: encodes the input of a block's steps and connects it."""


class TimeSteps(NamedTuple):
    """The number of time steps, and the lengths of the pieces that they are divided into.

    Attributes:
        total: The number of steps in all.
        block: Steps that are run together, layer by layer; at most ``total``.
        segment: Steps between two checkpoints; ``None`` for what the rule chooses.
        budget_bytes: The bytes that the gradient may keep and need at once; ``None`` for no limit.
    """

    total: int
    block: int
    segment: int | None = None
    budget_bytes: int | None = None

    @classmethod
    def in_blocks(cls, total: int, most: int, segment: int | None = None, budget_bytes: int | None = None) -> TimeSteps:
        """Divide the steps into blocks of one length where at least three quarters of ``most`` divide them.

        A shorter block at the end is a program of its own, which takes as long to compile as the others' does; blocks
        of half of ``most`` take 10% longer to run (25 steps of 256 neurons on one CPU core).

        Args:
            total: The number of steps in all, at least 1.
            most: The most steps of a block, at least 1.
            segment: Steps between two checkpoints; ``None`` for what the rule chooses.
            budget_bytes: The bytes that the gradient may keep and need at once; ``None`` for no limit.
        """
        most = min(most, total)
        even = (length for length in range(most, (3 * most - 1) // 4, -1) if total % length == 0)
        return cls(total, next(even, most), segment, budget_bytes)


class Products(NamedTuple):
    """Multiply-accumulates of the products that one example takes in a forward pass.

    Attributes:
        hidden: Products of a layer's spikes with the weights of the next.
        recurrent: Products of a layer's spikes with its own weights.
        repeated: What is taken once more where the time loop is run once more: ``hidden`` and ``recurrent``, the first
            layer's unless its input is constant, and the read-out's where its decay is learned.
    """

    hidden: int
    recurrent: int
    repeated: int


class Rule(ABC):
    """A rule of differentiation; as it stands here it leaves everything but ``unroll`` to JAX.

    Attributes:
        name: The name by which ``Config.differentiation`` chooses it.
        exact: Whether it gives the gradient. The others give an estimate with a bias, which lacks what passes from a
            step to the one before.
        kept: How the memory grows that is kept from the forward to the reverse pass, with the number of steps ``T``.
        recomputes: Whether a gradient takes one more pass through the steps.
        recurrent_passes: How often a gradient takes a layer's product with its own spikes beyond the three times of
            backpropagation (forward, and one for each operand).
        has_segments: Whether it has checkpoints, whose distance and memory can be set.
        has_own_time_loop: Whether it runs the steps of LIF and IF neurons by a loop of its own, of which there are two.
        has_traces: Whether connections learn from traces of their inputs, which are then part of the states.
    """

    name: ClassVar[str]
    exact: ClassVar[bool] = True
    kept: ClassVar[Literal["O(T)", "O(√T)", "O(1)"]]
    recomputes: ClassVar[bool] = False
    recurrent_passes: ClassVar[int] = 0
    has_segments: ClassVar[bool] = False
    has_own_time_loop: ClassVar[bool] = False
    has_traces: ClassVar[bool] = False

    def connect(
        self, connection: Connection, inputs: Float[Array, "time batch *inputs"]
    ) -> Float[Array, "time batch *outputs"]:
        """Apply a connection to what enters at every step of a block.

        Args:
            connection: What the inputs pass through.
            inputs: Whole numbers below 256, such as spikes and sums of spikes; others need ``for_fractions``.
        """
        return connection(inputs)

    def drive(
        self, connection: Connection, neuron: Any, inputs: Float[Array, "time batch *inputs"], trace: Array | None
    ) -> tuple[Float[Array, "time batch *outputs"], Array | None]:
        """Compute the currents of a layer's neurons at every step of a block.

        Args:
            connection: The layer's connection.
            neuron: The layer's neurons.
            inputs: The same as for ``connect``.
            trace: The trace of the inputs before the block, ``[batch, *inputs]``; ``None`` for a rule without traces.

        Returns:
            The currents, and the trace after the block.
        """
        return self.connect(connection, inputs), None

    def hold(
        self, currents: Float[Array, "batch *shape"], neuron: Any, start: Int[Array, ""], steps: int
    ) -> tuple[Array, bool]:
        """Prepare currents that are the same at every step for the steps of a block.

        Args:
            currents: What a constant input gives.
            neuron: The neurons that they drive.
            start: The number of the block's first step, counted from 0.
            steps: The number of its steps.

        Returns:
            The currents, and whether they still are without a time axis.
        """
        return currents, True

    def step(
        self, neuron: Any, currents: Float[Array, "*time_batch currents"], state: Any, *, steps: int, constant: bool
    ) -> tuple[Float[Array, "time *batch neurons"], Any]:
        """Step a population through a block.

        Args:
            neuron: A module that takes a current and a state, see ``paradigms.snn.neurons``.
            currents: ``[time, *batch, *shape]``, or ``[*batch, *shape]`` where ``constant``.
            state: The state before the first step.
            steps: The number of steps.
            constant: Whether the current is the same at every step.

        Returns:
            The neurons' outputs at every step, and their state after the last.
        """
        return scanned(neuron, currents, state, steps=steps, constant=constant)

    def encode(self, function: Encode) -> Encode:
        """Wrap what encodes and connects a block's input, so that the encoded values are not kept for every step.

        They are residuals of the product; here they are computed again in the reverse pass.
        """
        return jax.checkpoint(function, prevent_cse=False)

    def late(self, value: Num[Array, "*shape"], other: Float[Array, "..."]) -> Num[Array, "*shape"]:
        """Return a value on which cotangents depend, so that the reverse pass does not compute them before ``other``.

        JAX's own reverse pass needs no such care.
        """
        return value

    def for_fractions(self) -> Rule:
        """Return the rule for a layer whose inputs are not whole numbers, and for its neurons."""
        return self

    def extra_work(self, products: Products) -> int:
        """Count the multiply-accumulates of a gradient beyond those of backpropagation."""
        return self.recurrent_passes * products.recurrent + (products.repeated if self.recomputes else 0)

    @abstractmethod
    def unroll(self, run_block: RunBlock, arguments: PyTree, states: PyTree, steps: TimeSteps) -> Result:
        """Run a network through all steps.

        Args:
            run_block: Runs it through one block, see ``paradigms.snn.rules.unroll``.
            arguments: What a block reads and does not change.
            states: The states before the first step.
            steps: How many steps there are, and how they are divided.

        Returns:
            The states after the last step, and the sums over all steps.

        Raises:
            Unsupported: The budget of memory does not suffice.
        """
