"""What is timed, how often, and when it is given up."""

from __future__ import annotations

from dataclasses import dataclass

from eval.bench.side_by_side.limits import Limits
from eval.bench.vqc.contenders import ANSATZE, IMPLEMENTATIONS, OURS, FurtherAnsatz
from training.errors import BadInput


@dataclass(frozen=True)
class Config(Limits):
    """The suite's settings, beside the limits; the seed is of the angles.

    Attributes:
        implementations: Who runs RY-RZ-CZ.
        ansatze: Circuits of ours timed beside it, at equal gate count.
        qubits: Widths; each is combined with each depth.
        depths: Layers of RY-RZ-CZ.
    """

    implementations: tuple[str, ...] = tuple(IMPLEMENTATIONS)
    ansatze: tuple[FurtherAnsatz, ...] = ANSATZE
    qubits: tuple[int, ...] = (8, 12, 16, 20)
    depths: tuple[int, ...] = (4, 16, 64, 200)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in self.implementations:
            if name not in IMPLEMENTATIONS:
                raise BadInput(f"implementations=[{name}] is not one of {', '.join(IMPLEMENTATIONS)}")
        self.require_distinct("implementations", "qubits", "depths")
        if self.ansatze and OURS not in self.implementations:
            raise BadInput(
                f"ansatze=[{','.join(self.ansatze)}] are timed beside {OURS}, which implementations leaves out; "
                f"add it, or give ansatze=[]"
            )
        for value in self.qubits:
            # On two qubits the ring's second CZ would undo its first.
            if not 3 <= value <= 30:
                raise BadInput(f"qubits=[{value}] must be from 3, the shortest ring, to 30, whose state takes 8.6 GB")
        for value in self.depths:
            if value < 1:
                raise BadInput(f"depths=[{value}] must be at least 1")
            if self.ansatze and value % 4:
                raise BadInput(
                    f"depths=[{value}] must be a multiple of 4, so that 3/4 of it are layers of as many gates of "
                    f"{' and '.join(self.ansatze)}; with ansatze=[] any depth will do"
                )
