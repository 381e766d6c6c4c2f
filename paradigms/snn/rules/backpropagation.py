"""Backpropagation through time as JAX makes it, with everything kept or with checkpoints."""

from __future__ import annotations

from jaxtyping import PyTree

from paradigms.snn.rules import unroll
from paradigms.snn.rules.memory_budget import segments_within
from paradigms.snn.rules.rule import Rule, TimeSteps


class BPTT(Rule):
    """Backpropagation through time: what each step's derivative needs is kept."""

    name = "bptt"
    kept = "O(T)"

    def unroll(self, run_block: unroll.RunBlock, arguments: PyTree, states: PyTree, steps: TimeSteps) -> unroll.Result:
        """Run one block after the other in one scan; see :func:`paradigms.snn.rules.unroll.bptt`."""
        return unroll.bptt(run_block, arguments, states, steps.total, block_steps=steps.block)


class Checkpointed(BPTT):
    """The same gradient from the states before each segment of steps, for one more forward pass (Chen et al. 2016).

    Where there is a budget of memory, as many of the last steps as fit are not recomputed.
    """

    name = "checkpointed"
    kept = "O(√T)"
    recomputes = True
    has_segments = True

    def unroll(self, run_block: unroll.RunBlock, arguments: PyTree, states: PyTree, steps: TimeSteps) -> unroll.Result:
        """Run one segment after the other; see :func:`paradigms.snn.rules.unroll.checkpointed`.

        Raises:
            Unsupported: The budget of memory does not suffice for this batch.
        """
        segment, plain = steps.segment, 0
        if steps.budget_bytes is not None:
            segment, plain = segments_within(
                steps.budget_bytes,
                run_block,
                arguments,
                states,
                steps.total,
                segment_steps=segment,
                block_steps=steps.block,
            )
        return unroll.checkpointed(
            run_block,
            arguments,
            states,
            steps.total,
            segment_steps=segment,
            plain_steps=plain,
            block_steps=steps.block,
        )
