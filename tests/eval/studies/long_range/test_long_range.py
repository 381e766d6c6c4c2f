"""The study of long-range dependencies: its generators, its models against NumPy, and verdicts by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import matplotlib.image
import numpy as np
import pytest
from scipy import stats
from statement_tables.long_range import BEST, CONFIG, LONGEST, SHORTEST, design, table

from eval.recorder import Recorder
from eval.studies.long_range import STUDY
from eval.studies.long_range.config import Config
from eval.studies.long_range.effects import losses
from eval.studies.long_range.models import (
    CELLS,
    DEFAULT,
    MODELS,
    OF_ITS_SOURCE,
    OF_THE_LAG,
    REFERENCE,
    SOURCE_MODULI,
    SequenceModel,
    TimeConstants,
    can_match,
    matched_width,
    state_space,
)
from eval.studies.long_range.results import Result, Setting, results
from eval.studies.long_range.tasks import adding, long_task, recall
from eval.studies.long_range.training import Trial, measure, starting_constants
from training.errors import BadInput
from training.tasks import TaskConfig, load_task

RING = tuple(jnp.asarray(-1 / np.log(modulus)) for modulus in SOURCE_MODULI)
CONSTANT = TimeConstants(jnp.asarray(5.0), jnp.asarray(20.0), *RING)


def drawn(draw, lag, count):
    """Sequences ``[time, count, channels]`` and their answers."""
    keys = jax.random.split(jax.random.key(0), count)
    return jax.vmap(lambda key: draw(key, jnp.asarray(lag)), out_axes=(1, 0))(keys)


def test_recall_shows_one_symbol_once_at_its_lag():
    inputs, targets = drawn(partial(recall, time_steps=12, window=2, symbols=5), 6, 40)
    assert inputs.shape == (12, 40, 6)
    shown = np.asarray(inputs[..., :5])
    assert shown.sum() == 40
    np.testing.assert_array_equal(shown[12 - 2 - 6].argmax(axis=-1), targets)
    assert shown[12 - 2 - 6].sum() == 40
    np.testing.assert_array_equal(inputs[:, 0, 5], [0] * 10 + [1] * 2)
    assert len(np.unique(targets)) == 5


def test_adding_marks_two_numbers_the_first_at_its_lag():
    inputs, targets = drawn(partial(adding, time_steps=12, window=2), 5, 300)
    numbers, marks = np.asarray(inputs[..., 0]), np.asarray(inputs[..., 1])
    np.testing.assert_array_equal(marks.sum(axis=0), 2)
    np.testing.assert_array_equal(marks[5], 1)
    # The other anywhere from the next step to the last before the answer.
    assert set(np.nonzero(marks.sum(axis=1))[0]) == set(range(5, 10))
    np.testing.assert_allclose(targets, (numbers * marks).sum(axis=0), rtol=1e-6)
    assert (numbers.min() >= 0) & (numbers.max() <= 1)
    # Of every example its own: no two sequences share their first number.
    assert len(np.unique(numbers[0])) == 300


@pytest.mark.parametrize("name", ["recall", "adding"])
def test_what_a_model_reads_is_what_is_asked_for(name):
    long = long_task(name, Config(held_out=50, steps=12, batch_size=3, lags=(4, 16, 40)))
    task, later, other = long.examples(4, 0), long.examples(16, 0), long.examples(4, 1)
    seen = set()
    for split, count in (("train", 36), ("validation", 50), ("test", 50)):
        inputs, targets = getattr(task, split).take(np.arange(count))
        assert len(getattr(task, split)) == count
        sequences = np.asarray(long.sequences(jax.tree.map(jnp.asarray, inputs)))
        assert sequences.shape == (44, count, long.channels)
        if name == "recall":
            np.testing.assert_array_equal(sequences[40 - 4, :, :-1].argmax(axis=-1), targets)
        else:
            np.testing.assert_allclose((sequences[..., 0] * sequences[..., 1]).sum(axis=0), targets, rtol=1e-5)
        seen |= {tuple(key) for key in inputs["key"].tolist()}
    # No example comes twice, not even in another split or under another seed; a lag changes when it is shown only.
    assert len(seen) == 136
    assert not seen & {tuple(key) for key in other.train.take(np.arange(30))[0]["key"].tolist()}
    np.testing.assert_array_equal(later.train.take(np.arange(30))[0]["key"], task.train.take(np.arange(30))[0]["key"])
    # Nor does the key of the run or of the initial variables give one.
    assert not seen & {tuple(key) for key in jax.random.key_data(jax.random.split(jax.random.key(0))).tolist()}


def test_scores_are_nought_at_chance_and_one_for_the_truth():
    long = long_task("adding", Config(held_out=20_000))
    task = long.examples(4, 0)
    targets = jnp.asarray(task.test.take(np.arange(20_000))[1])
    assert float(long.score({"loss": task.loss(targets[:, None], targets).mean()})) == 1
    # A constant answer of 1: six times the sample's variance, whose standard error is below 0.01.
    constant = task.loss(jnp.ones((20_000, 1)), targets).mean()
    assert float(long.score({"loss": constant})) == pytest.approx(0, abs=0.04)
    symbols = long_task("recall", Config(symbols=4))
    assert float(symbols.score({"accuracy": jnp.asarray(1.0)})) == 1
    assert float(symbols.score({"accuracy": jnp.asarray(0.25)})) == pytest.approx(0, abs=1e-6)


def test_images_are_read_in_order():
    rows, pixels = (long_task("digits", Config(window=2, order=order)) for order in ("rows", "pixels"))
    images, targets = rows.examples(0, 0).test.take(np.arange(50))
    inputs = rows.sequences(jnp.asarray(images))
    assert inputs.shape == (10, 50, 9)
    np.testing.assert_array_equal(inputs[:8, :, :8], np.moveaxis(images[..., 0], 0, 1))
    one_by_one = pixels.sequences(jnp.asarray(images))[:64, :, 0]
    np.testing.assert_array_equal(one_by_one.reshape(8, 8, 50), np.moveaxis(inputs[:8, :, :8], 2, 1))
    assert not np.any(inputs[8:, :, :8])
    np.testing.assert_array_equal(inputs[:, 0, 8], [0] * 8 + [1, 1])
    np.testing.assert_array_equal(targets, load_task(TaskConfig("digits")).test.take(np.arange(50))[1])
    assert len(long_task("digits", Config(held_out=60)).examples(0, 3).validation) == 60


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
    # All modes have one time constant where fastest and slowest are the same.
    alike = MODELS["state space, continuous"].init_layer(jax.random.key(5), 3, 4, TimeConstants(1.0, 1.0, 7.0, 7.0))
    np.testing.assert_allclose(np.exp(-np.exp(np.asarray(alike["nu"], float))), np.exp(-1 / 7), rtol=1e-5)
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


def test_a_model_answers_from_the_last_outputs_and_tells_its_spikes():
    long = long_task("recall", Config(window=3, symbols=4))
    inputs = jax.tree.map(jnp.asarray, long.examples(4, 0).test.take(np.arange(6))[0])
    for name in ("leaky, spikes", "GRU"):
        model = SequenceModel(name, long, 5, 3, CONSTANT)
        params = model.init(jax.random.key(2)).params
        found = model.apply(params, {}, inputs, key=jax.random.key(3), train=False)
        first = MODELS[name].layer(params["layers"][0], long.sequences(inputs))
        second = MODELS[name].layer(params["layers"][1], first)
        average = np.asarray(second, float)[-3:].mean(axis=0)
        readout = {name: np.asarray(leaf, float) for name, leaf in params["readout"].items()}
        np.testing.assert_allclose(found.prediction, average @ readout["weight"] + readout["bias"], atol=1e-5)
        expected = {"spike_rate": (float(first.mean()) + float(second.mean())) / 2} if "spikes" in name else {}
        assert set(found.telemetry) == set(expected)
        for key, value in expected.items():
            assert float(found.telemetry[key]) == pytest.approx(value, rel=1e-5)


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


def test_parameters_can_be_matched_from_width_8_on_and_state_where_sequences_are_short():
    for name, model in MODELS.items():
        for inputs, outputs in ((9, 8), (3, 1)):
            assert model.parameters(inputs, 1, outputs) <= MODELS[REFERENCE].parameters(inputs, 8, outputs)
        assert can_match(name, "parameters", 1000, 8)
        # A transformer keeps 16 bytes a step of one neuron in each layer, 24 leaky neurons in each keep 192.
        assert can_match(name, "state_bytes", 13, 24) == ("transformer" not in name)
        assert can_match(name, "state_bytes", 12, 24)


LEAKY = ("leaky, spikes", DEFAULT)


def judgement(rows, name="usual_recall", config=CONFIG):
    (verdict,) = STUDY.judge(rows, config)
    (found,) = [one for one in verdict.judgements if one.statement == name]
    return found


def test_a_loss_is_a_paired_difference_and_the_smallest_of_what_is_matched():
    rows = table(far={LEAKY: 0.2, (*LEAKY, "state_bytes"): 0.5}, noise=0.05)
    found = judgement(rows)
    # Scores of 0.45, 0.5 and 0.55 beside 1.
    assert found.value == pytest.approx(0.5)
    assert found.low == pytest.approx(stats.t.interval(0.95, 2, loc=0.5, scale=0.05 / np.sqrt(3))[0])
    assert found.high == pytest.approx(stats.t.interval(0.975, 2, loc=0.5, scale=0.05 / np.sqrt(3))[1])
    assert "leaky, spikes, usual τ is 0.50 below that of GRU, over 100 steps, with equal bytes of state" in found.found


def test_the_best_networks_are_chosen_by_validation():
    rows = [
        # The better of their kind by test scores.
        replace(row, test_score=row.test_score + 0.5 * (row.model in ("transformer", "recurrent, spikes")))
        for row in table(far={LEAKY: 0.3, BEST: 0.5, ("transformer", None): 0.9, ("recurrent, spikes", DEFAULT): 0.4})
    ]
    assert judgement(rows).value == pytest.approx(0.7)
    assert judgement(rows, "best_recall").value == pytest.approx(0.5)
    assert {one.learning_rate for one in results(rows)} == {0.03}


def test_what_cannot_be_done_over_the_shortest_lag_is_not_lost_to_a_lag():
    found = judgement(table(far={LEAKY: 0.2}, near={(*LEAKY, "parameters"): 0.7}))
    assert found.outcome == "undecided"
    assert "but leaky, spikes, usual τ does not bridge the shortest lag either" in found.found


def test_a_network_that_still_learns_may_come_to_any_score():
    half = Student(0.01)
    for change in (0.06, -0.06):
        # Its own 0.2 may become 0 or 1, beside 1.
        found = judgement(table(far={LEAKY: 0.2}, change={LEAKY: change}))
        assert (found.outcome, found.value, found.high) == ("undecided", pytest.approx(0.8), pytest.approx(1.0))
        assert found.low == pytest.approx(0.0)
        assert "for any score that leaky, spikes, usual τ, still learning, may come to" in found.found
        # The best network's 0.9 may become 0 or 1, beside 0.2.
        found = judgement(table(best=0.9, far={LEAKY: 0.2}, change={("GRU", None): change}))
        assert (found.outcome, found.value) == ("undecided", pytest.approx(0.7))
        assert (found.low, found.high) == (pytest.approx(-0.2 - half(1)), pytest.approx(0.8 + half(2)))
    assert judgement(table(far={LEAKY: 0.2}, change={LEAKY: 0.04})).outcome == "holds"
    # Who is not compared may be learning.
    assert judgement(table(far={LEAKY: 0.2}, change={BEST: 0.5})).low > 0.7


def test_an_effect_is_decided_where_no_score_of_a_learning_network_changes_it():
    (first, second), names = (CELLS[0], CELLS[5]), ("spikes_recall", "leak_recall")
    rows = table(far=design(spikes=0.7), change={first: 0.1}, noise=0.0)
    found = judgement(rows, names[0])
    # The first network has spikes, and 0.45: a quarter of what it may lose or gain.
    assert (found.low, found.value, found.high) == pytest.approx((0.7 - 0.55 / 4, 0.7, 0.7 + 0.45 / 4))
    assert found.outcome == "holds"
    found = judgement(rows, names[1])
    assert (found.low, found.high) == pytest.approx((-0.55 / 4, 0.45 / 4))
    assert found.outcome == "undecided"
    both = judgement(table(far=design(spikes=0.7), change={first: 0.1, second: 0.1}, noise=0.0), names[0])
    assert "for any score that leaky, spikes, usual τ (as 1 more), still learning, may come to" in both.found
    assert both.low < judgement(rows, names[0]).low


class Student:
    """Half the width of a 95% interval of three seeds that are so far apart, among so many comparisons."""

    def __init__(self, noise: float) -> None:
        self._error = noise / np.sqrt(3)

    def __call__(self, comparisons: int) -> float:
        return float(stats.t.ppf(1 - 0.025 / comparisons, 2) * self._error)


def test_a_lag_must_be_long_and_bridged_by_one():
    assert judgement(table(best=0.7)).outcome == "not measured"
    # A spiking network that bridges it is enough where all are compared.
    rows = table(best=0.7, far={BEST: 1.0})
    assert judgement(rows, "best_recall").outcome == "fails"
    assert "reaches a validation score of 0.8 over 100 steps" in judgement(rows).found
    rows = [replace(row, lag=49) if row.lag == LONGEST else row for row in table()]
    found = judgement(rows, config=replace(CONFIG, lags=(SHORTEST, 49)))
    assert (found.outcome, found.found) == ("not measured", "The longest lag is 49 steps, and from 50 on it is long.")
    # Images that are read row by row are short, too.
    rows = [replace(row, lag=28) if row.task == "mnist" else row for row in table()]
    assert "28 steps" in judgement(rows, "best_mnist").found
    # A table that has lags between, and longer ones than the settings, is judged at those of the settings.
    between = [replace(row, lag=lag, test_score=0.3) for row in table() if row.lag == LONGEST for lag in (25, 200)]
    assert judgement(table(far={LEAKY: 0.5}) + between) == judgement(table(far={LEAKY: 0.5}))


@pytest.mark.parametrize("effect", ["spikes", "leak", "time_constants", "interaction"])
def test_effects_against_least_squares(effect):
    """Fit scores of eight networks by regression on the factors' levels, and read its coefficients."""
    random = np.random.default_rng(3)
    scores = {cell: dict(enumerate(random.uniform(size=5))) for cell in CELLS}
    cells = {
        cell: Result(Setting("recall", "parameters", *cell, 100), 0.01, 1.0, 1.0, own, 9, 9)
        for cell, own in scores.items()
    }
    levels = {
        "spikes": np.array(["spikes" in model for model, _ in CELLS], float),
        "leak": np.array(["leaky" in model for model, _ in CELLS], float),
        "time_constants": np.array([constants == DEFAULT for _, constants in CELLS], float),
    }
    centred = {name: level - 0.5 for name, level in levels.items()}
    centred["interaction"] = centred["spikes"] * centred["leak"]
    rest = [centred["spikes"] * centred["time_constants"], centred["leak"] * centred["time_constants"]]
    factors = np.stack([np.ones(8), *centred.values(), *rest, rest[0] * centred["leak"]], axis=1)
    for seed, found in enumerate(losses(effect, cells).measured):
        measured = np.array([scores[cell][seed] for cell in CELLS])
        fitted = dict(zip(["mean", *centred], np.linalg.lstsq(factors, measured)[0], strict=False))
        assert found == pytest.approx(-fitted[effect])
    # A seed that one network lacks is left out of all.
    del scores[CELLS[2]][1]
    assert len(losses(effect, cells).measured) == 4


