"""A statement about the energy of every one of several spiking networks, held against quantised ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from eval.energy.trained_networks.matching import Matched
from eval.judgement import Judgement, judged, not_measured
from eval.statistics.equivalence import above, throughout

RATIO = "energy of the spiking network in units of the quantised one's"


def judge_all(
    statement: str,
    found: Sequence[Matched],
    decide: Callable[[float, float, float], bool | None],
    limit: float,
    least: int,
    which: str,
) -> Judgement:
    """Judge whether every network costs more than the quantised network of its accuracy, or every one less.

    Args:
        statement: The name of the statement.
        found: The spiking networks, of which those without a quantised network of their accuracy decide nothing.
        decide: ``above`` or ``below`` of :mod:`eval.statistics.equivalence`.
        limit: The logarithm of the ratio of energies against which each is held.
        least: The fewest networks that decide anything.
        which: Which networks these are, as it follows "networks".

    Returns:
        The judgement, whose value is the ratio of the network that is closest to deciding otherwise.
    """
    held = [one for one in found if one.partner is not None]
    if len(held) < least:
        return not_measured(
            statement,
            f"Of {len(found)} networks {which}, {len(held)} have a quantised network of their accuracy beside them.",
            f"at least {least} networks {which}, each with a quantised network of its accuracy",
        )
    alone, jointly = ([one.ratio(count) for one in held] for count in (1, len(held)))
    ends = ([(one.low, one.high) for one in intervals] for intervals in (alone, jointly))
    decision = throughout(lambda low, high: decide(low, high, limit), *ends)
    # What fails is decided by intervals that hold together, and so the worst of them is shown.
    shown = jointly if decision is False else alone
    dearer = decide is above
    place = min(range(len(held)), key=lambda index: shown[index].low if dearer else -shown[index].high)
    mean, low, high = (math.exp(one) for one in shown[place])
    return judged(
        statement,
        decision,
        f"Of {len(held)} networks {which} the {'cheapest' if dearer else 'dearest'}, beside the quantised network of "
        f"its accuracy, needs {mean:.3g} times its energy: {held[place].network.label}.",
        needed=f"more settings.seeds: the interval of a network holds {math.exp(limit):.3g}",
        quantity=RATIO,
        value=mean,
        low=low,
        high=high,
    )
