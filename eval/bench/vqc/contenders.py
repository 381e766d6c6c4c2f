"""Who takes part: an implementation and a circuit, where its code lies and what must be installed for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from eval.bench.side_by_side import contender as side_by_side
from eval.bench.side_by_side.contender import OURS, PEERS
from eval.peers.environments import Environment

HERE = Path(__file__).parent
BASE = "RY-RZ-CZ"
FurtherAnsatz = Literal["strongly_entangling", "reuploading"]
"""Circuits of ours that are timed beside RY-RZ-CZ, at equal gate count."""
ANSATZE: tuple[FurtherAnsatz, ...] = get_args(FurtherAnsatz)

PENNYLANE = Environment("pennylane", ("pennylane==0.45.1", "pennylane-lightning==0.45.0", "jax==0.10.2"))
CATALYST = Environment("catalyst", ("pennylane-catalyst==0.15.0", "pennylane==0.45.1"))  # pins jax 0.7.1
TENSORCIRCUIT = Environment("tensorcircuit", ("tensorcircuit-ng==1.10.0", "jax==0.10.2"))


@dataclass(frozen=True)
class Contender(side_by_side.Contender):
    """An implementation and its circuit.

    Attributes:
        ansatz: Its circuit.
        rotations: Rotations a qubit and layer; each layer has as many entangling gates as qubits besides.
    """

    ansatz: str = BASE
    rotations: int = 2

    @property
    def title(self) -> str:
        """What tells it from all others."""
        return f"{self.implementation} ({self.ansatz})"

    def depth(self, base_depth: int) -> int:
        """Layers that hold as many gates as ``base_depth`` layers of RY-RZ-CZ."""
        return base_depth * 3 // (self.rotations + 1)


IMPLEMENTATIONS = {
    contender.implementation: contender
    for contender in (
        Contender("default.qubit", PEERS / "vqc" / "default_qubit_circuit.py", PENNYLANE),
        Contender("lightning.qubit", PEERS / "vqc" / "lightning_circuit.py", PENNYLANE),
        Contender("catalyst", PEERS / "vqc" / "catalyst_circuit.py", CATALYST),
        Contender("tensorcircuit-scan", PEERS / "vqc" / "tensorcircuit_scanned_circuit.py", TENSORCIRCUIT),
        Contender("tensorcircuit", PEERS / "vqc" / "tensorcircuit_circuit.py", TENSORCIRCUIT),
        Contender(OURS, HERE / "ours" / "ry_rz_cz.py", None),
    )
}
"""The implementations of RY-RZ-CZ, by name."""


def further_circuit(ansatz: FurtherAnsatz) -> Contender:
    """Another circuit of ours: three rotations a qubit and layer."""
    return Contender(OURS, HERE / "ours" / f"{ansatz}.py", None, ansatz, rotations=3)
