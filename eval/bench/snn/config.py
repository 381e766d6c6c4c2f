"""What is timed, how often, and when it is given up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from eval.bench.side_by_side.contender import OURS
from eval.bench.side_by_side.limits import Limits
from eval.bench.snn.contenders import PEER_IMPLEMENTATIONS
from eval.bench.snn.paradigm import check
from training.errors import BadInput


@dataclass(frozen=True)
class Config(Limits):
    """The suite's settings, beside the limits; the seed is of weights, spikes and labels.

    Attributes:
        implementations: Who runs the network.
        differentiations: Ways in which ours is differentiated, a row each.
        further: Settings of ``paradigms.snn.Config`` for one of them, by its name (``{compact: {block_steps: 5}}``).
        time_steps: Lengths of the recording; each is combined with each rate.
        input_rates: Spikes a channel and step.
        batch: Examples.
        channels: The channels of the input.
        hidden: Neurons of each hidden layer.
        outputs: Classes.
    """

    implementations: tuple[str, ...] = (*PEER_IMPLEMENTATIONS, OURS)
    differentiations: tuple[str, ...] = ("bptt", "packed", "checkpointed", "compact")
    further: dict[str, Any] = field(default_factory=dict)
    time_steps: tuple[int, ...] = (25, 100, 400)
    input_rates: tuple[float, ...] = (0.03, 0.1)
    batch: int = 64
    channels: int = 700
    hidden: tuple[int, ...] = (256, 256)
    outputs: int = 20

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in self.implementations:
            if name not in (*PEER_IMPLEMENTATIONS, OURS):
                raise BadInput(f"implementations=[{name}] is not one of {', '.join((*PEER_IMPLEMENTATIONS, OURS))}")
        self.require_distinct("implementations", "time_steps", "input_rates", "differentiations")
        for name in ("time_steps", "hidden"):
            for value in getattr(self, name):
                if value < 1:
                    raise BadInput(f"{name}=[{value}] must be at least 1")
        if not self.hidden:
            raise BadInput("hidden=[] must list at least one layer")
        for value in self.input_rates:
            if not 0 < value <= 1:
                raise BadInput(f"input_rates=[{value}] must be above 0 and at most 1, a probability")
        for name in ("batch", "channels"):
            if (value := getattr(self, name)) < 1:
                raise BadInput(f"{name}={value} must be at least 1")
        if self.outputs < 2:
            raise BadInput(f"outputs={self.outputs} must be at least 2, for one class is always right")
        for name in self.differentiations:
            check(name, self._further(name))
        for name in self.further:
            if name not in self.differentiations:
                raise BadInput(f"further.{name} is for no row; differentiations has {', '.join(self.differentiations)}")

    def _further(self, differentiation: str) -> dict[str, Any]:
        settings = self.further.get(differentiation, {})
        if not isinstance(settings, dict):
            raise BadInput(
                f"further.{differentiation}={settings} must be a group of settings, such as {{block_steps: 5}}"
            )
        return settings

    def case(self, time_steps: int, input_rate: float, differentiation: str | None) -> dict[str, Any]:
        """Arguments of ``make`` in ``eval/peers/snn/case.py``; with ``differentiation``, for ours."""
        case = {
            "seed": self.seed,
            "time_steps": time_steps,
            "input_rate": input_rate,
            "batch": self.batch,
            "channels": self.channels,
            "hidden": list(self.hidden),
            "outputs": self.outputs,
        }
        if differentiation is None:
            return case
        return {**case, "differentiation": differentiation, "settings": self._further(differentiation)}
