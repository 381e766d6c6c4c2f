"""Who takes part: PyTorch, eager and compiled, and ours."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from eval.bench.side_by_side import contender as side_by_side
from eval.bench.side_by_side.contender import OURS, PEERS
from eval.peers.environments import TORCH

FOLDER = PEERS / "transformer"


@dataclass(frozen=True)
class Contender(side_by_side.Contender):
    """An implementation of the update.

    Attributes:
        settings: What its ``compile`` is told beyond the case.
    """

    settings: tuple[tuple[str, bool], ...] = ()
    maker: Path | None = field(default=FOLDER / "case.py", kw_only=True)

    def on(self, threads: int) -> Contender:
        """The same on so many threads."""
        return replace(self, threads=threads)


IMPLEMENTATIONS = {
    contender.implementation: contender
    for contender in (
        Contender("torch", FOLDER / "torch_transformer.py", TORCH, (("compiled", False),)),
        Contender("torch-compile", FOLDER / "torch_transformer.py", TORCH, (("compiled", True),)),
        Contender(OURS, Path(__file__).with_name("ours.py"), None),
    )
}
"""Implementations, by name."""
