"""The study of energy: a small run, half tables, the figure and refusals."""

from __future__ import annotations

from dataclasses import replace

import matplotlib.image
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statement_tables.energy import CONFIG, NO_RATE, TABLES, break_even, several

from eval.energy import Setting
from eval.energy import break_even as break_even_rate
from eval.energy.trained_networks.rows import FloatingPoint, NetworkBill
from eval.recorder import Recorder
from eval.rows import of
from eval.studies.energy import STUDY, Config
from eval.studies.energy.rows import BreakEven, PublishedNumber
from training.errors import BadInput

SMALL = Config(
    hidden=(12,), seeds=2, steps=30, batch_size=32, weight_bits=(4,), activation_bits=(2,), time_steps=(5,),
    penalties=(0.0, 1.0), models=("yan2024", "compute_only"), hops=(1.0,), etas=(12.0,), map_steps=(1, 5),
)  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("energy") / "rows.jsonl"
    rows = STUDY.run(SMALL, Recorder(path, STUDY.kinds, lambda sentence: None))
    return rows, path


def test_a_small_study_trains_every_network(run):
    rows, path = run
    bills = of(rows, NetworkBill)
    kinds = ("quantised", "twin_synchronous", "twin_stepwise", "direct", "early_exit")
    expected = {(kind, penalty, seed) for kind in kinds for penalty in (0.0, 1.0) for seed in (0, 1)}
    assert {(row.kind, row.penalty, row.training_seed) for row in bills} == expected
    assert len(bills) == len(expected) * 2 * 2
    assert {(row.model, row.group) for row in bills} == {
        (model, group) for model in ("yan2024", "compute_only") for group in ("hidden", "whole")
    }
    assert len(of(rows, FloatingPoint)) == 2
    # Nothing is measured twice.
    again = STUDY.run(SMALL, Recorder(path, STUDY.kinds, lambda sentence: None))
    assert again == rows


def test_the_map_holds_the_published_break_even(run):
    rows, _ = run
    found = {row.time_steps: row for row in of(rows, BreakEven)}
    assert found[5].rate == pytest.approx(break_even_rate(Setting(5, 4)))
    assert found[5].rate == pytest.approx(0.0575, rel=0.02)
    for row in found.values():
        assert row.published_low <= row.inferred_low <= row.rate <= row.inferred_high <= row.published_high
    assert {row.name: row.published for row in of(rows, PublishedNumber)}["6.4% of versions 2 and 3"] == 0.064


def test_two_seeds_decide_nothing(run, tmp_path):
    rows, _ = run
    (verdict,) = STUDY.judge(rows, SMALL)
    outcomes = {one.statement: one.outcome for one in verdict.judgements}
    assert outcomes.pop("one_rate") in ("holds", "fails", "undecided")
    assert set(outcomes.values()) == {"not measured"}
    assert STUDY.draw(rows, [verdict], tmp_path).exists()


@settings(max_examples=40)
@given(data=st.data(), name=st.sampled_from(sorted(TABLES)), outcome=st.sampled_from(["holds", "fails", "undecided"]))
def test_half_a_table_is_judged_too(data, name, outcome):
    rows, config = TABLES[name][outcome]
    kept = [row for row in rows if data.draw(st.integers(0, 3))]
    assert len(STUDY.judge(kept, config)[0].judgements) == 7


def test_a_map_without_a_rate_is_far_from_every_rate(tmp_path):
    (verdict,) = STUDY.judge(NO_RATE, CONFIG)
    (judgement,) = [one for one in verdict.judgements if one.statement == "one_rate"]
    assert judgement.outcome == "fails"
    assert "below 0" in judgement.found


def test_the_figure_shows_map_ratios_and_bills(tmp_path):
    rows = [*several(0.5, 1.0, 2.0, rate=0.05), *(break_even(0.1 / steps, time_steps=steps) for steps in (1, 5, 10))]
    pixels = matplotlib.image.imread(STUDY.draw(rows, STUDY.judge(rows, CONFIG), tmp_path))[..., :3]
    assert 0.01 < np.mean(np.any(pixels < 0.95, axis=-1)) < 0.5
    assert all(panel.shown(rows) for panel in STUDY.panels)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"tasks": ()}, r"settings\.tasks is empty"),
        ({"models": ("snntorch",)}, r"settings\.models has snntorch, which is none of yan2024"),
        ({"models": ("bit_budget",)}, r"settings\.models=\['bit_budget'\] must contain yan2024"),
        ({"weight_bits": (0,)}, r"settings\.weight_bits has 0, which must be between 1 and 8"),
        ({"activation_bits": (17,)}, r"settings\.activation_bits has 17, which must be between 1 and 8"),
        ({"time_steps": (0,)}, r"settings\.time_steps has 0, which must be at least 1"),
        ({"hops": (-1.0,)}, r"settings\.hops has -1\.0, which must be 0 or more"),
        ({"etas": (0.0,)}, r"settings\.etas has 0\.0, which must be above 0"),
        ({"penalties": ()}, r"settings\.penalties is empty"),
        ({"seeds": 1}, r"settings\.seeds=1 must be at least 2"),
        ({"architecture": "small_conv"}, r"settings\.architecture=small_conv has no directly trained"),
    ],
)
def test_settings_out_of_range_are_refused(changes, sentence):
    with pytest.raises(BadInput, match=sentence):
        replace(SMALL, **changes)
