"""The settings of a model of the user's own: where it is."""

from __future__ import annotations

from dataclasses import dataclass

from paradigms.interface import require


@dataclass(frozen=True)
class Config:
    """Which model; everything else about it stands in its own code.

    Attributes:
        model: ``MODULE:NAME`` of what builds it, or a file ``.nir``; ``None`` for none, which cannot be built.
        time_steps: Steps of simulated time of a NIR graph that reads images or features; a recording brings its own.
        dt: The length of a step of a NIR graph in seconds; ``None`` for what its metadata say.

    Raises:
        Unsupported: It is neither ``MODULE:NAME`` nor a file ``.nir``, or a number is not positive.
    """

    model: str | None = None
    time_steps: int = 20
    dt: float | None = None

    def __post_init__(self) -> None:
        parts = (self.model or "a:b").split(":")
        require(
            self.is_graph or (len(parts) == 2 and all(parts)),
            f"model={self.model} must be MODULE:NAME, as in my_module:build, or a file that ends in .nir",
        )
        require(self.time_steps >= 1, f"paradigm.time_steps={self.time_steps} must be at least 1")
        require(self.dt is None or self.dt > 0, f"paradigm.dt={self.dt} must be positive, or null for the graph's own")

    @property
    def is_graph(self) -> bool:
        """Return whether it is a NIR graph."""
        return self.model is not None and self.model.endswith(".nir")
