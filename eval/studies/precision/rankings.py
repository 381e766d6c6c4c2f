"""Which kind of network is cheaper at equal accuracy, under a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from eval.claims import CLAIMS
from eval.energy.trained_networks.matching import Matched, Network, Runs, accurate, energies, matched, shared
from eval.energy.trained_networks.rows import NetworkBill
from eval.judgement import Judgement, judged, not_measured
from eval.statistics.equivalence import above, below
from eval.statistics.intervals import Interval, student
from eval.statistics.simultaneous import largest, smallest_of_largest
from eval.studies.precision.fronts import charged, in_words

_LIMITS = CLAIMS["C8"].thresholds
_LEAST_SEEDS = int(_LIMITS["paired_seeds"])
_FEWEST = 2
"""Time steps from which energies are ranked: at a single one, both kinds of network are the same machine."""
_MORE_SEEDS = "more settings.seeds: the interval holds the threshold"


@dataclass(frozen=True)
class Ranking:
    """Spiking networks beside the cheapest quantised ones of their accuracy, under one model.

    Attributes:
        model: The model.
        networks: The networks that are ranked, in hidden layers.
        hidden: Spiking networks beside quantised ones, in hidden layers.
        whole: The same with the first layer, by what the spiking network is.
    """

    model: str
    networks: Mapping[Network, Runs]
    hidden: Sequence[Matched]
    whole: Mapping[Network, Matched]

    @property
    def judged(self) -> list[Matched]:
        """Spiking networks of two time steps or more, in hidden layers."""
        return [one for one in self.hidden if _steps(one) >= _FEWEST]

    def beside(self, one: Matched) -> str:
        """Say what the cheapest quantised network takes, in hidden layers and in the whole."""
        if one.partner is None:
            raise ValueError("a spiking network without a match stands beside nothing")
        mean, low, high = np.exp(student(_gains(one)))
        whole = self.whole.get(one.network)
        also = ""
        if whole is not None and whole.partner is not None:
            also = f", and {np.exp(_gains(whole).mean()):.2f} times with the first layer"
        return (
            f"the cheapest quantised network of its accuracy ({in_words(one.partner)}) takes {mean:.2f} "
            f"[{low:.2f}, {high:.2f}] times its energy in hidden layers{also}."
        )


def rank(model: str, bills: Sequence[NetworkBill]) -> Ranking:
    """Hold spiking networks beside quantised ones, those aside that are far less accurate than the best."""
    ranked = accurate(charged(bills, model, "hidden"), _LIMITS["ranked_accuracy"])
    hidden, whole = (
        matched(own, _LIMITS["matched_accuracy"], _LEAST_SEEDS) for own in (ranked, charged(bills, model, "whole"))
    )
    return Ranking(model, ranked, hidden, {one.network: one for one in whole})


def _gains(one: Matched) -> Float[np.ndarray, " seeds"]:
    """Return the logarithm of the quantised network's energy less that of the spiking one's, by seed."""
    seeds = shared(one.runs, one.partner_runs)
    return np.log(energies(one.partner_runs, seeds) / energies(one.runs, seeds))


def _steps(one: Matched) -> int:
    return one.network.time_steps or 0


def quantised_cheaper(ranking: Ranking) -> Judgement:
    """Judge whether each spiking network meets a cheaper quantised one."""
    name, found = f"quantised_{ranking.model}", ranking.judged
    if lacking := _lacking(ranking):
        return not_measured(name, *lacking)
    gain = largest([_gains(one) for one in _matched(found)])
    decision = below(gain.low, gain.high, -_LIMITS["log_energy"])
    if decision and len(_matched(found)) < len(found):
        # Beside a spiking network that no quantised one reaches, none is cheaper.
        decision = None
    best = _best(found)
    return judged(
        name,
        decision,
        f"Spiking fares best {in_words(best.network)}: {ranking.beside(best)}",
        needed=_MORE_SEEDS,
        quantity="largest difference in the logarithm of energy, quantised less spiking, hidden layers",
        value=gain.mean,
        low=gain.low,
        high=gain.high,
    )


def spiking_cheaper(ranking: Ranking) -> Judgement:
    """Judge whether some spiking network is cheaper at every number of time steps."""
    name = f"spiking_{ranking.model}"
    if lacking := _lacking(ranking):
        return not_measured(name, *lacking)
    by_steps = _by_steps(ranking.judged)
    gain = _smallest(by_steps)
    decision = above(gain.low, gain.high, _LIMITS["log_energy"])
    reached = {steps: own for steps, own in by_steps.items() if len(_matched(own)) == len(own)}
    if decision is False and not (reached and above(*_smallest(reached)[1:], _LIMITS["log_energy"]) is False):
        # A spiking network that no quantised one reaches may be the cheaper one at its number of steps.
        decision = None
    least = min((_best(own) for own in by_steps.values() if _matched(own)), key=lambda one: float(_gains(one).mean()))
    return judged(
        name,
        decision,
        f"Spiking fares worst at {_steps(least)} time steps, and there best {in_words(least.network)}: "
        f"{ranking.beside(least)}",
        needed=_MORE_SEEDS,
        quantity="smallest, over time steps, of the largest difference in the logarithm of energy, quantised less "
        "spiking, hidden layers",
        value=gain.mean,
        low=gain.low,
        high=gain.high,
    )


def _lacking(ranking: Ranking) -> tuple[str, str] | None:
    """Return why there is nothing to rank and what is needed; ``None`` where all is there."""
    if not ranking.judged or all(one.spiking for one in ranking.networks):
        return (
            f"No spiking network of {_FEWEST} time steps or more beside a quantised one was charged under "
            f"{ranking.model}.",
            f"both kinds of network, and {ranking.model} among settings.models",
        )
    seeds = len(shared(*ranking.networks.values()))
    if seeds < _LEAST_SEEDS:
        return (
            f"The networks share {seeds} seeds, and a ranking takes {_LEAST_SEEDS}.",
            f"settings.seeds of {_LEAST_SEEDS} or more",
        )
    if not _matched(ranking.judged):
        return "No quantised network is as accurate as any spiking one.", "quantised networks that are trained longer"
    return None


def _matched(found: Sequence[Matched]) -> list[Matched]:
    return [one for one in found if one.partner is not None]


def _best(found: Sequence[Matched]) -> Matched:
    """Return the spiking network that gains most beside the cheapest quantised one."""
    return max(_matched(found), key=lambda one: float(_gains(one).mean()))


def _by_steps(found: Sequence[Matched]) -> Mapping[int, list[Matched]]:
    return {steps: [one for one in found if _steps(one) == steps] for steps in sorted(set(map(_steps, found)))}


def _smallest(by_steps: Mapping[int, Sequence[Matched]]) -> Interval:
    groups = [[_gains(one) for one in _matched(own)] for own in by_steps.values()]
    return smallest_of_largest([own for own in groups if own])


def step_by_step(ranking: Ranking) -> Iterator[str]:
    """Say at every number of time steps, a single one too, how the best spiking network stands."""
    for steps, own in _by_steps(ranking.hidden).items():
        times = f"{steps} time step{'s' * (steps > 1)}"
        if _matched(own):
            best = _best(own)
            yield (
                f"At {times} under {ranking.model} spiking fares best {in_words(best.network)}: {ranking.beside(best)}"
            )
        if missing := len(own) - len(_matched(own)):
            yield (
                f"Under {ranking.model} {missing} of the {len(own)} spiking networks of {times} ha"
                f"{'s' if missing == 1 else 've'} no quantised network whose accuracy is known to be as high."
            )
