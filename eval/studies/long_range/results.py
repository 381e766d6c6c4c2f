"""Scores of the models, each at the learning rate that validation prefers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from eval.claims import CLAIMS
from eval.statistics.intervals import Interval, student
from eval.studies.long_range.config import Matching, TaskName
from eval.studies.long_range.models import DEFAULT, MODELS, OF_THE_LAG, ModelName, TimeConstantsName
from eval.studies.long_range.rows import Run

_LEARNED, _PLATEAU = (CLAIMS["C9"].thresholds[name] for name in ("learned", "plateau"))


class Setting(NamedTuple):
    """What has one result: a model on a task, matched one way, across one lag."""

    task: TaskName
    matching: Matching
    model: ModelName
    time_constants: TimeConstantsName | None
    lag: int

    def __str__(self) -> str:
        return f"{self.name} ({self.task} across {self.lag} steps, matched in {self.matching.replace('_', ' ')})"

    @property
    def name(self) -> str:
        """The model with its time constants, where they are not its source's own."""
        own = {DEFAULT: ", usual τ", OF_THE_LAG: ", τ = lag"}
        return self.model + (own.get(self.time_constants, "") if self.time_constants else "")


@dataclass(frozen=True, eq=False)
class Result:
    """A model at one lag, at the learning rate that validation prefers; each is equal to itself alone.

    Attributes:
        setting: The model, and what it was trained on.
        learning_rate: The learning rate of the best mean validation score.
        earlier: The validation score after three quarters of the updates.
        validation: The validation score.
        scores: The score on test sequences for each training seed, two at least; 0 is chance, 1 the truth.
        parameters: The number of parameters.
        state_bytes: The bytes kept from one step to the next, per example.
    """

    setting: Setting
    learning_rate: float
    earlier: float
    validation: float
    scores: Mapping[int, float]
    parameters: int
    state_bytes: int

    @property
    def score(self) -> Interval:
        """The mean score over the seeds with its interval."""
        return student(list(self.scores.values()))

    @property
    def spikes(self) -> bool:
        """Whether its layers speak in spikes."""
        return MODELS[self.setting.model].spikes

    @property
    def bridges(self) -> bool:
        """Whether it bridges the lag, by its validation score."""
        return self.validation >= _LEARNED

    @property
    def settled(self) -> bool:
        """Whether the last quarter of the updates has hardly changed its validation score."""
        return abs(self.validation - self.earlier) <= _PLATEAU


def results(rows: Sequence[Run], learning_rates: Collection[float] = ()) -> list[Result]:
    """Choose the learning rate of every model by its mean validation score.

    Rates are compared over the seeds that were trained at each of them. A setting of fewer than two such seeds has no
    result: its rate would be chosen between different seeds, or its score would have no interval.

    Args:
        rows: The table of the study.
        learning_rates: What must have been tried, beside every learning rate of the table.

    Returns:
        One result per task, matching, model, time constant and lag, in the table's order.
    """
    rates = sorted({*learning_rates, *(row.learning_rate for row in rows)})
    groups: dict[Setting, list[Run]] = {}
    for row in rows:
        setting = Setting(row.task, row.matching, row.model, row.time_constants, row.lag)
        groups.setdefault(setting, []).append(row)
    found = [_result(setting, group, rates) for setting, group in groups.items()]
    return [one for one in found if one is not None]


def _result(setting: Setting, group: Sequence[Run], rates: Sequence[float]) -> Result | None:
    tried = [{row.training_seed: row for row in group if row.learning_rate == rate} for rate in rates]
    seeds = sorted(set.intersection(*(set(runs) for runs in tried)))
    if len(seeds) < 2:
        return None
    best = max(([runs[seed] for seed in seeds] for runs in tried), key=_mean_validation)
    scores = {row.training_seed: row.test_score for row in best}
    first = best[0]
    earlier, validation = (
        float(np.mean([getattr(row, name) for row in best])) for name in ("earlier_score", "validation_score")
    )
    return Result(setting, first.learning_rate, earlier, validation, scores, first.parameters, first.state_bytes)


def _mean_validation(runs: Sequence[Run]) -> float:
    return float(np.mean([row.validation_score for row in runs]))
