"""The study of regularisation: its data, its models, and its verdict from made-up tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import matplotlib.image
import numpy as np
import pytest
from programs import applied, initialised
from scipy import stats
from statement_tables.regularisation import CONFIG, DATA_SETS, DIGITS, MANIFOLD, SEEDS, table, without

from eval.compare.parameter_counts import parameter_count
from eval.models.perceptron import layers
from eval.recorder import Recorder
from eval.studies.regularisation import STUDY
from eval.studies.regularisation.config import FEATURES, Config
from eval.studies.regularisation.measure import SPLITS, compared
from eval.studies.regularisation.models import RegularisedCircuit, circuit, matched_network, network
from eval.studies.regularisation.panels import PANELS
from eval.studies.regularisation.rows import CIRCUIT, EARLY_STOPPING, LOGISTIC, NETWORK, NONE, PRODUCT
from eval.studies.regularisation.samples import load
from eval.studies.regularisation.verdict import effects, overfitted
from training.config import Settings, TrainerConfig, plain_adam
from training.errors import BadInput
from training.many import Many

TINY = Config(
    data_sets=("bars_and_stripes",),
    train_examples=6,
    test_examples=8,
    seeds=2,
    qubits=2,
    layers=3,
    steps=20,
    dropout_rates=(0.1,),
    penalties=(0.1, 1.0),
    noise_probabilities=(0.1,),
    trajectories=2,
)


@pytest.mark.parametrize("name", ["digits_3_8", "hidden_manifold"])
def test_repetitions_draw_other_examples_and_hold_out_the_rest(name) -> None:
    config = Config(train_examples=30, test_examples=240, seeds=3)
    tasks = load(name, config)
    splits = [
        {split: getattr(task, split).take(np.arange(len(getattr(task, split)))) for split in SPLITS} for task in tasks
    ]
    for found in splits:
        assert [found[split][0].shape for split in SPLITS] == [(30, FEATURES), (36, FEATURES), (240, FEATURES)]
        assert set(np.unique(found["test"][1])) == {0, 1}
        train, test = ({tuple(row) for row in found[split][0].tolist()} for split in ("train", "test"))
        assert not train & test
        np.testing.assert_array_equal(found["validation"][0], splits[0]["validation"][0])
    assert not np.array_equal(splits[0]["train"][0], splits[1]["train"][0])
    other = load(name, replace(config, seed=1))[0].train
    np.testing.assert_array_equal(splits[1]["train"][0], other.take(np.arange(30))[0])


def test_without_entanglement_each_expectation_depends_on_its_own_qubit() -> None:
    angles = jax.random.normal(jax.random.key(0), (3, 2, 3))
    jacobian = jax.jit(jax.jacobian(circuit(TINY, entangling=False)))(angles)
    np.testing.assert_allclose(jacobian[0, :, 1], 0, atol=1e-6)
    np.testing.assert_allclose(jacobian[1, :, 0], 0, atol=1e-6)
    entangled = jax.jit(jax.jacobian(circuit(TINY, entangling=True)))(angles)
    assert jnp.abs(entangled[0, :, 1]).max() > 1e-2
    # On one qubit the three rotations of every layer, by their matrices.
    state = np.array([1, 0], complex)
    for a, b, c in np.asarray(angles[:, 0], float):
        for axis, angle in (("Y", a), ("Z", b), ("Y", c)):
            generator = np.array([[0, -1j], [1j, 0]]) if axis == "Y" else np.diag([1, -1])
            state = (np.cos(angle / 2) * np.eye(2) - 1j * np.sin(angle / 2) * generator) @ state
    expected = abs(state[0]) ** 2 - abs(state[1]) ** 2
    np.testing.assert_allclose(jax.jit(circuit(TINY, entangling=False))(angles)[0], expected, atol=1e-5)


def test_the_network_has_the_parameters_of_the_circuit() -> None:
    wanted = parameter_count(RegularisedCircuit(Config()))
    assert wanted == 2 * 4 * 6 * 3 + 4 * 2
    assert abs(parameter_count(matched_network(Config())) - wanted) <= (FEATURES + 3) / 2
    assert parameter_count(network(0)) == 2 * FEATURES + 2


def test_the_network_is_tanh_with_weights_of_unit_gain() -> None:
    model = network(400)
    params = model.init(jax.random.key(0)).params
    first, second = layers(params)
    np.testing.assert_allclose(first["kernel"].std(), 1 / np.sqrt(FEATURES), rtol=0.05)
    np.testing.assert_allclose(second["kernel"].std(), 1 / np.sqrt(400), rtol=0.1)
    features = jax.random.normal(jax.random.key(1), (5, FEATURES))
    hidden = np.tanh(np.asarray(features, float) @ np.asarray(first["kernel"], float))
    expected = hidden @ np.asarray(second["kernel"], float)
    found = model.apply(params, {}, features, key=jax.random.key(2), train=True).prediction
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_regularisers_act_in_training_and_not_in_evaluation() -> None:
    features = jnp.linspace(0, 1, 2 * FEATURES).reshape(2, FEATURES)
    plain = RegularisedCircuit(TINY)
    params, state = initialised(plain, jax.random.key(0))

    def outputs(model, train):
        return applied(model, params, state, features, key=jax.random.key(1), train=train)

    expected = outputs(plain, True)
    assert expected.penalty == 0
    for name in ("gate_dropout", "depolarising_noise", "layerwise"):
        model = RegularisedCircuit(TINY, name, 0.5)
        np.testing.assert_array_equal(outputs(model, False).prediction, expected.prediction)
        assert not np.allclose(outputs(model, True).prediction, expected.prediction, atol=1e-3)
    penalised = RegularisedCircuit(TINY, "l2", 0.5)
    np.testing.assert_array_equal(outputs(penalised, True).prediction, expected.prediction)
    # Half of the mean square of angles in units of π, and of the input weights.
    angles, weights = (np.asarray(params[name], float) for name in ("angles", "input_weights"))
    by_hand = 0.5 * (np.mean((angles / np.pi) ** 2) + np.mean(weights**2))
    np.testing.assert_allclose(outputs(penalised, True).penalty, by_hand, rtol=1e-5)
    assert outputs(penalised, False).penalty == 0


def test_layers_are_trained_in_turn_and_keep_their_angles_meanwhile() -> None:
    config = replace(TINY, steps=60)
    model, task = RegularisedCircuit(config, "layerwise"), load("bars_and_stripes", config)[0]
    settings = Settings(trainer=TrainerConfig(steps=60, batch_size=6), optimizer=plain_adam(0.05))
    angles = Many(model, task, settings, record=lambda state: state.params["angles"], every=5).run([0]).records[0]
    moved = [np.abs(np.diff(angles[:, layer], axis=0)).max(axis=(1, 2)) > 0 for layer in range(3)]
    # Twelve windows of five updates: two for each new layer, then three for the first and three for the other two.
    np.testing.assert_array_equal(moved[0], [1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0])
    np.testing.assert_array_equal(moved[1], [0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1])
    np.testing.assert_array_equal(moved[2], [0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"seeds": 1}, "settings.seeds=1 must be at least 2 for an interval"),
        ({"steps": 30}, "settings.steps=30 must be a multiple of 20"),
        ({"layers": 2}, "make 12 gates for 16 features"),
        ({"train_examples": 290, "test_examples": 40}, "add up to 330 of the 300 there are"),
        ({"dropout_rates": (1.0,)}, "settings.dropout_rates has 1.0, which must be above 0 and below 1"),
        ({"penalties": ()}, "settings.penalties is empty"),
        ({"data_sets": ()}, "settings.data_sets is empty: name some of digits_3_8"),
    ],
)
def test_wrong_settings_are_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        replace(TINY, **changes)


@pytest.mark.slow
def test_the_study_runs_from_end_to_end(tmp_path: Path) -> None:
    rows = STUDY.run(TINY, Recorder(tmp_path / "rows.jsonl", kinds=STUDY.kinds))
    strengths = sum(len(values) for _, _, values in compared(TINY))
    assert len(rows) == TINY.seeds * (strengths + 1)
    assert {row.model for row in rows} == {CIRCUIT, PRODUCT, NETWORK, LOGISTIC}
    for row in rows:
        if row.regulariser == EARLY_STOPPING:
            (alone,) = [
                one
                for one in rows
                if (one.model, one.regulariser, one.training_seed) == (CIRCUIT, NONE, row.training_seed)
            ]
            assert row.eval_loss <= alone.eval_loss
    found = STUDY.judge(rows, TINY)
    assert found[0].claim == "C5"
    assert STUDY.draw(rows, found, tmp_path).stat().st_size > 10_000


def gap_of(verdict, name):
    (found,) = [one for one in verdict.judgements if one.statement == name]
    return found


def test_a_change_of_the_gap_is_a_paired_difference_with_student_s_interval() -> None:
    rows = table(changes={"l2": -0.3}, noise=0.05)
    (verdict,) = STUDY.judge(rows, CONFIG)
    found = gap_of(verdict, "l2")

    def gaps(data_set, regulariser):
        own = [row for row in rows if (row.data_set, row.regulariser) == (data_set, regulariser)]
        own = [row for row in own if row.model == CIRCUIT and row.strength == 0.2]
        return np.array([row.test_loss - row.train_loss for row in own])

    changes = np.mean([gaps(name, "l2") - gaps(name, NONE) for name in DATA_SETS], axis=0)
    low, high = stats.t.interval(0.95, SEEDS - 1, loc=changes.mean(), scale=stats.sem(changes))
    assert (found.low, found.value, found.high) == pytest.approx((low, changes.mean(), high))


def test_a_gap_that_narrows_because_less_is_learned_decides_nothing() -> None:
    (verdict,) = STUDY.judge(table(changes={"l2": -0.3}, gains={"l2": -0.02}), CONFIG)
    assert gap_of(verdict, "l2").outcome == "undecided"
    (verdict,) = STUDY.judge(table(changes={"l2": -0.3}, gains={"l2": -0.1}), CONFIG)
    assert gap_of(verdict, "l2").outcome == "fails"


def test_only_data_sets_are_judged_on_which_the_circuit_alone_overfits() -> None:
    rows = [
        replace(row, test_loss=row.train_loss) if row.data_set == MANIFOLD else row
        for row in table(gains={(DIGITS, "l2"): 0.1, (MANIFOLD, "l2"): -0.1})
    ]
    (verdict,) = STUDY.judge(rows, CONFIG)
    assert overfitted(effects(rows)) == [DIGITS]
    assert gap_of(verdict, "preferred").value == pytest.approx(0.1, abs=0.02)
    assert gap_of(verdict, "accuracy").outcome == "holds"


def test_the_strength_is_chosen_by_validation_and_seeds_are_paired() -> None:
    rows = table(gains={"l2": 0.05})
    found = {(one.data_set, one.regulariser): one for one in effects(rows) if one.model == CIRCUIT}
    assert found[DIGITS, "l2"].strength == pytest.approx(0.2)
    kept = without(rows, lambda row: (row.data_set, row.regulariser, row.training_seed) == (DIGITS, "l2", 3))
    fewer = {(one.data_set, one.regulariser): one for one in effects(kept)}
    assert fewer[DIGITS, "l2"].seeds == (0, 1, 2, 4, 5, 6)
    np.testing.assert_array_equal(fewer[DIGITS, "l2"].gains, np.delete(found[DIGITS, "l2"].gains, 3))


def test_early_stopping_has_a_strength_of_its_own_for_each_seed() -> None:
    rows = [
        replace(row, strength=row.training_seed / 10) if row.regulariser == EARLY_STOPPING else row for row in table()
    ]
    (found, _) = [one for one in effects(rows) if one.regulariser == EARLY_STOPPING]
    assert found.seeds == tuple(range(SEEDS))
    assert found.strength == pytest.approx(0.3)


def test_panels_show_the_paired_changes_of_every_seed_and_data_set() -> None:
    rows = table(gains={"l2": 0.05}, changes={"l2": -0.3}, noise=0.0)
    for panel, expected in zip(PANELS, (0.05, -0.3), strict=True):
        points = panel.shown(rows)
        assert len(points) == len(DATA_SETS) * 5 * SEEDS
        own = [getattr(one, panel.y) for one in points if one.regulariser == "L2"]
        assert own == pytest.approx([expected] * len(DATA_SETS) * SEEDS)
        assert {one.regulariser for one in points} == {
            "early stopping", "gate dropout", "L2", "layerwise training", "depolarising noise",
        }  # fmt: skip


def test_without_the_circuit_alone_nothing_is_measured() -> None:
    (verdict,) = STUDY.judge(without(table(), lambda row: (row.model, row.regulariser) == (CIRCUIT, NONE)), CONFIG)
    assert {one.outcome for one in verdict.judgements} == {"not measured"}
    (verdict,) = STUDY.judge([], CONFIG)
    assert {one.outcome for one in verdict.judgements} == {"not measured"}


def test_the_figure_is_drawn_and_counts_the_outcomes(tmp_path: Path) -> None:
    rows = table(gains={"l2": 0.05})
    pixels = matplotlib.image.imread(STUDY.draw(rows, STUDY.judge(rows, CONFIG), tmp_path))[..., :3]
    assert 0.005 < np.mean(np.any(pixels < 0.95, axis=-1)) < 0.5
