"""The gradient of backpropagation by a reverse pass of our own, which keeps spikes as bytes and LIF's potentials alone.

It relies on what connections receive being whole numbers below 256.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
from jaxtyping import Array, Float, Num, PyTree

from paradigms.snn.connections import Connection
from paradigms.snn.rules import unroll
from paradigms.snn.rules.backpropagation import BPTT
from paradigms.snn.rules.data_dependence import after
from paradigms.snn.rules.late_encoding import encoded_late
from paradigms.snn.rules.lif_reverse_pass import is_served, lif_over_time
from paradigms.snn.rules.products import product_kept_in_bytes
from paradigms.snn.rules.rule import Encode, Rule, TimeSteps
from paradigms.snn.rules.scanning import scanned


class Packed(BPTT):
    """Keeps the potential and one byte per spike of every step of LIF and IF neurons: less than ``bptt`` keeps."""

    name = "packed"
    recurrent_passes = 1
    has_own_time_loop = True

    def connect(
        self, connection: Connection, inputs: Float[Array, "time batch *inputs"]
    ) -> Float[Array, "time batch *outputs"]:
        """Apply a connection and keep its inputs in a byte each."""
        return product_kept_in_bytes(connection, inputs)

    def step(
        self, neuron: Any, currents: Float[Array, "*time_batch currents"], state: Any, *, steps: int, constant: bool
    ) -> tuple[Float[Array, "time *batch neurons"], Any]:
        """Step LIF and IF neurons by the loop of our own; of others, compute the steps again in the reverse pass."""
        if is_served(neuron):
            return lif_over_time(neuron, currents, state, steps=steps, constant=constant)
        scan = jax.checkpoint(partial(scanned, steps=steps, constant=constant), prevent_cse=False)
        return scan(neuron, currents, state)

    def encode(self, function: Encode) -> Encode:
        """Encode a block's input again once the reverse pass needs it, and not before."""
        return encoded_late(function)

    def late(self, value: Num[Array, "*shape"], other: Float[Array, "..."]) -> Num[Array, "*shape"]:
        """Return the value, computed from ``other`` as well; see :func:`paradigms.snn.rules.data_dependence.after`."""
        return after(value, other)

    def for_fractions(self) -> Rule:
        """Return plain backpropagation: bytes hold no fractions."""
        return BPTT()


class Compact(Packed):
    """Keeps only the states before each block, a tenth or less, for one more forward pass."""

    name = "compact"
    recomputes = True

    def unroll(self, run_block: unroll.RunBlock, arguments: PyTree, states: PyTree, steps: TimeSteps) -> unroll.Result:
        """Run one block after the other; see :func:`paradigms.snn.rules.unroll.compact`."""
        return unroll.compact(run_block, arguments, states, steps.total, block_steps=steps.block)
