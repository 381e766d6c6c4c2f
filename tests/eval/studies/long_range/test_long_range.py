"""The study of long-range dependencies: its generators, its models against NumPy, and verdicts by hand."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import matplotlib.image
import numpy as np
import pytest
from scipy import stats
from statement_tables.long_range import CONFIG, LONGEST, SHORTEST, table

from eval.recorder import Recorder
from eval.studies.long_range import STUDY
from eval.studies.long_range.config import Config
from eval.studies.long_range.models import MODELS, REFERENCE, TimeConstants, matched_width, state_space
from eval.studies.long_range.tasks import adding, long_task, recall
from eval.studies.long_range.training import DEFAULT, OF_THE_LAG
from eval.studies.long_range.verdict import bridges, results
from training.errors import BadInput

CONSTANT = TimeConstants(jnp.asarray(5.0), jnp.asarray(20.0))


def test_recall_shows_one_symbol_once_at_its_lag():
    inputs, targets = recall(jax.random.key(0), jnp.asarray(6), batch=40, time_steps=12, window=2, symbols=5)
    assert inputs.shape == (12, 40, 6)
    shown = np.asarray(inputs[..., :5])
    assert shown.sum() == 40
    np.testing.assert_array_equal(shown[12 - 2 - 6].argmax(axis=-1), targets)
    assert shown[12 - 2 - 6].sum() == 40
    np.testing.assert_array_equal(inputs[:, 0, 5], [0] * 10 + [1] * 2)
    assert len(np.unique(targets)) == 5


def test_adding_marks_two_numbers_the_first_at_its_lag():
    inputs, targets = adding(jax.random.key(0), jnp.asarray(5), batch=300, time_steps=12, window=2)
    numbers, marks = np.asarray(inputs[..., 0]), np.asarray(inputs[..., 1])
    np.testing.assert_array_equal(marks.sum(axis=0), 2)
    np.testing.assert_array_equal(marks[5], 1)
    # The other anywhere from the next step to the last before the answer.
    assert set(np.nonzero(marks.sum(axis=1))[0]) == set(range(5, 10))
    np.testing.assert_allclose(targets, (numbers * marks).sum(axis=0), rtol=1e-6)
    assert (numbers.min() >= 0) & (numbers.max() <= 1)


def test_scores_are_nought_at_chance_and_one_for_the_truth():
    task = long_task("adding", Config(held_out=20_000))
    _, targets = task.draw(jax.random.key(1), jnp.asarray(4), None, "test")
    assert float(task.score(targets[:, None], targets)) == 1
    # A constant answer of 1: six times the sample's variance, whose standard error is below 0.01.
    assert float(task.score(jnp.ones((20_000, 1)), targets)) == pytest.approx(0, abs=0.04)
    symbols = long_task("recall", Config(symbols=4))
    answers = jax.nn.one_hot(jnp.zeros(8, int), 4)
    assert float(symbols.score(answers, jnp.zeros(8, int))) == 1
    assert float(symbols.score(answers, jnp.array([0, 0, 1, 1, 2, 2, 3, 3]))) == pytest.approx(0, abs=1e-6)


def test_images_are_read_in_order():
    task = long_task("digits", Config(window=2, order="rows"))
    inputs, targets = task.draw(jax.random.key(0), jnp.asarray(0), None, "test")
    assert inputs.shape == (10, 256, 9)
    pixels, same = long_task("digits", Config(window=2, order="pixels")).draw(
        jax.random.key(0), jnp.asarray(0), None, "test"
    )
    np.testing.assert_array_equal(pixels[:64, :, 0].reshape(8, 8, 256), np.moveaxis(inputs[:8, :, :8], 2, 1))
    np.testing.assert_array_equal(targets, same)
    assert not np.any(inputs[8:, :, :8])
    np.testing.assert_array_equal(inputs[:, 0, 8], [0] * 8 + [1, 1])


def layer(name, inputs=3, width=4):
    model = MODELS[name]
    params = model.init_layer(jax.random.key(5), inputs, width, CONSTANT)
    x = 2 * jax.random.normal(jax.random.key(6), (30, 2, inputs))
    return params, x, np.asarray(model.layer(params, x))


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


@pytest.mark.parametrize("name", ["leaky, spikes", "leaky, continuous", "adaptive, spikes", "recurrent, spikes"])
def test_leaky_layers_against_numpy(name):
    params, x, found = layer(name)
    currents = np.asarray(x, float) @ np.asarray(params["input"]["weight"], float)
    a, b = np.exp(-1 / 5), np.exp(-1 / 20)
    v, spikes, adaptation = np.zeros((2, 4)), np.zeros((2, 4)), np.zeros((2, 4))
    for step, current in enumerate(currents):
        if name.startswith("recurrent"):
            current = current + spikes @ np.asarray(params["recurrent"], float)
        v = a * v + current
        if name.endswith("continuous"):
            np.testing.assert_allclose(found[step], gelu(v), atol=1e-4)
            continue
        strength = 0.2 if name.startswith("adaptive") else 0.0
        spikes = (v >= 1 + strength * adaptation).astype(float)
        v, adaptation = v - spikes, b * adaptation + spikes
        np.testing.assert_array_equal(found[step], spikes)


def test_the_state_space_against_complex_numpy():
    params, x, found = layer("state space, continuous")
    values = {name: np.asarray(value, float) for name, value in params.items() if name != "d"}
    eigenvalues = np.exp(-np.exp(values["nu"]) + 1j * np.exp(values["theta"]))
    assert (np.abs(eigenvalues) > 0.9 - 1e-6).all()
    assert (np.abs(eigenvalues) < 0.999 + 1e-6).all()
    np.testing.assert_allclose(np.exp(values["gamma"]), np.sqrt(1 - np.abs(eigenvalues) ** 2), rtol=1e-3)
    b, c = (values[name][0] + 1j * values[name][1] for name in ("b", "c"))
    h = np.zeros((2, 4), complex)
    for step, current in enumerate(np.asarray(x, float)):
        h = eigenvalues * h + np.exp(values["gamma"]) * (current @ b)
        y = (h @ c).real + current @ np.asarray(params["d"]["weight"], float)
        np.testing.assert_allclose(found[step], gelu(y), atol=1e-4)
    spikes = MODELS["state space, spikes"].layer(params, x)
    np.testing.assert_array_equal(spikes, np.asarray(state_space(params, x)) >= 0)


def test_the_gru_against_numpy():
    params, x, found = layer("GRU")
    w, u = (np.asarray(params[name]["weight"], float) for name in ("input", "own"))
    h = np.zeros((2, 4))

    def sigmoid(values):
        return 1 / (1 + np.exp(-values))

    for step, current in enumerate(np.asarray(x, float)):
        (r, z, n), (own_r, own_z, own_n) = np.split(current @ w, 3, axis=1), np.split(h @ u, 3, axis=1)
        update = sigmoid(z + own_z)
        h = (1 - update) * np.tanh(n + sigmoid(r + own_r) * own_n) + update * h
        np.testing.assert_allclose(found[step], h, atol=1e-5)


@pytest.mark.parametrize(("name", "reached"), [("transformer", 1.0), ("transformer, spikes", 0.3)])
def test_attention_sees_the_past_and_not_the_future(name, reached):
    params, x, found = layer(name, width=16)
    changed = np.asarray(MODELS[name].layer(params, x.at[3:11].add(3.0)))
    np.testing.assert_allclose(changed[:3], found[:3], atol=1e-6)
    # A spike changes or does not; what is continuous changes at every later step.
    assert np.mean(np.abs(changed[11:] - found[11:]).max(axis=(1, 2)) > 1e-4) >= reached


def test_spike_form_attention_against_loops_over_places():
    params, x, found = layer("transformer, spikes")
    params = jax.tree.map(lambda leaf: np.asarray(leaf, float), params)
    time, examples, _ = x.shape
    places = np.array([[np.sin(t), np.sin(t / 100), np.cos(t), np.cos(t / 100)] for t in range(time)])

    def connect(name, row):
        return row @ params[name]["weight"] + params[name]["bias"]

    def fire(row):
        return (row >= row.mean()).astype(float)  # the sign of the normalised row

    for example in range(examples):
        keys, values = [], []
        for t in range(time):
            entered = fire(connect("embed", np.asarray(x[t, example], float)) + places[t])
            query, key, value = np.split(fire(connect("qkv", entered)), 3)
            keys.append(key)
            values.append(value)
            attended = fire(sum((query @ k) * v for k, v in zip(keys, values, strict=True)))
            row = entered + fire(connect("out", attended))
            row = row + fire(connect("down", fire(connect("up", row))))
            np.testing.assert_array_equal(found[t, example], row)


def test_sizes_are_matched():
    reference = MODELS[REFERENCE]
    for name, model in MODELS.items():
        width = matched_width(name, "parameters", 9, 8, 52, 24)
        assert abs(model.parameters(9, width, 8) / reference.parameters(9, 24, 8) - 1) < 0.15
        by_state = matched_width(name, "state_bytes", 9, 8, 52, 24)
        if model.state is None:
            assert by_state is None
        else:
            assert model.state_bytes(by_state, 52) == reference.state_bytes(24, 52) == 2 * 24 * 4
    # By hand: 9·24 + 24 and a decay each, 24·24 + 24 and a decay each, 24·8 + 8.
    assert reference.parameters(9, 24, 8) == 9 * 24 + 48 + 24 * 24 + 48 + 24 * 8 + 8
    assert MODELS["transformer, spikes"].state_bytes(4, 10) == 2 * 2 * 4 * 10 * 4


LEAKY = ("leaky, spikes", DEFAULT)


def judgement(rows, name="leaky_recall"):
    (verdict,) = STUDY.judge(rows, CONFIG)
    (found,) = [one for one in verdict.judgements if one.statement == name]
    return found


def test_a_loss_is_a_paired_difference_and_the_smallest_of_what_is_matched():
    rows = table(far={LEAKY: 0.2, (*LEAKY, "state_bytes"): 0.5}, noise=0.05)
    found = judgement(rows)
    # Scores of 0.45, 0.5 and 0.55 beside 1.
    assert found.value == pytest.approx(0.5)
    assert found.low == pytest.approx(stats.t.interval(0.95, 2, loc=0.5, scale=0.05 / np.sqrt(3))[0])
    assert found.high == pytest.approx(stats.t.interval(0.975, 2, loc=0.5, scale=0.05 / np.sqrt(3))[1])
    assert "GRU, with equal bytes of state" in found.found


def test_the_best_model_without_spikes_is_chosen_by_validation():
    rows = table(far={LEAKY: 0.5, ("transformer", None): 0.9})
    for row in rows:
        # The better of the two by test scores.
        row["test_score"] += 0.5 * (row["model"] == "transformer")
    assert judgement(rows).value == pytest.approx(0.5)
    assert {one.learning_rate for one in results(rows)} == {0.02}


def test_what_cannot_be_done_over_the_shortest_lag_is_not_lost_to_a_lag():
    found = judgement(table(far={LEAKY: 0.2}, near={(*LEAKY, "parameters"): 0.7}))
    assert found.outcome == "undecided"
    assert "with equal parameters it does not bridge the shortest lag either" in found.found
    assert "settings.steps" in found.needed
    # What keeps up over the longest lag needs no shorter one.
    assert judgement(table(far={LEAKY: 1.0}, near={LEAKY: 0.2})).outcome == "fails"


def test_a_task_is_judged_at_the_longest_lag_that_is_bridged():
    longer = [row | {"lag": 100} for row in table(best=0.7) if row["lag"] == LONGEST]
    found = judgement(table(far={LEAKY: 0.5}) + longer)
    assert found.value == pytest.approx(0.5)
    assert found.found.startswith("Over 40 steps")
    # None bridges more than the shortest lag: nothing says what a lag takes.
    for rows in (table(best=0.7), [row for row in table() if row["lag"] == SHORTEST]):
        assert judgement(rows).outcome == "not measured"
        assert "beyond the shortest lag" in judgement(rows).found
    # A spiking network that bridges it does not make the task bridged.
    assert judgement(table(best=0.7, far={("state space, spikes", None): 1.0})).outcome == "not measured"


def test_a_matching_in_which_nothing_is_bridged_is_left_out():
    rows = table(far={LEAKY: 0.5, ("GRU", None, "parameters"): 0.5, (*LEAKY, "parameters"): 0.5})
    assert judgement(rows).value == pytest.approx(0.5)
    assert [one.best.matching for one in bridges(rows, "recall")] == ["state_bytes"]


def test_seeds_are_paired():
    rows = [row for row in table(far={LEAKY: 0.5}) if (row["model"], row["training_seed"]) != ("GRU", 1)]
    assert judgement(rows).outcome == "holds"
    rows = [row for row in rows if (row["model"], row["training_seed"]) != ("leaky, spikes", 0)]
    assert judgement(rows).outcome == "not measured"
    assert "fewer than two seeds" in judgement(rows).found
    assert judgement([]).outcome == "not measured"


def test_the_leak_is_told_from_the_spikes():
    (verdict,) = STUDY.judge(table(far={("leaky, continuous", OF_THE_LAG): 0.95}), CONFIG)
    told = [sentence for sentence in verdict.context if "leak without spikes" in sentence]
    assert len(told) == 4
    assert "scores 0.00 with the usual time constants and 0.95 with those of the lag" in told[0]


def test_the_figure_is_drawn(tmp_path):
    rows = table(far={LEAKY: 0.4, ("state space, spikes", None): 0.9})
    rows += [row | {"task": "digits", "lag": 8} for row in rows if (row["task"], row["lag"]) == ("recall", SHORTEST)]
    pixels = matplotlib.image.imread(STUDY.draw(rows, STUDY.judge(rows, CONFIG), tmp_path))[..., :3]
    assert 0.005 < np.mean(np.any(pixels < 0.95, axis=-1)) < 0.5


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"lags": (8, 4)}, r"settings\.lags=\[8, 4\] must be ascending numbers of at least 2 steps"),
        ({"tasks": ("digits",)}, r"settings\.tasks=\['digits'\] must hold one with a lag: recall or adding"),
        ({"learning_rates": ()}, r"settings\.learning_rates=\[\] must list positive numbers"),
        ({"width": 4}, r"settings\.width=4 must be at least 8"),
        ({"time_constant": 0.0}, r"settings\.time_constant=0\.0 must be positive"),
    ],
)
def test_settings_out_of_range_are_refused(changes, sentence):
    with pytest.raises(BadInput, match=sentence):
        Config(**changes)


@pytest.mark.slow
def test_a_small_study_runs(tmp_path):
    small = replace(
        Config(),
        tasks=("recall",),
        lags=(2, 3),
        width=8,
        seeds=2,
        learning_rates=(0.01,),
        steps=3,
        held_out=16,
        batch_size=4,
    )
    rows = STUDY.run(small, Recorder(tmp_path / "rows.jsonl", lambda sentence: None))
    assert {row["model"] for row in rows} == set(MODELS)
    # Two lags, and two seeds of each; leaky models with two time constants.
    assert len([row for row in rows if row["matching"] == "parameters"]) == 4 * (len(MODELS) + 2)
    assert {row["matching"] for row in rows if row["model"].startswith("transformer")} == {"parameters"}
    verdicts = STUDY.judge(rows, small)
    assert verdicts[0].claim == "C9"
    STUDY.draw(rows, verdicts, tmp_path)


def test_a_gated_network_learns_to_recall(tmp_path):
    from eval.studies.long_range.training import measure

    small = replace(Config(), tasks=("recall",), lags=(2, 6), symbols=4, seeds=2, learning_rates=(0.02,), steps=150)
    rows = measure("GRU", "recall", 10, small)
    assert [(row["lag"], row["training_seed"]) for row in rows] == [(2, 0), (2, 1), (6, 0), (6, 1)]
    assert all(row["test_score"] > 0.8 for row in rows)
