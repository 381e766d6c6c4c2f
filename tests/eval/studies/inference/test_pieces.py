"""What the study is made of: budgets, repetitions, extrapolated accuracies and settings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statement_tables.inference import CONFIG, table

from eval.inference.budget import memory_bytes, prompt_flops, prompts_flops, training_factor
from eval.judgement import outcomes
from eval.rows import flat
from eval.statistics.intervals import student
from eval.studies.inference import STUDY
from eval.studies.inference.chains import extrapolated, is_trained
from eval.studies.inference.comparing import RATIOS, largest_within
from eval.studies.inference.config import SIZES, Config
from eval.studies.inference.models import Models, parts
from eval.studies.inference.repetitions import Measured, largest_of, over_repetitions, smallest_of
from eval.studies.inference.rows import StrategyResult
from eval.studies.inference.spending import Spent
from training.errors import BadInput

GROUPS = [np.array([True, True, False, False]), np.array([False, False, True, True])]


def spent(samples: int, flops: list[float], right: float) -> Spent:
    ones = np.ones(4)
    return Spent(
        "small", "beam", "verifier", 9, 1.0, np.full(4, samples), right * ones, np.array(flops), ones, ones
    )  # fmt: skip


def test_the_dearest_that_a_budget_buys_is_taken_for_each_complexity():
    few, many = spent(4, [1.0, 1.0, 5.0, 5.0], 0.3), spent(8, [2.0, 2.0, 9.0, 9.0], 0.6)
    budget = np.array([2.0, 2.0, 8.0, 8.0])
    found = largest_within([few, many], budget, GROUPS)
    assert found is not None
    assert found.samples.tolist() == [8, 8, 4, 4]
    assert found.right.tolist() == [0.6, 0.6, 0.3, 0.3]
    assert found.flops.tolist() == [2.0, 2.0, 5.0, 5.0]
    assert largest_within([few, many], np.array([2.0, 2.0, 4.0, 4.0]), GROUPS) is None


def test_budgets_grow_by_what_was_saved_in_training():
    assert [round(training_factor(SIZES, ratio), 2) for ratio in RATIOS] == [15.77, 63.37, 257.75]
    assert SIZES == 7 * 64**2 / (2 * 32**2)


def test_prompts_and_memory_are_charged_by_their_tokens(tmp_path):
    models = Models(CONFIG, "countdown", 0, tmp_path)
    config, spec = models.architecture("small"), models.task.spec
    found = prompts_flops(config, spec, np.array([[3, 9], [9, 1]]))
    assert found.tolist() == [[prompt_flops(config, spec, one) for one in row] for row in ([3, 9], [9, 1])]
    # Two blocks of width 32, keys and values of 4 bytes each.
    assert memory_bytes(config, np.array([10.0])).tolist() == [2 * 2 * 32 * 4 * 10]


@given(st.floats(0.5, 0.999), st.integers(1, 12))
def test_errors_that_add_up_leave_a_power_of_what_a_step_leaves(step, length):
    assert extrapolated([step**steps for steps in range(2, 7)], length) == pytest.approx(step**length, rel=1e-9)


def test_what_was_never_solved_is_not_extrapolated():
    assert extrapolated([0.9, 0.8, 0.0, 0.5, 0.4], 7) is None


def test_which_chains_were_trained():
    assert [is_trained("small", "DIRECT", 6), is_trained("small", "DIRECT", 7)] == [True, False]
    assert [is_trained("longer_prompts", "DIRECT", 12), is_trained("longer_prompts", "THINK", 7)] == [True, False]


def measured(value: float, half: float = 0.1) -> Measured:
    return Measured(value, value - half, value + half, 200)


def test_three_repetitions_make_the_interval_and_fewer_hold_theirs():
    assert over_repetitions([measured(0.1), measured(0.2), measured(0.4)]) == student([0.1, 0.2, 0.4])
    assert over_repetitions([measured(0.1)]) == pytest.approx((0.1, 0.0, 0.2))
    assert over_repetitions([measured(0.1), measured(0.3)]) == pytest.approx((0.2, 0.0, 0.4))
    with pytest.raises(ValueError, match="no repetition"):
        over_repetitions([])
    with pytest.raises(ValueError, match="smallest of nothing"):
        smallest_of([])


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=5))
def test_the_smallest_of_one_repetition_is_below_all_and_its_interval_no_narrower(values):
    found = smallest_of([[measured(one)] for one in values])
    assert found.mean == pytest.approx(min(values))
    assert found.low == pytest.approx(min(values) - 0.1)
    assert found.high >= min(values) + 0.1 - 1e-9
    turned = largest_of([[measured(-one)] for one in values])
    assert turned == pytest.approx((-found.mean, -found.high, -found.low))


def test_with_fewer_repetitions_no_model_has_won():
    found = outcomes(STUDY.judge(table(seeds=1), replace(CONFIG, seeds=1)))
    assert {outcome for name, outcome in found.items() if name.startswith("C11")} == {"undecided"}
    assert {outcome for name, outcome in found.items() if name.startswith("C12")} <= {"holds", "fails"}


def test_a_task_that_the_large_model_always_solves_compares_nothing():
    verdicts = STUDY.judge(table(large=0.97), CONFIG)
    (judgement,) = [one for one in verdicts[0].judgements if one.statement == "chain_majority"]
    assert judgement.outcome == "undecided"
    assert "5% to 95%" in judgement.needed


def test_what_was_found_is_said_first_and_the_checker_apart_from_the_verifier():
    gains = {"countdown_checker": 0.3, "countdown_optimal": -0.1, "chain_optimal": 0.2}
    searching, reasoning = STUDY.judge(table(gains), CONFIG)
    assert searching.context[:2] == (
        "With an exact checker, which bounds every selector, the small model solves 80.0% of countdown, and the large "
        "one, read greedily, 50.0%.",
        "With a learned verifier in the checker's place, its best strategies solve 10.0 points less on countdown and "
        "20.0 points more on chain than the large one.",
    )
    assert reasoning.context[:2] == (
        "The large model solves 10.0% of the chains that are one step longer than those it was trained on; if its "
        "errors only added up, it would solve 80%.",
        "By a learned verifier's best score, the best number of answers solves 50.0% of countdown, and all of them "
        "40.0%; with an exact checker more answers do no harm.",
    )


@given(st.integers(1, 128), st.integers(1, 1000), st.integers(1, 10_000))
def test_a_batch_is_cut_into_as_few_parts_as_fit(batch, features, most):
    found = parts(batch, features, most)
    fewer = [one for one in range(1, found) if batch % one == 0]
    assert batch % found == 0
    assert found == batch or batch // found * features <= most
    assert all(batch // one * features > most for one in fewer)


def test_the_pool_is_halved_down_to_one():
    assert Config(samples=64).numbers == (1, 2, 4, 8, 16, 32, 64)
    assert Config(samples=20).numbers == (1, 2, 4, 8, 16, 20)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"samples": 1}, "settings.samples=1 must be at least 10"),
        ({"temperatures": (0.0, 1.0)}, r"settings.temperatures=\[0.0, 1.0\] must list finite numbers above 0"),
        ({"width": 36}, "settings.width=36 must be divisible by twice settings.heads=4"),
        ({"beams": (4, 6)}, "must list multiples of 4"),
        ({"beams": (8, 4)}, "each larger than the one before"),
        ({"verifier_updates": (3,)}, "must list one number of at least 1 for each of"),
        ({"tasks": ("chain", "chain")}, "must list tasks, each once"),
        ({"samples": 5000}, "beyond the 4096 written at once"),
        ({"batch_size": 3}, "settings.batch_size=3 must be even: two chains are an example"),
        ({"features_at_once": 0}, "settings.features_at_once=0 must be at least 1"),
        ({"seeds": 0}, "settings.seeds=0 must be at least 1"),
        ({"attempts": -1}, "settings.attempts=-1 must be 0"),
        ({"pretrained_samples": 1}, "settings.pretrained_samples=1 must be at least 2"),
        ({"small_rate": 0.0}, "settings.small_rate=0.0 must be positive"),
        ({"verifier_problems": (), "verifier_updates": ()}, "must list at least one number"),
    ],
)
def test_settings_out_of_range_are_refused(settings, sentence):
    with pytest.raises(BadInput, match=sentence):
        Config(**settings)


def test_a_figure_is_drawn_of_whatever_there_is(tmp_path):
    rows = table()
    assert STUDY.draw(rows, STUDY.judge(rows, CONFIG), tmp_path).stat().st_size > 10_000
    rows += [
        StrategyResult(
            task=task, training_seed=0, complexity=3, model=model, strategy=strategy, selector=selector,
            verifier=verifier, samples=samples, temperature=1.0, problems=100, accuracy=0.3, low=0.2, high=0.4,
            inference_flops=1e6 * samples, tokens=9.0 * samples, memory_bytes=1e4,
        )
        for task in ("countdown", "chain")
        for model, strategy, selector, verifier, samples in (
            ("small", "greedy", None, None, 1), ("large", "greedy", None, None, 1),
            ("small", "sampling", "majority", None, 1), ("small", "sampling", "verifier", 6000, 4),
            ("small", "sampling", "weighted", 24000, 4), ("small", "beam", "verifier", 24000, 4),
        )
    ]  # fmt: skip
    assert STUDY.draw(rows, STUDY.judge(rows, CONFIG), tmp_path).stat().st_size > 10_000
    for panel in STUDY.panels:
        assert panel.shown(rows)
    assert STUDY.read([flat(row) for row in rows]) == rows
