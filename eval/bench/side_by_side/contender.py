"""Who takes part: where its code lies and what must be installed for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from eval.peers.environments import Environment

OURS = "gradient-cost"
ROOT = Path(__file__).parents[3]
PEERS = ROOT / "eval" / "peers"


@dataclass(frozen=True)
class Contender:
    """One line of a table.

    Attributes:
        implementation: Its name, as the user gives it.
        file: Served by ``eval/peers/worker.py``.
        environment: Where it runs; ``None`` for the running interpreter.
        maker: A file that makes the case's arrays where they are used; ``None`` where the case is sent as it is.
        threads: Threads that a step may take.
    """

    implementation: str
    file: Path
    environment: Environment | None
    maker: Path | None = field(default=None, kw_only=True)
    threads: int = field(default=1, kw_only=True)

    @property
    def title(self) -> str:
        """What tells it from all others of its suite."""
        return self.implementation

    @property
    def is_peer(self) -> bool:
        """Whether it is another library."""
        return self.implementation != OURS
