"""The factorial design: two dynamics, two outputs and two time constants at the start, each with each.

An effect is a contrast of the eight networks' scores at one lag. Every network is in it once, with a share of one
quarter, and those with the factor's one level are held against those with the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float

from eval.studies.long_range.models import CELLS, DEFAULT, DYNAMICS, Network
from eval.studies.long_range.results import Result

Effect: TypeAlias = Literal["spikes", "leak", "time_constants", "interaction"]


class Loss(NamedTuple):
    """What is lost, for each seed.

    Attributes:
        measured: The loss with the scores that were measured.
        least: The least loss for any scores that networks which are still learning may come to.
        most: The largest loss for these scores.
        learning: The names of the networks that are still learning.
    """

    measured: Float[np.ndarray, " seeds"]
    least: Float[np.ndarray, " seeds"]
    most: Float[np.ndarray, " seeds"]
    learning: tuple[str, ...]


def _sign(effect: Effect, cell: Network) -> int:
    """Return the sign of a network's score in an effect, which is what is lost by the first-named level."""
    model, time_constants = cell
    spikes, leaky, usual = "spikes" in model, DYNAMICS[model] == "leaky", time_constants == DEFAULT
    lost = {"spikes": spikes, "leak": leaky, "time_constants": usual, "interaction": spikes == leaky}[effect]
    return -1 if lost else 1


def losses(effect: Effect, cells: Mapping[Network, Result]) -> Loss:
    """Return what a factor's level costs, for each seed that all eight networks have.

    Args:
        effect: ``spikes``: the score without them less that with them, averaged over dynamics and time constants;
            ``leak``: that of state-space dynamics less that of leaky ones; ``time_constants``: that of networks which
            start from the lag less that from the usual time constant; ``interaction``: what spikes cost leaky dynamics
            less what they cost state-space dynamics.
        cells: The result of each of the eight networks, at the same lag.

    Raises:
        KeyError: If a network is missing.
    """
    # The difference of two differences has half as many networks on each side as the others.
    share = 2 if effect == "interaction" else 4
    return contrast({cells[cell]: _sign(effect, cell) / share for cell in CELLS})


def contrast(weights: Mapping[Result, float]) -> Loss:
    """Add up scores with weights, for each seed that all have.

    A network that is still learning may yet come to any score from 0 to 1: its scores are replaced by these two where
    the least and the most are asked for.

    Args:
        weights: The weight of each network's score.
    """
    seeds = sorted(set.intersection(*(set(one.scores) for one in weights)))

    def total(learning: Callable[[float], float] | None) -> Float[np.ndarray, " seeds"]:
        return np.array(
            [
                sum(
                    weight * (one.scores[seed] if one.settled or learning is None else learning(weight))
                    for one, weight in weights.items()
                )
                for seed in seeds
            ]
        )

    least, most = total(lambda weight: float(weight < 0)), total(lambda weight: float(weight > 0))
    return Loss(total(None), least, most, tuple(one.setting.name for one in weights if not one.settled))
