"""Tables from which rows are missing: they decide nothing that the whole table does not, and say what they lack."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import matplotlib.image
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statement_tables.long_range import CONFIG, LONGEST, SHORTEST, TABLES, table

from eval.judgement import outcomes
from eval.report.panel import drawn
from eval.studies.long_range import STUDY, Config
from eval.studies.long_range.config import GENERATED
from eval.studies.long_range.models import DEFAULT, DYNAMICS, OF_THE_LAG
from eval.studies.long_range.results import results
from eval.studies.long_range.rows import Run

FOLDER = Path(__file__).parents[4] / "docs" / "results" / "long_range"
PUBLISHED: list[Run] = STUDY.read(json.loads((FOLDER / "table.json").read_text()))
NETWORK = ("leaky, spikes", DEFAULT)
WHOLE = table(far={NETWORK: 0.6})
FIELDS = ("task", "matching", "model", "lag", "time_constants", "learning_rate", "training_seed")


@st.composite
def subsets(draw, rows):
    """Any share of the rows, one row out of several, or all but those with some value of a column."""
    random = Random(draw(st.integers(0, 2**32)))
    share = draw(st.floats(0, 1) | st.floats(0.97, 1))
    kept = [row for row in rows if random.random() < share]
    stride = draw(st.integers(2, 7))
    name = draw(st.sampled_from(FIELDS))
    without = getattr(draw(st.sampled_from(rows)), name)
    return draw(
        st.sampled_from(
            [kept, rows[random.randrange(stride) :: stride], [row for row in rows if getattr(row, name) != without]]
        )
    )


def judge(rows, config=CONFIG):
    (verdict,) = STUDY.judge(rows, config)
    return {one.statement: one for one in verdict.judgements}


@given(subsets(PUBLISHED))
def test_any_rows_of_the_published_table_are_judged(rows):
    for one in judge(rows, Config()).values():
        assert one.found.endswith(".")
        # What is decided was compared in at least two seeds.
        if one.outcome in ("holds", "fails"):
            for lag in (min(Config().lags), max(Config().lags)):
                network = ("leaky, spikes", DEFAULT, lag)
                seeds = {row.training_seed for row in rows if (row.model, row.time_constants, row.lag) == network}
                assert len(seeds) >= 2


@given(st.sampled_from(sorted(TABLES)), st.sampled_from(["holds", "fails"]), st.data())
def test_missing_rows_never_turn_an_outcome_around(statement, outcome, data):
    rows, config = TABLES[statement][outcome]
    kept = data.draw(subsets(rows))
    assert outcomes(STUDY.judge(kept, config))[statement] in (outcome, "undecided", "not measured")


@pytest.mark.parametrize("matching", ["parameters", "state_bytes"])
@pytest.mark.parametrize("lag", [SHORTEST, LONGEST])
@pytest.mark.parametrize("model", ["leaky, spikes", "leaky, continuous", "state space, continuous", "GRU"])
@pytest.mark.parametrize("lacking", [{}, {"learning_rate": 0.03}, {"learning_rate": 0.01, "training_seed": (0, 2)}])
def test_what_is_compared_must_be_there_and_is_named_where_it_is_not(model, lag, matching, lacking):
    wanted = {"task": "recall", "matching": matching, "model": model, "lag": lag} | lacking
    rows = [row for row in WHOLE if not has(row, wanted)]
    found = judge(rows)
    assert found["usual_recall"].outcome == "not measured"
    assert f"{model} (recall across {lag} steps, matched in {matching.replace('_', ' ')})" in (
        found["usual_recall"].found.replace(", usual τ", "")
    )
    # What does not compare it is judged as before.
    assert found["usual_adding"] == judge(WHOLE)["usual_adding"]


@pytest.mark.parametrize("lacking", [{"training_seed": 1}, {"training_seed": 1, "learning_rate": 0.03}])
def test_two_seeds_at_every_learning_rate_are_enough(lacking):
    found = judge([row for row in WHOLE if not has(row, lacking)])
    assert found["usual_recall"].outcome == "holds"
    # Scores of 0.59 and 0.61 beside 1.
    assert found["usual_recall"].value == pytest.approx(0.4)


@pytest.mark.parametrize(
    "without", [{"model": "recurrent, spikes"}, {"model": "transformer", "matching": "state_bytes"}]
)
def test_what_is_not_compared_may_be_missing(without):
    found = judge([row for row in WHOLE if not has(row, without)])
    assert found["usual_recall"] == judge(WHOLE)["usual_recall"]


def test_every_matching_must_share_two_seeds_with_the_best():
    rows = [
        row
        for row in WHOLE
        if not (has(row, {"matching": "state_bytes"}) and has(row, {"model": "GRU", "training_seed": 0}))
        and not (has(row, {"matching": "state_bytes"}) and has(row, {"model": "leaky, spikes", "training_seed": 1}))
    ]
    found = judge(rows)["usual_recall"]
    assert found.outcome == "not measured"
    assert "fewer than two seeds" in found.found


@pytest.mark.parametrize("lag", [SHORTEST, LONGEST])
@pytest.mark.parametrize("model", DYNAMICS)
@pytest.mark.parametrize("constants", [DEFAULT, OF_THE_LAG])
def test_an_effect_needs_every_network_of_the_design(model, constants, lag):
    rows = [row for row in WHOLE if not has(row, {"model": model, "time_constants": constants, "lag": lag})]
    assert judge(rows)["leak_recall"].outcome == "not measured"
    without = [row for row in WHOLE if not has(row, {"model": "GRU"})]
    assert judge(without)["leak_recall"].value == judge(WHOLE)["leak_recall"].value


def test_a_task_that_is_no_setting_is_told_from_one_that_is_missing():
    rows = [row for row in WHOLE if row.task == "recall"]
    assert "lacks two seeds" in judge(rows)["usual_adding"].found
    assert "lacks two seeds" in judge(rows)["best_mnist"].found
    alone = replace(CONFIG, tasks=("recall",))
    assert judge(rows, alone)["usual_adding"].found == "Nothing was trained on the task."
    assert judge(rows, alone)["usual_recall"] == judge(WHOLE)["usual_recall"]


def test_the_learning_rate_is_chosen_over_the_seeds_that_all_rates_have():
    # In its first seed the smaller rate is by far the better, but the larger was not tried with it.
    rows = [
        Run(
            task="recall", matching="parameters", model="GRU", width=9, lag=4, time_constants=None, learning_rate=rate,
            training_seed=seed, parameters=100, state_bytes=200, earlier_score=score, validation_score=score,
            test_score=score, spike_rate=None,
        )
        for rate, scores in ((0.005, (1.0, 0.1, 0.2)), (0.02, (None, 0.3, 0.4)))
        for seed, score in enumerate(scores)
        if score is not None
    ]  # fmt: skip
    (found,) = results(rows)
    assert (found.learning_rate, found.scores) == (0.02, {1: 0.3, 2: 0.4})
    assert results(rows, [0.05]) == []
    assert results(rows[:-1]) == []


def test_seeds_are_counted():
    (whole,) = STUDY.judge(PUBLISHED, Config())
    assert any("8 paired seeds" in one for one in whole.conditions)
    (part,) = STUDY.judge([row for row in PUBLISHED if row.training_seed != 1], Config())
    assert any("7 paired seeds" in one for one in part.conditions)


@pytest.mark.parametrize("rows", [[], PUBLISHED[::2], [row for row in WHOLE if row.task == "mnist"]])
def test_figure_and_panels_show_what_is_there(rows, tmp_path):
    pixels = matplotlib.image.imread(STUDY.draw(rows, STUDY.judge(rows, Config()), tmp_path))[..., :3]
    assert 0.005 < np.mean(np.any(pixels < 0.95, axis=-1)) < 0.5
    shown = {one.setting.task for one in results(rows) if one.setting.matching == "parameters"} & set(GENERATED)
    assert len(drawn(STUDY.panels, rows)) == bool(shown)


def has(row: Run, wanted) -> bool:
    """Whether a row has all these values, or one of several."""
    return all(
        getattr(row, name) in value if isinstance(value, tuple) else getattr(row, name) == value
        for name, value in wanted.items()
    )
