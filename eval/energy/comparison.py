"""The energy of a spiking network in units of a quantised one's: of hidden layers, and of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.energy.activity import Activity
from eval.energy.bill import Bill
from eval.energy.mapping import Mapping
from eval.energy.models import energy
from eval.energy.technology import Technology
from paradigms.interface import Unsupported
from training.errors import BadInput


@dataclass(frozen=True)
class Comparison:
    """Bills of two networks under one model; never one ratio without the other.

    The first layer, whose input is no spike, costs both networks the same product and pulls the ratio of the whole
    towards 1.

    Attributes:
        spiking_hidden: The spiking network's layers that receive spikes.
        spiking_whole: All of its layers.
        quantised_hidden: The same layers of the quantised network.
        quantised_whole: All of its layers.
    """

    spiking_hidden: Bill
    spiking_whole: Bill
    quantised_hidden: Bill
    quantised_whole: Bill

    @property
    def ratio_hidden(self) -> float:
        """Energy of the spiking network's hidden layers over those of the quantised one."""
        return self.spiking_hidden.total / self.quantised_hidden.total

    @property
    def ratio_whole(self) -> float:
        """Energy of the whole spiking network over that of the whole quantised one."""
        return self.spiking_whole.total / self.quantised_whole.total


def compare(
    spiking: Sequence[Activity],
    quantised: Sequence[Activity],
    model: str,
    mapping: Mapping,
    technology: Technology | None = None,
) -> Comparison:
    """Charge a spiking and a quantised network of the same layers under one model.

    Args:
        spiking: The layers of the spiking network, in order.
        quantised: The layers of the quantised network, in the same order.
        model: The name of an energy model.
        mapping: How both are laid out.
        technology: What things cost; the model's own where ``None``.

    Raises:
        Unsupported: The weights of a layer have different bits on the two sides, or its sizes differ.
        BadInput: See :func:`eval.energy.models.energy`; or there is no layer that receives spikes, or the quantised
            network's hidden layers cost nothing.
    """
    if [one.layer for one in spiking] != [one.layer for one in quantised]:
        names = [[one.layer for one in layers] for layers in (spiking, quantised)]
        raise Unsupported(f"layers {names[0]} and {names[1]} are not of one architecture")
    for own, other in zip(spiking, quantised, strict=True):
        if own.weight_bits != other.weight_bits:
            raise Unsupported(
                f"layer {own.layer} has weights of {own.weight_bits} bits in the spiking and {other.weight_bits} in "
                "the quantised network: by Theorem 1 of Yan et al. the two stand for each other with the same weights, "
                "so give both the same number of bits"
            )
        if (own.neurons, own.synapses) != (other.neurons, other.synapses):
            raise Unsupported(f"layer {own.layer} is of different sizes in the spiking and in the quantised network")
    hidden = [index for index, one in enumerate(spiking) if not one.constant_input]
    if not hidden:
        raise BadInput("no layer of the spiking network receives spikes, so that there is nothing to compare")
    found = Comparison(
        *(
            energy([layers[index] for index in kept], model, mapping, technology)
            for layers in (spiking, quantised)
            for kept in (hidden, range(len(layers)))
        )
    )
    if not found.quantised_hidden.total > 0:
        raise BadInput(
            f"the hidden layers of the quantised network cost nothing under {model}, so that there is no ratio: none "
            "of its activations differs from 0; train it with a smaller penalty"
        )
    return found
