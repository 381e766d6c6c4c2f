"""What the trained networks and the break-even map say of claim C7."""

from __future__ import annotations

import math
from collections.abc import Sequence

from eval.claims import CLAIMS
from eval.energy.trained_networks.judging import judge_all
from eval.energy.trained_networks.matching import Matched, accurate, matched, networks
from eval.energy.trained_networks.rows import Group, NetworkBill
from eval.judgement import Judgement, Verdict, judged, not_measured
from eval.rows import Row, of
from eval.statistics.equivalence import above, below, every
from eval.studies.energy.config import Config
from eval.studies.energy.rows import BreakEven

MODEL = "yan2024"
"""The model under which the claim is made, and judged."""
FEWEST_STEPS, MOST_STEPS = 5, 10
"""Time steps of which the claim speaks."""
_LIMITS = CLAIMS["C7"].thresholds
_RATE = _LIMITS["rate"]
_LEAST = int(_LIMITS["least_networks"])


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """Judge the statements of claim C7."""
    hidden, whole = (held_against(rows, group) for group in ("hidden", "whole"))
    of_the_claim = [one for one in hidden if within_claim(one)]
    judgements = (
        *(_necessary(bits, of_the_claim) for bits in (4, 8)),
        *(_sufficient(bits, of_the_claim) for bits in (4, 8)),
        _without_penalty(hidden),
        _first_layer(of_the_claim, whole),
        _one_rate(of(rows, BreakEven)),
    )
    return [Verdict("C7", judgements, _conditions(rows, hidden, config), _context(of_the_claim, whole))]


def held_against(rows: Sequence[Row], group: Group) -> list[Matched]:
    """Hold each spiking network against the cheapest quantised network that is as accurate.

    Args:
        rows: The table.
        group: The layers that are charged.
    """
    found = accurate(networks(of(rows, NetworkBill), MODEL, group), _LIMITS["ranked_accuracy"])
    return matched(found, _LIMITS["accuracy_loss"], int(_LIMITS["least_seeds"]))


def within_claim(one: Matched) -> bool:
    """Whether a network takes as many time steps as the claim speaks of."""
    steps = one.network.time_steps
    return steps is not None and FEWEST_STEPS <= steps <= MOST_STEPS


def _necessary(weight_bits: int, found: Sequence[Matched]) -> Judgement:
    over = [one for one in found if one.network.weight_bits == weight_bits and one.rate > _RATE]
    which = f"that fire above {_RATE:g} and have {weight_bits}-bit weights"
    return judge_all(f"necessary_{weight_bits}", over, above, _LIMITS["log_ratio"], _LEAST, which)


def _sufficient(weight_bits: int, found: Sequence[Matched]) -> Judgement:
    under = [one for one in found if one.network.weight_bits == weight_bits and one.rate < _RATE]
    which = f"that fire below {_RATE:g} and have {weight_bits}-bit weights"
    return judge_all(f"sufficient_{weight_bits}", under, below, _LIMITS["log_ratio"], _LEAST, which)


def _without_penalty(found: Sequence[Matched]) -> Judgement:
    plain = [one for one in found if one.network.penalty == 0 and (one.network.time_steps or 0) >= 2]
    which = "that were trained without a penalty"
    return judge_all("without_penalty", plain, above, _LIMITS["log_ratio"], _LEAST, which)


