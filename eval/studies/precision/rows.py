"""The kinds of row of the study: networks with their bills, networks in floating point, and answers of twins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from eval.energy.trained_networks.rows import FloatingPoint, NetworkBill
from eval.rows import Row

TwinKind: TypeAlias = Literal["twin_synchronous", "twin_stepwise"]


@dataclass(frozen=True, kw_only=True)
class Agreement(Row):
    """Answers of a spiking twin beside those of its quantised network, on the test images.

    Attributes:
        kind: How the twin is run.
        training_seed: The seed of the network's initial parameters and of the order of the batches.
        weight_bits: Bits of a weight.
        time_steps: T; the network has 2^b − 1 = T levels above 0.
        penalty: The weight of activity in the loss.
        images: Test images.
        changed: Images to which the twin gives another class than its network.
        lost: The share of the images that the network gets right, less that of the twin.
    """

    part: ClassVar[str] = "agreements"

    kind: TwinKind
    training_seed: int
    weight_bits: int
    time_steps: int
    penalty: float
    images: int
    changed: int
    lost: float


KINDS: tuple[type[Row], ...] = (FloatingPoint, NetworkBill, Agreement)
"""All of them, in the table's order."""
