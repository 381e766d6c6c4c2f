"""What the scores say of claim C9."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.claims import CLAIMS
from eval.judgement import Judgement, Verdict, judged, not_measured
from eval.statistics.equivalence import above
from eval.statistics.simultaneous import smallest
from eval.studies.long_range.config import GENERATED, Config, Matching, TaskName
from eval.studies.long_range.effects import Effect, Loss, contrast, losses
from eval.studies.long_range.models import (
    CELLS,
    DEFAULT,
    DYNAMICS,
    MODELS,
    REFERENCE,
    Network,
    can_match,
    networks,
)
from eval.studies.long_range.results import Result, Setting, results
from eval.studies.long_range.rows import Run

USUAL: Network = (REFERENCE, DEFAULT)
EFFECTS: Mapping[Effect, tuple[str, str]] = {
    "spikes": (
        "Binary output loses {:.2f} of the score, averaged over dynamics and time constants",
        "Binary output gains {:.2f} of the score, averaged over dynamics and time constants",
    ),
    "leak": (
        "Leaky dynamics lose {:.2f} of the score, averaged over outputs and time constants",
        "Leaky dynamics gain {:.2f} of the score, averaged over outputs and time constants",
    ),
    "time_constants": (
        "Usual time constants lose {:.2f} of the score beside those of the lag, averaged over the rest",
        "Usual time constants gain {:.2f} of the score beside those of the lag, averaged over the rest",
    ),
    "interaction": (
        "Binary output costs leaky dynamics {:.2f} of the score more than state-space dynamics",
        "Binary output costs leaky dynamics {:.2f} of the score less than state-space dynamics",
    ),
}
"""What an effect of the design is, in words, where it is a loss and where it is a gain."""
FACTORIAL: tuple[TaskName, ...] = ("recall",)
"""Tasks on which the effects of the design are judged."""
COMPARED: tuple[TaskName, ...] = ("recall", "adding", "mnist")
"""Tasks on which spiking networks are held against the best network without spikes."""

_LIMITS = CLAIMS["C9"].thresholds
_SPIKES = (True, False)
_ALL = "all runs of the study: it measures them again in another run_dir"


@dataclass(frozen=True)
class _Field:
    """The results of one task by one matching, at the lag that is judged and at the shortest.

    Attributes:
        matching: What all models have as much of.
        lag: The lag that is judged: the longest of the settings, or the length of an image.
        far: The networks at that lag.
        near: The networks at the shortest lag; none where images have but one.
    """

    matching: Matching
    lag: int
    far: Mapping[Network, Result]
    near: Mapping[Network, Result]

    def best(self, *, spikes: bool) -> Result:
        """The network with or without spikes that validation prefers."""
        return max((one for one in self.far.values() if one.spikes == spikes), key=lambda one: one.validation)


@dataclass(frozen=True)
class _Found:
    """What is lost by one matching.

    Attributes:
        loss: The loss of each seed.
        late: The networks that do not bridge the shortest lag, so that what they lose is not lost to the lag.
        words: What the loss is, with braces for its mean, and what it is called where it is a gain.
    """

    loss: Loss
    late: tuple[str, ...]
    words: tuple[str, str]


def verdicts(rows: list[Run], config: Config) -> list[Verdict]:
    """Judge the statements of claim C9."""
    found = results(rows, config.learning_rates)
    judgements = [
        _judge(f"{effect}_{task}", task, CELLS, found, config, lambda field, effect=effect: _effect(effect, field))
        for task in FACTORIAL
        for effect in EFFECTS
    ]
    every = networks(config.models)
    usual = [network for network in every if network == USUAL or not MODELS[network[0]].spikes]
    for task in COMPARED:
        judgements += [
            _judge(f"usual_{task}", task, usual, found, config, _usual),
            _judge(f"best_{task}", task, every, found, config, _best),
        ]
    return [Verdict("C9", tuple(judgements), _conditions(found, config), _context(found))]


def _effect(effect: Effect, field: _Field) -> _Found:
    return _Found(losses(effect, field.far), _late(field, CELLS), EFFECTS[effect])


def _usual(field: _Field) -> _Found:
    return _beside(field, field.far[USUAL])


def _best(field: _Field) -> _Found:
    return _beside(field, field.best(spikes=True))


def _beside(field: _Field, own: Result) -> _Found:
    """Hold a spiking network against the best one without spikes."""
    best = field.best(spikes=False)
    names = own.setting.name, best.setting.name
    words = "The score of {} is {{:.2f}} {} that of {}"
    below, over = (words.format(names[0], side, names[1]) for side in ("below", "above"))
    late = _late(field, [(own.setting.model, own.setting.time_constants)])
    return _Found(contrast({best: 1.0, own: -1.0}), late, (below, over))


def _late(field: _Field, compared: Iterable[Network]) -> tuple[str, ...]:
    """Name the networks that do not bridge the shortest lag, where there is one."""
    near = [field.near[network] for network in compared if field.near]
    return tuple(one.setting.name for one in near if not one.bridges)


def _judge(
    statement: str,
    task: TaskName,
    compared: Iterable[Network],
    found: Sequence[Result],
    config: Config,
    lost: Callable[[_Field], _Found],
) -> Judgement:
    if task not in config.tasks:
        return not_measured(statement, "Nothing was trained on the task.", "the task among settings.tasks")
    own = [one for one in found if one.setting.task == task]
    lags = sorted({min(config.lags), max(config.lags)} if task in GENERATED else {one.setting.lag for one in own})
    if not lags:
        return not_measured(statement, "The table lacks two seeds of every network on the task.", _ALL)
    if max(lags) < _LIMITS["long"]:
        return not_measured(
            statement,
            f"The longest lag is {max(lags)} steps, and from {_LIMITS['long']:g} on it is long.",
            f"a lag of {_LIMITS['long']:g} or more in settings.lags, or settings.order=pixels for images",
        )
    have = {one.setting: one for one in own}
    matchings = config.matchings if task in GENERATED else config.matchings[:1]
    settings = [
        Setting(task, matching, *network, lag)
        for matching in matchings
        for network in compared
        if can_match(network[0], matching, max(lags) + config.window, config.width)
        for lag in lags
    ]
    missing = [setting for setting in settings if setting not in have]
    if missing:
        return not_measured(
            statement,
            f"The table lacks two seeds trained at every learning rate for {len(missing)} of the {len(settings)} "
            f"results that are compared: first for {missing[0]}.",
            _ALL,
        )
    fields = [
        _field(matching, lags, [have[setting] for setting in settings if setting.matching == matching])
        for matching in matchings
    ]
    return _loses(statement, fields, lost)


def _field(matching: Matching, lags: Sequence[int], found: Sequence[Result]) -> _Field:
    def at(lag: int) -> dict[Network, Result]:
        return {(one.setting.model, one.setting.time_constants): one for one in found if one.setting.lag == lag}

    return _Field(matching, max(lags), at(max(lags)), at(min(lags)) if len(lags) > 1 else {})


def _loses(statement: str, fields: Sequence[_Field], lost: Callable[[_Field], _Found]) -> Judgement:
    unbridged = [field for field in fields if not any(one.bridges for one in field.far.values())]
    if unbridged:
        return not_measured(
            statement,
            f"No network that is compared reaches a validation score of {_LIMITS['learned']:g} over "
            f"{unbridged[0].lag} steps, with {_equal(unbridged[0].matching)}.",
            "more settings.steps, or a shorter lag as the longest in settings.lags",
        )
    found = [lost(field) for field in fields]
    if any(len(one.loss.measured) < 2 for one in found):
        return not_measured(statement, "What is compared shares fewer than two seeds.", "two seeds of all")
    loss, low, high = _interval([one.loss for one in found])
    place = min(range(len(found)), key=lambda index: found[index].loss.measured.mean())
    late = _names([one.late for one in found])
    learning = _names([one.loss.learning for one in found])
    over = f"over {fields[place].lag} steps, with {_equal(fields[place].matching)}"
    words = f"{found[place].words[loss < 0].format(abs(loss))}, {over}"
    if late:
        words += f", but {late} does not bridge the shortest lag either"
    if learning:
        words += f"; the interval holds for any score that {learning}, still learning, may come to"
    return judged(
        statement,
        None if late else above(low, high, _LIMITS["loss"]),
        f"{words}.",
        needed="more settings.steps, or a larger settings.width, until all bridge the shortest lag and are settled"
        if late or learning
        else "more settings.seeds: the interval of the loss holds the threshold",
        quantity="score (0 chance, 1 truth) that is lost at the longest lag, smallest over what is matched",
        value=loss,
        low=low,
        high=high,
    )


def _interval(losses: Sequence[Loss]) -> tuple[float, float, float]:
    """Return the smallest loss over what is matched, and its interval for all that learning networks may come to."""
    shown, least, most = (smallest([getattr(one, name) for one in losses]) for name in ("measured", "least", "most"))
    return shown.mean, min(shown.low, least.low), max(shown.high, most.high)


def _names(of_each: Iterable[Iterable[str]]) -> str:
    """Name one network, or one and how many others there are."""
    names = list(dict.fromkeys(name for names in of_each for name in names))
    return "" if not names else names[0] if len(names) == 1 else f"{names[0]} (as {len(names) - 1} more)"


def _equal(matching: Matching) -> str:
    return {"parameters": "equal parameters", "state_bytes": "equal bytes of state"}[matching]


def _context(found: Sequence[Result]) -> tuple[str, ...]:
    sentences = []
    for task in dict.fromkeys(one.setting.task for one in found):
        matchings: list[Matching] = list(
            dict.fromkeys(one.setting.matching for one in found if one.setting.task == task)
        )
        for matching in matchings:
            own = [one for one in found if one.setting[:2] == (task, matching)]
            lag = max(one.setting.lag for one in own)
            sentences += _of_field(f"On {task} over {lag} steps, with {_equal(matching)}", lag, own)
    return tuple(sentences)


def _of_field(where: str, lag: int, found: Sequence[Result]) -> list[str]:
    """Say what is best with and without spikes, and what the design does not hold: attention, adaptation, feedback."""
    own = [one for one in found if one.setting.lag == lag]
    ranked = [max((one for one in own if one.spikes == spikes), key=_validated, default=None) for spikes in _SPIKES]
    sentences = [
        f"{where}, the best network {'with' if one.spikes else 'without'} spikes is {one.setting.name}: it scores "
        f"{one.score.mean:.2f}."
        for one in ranked
        if one is not None
    ]
    beside = [one for one in own if one.spikes and one.setting.model not in DYNAMICS]
    return sentences + [f"{where}, {one.setting.name} scores {one.score.mean:.2f}." for one in beside]


def _validated(result: Result) -> float:
    return result.validation


def _conditions(found: Sequence[Result], config: Config) -> tuple[str, ...]:
    generated = [one for one in found if one.setting.task in GENERATED]
    left = float(np.exp(-max(config.lags) / config.time_constant))
    seeds = [f"{_range([len(one.scores) for one in found])} paired seeds"] if found else []
    return (
        ", ".join(["two layers", *seeds, f"{config.steps} updates of {config.batch_size} sequences"]),
        f"the same {len(config.learning_rates)} learning rates are tried for every model, and validation chooses",
        f"a network is still learning where the last quarter of the updates changes its mean validation score by more "
        f"than {_LIMITS['plateau']:g}; intervals hold for any score from 0 to 1 that it may come to",
        f"usual time constants are {config.time_constant:g} steps at the start, of which {left:.1e} is left after the "
        "longest lag; all are trained",
        "state-space layers whose time constants are not named start from their source's, of 9 to 1,000 steps",
        *_sizes(generated),
        "transformers keep every step, so that they are matched in parameters only",
    )


def _sizes(found: Sequence[Result]) -> list[str]:
    counts = [one.parameters for one in found if one.setting.matching == "parameters"]
    kept = [
        one.state_bytes
        for one in found
        if one.setting.matching == "state_bytes" and MODELS[one.setting.model].state is not None
    ]
    return [
        *([f"models of equal parameters have {_range(counts)} of them"] if counts else []),
        *([f"models of equal state have {_range(kept)} bytes of it"] if kept else []),
    ]


def _range(counts: Sequence[int]) -> str:
    return f"{min(counts)} to {max(counts)}" if min(counts) < max(counts) else str(counts[0])
