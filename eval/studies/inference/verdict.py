"""What the strategies say of claim C11, and the chains of claim C12."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from eval.claims import CLAIMS
from eval.claims.c11 import CHECKED, RATIO, TASKS
from eval.claims.c12 import ARMS
from eval.judgement import Judgement, Verdict, judged, not_measured
from eval.rows import Row, of
from eval.statistics.equivalence import above, below
from eval.statistics.intervals import Interval
from eval.studies.inference.config import Config
from eval.studies.inference.findings import of_chains, of_strategies
from eval.studies.inference.repetitions import Measured, largest_of, over_repetitions, smallest_of
from eval.studies.inference.rows import ChainLength, Collapse, EqualCost, Overthinking, Thinking

_SEARCH, _REASONING = CLAIMS["C11"].thresholds, CLAIMS["C12"].thresholds
_REPETITIONS = int(_SEARCH["repetitions"])
_MORE = "more settings.seeds: the interval holds the threshold"
_FARTHEST = 2
"""How many times the longest trained length effort is judged at."""


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """Judge the statements of claims C11 and C12."""
    compared = of(rows, EqualCost)
    judgements = [
        _compared(f"{task}_{name}", [row for row in compared if row.task == task and chosen(row, config)])
        for task in TASKS
        for name, chosen in _chosen(task).items()
    ]
    conditions = _conditions(config)
    return [
        Verdict("C11", tuple(judgements), conditions, of_strategies(rows, config)),
        Verdict("C12", tuple(_of_reasoning(rows, config)), conditions, of_chains(rows)),
    ]


def _chosen(task: str) -> dict[str, Callable[[EqualCost, Config], bool]]:
    """Return which rows each statement is judged by."""

    def whole(row: EqualCost) -> bool:
        return row.complexity is None and row.difficulty_bin is None and row.inference_ratio is None

    def selected(selector: str) -> Callable[[EqualCost, Config], bool]:
        def chosen(row: EqualCost, config: Config) -> bool:
            lessons = row.verifier in (None, config.verifier_problems[-1])
            own = row.strategy == "sampling" and row.selector == selector
            return whole(row) and own and row.preferred and lessons

        return chosen

    def optimal(row: EqualCost, config: Config, lessons: int = -1) -> bool:
        return row.strategy == "compute_optimal" and row.verifier == config.verifier_problems[lessons]

    def fifth(number: int) -> Callable[[EqualCost, Config], bool]:
        def chosen(row: EqualCost, config: Config) -> bool:
            own = row.difficulty == "pass_rate" and row.difficulty_bin == number and row.complexity is None
            return optimal(row, config) and own and row.inference_ratio is None

        return chosen

    found: dict[str, Callable[[EqualCost, Config], bool]] = {
        "majority": selected("majority"),
        "best_of": selected("verifier"),
        "weighted": selected("weighted"),
        "optimal": lambda row, config: whole(row) and optimal(row, config),
        "fewer_lessons": lambda row, config: (
            len(config.verifier_problems) > 1 and whole(row) and optimal(row, config, 0)
        ),
        "hardest": fifth(0),
        "easiest": fifth(4),
        "training_counted": lambda row, config: (
            optimal(row, config)
            and row.inference_ratio == RATIO
            and row.complexity is None
            and row.difficulty_bin is None
        ),
    }
    if task == CHECKED:
        found["checker"] = selected("checker")
    return found


def _compared(name: str, rows: Sequence[EqualCost]) -> Judgement:
    task, _, _ = name.partition("_")
    if not rows:
        return not_measured(
            name,
            "Nothing of this strategy was within the large model's operations, or it was not run.",
            f"settings.tasks with {task}, and two numbers in settings.verifier_problems",
        )
    difference = over_repetitions(_measured(rows, "difference"))
    large = sum(row.large_accuracy for row in rows) / len(rows)
    small = sum(row.small_accuracy for row in rows) / len(rows)
    decision = above(difference.low, difference.high, _SEARCH["gain"])
    needed = _MORE
    whole_task = rows[0].difficulty_bin is None
    if whole_task and not _SEARCH["least_accuracy"] <= large <= _SEARCH["most_accuracy"]:
        decision, needed = None, "a task that the large model solves in 5% to 95% of its problems"
    if len(rows) < _REPETITIONS:
        decision, needed = None, f"settings.seeds={_REPETITIONS}: the models of one repetition speak of themselves"
    return judged(
        name,
        decision,
        f"The small model solves {100 * small:.1f}% of the problems, and the large one {100 * large:.1f}%.",
        needed=needed,
        quantity="accuracy of the small model less that of the large one",
        value=difference.mean,
        low=difference.low,
        high=difference.high,
    )


def _measured(rows: Sequence[Any], statistic: str) -> list[Measured]:
    """Read a statistic of each row, with the interval of the row."""
    return [Measured(getattr(row, statistic), row.low, row.high, row.problems) for row in rows]


def _of_reasoning(rows: list[Row], config: Config) -> list[Judgement]:
    fewer, most = config.verifier_problems[0], config.verifier_problems[-1]
    return [
        *(_collapse(arm, words, of(rows, Collapse)) for arm, words in ARMS.items()),
        *(_effort(arm, of(rows, ChainLength)) for arm in ("small", "large")),
        _overthinking("overthinking_fewer_lessons", fewer if fewer != most else None, of(rows, Overthinking)),
        _overthinking("overthinking", most, of(rows, Overthinking)),
        _thinking("thinking_trained", True, of(rows, Thinking)),
        _thinking("thinking_untrained", False, of(rows, Thinking)),
    ]


def _collapse(arm: str, words: str, rows: Sequence[Collapse]) -> Judgement:
    own = [row for row in rows if row.model == arm]
    name = f"collapse_{arm}"
    if not own:
        return not_measured(
            name,
            "No accuracy was extrapolated: chains were not asked, or a trained length was never solved.",
            "settings.tasks with chain, and a model that solves every trained length",
        )
    excess = over_repetitions(_measured(own, "excess"))
    accuracy, expected = (sum(getattr(row, one) for row in own) / len(own) for one in ("accuracy", "extrapolated"))
    return judged(
        name,
        below(excess.low, excess.high, 0.0),
        f"Of chains of {own[0].complexity} steps, {words} solves {100 * accuracy:.1f}% where trained lengths let "
        f"{100 * expected:.0f}% expect.",
        needed=_MORE,
        quantity=f"accuracy less {own[0].share:g} of the extrapolated one",
        value=excess.mean,
        low=excess.low,
        high=excess.high,
    )


def _effort(arm: str, rows: Sequence[ChainLength]) -> Judgement:
    name = f"effort_{arm}"
    mine = [row for row in rows if row.model == arm and row.form == "THINK"]
    longest = max((row.complexity for row in mine if row.trained), default=0)
    own = [row for row in mine if longest and row.complexity == _FARTHEST * longest]
    if not own:
        return not_measured(name, "Chains of twice the trained length were not asked.", "settings.tasks with chain")
    needed = own[0].tokens_needed
    share = over_repetitions(
        [
            Measured(row.tokens_spent / needed, row.tokens_low / needed, row.tokens_high / needed, row.problems)
            for row in own
        ]
    )
    cut = sum(row.cut for row in own) / len(own)
    return judged(
        name,
        below(share.low, share.high, _REASONING["effort"]),
        f"{ARMS[arm].capitalize()} writes {share.mean * needed:.1f} tokens where a right answer takes {needed}; "
        f"{100 * cut:.0f}% of its answers come to no end.",
        needed=_MORE,
        quantity=f"tokens written over tokens needed, at {own[0].complexity} steps",
        value=share.mean,
        low=share.low,
        high=share.high,
    )


def _overthinking(name: str, verifier: int | None, rows: Sequence[Overthinking]) -> Judgement:
    own = [row for row in rows if row.verifier == verifier and row.complexity is None]
    if not own:
        return not_measured(
            name,
            "No verifier of so many lessons chose among the answers.",
            "settings.tasks with countdown, and two numbers in settings.verifier_problems",
        )
    drop = over_repetitions(_measured(own, "drop"))
    samples, best, last = (sum(getattr(row, one) for row in own) / len(own) for one in
                           ("samples", "accuracy", "whole_accuracy"))  # fmt: skip
    return judged(
        name,
        above(drop.low, drop.high, _REASONING["overthinking"]),
        f"The best of {samples:.0f} answers is right in {100 * best:.1f}% of the problems, and the best of all in "
        f"{100 * last:.1f}%.",
        needed=_MORE,
        quantity="accuracy at the best number of answers less that of the whole pool",
        value=drop.mean,
        low=drop.low,
        high=drop.high,
    )


def _thinking(name: str, trained: bool, rows: Sequence[Thinking]) -> Judgement:
    # Of one step, working out and answering at once are the same.
    own = [row for row in rows if row.trained == trained and row.complexity > 1]
    if not own:
        return not_measured(name, "Chains were not asked.", "settings.tasks with chain")
    groups: dict[tuple[str, int], list[Measured]] = {}
    for row in own:
        measured = Measured(row.difference, row.low, row.high, row.problems)
        groups.setdefault((row.model, row.complexity), []).append(measured)
    found: Interval = smallest_of(list(groups.values())) if trained else largest_of(list(groups.values()))
    means = {key: over_repetitions(group).mean for key, group in groups.items()}
    (size, steps) = (min if trained else max)(means, key=lambda key: means[key])
    which = "smallest" if trained else "largest"
    return judged(
        name,
        above(found.low, found.high, _REASONING["thinking"]),
        f"The {which} difference is {100 * found.mean:+.1f} points, of the {size} model at {steps} steps.",
        needed=_MORE,
        quantity="accuracy worked out less accuracy by the vote",
        value=found.mean,
        low=found.low,
        high=found.high,
    )


def _conditions(config: Config) -> tuple[str, ...]:
    seeds = "One repetition was" if config.seeds == 1 else f"{config.seeds} repetitions were"
    return (
        f"{seeds} trained: a small model of 2 layers and width {config.width}, and a large one of 7 layers and width "
        f"{2 * config.width}, on the same examples for as many updates.",
        f"Pools hold {config.samples} answers to each problem, at temperatures of "
        f"{' and '.join(f'{one:g}' for one in config.temperatures)}.",
        "An exact checker costs nothing here; where it chooses, the row says so.",
    )
