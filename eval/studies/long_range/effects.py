"""The factorial design: two dynamics, two outputs and two time constants at the start, each with each.

An effect is a contrast of the eight networks' scores at one lag. Every network is in it once, with a share of one
quarter, and those with the factor's one level are held against those with the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Float

from eval.studies.long_range.models import CELLS, DEFAULT, DYNAMICS, Network
from eval.studies.long_range.results import Result

Effect: TypeAlias = Literal["spikes", "leak", "time_constants", "interaction"]


def _sign(effect: Effect, cell: Network) -> int:
    """Return the sign of a network's score in an effect, which is what is lost by the first-named level."""
    model, time_constants = cell
    spikes, leaky, usual = "spikes" in model, DYNAMICS[model] == "leaky", time_constants == DEFAULT
    lost = {"spikes": spikes, "leak": leaky, "time_constants": usual, "interaction": spikes == leaky}[effect]
    return -1 if lost else 1


def losses(effect: Effect, cells: Mapping[Network, Result]) -> Float[np.ndarray, " seeds"]:
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
    found = {cell: cells[cell].scores for cell in CELLS}
    seeds = sorted(set.intersection(*(set(scores) for scores in found.values())))
    # The difference of two differences has half as many networks on each side as the others.
    share = 2 if effect == "interaction" else 4
    return np.array([sum(_sign(effect, cell) * found[cell][seed] for cell in CELLS) / share for seed in seeds])


def unfit(cells: Sequence[Result], near: Sequence[Result]) -> tuple[str, ...]:
    """Say why networks cannot be compared: they do not bridge the shortest lag, or are still learning.

    Args:
        cells: The networks at the lag that is judged.
        near: The same networks at the shortest lag.

    Returns:
        What follows "but", one for each reason.
    """
    late = [one.setting.name for one in near if not one.bridges]
    learning = [one.setting.name for one in cells if not one.settled]
    return (
        *([f"{_listed(late)} does not bridge the shortest lag either"] if late else []),
        *([f"the score of {_listed(learning)} still changes in the last quarter of the updates"] if learning else []),
    )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"one of {len(names)} networks ({names[0]} and others)"