def _first_layer(hidden: Sequence[Matched], whole: Sequence[Matched]) -> Judgement:
    totals = {one.network: one for one in whole if one.partner is not None}
    pairs = [(one, totals[one.network]) for one in hidden if one.partner is not None and one.network in totals]
    if len(pairs) < _LEAST:
        return not_measured(
            "first_layer",
            f"{len(pairs)} networks have a quantised network of their accuracy beside them, with the first layer and "
            "without.",
            f"at least {_LEAST} networks, each with a quantised network of its accuracy",
        )
    limit, count = _LIMITS["log_ratio"], 2 * len(pairs)
    agree: list[bool | None] = []
    for pair in pairs:
        dearer = [above(*one.ratio(count)[1:], limit) for one in pair]
        agree.append(None if None in dearer else dearer[0] == dearer[1])
    changed = [pair for pair, same in zip(pairs, agree, strict=True) if same is False]
    decided = sum(same is not None for same in agree)
    most = max(pairs, key=lambda pair: abs(pair[0].ratio().mean - pair[1].ratio().mean))
    inside, outside = (math.exp(one.ratio().mean) for one in most)
    return judged(
        "first_layer",
        every(*agree),
        f"The winner changes with the first layer in {len(changed)} of {decided} networks whose ratios are decided; "
        f"the largest change is from {inside:.3g} to {outside:.3g}, of {most[0].network.label}.",
        needed="more settings.seeds: the interval of a ratio holds 1",
        quantity="networks whose winner changes",
        value=float(len(changed)),
        low=float(len(changed)),
        high=float(len(changed) + len(pairs) - decided),
    )


def _one_rate(found: Sequence[BreakEven]) -> Judgement:
    kept = [row for row in found if FEWEST_STEPS <= row.time_steps <= MOST_STEPS]
    if not kept:
        return not_measured(
            "one_rate", "The map has no point at 5 to 10 time steps.", "settings.map_steps between 5 and 10"
        )
    apart = {index: _factor(row.rate or 0.0) for index, row in enumerate(kept)}
    place = max(apart, key=lambda index: (apart[index], -index))
    row = kept[place]
    ends = [_factor(rate) for rate in (row.inferred_low, row.inferred_high)]
    # The band may hold 6.4% itself.
    low = 1.0 if row.inferred_low <= _RATE <= row.inferred_high else min(*ends, apart[place])
    high = max(*ends, apart[place])
    at = (
        f"{row.time_steps} steps and {row.weight_bits}-bit weights, with {row.hops:g} hops and sparse movement at "
        f"{row.eta:g} times the dense price"
    )
    rate = "below 0" if row.rate is None else f"{row.rate:.3g}"
    return judged(
        "one_rate",
        below(low, high, _LIMITS["one_rate"]),
        f"The break-even rate that is farthest from 6.4% is {rate}, at {at}.",
        needed="narrower bands of the inferred constants",
        quantity="factor between the break-even rate and 0.064",
        value=apart[place],
        low=low,
        high=high,
    )


def _factor(rate: float) -> float:
    """How many times one of a rate and 6.4% is the other; a rate of 0, at which nothing breaks even, counts as tiny."""
    return math.exp(abs(math.log(max(rate, 1e-6) / _RATE)))


def _conditions(rows: Sequence[Row], found: Sequence[Matched], config: Config) -> tuple[str, ...]:
    alone = sum(one.partner is None for one in found)
    return (
        f"The tasks are {', '.join(config.tasks)}; hidden layers have {', '.join(map(str, config.hidden))} neurons.",
        f"Energy is that of model {MODEL} at one hop and the cheapest dataflow of each layer; weights are fetched for "
        "every spike, and idle power is not charged.",
        f"Networks more than {100 * _LIMITS['ranked_accuracy']:g} points less accurate than the best are left out.",
        f"Of {len(found)} spiking networks {alone} have no quantised network that is known to be as accurate: these "
        "decide nothing.",
    )


def _context(hidden: Sequence[Matched], whole: Sequence[Matched]) -> tuple[str, ...]:
    held = [one for one in hidden if one.partner is not None]
    if not held:
        return ()
    best = min(held, key=lambda one: one.ratio().mean)
    totals = {one.network: one for one in whole if one.partner is not None}
    sentences = [
        f"The cheapest spiking network beside a quantised one of its accuracy is {best.network.label}: it needs "
        f"{math.exp(best.ratio().mean):.3g} times the energy at a rate of {best.rate:.3g}."
    ]
    if best.network in totals:
        sentences.append(
            f"With its first layer in, it needs {math.exp(totals[best.network].ratio().mean):.3g} times the energy."
        )
    return tuple(sentences)
