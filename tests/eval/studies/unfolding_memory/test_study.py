"""The study of unfolding: settings, plan, directions of gradients, verdicts from numbers made up, the figure."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import matplotlib.image
import numpy as np
import pytest
from omegaconf import OmegaConf

from eval.studies.unfolding_memory import STUDY, learning, memory
from eval.studies.unfolding_memory.config import Config
from eval.studies.unfolding_memory.findings import accuracy_difference, compared, growth, numbers_a_unit
from eval.studies.unfolding_memory.measure import ALL, FITTED, fitted, run
from eval.studies.unfolding_memory.models import GATED, LEAKY, ONLINE_RULES, RULES, SNN, TRANSFORMER
from eval.studies.unfolding_memory.verdict import verdicts
from eval.study import Recorder
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
    for layer, kept in (("whole", list(names)), ("hidden[0]", list(names)[:2]), ("readout", list(names)[2:])):
        one, other = (np.concatenate([tree[name].ravel() for name in kept]) for tree in (first, second))
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
    rows = learning.measure(learning.load("digits"), rule, TINY)
    return [{"part": "learning", "task": "digits", "rule": rule, **row} for row in rows]


def test_a_rule_is_trained_and_its_gradient_compared():
    rows = learned("sltt")
    accuracy = [row for row in rows if row["quantity"] == "accuracy"]
    assert len(accuracy) == 3 * 5
    assert {row["updates"] for row in accuracy} == {0, 20, 40, 60, 80}
    start, end = (np.mean([row["value"] for row in accuracy if row["updates"] == at]) for at in (0, 80))
    assert end > start + 0.2
    for moment in ("initial", "trained"):
        # What reaches the read-out's weights passes through no time; what reaches the others does.
        assert compared(rows, "cosine", "digits", "sltt", moment, "readout")[0] == pytest.approx(1, abs=1e-5)
        assert compared(rows, "norm_ratio", "digits", "sltt", moment, "readout")[0] == pytest.approx(1, abs=1e-4)
        assert compared(rows, "cosine", "digits", "sltt", moment, "hidden[0]")[0] < 0.9999
        assert compared(rows, "norm_ratio", "digits", "sltt", moment, "hidden[0]")[0] < 0.9


def test_an_exact_rule_has_the_exact_gradient():
    rows = learned("compact")
    for layer in ("whole", "hidden[0]", "readout"):
        assert compared(rows, "cosine", "digits", "compact", "trained", layer)[0] == pytest.approx(1, abs=1e-4)
        assert compared(rows, "norm_ratio", "digits", "compact", "trained", layer)[0] == pytest.approx(1, abs=1e-3)


POWERS = {"bptt": 1.0, "checkpointed": 0.5, "compact": 1.0, "sltt": 0.0, "ottt": 0.0, "backprop": 2.0}
FACTORS = {SNN: 600.0, LEAKY: 400.0, GATED: 1200.0, TRANSFORMER: 100.0}


def kept(model, rule, steps, powers=POWERS, factors=FACTORS):
    power = 1.0 if (model, rule) == (TRANSFORMER, "checkpointed") else powers[rule]
    return 5000.0 + factors[model] * (0.05 if rule == "compact" else 1.0) * (steps**power if power else 1.0)


def made_up(powers=None, factors=None, losses=None, seconds=1.0):
    """A table whose laws, and losses of accuracy in points, are known."""
    powers, factors = POWERS | (powers or {}), FACTORS | (factors or {})
    losses = {"sltt": 0.0, "ottt": 0.0} | (losses or {})
    rows = []
    for steps in (16, 64, 144, 400):
        for model, rule in ALL:
            plain, ratio = 1e-4 + 1e-5 * steps**seconds, 1.0 if rule == RULES[model][0] else 1.5
            rows.append(
                {
                    "part": "lengths",
                    "time_steps": steps,
                    "model": model,
                    "rule": rule,
                    "residual_bytes": kept(model, rule, steps, powers, factors),
                    "temp_bytes": 9000.0 + kept(model, rule, steps, powers, factors),
                    "argument_bytes": 1000.0 + 64 * steps,
                    "device_peak_bytes": None,
                    "device_peak_unavailable": "no count here",
                    "gradient_seconds": ratio * plain,
                    "seconds_to_plain": ratio,
                }
            )
    for width, depth in ((16, 2), (64, 1), (64, 2)):
        for model, rule in ((SNN, "bptt"), (SNN, "compact"), (LEAKY, "bptt"), (GATED, "bptt")):
            numbers = {SNN: 3.0, LEAKY: 2.0, GATED: 6.0}[model]
            place = {"part": "shapes", "model": model, "rule": rule, "width": width, "depth": depth}
            rows.append({**place, "bytes_a_step": numbers * 4 * 16 * width * depth})
    for rule in RULES[SNN]:
        place = {"part": "learning", "task": "digits", "rule": rule}
        for seed in range(4):
            for updates, value in ((0, 0.1), (200, 0.95 + 0.001 * seed - losses.get(rule, 0.0) / 100)):
                rows.append({**place, "quantity": "accuracy", "run": seed, "updates": updates, "value": value})
            for moment in ("initial", "trained"):
                for layer, value in (("whole", 0.5), ("hidden[0]", 0.9), ("readout", 1.0)):
                    value = value if rule in ONLINE_RULES else 1.0
                    row = {**place, "run": seed, "moment": moment, "layer": layer, "value": value}
                    rows += [{**row, "quantity": "cosine"}, {**row, "quantity": "norm_ratio"}]
    return rows + fitted(rows)


def test_the_fitted_rows():
    rows = made_up()
    law = growth(rows, SNN, "checkpointed", "residual_bytes")
    assert law is not None
    assert (law.exponent, law.low, law.high) == pytest.approx((0.5, 0.5, 0.5))
    assert len([row for row in rows if row["part"] == "fit"]) == len(ALL) * len(FITTED)
    assert growth(rows, SNN, "bptt", "device_peak_bytes") is None
    assert numbers_a_unit(rows, SNN, "bptt", 16) == pytest.approx([3.0] * 3)


def test_differences_of_accuracy_are_paired():
    rows = made_up(losses={"sltt": 3.0})
    assert accuracy_difference(rows, "digits", "sltt") == pytest.approx((-0.03, -0.03, -0.03))


def test_the_claim_is_conditional_where_others_pay_too_or_rules_get_around_it():
    (verdict,) = verdicts(made_up(), Config())
    assert verdict.verdict == "conditional"
    assert (verdict.effect, verdict.low, verdict.high) == pytest.approx((1, 1, 1))
    assert "It is recurrence that costs, not spiking" in verdict.statement
    assert "checkpointed (T^0.50 [0.50, 0.50])" in verdict.statement
    assert "compact (T^1.00 [1.00, 1.00], 0.05 of bptt's slope)" in verdict.statement
    assert "0.67 of the spiking network's bytes a step" in verdict.statement
    assert "1.5 of the seconds" in verdict.statement
    assert any("bptt yes, checkpointed yes, sltt yes, ottt yes" in condition for condition in verdict.conditions)
    assert any("no count here" in condition for condition in verdict.conditions)
    assert any("down to 0.5 of the exact size with sltt" in condition for condition in verdict.conditions)


NO_WAY_OUT: dict[str, Any] = {"powers": {"checkpointed": 1.0}, "losses": {"sltt": 5.0, "ottt": 5.0}}
CHEAP_TWINS: dict[str, Any] = {"factors": {LEAKY: 60.0, GATED: 120.0}}


def test_the_claim_is_supported_where_nothing_gets_around_it_and_spiking_alone_pays():
    (verdict,) = verdicts(made_up(**NO_WAY_OUT, **CHEAP_TWINS), Config())
    assert verdict.verdict == "supported"
    assert "do not pay as much" in verdict.statement
    assert "sltt -5.0 [-5.0, -5.0] points" in verdict.statement
    assert any("checkpointed no" in condition for condition in verdict.conditions)


@pytest.mark.parametrize(
    "changes",
    [
        NO_WAY_OUT,
        {**NO_WAY_OUT, "factors": {LEAKY: 60.0}},
        {**CHEAP_TWINS, "powers": {"checkpointed": 0.5}, "losses": {"sltt": 5.0, "ottt": 5.0}},
        {**CHEAP_TWINS, "powers": {"checkpointed": 1.0}, "losses": {"sltt": 5.0, "ottt": 0.0}},
        {**NO_WAY_OUT, **CHEAP_TWINS, "seconds": 0.4},
        {**NO_WAY_OUT, **CHEAP_TWINS, "powers": {"bptt": 1.2, "checkpointed": 1.0}},
    ],
    ids=["both twins pay", "one pays", "checkpoints", "an online rule", "seconds", "more than in proportion"],
)
def test_each_way_out_makes_it_conditional(changes):
    assert verdicts(made_up(**changes), Config())[0].verdict == "conditional"


def test_the_claim_is_refuted_where_memory_grows_more_slowly():
    assert verdicts(made_up(powers={"bptt": 0.5}), Config())[0].verdict == "refuted"


def test_the_figure_is_drawn(tmp_path):
    rows = made_up()
    path = STUDY.draw(rows, verdicts(rows, Config()), tmp_path)
    pixels = matplotlib.image.imread(path)[..., :3]
    assert path == tmp_path / "figure.png"
    assert 0.005 < np.mean(np.any(pixels < 0.95, axis=-1)) < 0.5


def test_every_point_is_measured_and_a_task_that_is_not_there_is_named(tmp_path, monkeypatch):
    lengths, trained = [], []

    def measure(pairs, sizes, *, repeats, seed):
        lengths.append((sizes.time_steps, {model for model, _ in pairs}))
        columns = ("temp_bytes", "argument_bytes", "gradient_seconds")
        traced = trace(pairs, sizes)
        return [
            {**row, **{name: kept(row["model"], row["rule"], sizes.time_steps) for name in columns}} for row in traced
        ]

    def trace(pairs, sizes):
        return [
            {"model": model, "rule": rule, "residual_bytes": sizes.width * kept(model, rule, sizes.time_steps)}
            for model, rule in pairs
        ]

    monkeypatch.setattr(memory, "measure", measure)
    monkeypatch.setattr(memory, "trace", trace)
    monkeypatch.setattr(learning, "measure", lambda task, rule, config: trained.append((task.name, rule)) or [])
    monkeypatch.setenv("GRADIENT_COST_DATA", str(tmp_path))
    config = Config(widths=(16, 64), depths=(1, 2))
    rows = run(config, Recorder(tmp_path / "rows.jsonl", announce=lambda _: None))
    assert [steps for steps, _ in lengths] == [16, 64, 144, 400, 2304]
    assert [TRANSFORMER in models for _, models in lengths] == [True] * 4 + [False]
    assert trained == [("digits", rule) for rule in RULES[SNN]]
    assert [row["reason"] for row in rows if row["part"] == "missing"] == [
        "braille is left out: braille/braille_events.npz is not in the data directory"
    ]
    shapes = {(row["width"], row["depth"]) for row in rows if row["part"] == "shapes"}
    assert shapes == {(16, 2), (64, 1), (64, 2)}
    by_hand = (64 * kept(SNN, "bptt", 1024) - 64 * kept(SNN, "bptt", 256)) / 768
    steps = [row["bytes_a_step"] for row in rows if row["part"] == "shapes" and row["rule"] == "bptt"]
    assert by_hand in steps
    law = growth(rows, SNN, "bptt", "residual_bytes")
    assert law is not None
    assert law.exponent == pytest.approx(1)