def test_seeds_are_paired():
    rows = [row for row in table(far={LEAKY: 0.5}) if (row.model, row.training_seed) != ("GRU", 1)]
    assert judgement(rows).outcome == "holds"
    rows = [row for row in rows if (row.model, row.training_seed) != ("leaky, spikes", 0)]
    assert judgement(rows).outcome == "not measured"
    assert "fewer than two seeds" in judgement(rows).found
    assert judgement([]).outcome == "not measured"


def test_what_the_design_does_not_hold_is_told_beside_it():
    (verdict,) = STUDY.judge(table(far={BEST: 0.9, ("transformer, spikes", None): 0.2}), CONFIG)
    told = [sentence for sentence in verdict.context if sentence.startswith("On recall over 100 steps, with equal p")]
    assert [sentence.partition("parameters, ")[2] for sentence in told] == [
        "the best network with spikes is state space, spikes: it scores 0.90.",
        "the best network without spikes is GRU: it scores 1.00.",
        "adaptive, spikes, τ = lag scores 0.00.",
        "recurrent, spikes, usual τ scores 0.00.",
        "transformer, spikes scores 0.20.",
    ]


def test_time_constants_at_the_start():
    config = Config(time_constant=5.0)

    def start(name, constants):
        return starting_constants(name, Trial(40, constants, 0.1, 0), config)

    assert start("leaky, spikes", DEFAULT)["membrane"] == 5
    assert start("leaky, continuous", OF_THE_LAG)["membrane"] == 40
    # Of adaptive networks the thresholds have the lag's, and the membranes the usual ones.
    assert start("adaptive, spikes", OF_THE_LAG) | {"fastest": 0, "slowest": 0} == {
        "membrane": 5, "adaptation": 40, "fastest": 0, "slowest": 0
    }  # fmt: skip
    for constants, wanted in ((DEFAULT, (5, 5)), (OF_THE_LAG, (40, 40)), (OF_ITS_SOURCE, (9.491, 999.5))):
        found = start("state space, spikes", constants)
        assert (found["fastest"], found["slowest"]) == pytest.approx(wanted, rel=1e-4)


