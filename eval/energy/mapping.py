"""How a network lies on hardware: how far a bit travels, how it is addressed, how often a weight is fetched."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from training.errors import BadInput

Flow = Literal["sparse", "dense"]
Dataflow = Literal[Flow, "cheapest"]
Reuse = Literal["none", "steps"]
FLOWS: tuple[Flow, ...] = get_args(Flow)


@dataclass(frozen=True)
class Mapping:
    """A layout on hardware, the same for the spiking and the quantised network that are compared.

    Attributes:
        hops: The mean number of hops that a bit travels between cores.
        dataflow: ``sparse`` moves events with their addresses, ``dense`` moves every value; ``cheapest`` is, for each
            layer, whichever of the two costs less.
        weight_reuse: Whether a spiking layer fetches a weight for every spike (``none``) or once, and keeps it over the
            time ``steps``.
        amortised: Whether the fetches of weights are shared by so many inputs that they cost nothing.
        on_chip: Whether values move over the network of the chip; else through DRAM, whatever the hops.

    Raises:
        BadInput: Hops that are negative or not finite, or an unknown dataflow or reuse.
    """

    hops: int | float = 1.0
    dataflow: Dataflow = "cheapest"
    weight_reuse: Reuse = "none"
    amortised: bool = False
    on_chip: bool = True

    def __post_init__(self) -> None:
        if not (math.isfinite(self.hops) and self.hops >= 0):
            raise BadInput(f"hops={self.hops:g} must be a finite number of at least 0")
        for name, value, known in (
            ("dataflow", self.dataflow, get_args(Dataflow)),
            ("weight_reuse", self.weight_reuse, get_args(Reuse)),
        ):
            if value not in known:
                raise BadInput(f"{name}={value!r} is none of {', '.join(known)}")

    @property
    def flows(self) -> tuple[Flow, ...]:
        """The dataflows that a layer may choose from."""
        return FLOWS if self.dataflow == "cheapest" else (self.dataflow,)
