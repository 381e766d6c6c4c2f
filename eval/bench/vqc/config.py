"""What is timed, how often, and when it is given up."""

from __future__ import annotations

from dataclasses import dataclass

from eval.bench.vqc.contenders import ANSATZE, IMPLEMENTATIONS, OURS, Ansatz
from training.errors import BadInput


@dataclass(frozen=True)
class Config:
    """The suite's settings.

    Attributes:
        implementations: Who runs RY-RZ-CZ.
        ansatze: Circuits of ours timed beside it, at equal gate count.
        qubits: Widths; each is combined with each depth.
        depths: Layers of RY-RZ-CZ.
        rounds: Times each implementation is timed, in turn; seconds are medians over rounds.
        round_seconds: How long an implementation is timed in one round, one step at least.
        compile_cap_seconds: A compilation that takes longer is given up, and so are larger cases of the same.
        step_cap_seconds: The same for one step.
        memory_cap_bytes: The same for a program whose temporary memory XLA says is more; it is not run.
        seed: Of the angles.
    """

    implementations: tuple[str, ...] = tuple(IMPLEMENTATIONS)
    ansatze: tuple[Ansatz, ...] = ANSATZE
    qubits: tuple[int, ...] = (8, 12, 16, 20)
    depths: tuple[int, ...] = (4, 16, 64, 200)
    rounds: int = 5
    round_seconds: float = 0.5
    compile_cap_seconds: float = 120.0
    step_cap_seconds: float = 30.0
    memory_cap_bytes: int = 8_000_000_000
    seed: int = 0

    def __post_init__(self) -> None:
        for name in self.implementations:
            if name not in IMPLEMENTATIONS:
                raise BadInput(f"implementations=[{name}] is not one of {', '.join(IMPLEMENTATIONS)}")
        for name in ("implementations", "qubits", "depths"):
            values = getattr(self, name)
            if not values or len(set(values)) < len(values):
                raise BadInput(f"{name}=[{','.join(map(str, values))}] must name at least one, and each once")
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
        for name in ("rounds", "round_seconds", "compile_cap_seconds", "step_cap_seconds", "memory_cap_bytes"):
            value = getattr(self, name)
            if value <= 0:
                raise BadInput(f"{name}={value} must be positive")
        if self.seed < 0:
            raise BadInput(f"seed={self.seed} must be 0 or more")
