"""The study of bandwidth: estimators on trains of known information, trains against the model, verdicts by hand."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import matplotlib.image
import numpy as np
import pytest
from scipy import stats
from statement_tables.bandwidth import table

from eval.recorder import Recorder
from eval.rows import of
from eval.studies.bandwidth import STUDY, known
from eval.studies.bandwidth.config import Config
from eval.studies.bandwidth.information import entropy, estimate, shuffled, words
from eval.studies.bandwidth.measure import calibrate, of_codes, of_trains, rounded
from eval.studies.bandwidth.networks import trains
from eval.studies.bandwidth.readings import known_cases, settings
from eval.studies.bandwidth.rows import RESPONSES, KnownCode, RectifiedNetwork, SpikingNetwork
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
    assert row["layer_spike_rate"] == pytest.approx((1 / 4 + 1 / 16) / 2)
    # Numbers that name the trains of a neuron tell what the trains do.
    found = of_codes(np.stack([words(first), words(second)], axis=1), classes, np.random.default_rng(0))
    assert found.class_bits == pytest.approx((2 + quarter) / 2, abs=0.01)
    assert found.entropy == pytest.approx(row["train_entropy"])
    assert found.coverage == 1


def judgements(rows):
    (verdict,) = STUDY.judge(rows, Config())
    return {one.statement: one for one in verdict.judgements}


def outcomes(rows):
    return {name: one.outcome for name, one in judgements(rows).items()}


TRAINS = [f"trains_{neuron}_{layer}" for neuron in ("if", "lif") for layer in ("first", "deeper")]
INFORMATION = ["timing_little", "timing_something", "activations"]


def test_trains_are_judged_at_the_most_steps_that_can_be_measured():
    rows = [
        replace(row, train_entropy=row.train_entropy + 1.0)
        if isinstance(row, SpikingNetwork) and row.time_steps == 8 and row.neuron == "if"
        else row
        for row in table(beyond=-0.5)
    ]
    found = judgements(rows)
    assert found["trains_if_first"].found == "At T = 8 whole trains carry 0.50 bits more than log2(T + 1)."
    assert found["trains_lif_first"].value == pytest.approx(-0.5)
    (rare,) = [
        row
        for row in of(rows, SpikingNetwork)
        if (row.neuron, row.time_steps, row.layer, row.training_seed) == ("if", 8, 1, 2)
    ]
    found = judgements([replace(row, train_coverage=0.94) if row is rare else row for row in rows])
    assert found["trains_if_first"].found == "At T = 4 whole trains carry 0.50 bits fewer than log2(T + 1)."
    assert (found["trains_if_first"].outcome, found["trains_if_deeper"].outcome) == ("holds", "fails")


def test_what_cannot_be_measured_is_open():
    found = outcomes(table(coverage=0.9))
    assert {found[name] for name in TRAINS} == {"undecided"}
    assert found["timing_little"] == "holds"
    found = judgements(table(control=0.06))
    assert {found[name].outcome for name in INFORMATION} == {"undecided"}
    assert found["timing_little"].value is None
    assert found["trains_if_first"].outcome == "holds"


def test_estimates_that_are_wrong_where_the_truth_is_known_decide_nothing():
    assert set(outcomes(table(off=0.04)).values()) == {"holds"}
    found = judgements(table(off=0.07))
    assert {found[name].outcome for name in (*TRAINS, *INFORMATION)} == {"undecided"}
    assert found["activations"].needed.startswith("estimates on trains of known bits")
    unchecked = [row for row in table() if not isinstance(row, KnownCode) or row.code != "rate"]
    found = outcomes(unchecked)
    assert {found[name] for name in INFORMATION} == {"undecided"}
    assert {found[name] for name in TRAINS} == {"holds"}


def test_one_network_decides_nothing():
    one = [row for row in table() if isinstance(row, KnownCode) or row.training_seed == 0]
    assert set(outcomes(one).values()) == {"not measured"}
    assert set(outcomes([]).values()) == {"not measured"}


def test_one_setting_in_which_timing_tells_of_the_class_is_enough():
    rows = [
        replace(row, train_class_bits=row.train_class_bits + 0.1)
        if isinstance(row, SpikingNetwork) and (row.neuron, row.time_steps, row.layer) == ("lif", 4, 2)
        else row
        for row in table()
    ]
    found = judgements(rows)["timing_little"]
    assert found.outcome == "fails"
    assert found.value == pytest.approx(0.11)


def test_the_intervals_of_the_four_kinds_of_trains_hold_together():
    # Bonferroni's quantile of Student's t of 2 degrees for four intervals is 8.86, in place of 4.30.
    width = stats.t.ppf(1 - 0.025 / 4, 2) * 0.1 / np.sqrt(3)
    found = judgements(table(beyond=-0.5, spread=0.1))["trains_if_first"]
    assert (found.low, found.high) == pytest.approx((-0.5 - width, -0.5 + width))
    # Alone, an interval of half the width would have decided.
    assert judgements(table(beyond=-0.75 * width, spread=0.1))["trains_if_first"].outcome == "undecided"
    assert judgements(table(beyond=-1.01 * width, spread=0.1))["trains_if_first"].outcome == "holds"


def test_trains_that_are_less_than_an_interval_below_the_threshold_are_open():
    """Each of eight intervals is below it by itself: then all are, as an intersection-union test has it."""
    # Student's t of 2 degrees is 4.30: half the interval is 4.30 · 0.01/√3 = 0.025.
    assert outcomes(table(timing=0.02, spread=0.01))["timing_little"] == "holds"
    assert outcomes(table(timing=0.03, spread=0.01))["timing_little"] == "undecided"
    # Simultaneous intervals reach 12.6 instead of 4.30 standard errors.
    assert outcomes(table(timing=0.1, spread=0.01))["timing_little"] == "undecided"
    assert outcomes(table(timing=0.13, spread=0.01))["timing_little"] == "fails"


def test_activations_are_those_of_the_last_layer():
    rows = [
        replace(row, class_bits=0.0) if isinstance(row, RectifiedNetwork) and row.layer == 1 else row
        for row in table(activation=0.9)
    ]
    found = judgements(rows)["activations"]
    assert found.outcome == "holds"
    assert found.value == pytest.approx(0.51 - 0.9)
    # Bias that may be left on either side widens the interval on that side.
    biased = [replace(row, control=0.04) if isinstance(row, RectifiedNetwork) else row for row in rows]
    wide = judgements(biased)["activations"]
    assert wide.low == pytest.approx(found.low)
    assert wide.high == pytest.approx(found.high + 0.04)


def test_bias_that_may_be_left_widens_the_interval():
    narrow, wide = (settings(table(timing=0.1, control=control))[0].timing.interval() for control in (0.0, 0.04))
    assert narrow.mean == pytest.approx(0.1)
    # Both controls are the same, so that they cancel where trains are compared with shuffled ones.
    assert wide == pytest.approx(narrow)
    rows = [replace(row, shuffled_control=0.3) for row in of(table(timing=0.1, control=0.04), SpikingNetwork)]
    counted = settings(rows)[0].timing.interval()
    assert (counted.low, counted.high) == pytest.approx((narrow.low - 0.04, narrow.high))


def test_the_figure_is_drawn(tmp_path):
    rows = table(beyond=0.1, timing=0.02)
    pixels = matplotlib.image.imread(STUDY.draw(rows, STUDY.judge(rows, Config()), tmp_path))[..., :3]
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
    rows = STUDY.run(small, Recorder(tmp_path / "rows.jsonl", STUDY.kinds, lambda sentence: None))
    found = settings(rows)
    assert [one.time_steps for one in found] == [2, 3]
    for one in found:
        for name in RESPONSES:
            assert all(row.read(name).entropy <= one.time_steps + 0.02 for row in one.rows)
        assert all(row.count_entropy <= one.bound + 0.02 for row in one.rows)
    assert all(case.measurable for case in known_cases(rows))
    assert [row.known for row in calibrate("driven", 2, 50, small)] == [1.0] * 4
    assert [(row.activation_bits, row.training_seed, row.layer) for row in of(rows, RectifiedNetwork)] == [
        (2, 0, 1), (2, 1, 1),
    ]  # fmt: skip
    verdicts = STUDY.judge(rows, small)
    found = {one.statement: one.outcome for one in verdicts[0].judgements}
    assert found["counts"] == "holds"
    assert [name for name, outcome in found.items() if outcome == "not measured"] == [
        "trains_if_first", "trains_if_deeper", "trains_lif_deeper", "activations",
    ]  # fmt: skip
    STUDY.draw(rows, verdicts, tmp_path)
