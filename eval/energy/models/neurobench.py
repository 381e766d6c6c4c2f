"""NeuroBench's operations of a layer: what would be done densely, and what is effective; counts, and no energy.

Whether an operation is an accumulation or a multiplication is known here from the layer's kind of input. The package of
that name looks at the values, and takes an input of zeros and ones for spikes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.energy.activity import Activity
from eval.energy.bill import Bill

NAME = "neurobench"
UNIT = "synaptic operations"


@dataclass(frozen=True)
class Operations:
    """Operations of a network per inference, in the mean over examples (Yik et al., arXiv 2304.04640).

    Attributes:
        dense: One for every connection and step.
        effective_macs: Multiplications of a weight with an activation other than 0.
        effective_acs: Accumulations of the weight of a spike.
        activation_sparsity: The share of activations that are 0, over all neurons, examples and steps that send any.
    """

    dense: float
    effective_macs: float
    effective_acs: float
    activation_sparsity: float


def operations(layers: Sequence[Activity]) -> Operations:
    """Count the operations of a network's layers.

    Raises:
        ValueError: No layer sends anything, so that there is no activation whose sparsity could be counted.
    """
    multiplied = [one.kind == "quantised" or one.constant_input for one in layers]
    sending = [one for one in layers if one.output_bits is not None]
    possible = sum(float(one.neurons * one.steps.sum()) for one in sending)
    if not possible:
        raise ValueError("no layer of this network sends activations, so there is no sparsity of them")
    return Operations(
        dense=sum(one.synapses * (1.0 if one.constant_input else float(one.steps.mean())) for one in layers),
        effective_macs=float(sum(one.operations.mean() for one, by in zip(layers, multiplied, strict=True) if by)),
        effective_acs=float(sum(one.operations.mean() for one, by in zip(layers, multiplied, strict=True) if not by)),
        activation_sparsity=1 - sum(float(one.fired.sum()) for one in sending) / possible,
    )


def bill(activity: Activity) -> Bill:
    """Charge a layer its effective operations, whatever their kind; there is no technology and no energy."""
    return Bill(NAME, "", UNIT, compute=float(activity.operations.mean()))