def test_the_figure_is_drawn(tmp_path):
    rows = table(far={**design(leak=0.4), ("GRU", None): 0.9})
    pixels = matplotlib.image.imread(STUDY.draw(rows, STUDY.judge(rows, CONFIG), tmp_path))[..., :3]
    assert 0.005 < np.mean(np.any(pixels < 0.95, axis=-1)) < 0.5


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"lags": (8, 4)}, r"settings\.lags=\[8, 4\] must be ascending numbers of at least 2 steps"),
        ({"tasks": ()}, r"settings\.tasks is empty: give recall, adding, digits or mnist"),
        ({"steps": 6}, r"settings\.steps=6 must be a multiple of 4"),
        ({"learning_rates": ()}, r"settings\.learning_rates=\[\] must list positive numbers"),
        ({"learning_rates": (0.01, 0.01)}, r"settings\.learning_rates=\[0\.01, 0\.01\] must list .* each once"),
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
        tasks=("recall", "digits"),
        lags=(2, 3),
        width=8,
        models="all",
        matchings=("parameters", "state_bytes"),
        seeds=2,
        learning_rates=(0.01,),
        steps=4,
        held_out=16,
        batch_size=4,
    )
    rows = STUDY.run(small, Recorder(tmp_path / "rows.jsonl", STUDY.kinds, lambda sentence: None))
    assert {row.model for row in rows} == set(MODELS)
    # Two lags, and two seeds of each; leaky models with two time constants, state-space layers with three.
    recalled = [row for row in rows if row.task == "recall"]
    assert len([row for row in recalled if row.matching == "parameters"]) == 4 * (len(MODELS) + 2 + 4)
    assert {row.matching for row in recalled if row.model.startswith("transformer")} == {"parameters"}
    assert {row.lag for row in rows if row.task == "digits"} == {64}
    verdicts = STUDY.judge(rows, small)
    assert verdicts[0].claim == "C9"
    STUDY.draw(rows, verdicts, tmp_path)


def test_a_gated_network_learns_to_recall_and_comes_to_its_plateau():
    small = replace(Config(), tasks=("recall",), lags=(2, 6), symbols=4, seeds=2, learning_rates=(0.02,), steps=152)
    rows = measure("GRU", "recall", "parameters", 10, small)
    assert [(row.lag, row.training_seed) for row in rows] == [(2, 0), (2, 1), (6, 0), (6, 1)]
    assert all(row.test_score > 0.8 for row in rows)
    # At three quarters of fewer updates they have begun to learn, and have not ended.
    rows = measure("GRU", "recall", "parameters", 10, replace(small, lags=(6,), seeds=4, steps=24))
    assert all(row.earlier_score > 0.1 for row in rows)
    assert any(row.earlier_score < row.validation_score for row in rows)
