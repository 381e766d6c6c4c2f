"""The study of bandwidth: estimators on trains of known information, trains against the model, verdicts by hand."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import matplotlib.image
import numpy as np
import pytest

from eval.recorder import Recorder
from eval.studies.bandwidth import STUDY, known
from eval.studies.bandwidth.config import Config
from eval.studies.bandwidth.information import entropy, estimate, shuffled, words
from eval.studies.bandwidth.measure import RESPONSES, calibrate, of_trains, rounded
from eval.studies.bandwidth.networks import trains
from eval.studies.bandwidth.verdict import known_cases, settings
from paradigms import snn
from paradigms.interface import Spec
from training.errors import BadInput


def test_entropy_of_few_throws_of_a_fair_die_is_right_on_average():
    random = np.random.default_rng(0)
    draws = [entropy(np.unique(random.integers(0, 64, 150), return_counts=True)[1]) for _ in range(400)]
    # The frequencies themselves, put into Shannon's formula, would give 5.6.
    assert np.mean(draws) == pytest.approx(6.0, abs=0.05)


def test_entropy_by_hand():
    # G(1) = -γ - ln 2 and G(2) = 2 - γ - ln 2 (Grassberger 2003, equation 34).
    constant = -np.euler_gamma - np.log(2)
    expected = (np.log(3) - (constant + 2 * (2 + constant)) / 3) / np.log(2)
    assert entropy(np.array([1, 2])) == pytest.approx(expected)


@pytest.mark.parametrize(("code", "steps"), [("rate", 4), ("timing", 4), ("timing", 6)])
def test_information_of_a_known_code(code, steps):
    random = np.random.default_rng(1)
    drawn = known.CLASS_CODES[code](steps, random)
    count_bits, train_bits = drawn.bits()
    assert train_bits == pytest.approx(count_bits) if code == "rate" else train_bits > count_bits + 0.05
    found = {name: [] for name in RESPONSES}
    for _ in range(12):
        train, classes = drawn.draw(6000, random)
        codes = (train.sum(axis=0), words(train), words(shuffled(train, random)))
        for name, response in zip(RESPONSES, codes, strict=True):
            found[name].append(estimate(response, classes, random))
    for name, bits in (("count", count_bits), ("train", train_bits), ("shuffled", count_bits)):
        values = np.array([one.class_bits for one in found[name]])
        controls = np.array([one.control for one in found[name]])
        assert abs(values.mean() - bits) < 4.5 * values.std(ddof=1) / np.sqrt(12) + abs(controls.mean())
        assert abs(controls.mean()) < 0.01


def test_known_bits_against_direct_sums():
    code = known.ClassCode(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]))
    # Four classes, each with a train of its own: 2 bits; the counts 0, 1, 1, 2 have 1.5.
    assert code.bits() == pytest.approx((1.5, 2.0))
    # Drives in [0, 1) and 2 steps: no spike below 1/2, then one, at the second step.
    assert known.driven_bits(2) == pytest.approx((1.0, 1.0))
    np.testing.assert_array_equal(known.driven_trains(np.array([0.4, 0.6]), 2), [[0, 0], [0, 1]])
    train = known.driven_trains(np.random.default_rng(0).uniform(size=200_000), 8)
    for response, bits in zip((train.sum(axis=0), words(train)), known.driven_bits(8), strict=True):
        assert entropy(np.unique(response, return_counts=True)[1]) == pytest.approx(bits, abs=0.01)


def test_trains_are_shuffled_within_a_trial():
    train = np.random.default_rng(0).integers(0, 2, (6, 500))
    mixed = shuffled(train, np.random.default_rng(1))
    np.testing.assert_array_equal(mixed.sum(axis=0), train.sum(axis=0))
    assert np.any(mixed != train)
    assert words(np.array([[1, 0], [0, 1], [1, 0]])).tolist() == [5, 2]


def test_activations_are_rounded_to_each_neuron_s_range():
    codes = rounded(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [0.9, 0.0]]), 2)
    assert codes.tolist() == [[0, 0], [2, 0], [3, 0], [1, 0]]


def test_trains_are_those_of_the_model():
    spec = Spec(jax.ShapeDtypeStruct((3, 3, 1), np.float32), "classification", 2)
    model = snn.build(snn.Config(hidden=(5, 4), time_steps=6, encoding="rate", block_steps=6), spec)
    key = jax.random.key(1)
    params = model.init(jax.random.key(0)).params
    params = {name: 2 * value if name.endswith("weight") else value for name, value in params.items()}
    inputs = jax.random.uniform(jax.random.key(2), (7, 3, 3, 1))
    layers = trains(model, params, inputs, key)
    telemetry = model.apply(params, {}, inputs, key=key, train=False).telemetry
    for index, layer in enumerate(layers):
        assert set(np.unique(layer)) == {0.0, 1.0}
        assert float(jnp.mean(layer)) == pytest.approx(float(telemetry[f"spike_rate_layer_{index}"]))


def test_bits_of_a_layer_by_hand():
    # Four classes and two neurons: one fires at step = class, one only in class 0.
    classes = np.arange(4000) % 4
    first = (np.arange(4)[:, None] == classes).astype(int)
    second = np.zeros_like(first)
    second[0] = classes == 0
    row = of_trains(np.stack([first, second], axis=-1), classes, np.random.default_rng(0))
    quarter = 2 - 0.75 * np.log2(3)
    assert row["train_class_bits"] == pytest.approx((2 + quarter) / 2, abs=0.01)
    assert row["count_class_bits"] == pytest.approx(quarter / 2, abs=0.01)
    assert row["shuffled_class_bits"] == pytest.approx(quarter / 2, abs=0.01)
    assert row["most_train_entropy"] == pytest.approx(2, abs=0.01)
    assert row["share_above_bound"] == 0
    assert row["spike_rate"] == pytest.approx((1 / 4 + 1 / 16) / 2)


def made_up(train_entropy, timing, control=0.0, coverage=1.0):
    """Rows of 3 networks for T = 4 and 8, each off by a little."""
    rows = []
    for steps in (4, 8):
        for seed in range(3):
            off = 0.001 * seed
            row = {
                "part": "spiking",
                "neuron": "if",
                "encoding": "direct",
                "time_steps": steps,
                "training_seed": seed,
                "layer": 1,
                "test_accuracy": 0.9,
                "share_above_bound": 0.5,
            }
            for name in RESPONSES:
                row[f"{name}_entropy"] = train_entropy * np.log2(steps + 1) + off
                row[f"{name}_coverage"] = coverage
                row[f"{name}_class_bits"] = 0.5 + off + (timing if name == "train" else 0)
                row[f"{name}_control"] = control if name != "count" else 0.0
            rows.append(row)
    for repeat in range(3):
        base = {"part": "known", "code": "rate", "response": "train", "time_steps": 4, "trials": 9, "repeat": repeat}
        rows.append({**base, "known": 1.0, "estimate": 1 + 0.01 * (repeat - 1), "control": 0.01, "coverage": 1.0})
    for seed in range(2):
        relu = {"bits": 4, "training_seed": seed, "layer": 1, "entropy": 2.0, "class_bits": 0.6, "control": 0.0}
        rows.append({"part": "rectified", **relu})
    return rows


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (made_up(0.8, 0.01), "supported"),
        (made_up(1.2, 0.2), "refuted"),
        (made_up(0.8, 0.2), "conditional"),
        (made_up(0.8, 0.01, control=0.2), "not measured here"),
        (made_up(0.8, 0.01, coverage=0.5), "not measured here"),
    ],
)
def test_the_verdict_follows_the_numbers(table, expected):
    (verdict,) = STUDY.verdicts(table, Config())
    assert verdict.verdict == expected
    if verdict.effect is not None:
        assert verdict.low <= verdict.effect <= verdict.high
        assert "on 1 kinds of generated trains" in verdict.conditions[1]


def test_bias_that_may_be_left_widens_the_interval():
    (narrow, _), (wide, _) = (settings(made_up(0.8, 0.1, control=control)) for control in (0.0, 0.04))
    assert narrow.timing.mean == pytest.approx(0.1)
    # Both controls are the same, so that they cancel where trains are compared with shuffled ones.
    assert wide.timing.mean == pytest.approx(0.1)
    rows = [{**row, "shuffled_control": 0.3} for row in made_up(0.8, 0.1, control=0.04) if row["part"] == "spiking"]
    counted = settings(rows)[0].timing
    assert (counted.low, counted.high) == pytest.approx((0.06, 0.1))


def test_the_figure_is_drawn(tmp_path):
    rows = made_up(1.1, 0.02)
    pixels = matplotlib.image.imread(STUDY.draw(rows, STUDY.verdicts(rows, Config()), tmp_path))[..., :3]
    assert 0.005 < np.mean(np.any(pixels < 0.95, axis=-1)) < 0.5


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"time_steps": (4, 2)}, r"settings\.time_steps=\[4, 2\] must be ascending numbers from 1 to 30"),
        ({"neurons": ()}, r"settings\.neurons is empty: give at least one"),
        ({"seeds": 1}, r"settings\.seeds=1 must be at least 2 for an interval"),
        ({"hidden": ()}, r"settings\.hidden=\[\] must list at least one layer"),
    ],
)
def test_settings_out_of_range_are_refused(changes, sentence):
    with pytest.raises(BadInput, match=sentence):
        Config(**changes)


def test_a_small_study_runs(tmp_path):
    small = replace(
        Config(), neurons=("lif",), encodings=("direct",), time_steps=(2, 3), hidden=(6,), seeds=2, steps=20,
        activation_bits=(2,), repeats=2,
    )  # fmt: skip
    rows = STUDY.run(small, Recorder(tmp_path / "rows.jsonl", lambda sentence: None))
    found = settings(rows)
    assert [one.time_steps for one in found] == [2, 3]
    for one in found:
        for name in RESPONSES:
            assert (one.column(f"{name}_entropy") <= one.time_steps + 0.02).all()
        assert (one.column("count_entropy") <= one.bound + 0.02).all()
    assert all(case.measurable for case in known_cases(rows))
    assert [row["known"] for row in calibrate("driven", 2, 50, small)] == [1.0] * 4
    verdicts = STUDY.verdicts(rows, small)
    assert verdicts[0].verdict in ("supported", "conditional", "refuted")
    STUDY.draw(rows, verdicts, tmp_path)
