"""Bit budgets of Shen et al. (CVPR 2024), in which T steps stand for T bits: bit operations, and no energy."""

from __future__ import annotations

from collections.abc import Iterable

from eval.energy.activity import Activity
from eval.energy.bill import Bill
from eval.energy.bits import require_weight_bits
from training.errors import BadInput

NAME = "bit_budget"
UNIT = "bit operations"


def budget(weight_bits: int, spike_bits: int, steps: int) -> int:
    """Return the bit budget of a connection, T · b_w · b_s.

    Args:
        weight_bits: b_w, bits of a weight.
        spike_bits: b_s, bits of a spike, or of an activation.
        steps: T, time steps; 1 of a quantised network.

    Raises:
        BadInput: A number of bits or steps that is none.
    """
    require_weight_bits(weight_bits)
    for name, value in (("spike_bits", spike_bits), ("time_steps", steps)):
        if value < 1:
            raise BadInput(f"{name}={value} must be at least 1")
    return steps * weight_bits * spike_bits


def s_ace(layers: Iterable[Activity]) -> float:
    """Return the arithmetic effort Σ n · T · b_w · b_s over connections, in the mean over examples."""
    return float(sum(one.synapses * _per_step(one) * _steps(one) for one in layers))


def ns_ace(layers: Iterable[Activity]) -> float:
    """Return the neuromorphic effort, Σ rate · n · T · b_w · b_s: each connection counts by its rate."""
    return float(sum(one.operations.mean() * _per_step(one) for one in layers))


def bill(activity: Activity) -> Bill:
    """Charge a layer its neuromorphic effort; there is no technology and no energy."""
    return Bill(NAME, "", UNIT, compute=ns_ace([activity]))


def _per_step(activity: Activity) -> int:
    return activity.weight_bits * activity.input_bits


def _steps(activity: Activity) -> float:
    return 1.0 if activity.constant_input else float(activity.steps.mean())
