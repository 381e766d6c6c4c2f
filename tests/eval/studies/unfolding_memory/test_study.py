"""The study of unfolding: settings, plan, directions of gradients, outcomes from numbers made up, the figure."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import matplotlib.image
import numpy as np
import pytest
from omegaconf import OmegaConf
from scipy import stats
from statement_tables.unfolding_memory import kept, misled, scattered, table

from eval.judgement import Judgement
from eval.recorder import Recorder
from eval.rows import Row, of
from eval.studies.unfolding_memory import STUDY, learning, memory
from eval.studies.unfolding_memory.circumstances import MOMENTS
from eval.studies.unfolding_memory.config import Config
from eval.studies.unfolding_memory.findings import (
    FITTED,
    accuracy_difference,
    cosine,
    growth,
    norm_ratio,
    numbers_a_unit,
)
from eval.studies.unfolding_memory.measure import ALL, run
from eval.studies.unfolding_memory.models import GATED, LEAKY, RULES, SNN, TRANSFORMER
from eval.studies.unfolding_memory.rows import Accuracy, Gradient, Law, MissingTask, OfRule, Shape, Trace
from training.errors import BadInput


def settings(path) -> dict[str, Any]:
    loaded = OmegaConf.to_container(OmegaConf.load(path))
    assert isinstance(loaded, dict)
    return {str(key): value for key, value in loaded.items()}


def test_the_yaml_has_every_field_and_quick_is_the_default():
    folder = Path(__file__).parents[4] / "scripts" / "conf" / "settings" / "unfolding_memory"
    quick, full = (settings(folder / f"{name}.yaml") for name in ("quick", "full"))
    defaults = {k: list(v) if isinstance(v, tuple) else v for k, v in dataclasses.asdict(Config()).items()}
    del defaults["seed"]
    assert quick == defaults
    assert set(full) == set(defaults)
    converted: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in full.items()}
    assert Config(**converted).time_steps == tuple(full["time_steps"])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"seed": -1}, r"seed=-1 must be 0 or more"),
        ({"batch": 0}, r"settings\.batch=0 must be at least 1"),
        ({"time_steps": (16, 64, 64, 256)}, r"settings\.time_steps=\[16, 64, 64, 256\] must be at least 4 different"),
        ({"traced_steps": (0,)}, r"settings\.traced_steps=\[0\] must be .* each at least 1"),
        ({"transformer_steps": 100}, r"settings\.transformer_steps=100 leaves 2 of settings\.time_steps"),
        ({"width": 6}, r"settings\.width=6 .* must be multiples of 4"),
        ({"tasks": ("mnist",)}, r"settings\.tasks=\['mnist'\] must name at least one of digits, braille"),
        ({"tasks": ()}, r"settings\.tasks=\[\] must name at least one"),
        ({"updates": 10}, r"settings\.updates=10 must be a multiple of 4"),
        ({"learning_rate": 0.0}, r"settings\.learning_rate=0\.0 must be positive"),
        ({"seeds": 2}, r"settings\.seeds=2 must be at least 3"),
    ],
)
def test_settings_out_of_range_are_refused(changes, sentence):
    with pytest.raises(BadInput, match=sentence):
        Config(**changes)


def test_cosine_and_norm_of_each_layer():
    random = np.random.default_rng(0)
    names = {
        "hidden[0].connection.weight": (3, 2),
        "hidden[0].neuron.leak.logit": (2,),
        "readout_connection.bias": (2,),
    }
    first, second = ({name: random.normal(size=shape) for name, shape in names.items()} for _ in range(2))
    found = learning.compared_by_layer(*({k: jnp.asarray(v) for k, v in one.items()} for one in (first, second)))
    assert set(found) == {"whole", "hidden[0]", "readout"}
    for layer, its in (("whole", list(names)), ("hidden[0]", list(names)[:2]), ("readout", list(names)[2:])):
        one, other = (np.concatenate([tree[name].ravel() for name in its]) for tree in (first, second))
        norms = np.linalg.norm(one), np.linalg.norm(other)
        assert float(found[layer][0]) == pytest.approx(one @ other / (norms[0] * norms[1]), abs=1e-5)
        assert float(found[layer][1]) == pytest.approx(norms[0] / norms[1], rel=1e-5)


def test_a_gradient_that_vanishes_has_no_direction():
    zero, one = {"readout.x": jnp.zeros(2)}, {"readout.x": jnp.ones(2)}
    assert [float(value) for value in learning.compared_by_layer(zero, one)["whole"]] == [0, 0]
    assert [float(value) for value in learning.compared_by_layer(one, zero)["whole"]] == [0, 0]


TINY = Config(
    width=8, depth=1, image_steps=8, block_steps=4, updates=80, learning_batch=16, cosine_examples=16, seeds=3
)


def learned(rule):
    return learning.measure(learning.load("digits"), rule, TINY)


def test_a_rule_is_trained_and_its_gradient_compared():
    rows = learned("sltt")
    accuracy = of(rows, Accuracy)
    assert len(accuracy) == 3 * 5
    assert {row.updates for row in accuracy} == {0, 20, 40, 60, 80}
    start, end = (np.mean([row.test_accuracy for row in accuracy if row.updates == at]) for at in (0, 80))
    assert end > start + 0.2
    for moment in MOMENTS:
        # What reaches the read-out's weights passes through no time; what reaches the others does.
        assert cosine(rows, "digits", "sltt", moment, "readout")[0] == pytest.approx(1, abs=1e-5)
        assert norm_ratio(rows, "digits", "sltt", moment, "readout")[0] == pytest.approx(1, abs=1e-4)
        assert cosine(rows, "digits", "sltt", moment, "hidden[0]")[0] < 0.9999
        assert norm_ratio(rows, "digits", "sltt", moment, "hidden[0]")[0] < 0.9


def test_an_exact_rule_has_the_exact_gradient():
    rows = learned("compact")
    for layer in ("whole", "hidden[0]", "readout"):
        assert cosine(rows, "digits", "compact", "trained", layer)[0] == pytest.approx(1, abs=1e-4)
        assert norm_ratio(rows, "digits", "compact", "trained", layer)[0] == pytest.approx(1, abs=1e-3)


def judged(rows: list[Row]) -> dict[str, Judgement]:
    (verdict,) = STUDY.judge(rows, Config())
    return {one.statement: one for one in verdict.judgements}


def test_the_laws():
    rows = table()
    law = growth(rows, SNN, "checkpointed", "residual_bytes")
    assert law is not None
    assert (law.exponent, law.low, law.high) == pytest.approx((0.5, 0.5, 0.5))
    (stored,) = (
        row
        for row in of(rows, Law)
        if (row.model, row.differentiation, row.quantity) == (SNN, "checkpointed", "residual_bytes")
    )
    assert stored.exponent == law.exponent
    assert len(of(rows, Law)) == len(ALL) * len(FITTED)
    assert growth(rows, SNN, "bptt", "device_peak_bytes") is None
    assert growth([replace(row, residual_bytes=0) for row in of(rows, Gradient)], SNN, "bptt", "residual_bytes") is None
    assert numbers_a_unit(rows, SNN, "bptt", 16) == pytest.approx([3.0] * 3)


def test_differences_of_accuracy_are_paired_and_hold_together():
    found = accuracy_difference(table(losses={"sltt": 3.0}), "digits", "sltt")
    assert found == pytest.approx((-0.03, -0.03, -0.03))
    rows = table(losses={"sltt": scattered})
    one, four = (accuracy_difference(rows, "digits", "sltt", comparisons) for comparisons in (1, 4))
    assert one is not None
    assert four is not None
    ratio = stats.t.ppf(1 - 0.05 / 8, 3) / stats.t.ppf(0.975, 3)
    assert (four.high - four.mean) / (one.high - one.mean) == pytest.approx(ratio)
    alone = [row for row in rows if getattr(row, "training_seed", 0) == 0]
    assert accuracy_difference(alone, "digits", "sltt") is None


@pytest.mark.parametrize(
    ("changes", "outcomes"),
    [
        ({}, {}),
        ({"powers": {"bptt": 1.5}}, {}),
        ({"powers": {"bptt": 0.9}}, {"bytes": "fails", "without_spikes": "fails"}),
        ({"powers": {"GRU, bptt": 0.9}}, {"without_spikes": "fails"}),
        ({"factors": {GATED: 60.0}}, {"without_spikes": "fails"}),
        ({"powers": {"checkpointed": 0.7}}, {"checkpointing": "fails"}),
        ({"powers": {"checkpointed": 0.2}}, {}),
        ({"temporary": 0.5}, {"online_bytes": "fails"}),
        ({"temporary": 1.0}, {"online_bytes": "fails", "checkpointing": "fails"}),
        ({"powers": {"sltt": 0.3}}, {"online_bytes": "fails"}),
        ({"losses": {"sltt": 5.0}}, {}),
        ({"losses": {"sltt": 1.9, "ottt": 5.0}}, {}),
        ({"losses": {"sltt": 2.1, "ottt": 2.1}}, {"online_accuracy": "fails"}),
        ({"seconds": 0.7}, {"seconds": "fails"}),
        ({"seconds": 2.0}, {}),
    ],
)
def test_each_statement_rests_on_its_own_numbers(changes, outcomes):
    assert {name: one.outcome for name, one in judged(table(**changes)).items() if one.outcome != "holds"} == outcomes


def test_what_one_step_costs_more_changes_the_verdict_whatever_law_is_stored():
    rows = table()
    cheaper = [
        replace(row, residual_bytes=row.residual_bytes / 100)
        if isinstance(row, Gradient) and (row.model, row.differentiation) == (LEAKY, "bptt")
        else row
        for row in rows
    ]
    before, after = judged(rows)["without_spikes"], judged(cheaper)["without_spikes"]
    assert (before.outcome, before.value) == ("holds", pytest.approx(400 / 600))
    assert (after.outcome, after.value) == ("fails", pytest.approx(4 / 600))


def test_temporary_bytes_that_no_backend_tells_leave_it_open():
    rows = [replace(row, temp_bytes=None) if isinstance(row, Gradient) else row for row in table()]
    found = judged(rows)
    assert (found["checkpointing"].outcome, found["online_bytes"].outcome) == ("undecided", "undecided")
    assert found["bytes"].outcome == "holds"


def test_one_rule_must_hold_on_every_task():
    # One rule loses on the one task, the other on the other.
    rows = [
        *table(losses={"sltt": 5.0}),
        *(row for row in table(tasks=("braille",), losses={"ottt": 5.0}) if isinstance(row, OfRule)),
    ]
    assert judged(rows)["online_accuracy"].outcome == "fails"
    missing = [
        row
        for row in table(tasks=("digits", "braille"))
        if not (isinstance(row, OfRule) and (row.task, row.differentiation) == ("braille", "ottt"))
    ]
    assert judged(missing)["online_accuracy"].outcome == "holds"
    assert "sltt" in judged(missing)["online_accuracy"].found
    lossy = [
        *(row for row in table(losses={"sltt": 5.0})),
        *(row for row in table(tasks=("braille",)) if _of_rule(row, "bptt", "sltt")),
    ]
    assert judged(lossy)["online_accuracy"].outcome == "undecided"


def _of_rule(row: Row, *rules: str) -> bool:
    return isinstance(row, OfRule) and row.differentiation in rules


def test_exact_rules_are_a_negative_control():
    """Where rules of the same gradient differ in accuracy, or none was trained, a difference is no sign of a rule."""
    for losses in ({"compact": 5.0}, {"checkpointed": lambda run: (9.0, -9.0, 9.0, -9.0)[run]}):
        found = judged(table(losses=losses))["online_accuracy"]
        assert found.outcome == "undecided"
        assert "same gradient" in found.needed
    assert "exact rules are within" in judged(table())["online_accuracy"].found


def test_what_decides_nothing_is_said_beside_it():
    (verdict,) = STUDY.judge(misled(table()), Config())
    assert "At T = 400, checkpointed keeps 0.069 of the bytes of bptt, in 1.5 of its seconds." in verdict.context
    assert "On digits, sltt differs from bptt by +0.0 to +0.0 points of accuracy (95% interval)." in verdict.context
    assert any("gradient to the exact one is 0.50 before" in sentence for sentence in verdict.context)
    assert any("keeps 3.0 to 3.0 numbers per neuron" in sentence for sentence in verdict.context)
    assert any("no count here" in condition for condition in verdict.conditions)
    assert any("down to 0.5 of the exact size with sltt" in condition for condition in verdict.conditions)
    assert any("64 bytes per step of arguments" in condition for condition in verdict.conditions)


def test_the_figure_is_drawn(tmp_path):
    rows = table()
    path = STUDY.draw(rows, STUDY.judge(rows, Config()), tmp_path)
    pixels = matplotlib.image.imread(path)[..., :3]
    assert path == tmp_path / "figure.png"
    assert 0.005 < np.mean(np.any(pixels < 0.95, axis=-1)) < 0.5


def test_every_point_is_measured_and_a_task_that_is_not_there_is_named(tmp_path, monkeypatch):
    lengths, trained = [], []

    def measure(pairs, sizes, *, repeats, seed):
        lengths.append((sizes.time_steps, {model for model, _ in pairs}))
        return [
            Gradient(
                **{one.name: getattr(row, one.name) for one in dataclasses.fields(row)}, parameters=1, input_bytes=1,
                temp_bytes=expected, argument_bytes=expected, device_peak_bytes=None, device_peak_unavailable="none",
                compile_seconds=1.0, gradient_seconds=expected, seconds_to_plain=1.0,
            )
            for row in trace(pairs, sizes)
            for expected in (kept(row.model, row.differentiation, sizes.time_steps),)
        ]  # fmt: skip

    def trace(pairs, sizes):
        return [
            Trace(
                model=model, differentiation=rule, time_steps=sizes.time_steps, width=sizes.width, depth=sizes.depth,
                residual_bytes=sizes.width * kept(model, rule, sizes.time_steps),
            )
            for model, rule in pairs
        ]  # fmt: skip

    monkeypatch.setattr(memory, "measure", measure)
    monkeypatch.setattr(memory, "trace", trace)
    monkeypatch.setattr(learning, "measure", lambda task, rule, config: trained.append((task.name, rule)) or [])
    monkeypatch.setenv("GRADIENT_COST_DATA", str(tmp_path))
    config = Config(widths=(16, 64), depths=(1, 2))
    rows = run(config, Recorder(tmp_path / "rows.jsonl", announce=lambda _: None, kinds=STUDY.kinds))
    assert [steps for steps, _ in lengths] == [16, 64, 144, 400, 2304]
    assert [TRANSFORMER in models for _, models in lengths] == [True] * 4 + [False]
    assert trained == [("digits", rule) for rule in RULES[SNN]]
    assert [row.reason for row in of(rows, MissingTask)] == [
        "braille is left out: braille/braille_events.npz is not in the data directory"
    ]
    shapes = {(row.width, row.depth) for row in of(rows, Shape)}
    assert shapes == {(16, 2), (64, 1), (64, 2)}
    by_hand = (64 * kept(SNN, "bptt", 1024) - 64 * kept(SNN, "bptt", 256)) / 768
    steps = [row.bytes_per_step for row in of(rows, Shape) if row.differentiation == "bptt"]
    assert by_hand in steps
    law = growth(rows, SNN, "bptt", "residual_bytes")
    assert law is not None
    assert law.exponent == pytest.approx(1)
