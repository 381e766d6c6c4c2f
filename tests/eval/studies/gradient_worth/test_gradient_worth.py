"""Signal against closed forms, costs to a target by hand, and verdicts from made-up tables."""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statement_tables.gradient_worth import CHEAPER, CONFIG, DEARER, TABLES, cost, curve, table, without

from eval.judgement import Judgement
from eval.models.product_ansatz import ProductAnsatz
from eval.recorder import Recorder
from eval.rows import Row, of
from eval.statistics.intervals import jackknife, ratio, student
from eval.studies.gradient_worth import STUDY, costs, measure
from eval.studies.gradient_worth.config import Config
from eval.studies.gradient_worth.findings import hardest_target, of_model, ranking, signal, signal_to_noise
from eval.studies.gradient_worth.models import (
    CIRCUIT,
    COMPARED,
    LOGISTIC,
    MODELS,
    PERCEPTRON,
    PRODUCT,
    SMALL_PERCEPTRON,
    SMALL_SPIKING,
    SMALL_TRANSFORMER,
    SPIKING,
    TRANSFORMER,
    Model,
    models,
)
from eval.studies.gradient_worth.rows import Cost, End, LayerSignal, Look, Ranking, Target, Trial, Update
from eval.studies.gradient_worth.signal import WHOLE, moments_by_layer, moments_of_training, shot_variance, word_values
from eval.studies.gradient_worth.targets import at_equal_flops, costs_to_targets, reached_at
from eval.studies.gradient_worth.training import chosen_rate, judged_seeds, runs, tune, tuning_seeds
from eval.studies.gradient_worth.verdict import PAIRS
from paradigms import vqc
from paradigms.interface import Spec
from paradigms.vqc.circuit.ansatz import LAYERS
from paradigms.vqc.circuit.observables import observables
from training.data.split import Batch
from training.errors import BadInput
from training.objective import Auxiliary

TINY = Config(
    side=3,
    qubits=4,
    layers=12,
    transformer_width=8,
    transformer_layers=1,
    transformer_heads=2,
    hidden=(8,),
    time_steps=3,
    steps=12,
    records=4,
    batch_size=8,
    learning_rates=(0.01, 0.1),
    tuning_seeds=2,
    seeds=5,
    accuracy_targets=(0.1, 0.2),
    loss_targets=(2.2,),
    signal_moments=3,
    signal_examples=12,
    shots=100,
    shot_examples=2,
    timing_repeats=1,
)


# Signal


def test_the_layers_of_every_model_hold_each_parameter_once() -> None:
    blocks = 2
    for name, model in models(replace(TINY, transformer_layers=blocks)).items():
        shapes = jax.eval_shape(model.paradigm.init, jax.random.key(0)).params
        numbers = iter(range(model.parameters))
        params = jax.tree.map(
            lambda leaf, numbers=numbers: np.array([next(numbers) for _ in range(leaf.size)]).reshape(leaf.shape),
            shapes,
        )
        layers = model.layers(params)
        held = np.concatenate([np.ravel(leaf) for part in layers.values() for leaf in jax.tree.leaves(part)])
        assert sorted(held) == list(range(model.parameters)), name
        if name == TRANSFORMER:
            sizes = [sum(leaf.size for leaf in jax.tree.leaves(layers[f"block {n + 1}"])) for n in range(blocks)]
            assert sizes == [sizes[0]] * blocks


def test_the_signal_of_a_linear_model_is_that_of_its_inputs() -> None:
    """The gradient of the mean of w·x is the mean of x: its moments are those of the inputs, whatever w."""
    random = np.random.default_rng(0)
    means = np.array([1.0, -0.5, 0.0, 2.0])
    inputs = means + random.normal(size=(300, 4))

    def objective(params: Any, state: Any, batch: Batch, key: Any):
        outputs = batch.inputs[:, :1] @ params["first"] + batch.inputs[:, 1:] @ params["rest"]
        return jnp.mean(outputs), Auxiliary(state, {})

    batch = Batch(jnp.asarray(inputs, jnp.float32), jnp.zeros(300), np.ones(300, np.float32))
    params = {"first": jnp.ones(1), "rest": jnp.zeros(3)}
    traces, norms = moments_by_layer(objective, lambda tree: tree, params, {}, batch, jax.random.key(0))
    for name, columns in (("first", inputs[:, :1]), ("rest", inputs[:, 1:]), (WHOLE, inputs)):
        trace = columns.var(axis=0, ddof=1).sum()
        np.testing.assert_allclose(traces[name], trace, rtol=1e-4)
        np.testing.assert_allclose(norms[name], np.sum(columns.mean(axis=0) ** 2) - trace / 300, rtol=1e-4)
    # In closed form: ‖mean‖² = 5.25 and tr Σ = 4, within three standard errors of 300 examples.
    np.testing.assert_allclose(norms[WHOLE] / traces[WHOLE], 5.25 / 4, atol=3 * 0.1)


def test_words_have_the_values_of_their_diagonals() -> None:
    values = word_values(3, 7)
    for place, word in enumerate(observables(3, 7)):
        np.testing.assert_array_equal(
            values[:, place], np.real(np.diag(np.asarray(qml.matrix(word, wire_order=range(3)))))
        )


def test_the_variance_of_shots_is_that_of_drawn_outcomes() -> None:
    """PennyLane's own simulator, and single shots drawn from its probabilities: a parameter shift from each pair."""
    config = vqc.Config(qubits=2, layers=2)
    paradigm = vqc.build(config, Spec(jax.ShapeDtypeStruct((3,), np.float32), "classification", 3))
    params, _ = paradigm.init(jax.random.key(3))
    params["scale"] = jnp.array([2.0, 1.0, 3.0])
    example, target = np.array([0.3, 0.8, 0.5]), 1

    def loss(prediction):
        return optax.softmax_cross_entropy_with_integer_labels(prediction, target)

    model = Model(paradigm, dict, LAYERS[config.ansatz])
    found = jax.jit(lambda params, example: shot_variance(model, params, example, loss))(params, jnp.asarray(example))

    @qml.qnode(qml.device("default.qubit", wires=2))
    def probabilities(angles):
        for layer in angles:
            for wire, (first, second, third) in enumerate(layer):
                qml.RY(first, wires=wire)
                qml.RZ(second, wires=wire)
                qml.RY(third, wires=wire)
            qml.CZ(wires=(0, 1))
        return qml.probs(wires=(0, 1))

    weights, offsets, scale = (np.asarray(params[name], float) for name in ("input_weights", "angles", "scale"))
    features = np.resize(example, weights.shape)
    angles = weights * features + offsets
    words = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])  # Z0, Z1, Z0 Z1 at 00, 01, 10, 11
    at_rest = probabilities(angles)
    chances = np.exp(scale * (at_rest @ words))
    slopes = chances / chances.sum() - np.eye(3)[target]
    random, shots = np.random.default_rng(0), 20_000

    def drawn(angles):
        return (words @ (slopes * scale))[random.choice(4, shots, p=np.asarray(probabilities(angles), float))]

    by_angle = np.zeros(angles.shape)
    for place in np.ndindex(angles.shape):
        shift = np.zeros(angles.shape)
        shift[place] = np.pi / 2
        by_angle[place] = ((drawn(angles + shift) - drawn(angles - shift)) / 2).var()
    np.testing.assert_allclose(found["angles"], by_angle.sum(), rtol=0.03)
    np.testing.assert_allclose(found["input_weights"], (by_angle * features**2).sum(), rtol=0.03)
    outcomes = words[random.choice(4, shots, p=np.asarray(at_rest, float))]
    np.testing.assert_allclose(found["scale"], (slopes * outcomes).var(axis=0).sum(), rtol=0.03)
    np.testing.assert_allclose(found[WHOLE], found["angles"] + found["input_weights"] + found["scale"], rtol=1e-5)


def test_without_entanglement_qubits_do_not_meet() -> None:
    gates = ProductAnsatz().gates(np.zeros((3, 3)), range(3), 0)
    assert [gate.name for gate in gates] == ["RY", "RZ", "RY"] * 3
    assert {len(gate.wires) for gate in gates} == {1}


def test_the_jackknife_of_a_ratio_is_the_ratio_s_and_of_a_mean_student_s() -> None:
    random = np.random.default_rng(1)
    above, below = random.normal(3, 1, 9), random.normal(5, 1, 9)
    np.testing.assert_allclose(jackknife(lambda a, b: a / b, above, below), ratio(above, below))
    np.testing.assert_allclose(jackknife(lambda a: a, above, comparisons=7), student(above, 7))
    with pytest.raises(ValueError, match="1 value has no interval"):
        jackknife(lambda a: a, [1.0])


def test_moments_of_training_are_the_ends_and_some_between() -> None:
    assert moments_of_training(Config(records=30, signal_moments=5)) == [0, 1, 5, 12, 30]


# Costs to a target


def test_the_first_look_at_a_target_counts() -> None:
    updates = [0, 10, 20, 30]
    assert reached_at(updates, [0.1, 0.8, 0.8, 0.9], 0.8, "accuracy") == 10
    assert reached_at(updates, [0.1, 0.8, 0.7, 0.9], 0.8, "accuracy") == 30, "the first passage did not last"
    assert reached_at(updates, [0.1, 0.8, 0.9, 0.7], 0.8, "accuracy") is None
    assert reached_at(updates, [2.0, 0.4, 0.4, None], 0.5, "loss") is None
    assert reached_at(updates, [2.0, None, 0.4, 0.3], 0.5, "loss") == 20
    assert reached_at(updates, [0.1, 0.8, 0.7, 0.9], 0.95, "accuracy") is None
    assert reached_at(updates, [0.9, 0.2, 0.8, 0.9], 0.8, "accuracy") == 20


def test_costs_are_updates_times_what_one_costs() -> None:
    config = Config(accuracy_targets=(0.5, 0.9), loss_targets=(0.6,), batch_size=4)
    rows = costs_to_targets(curve("a", 3, [0.1, 0.6, 0.8]), [cost("a", 7, 0.5, 11)], config)
    assert [(row.measure, row.target, row.reached, row.updates) for row in rows] == [
        ("accuracy", 0.5, True, 10),
        ("accuracy", 0.9, False, None),
        ("loss", 0.6, True, 20),
    ]
    near, never, _ = rows
    wanted: dict[Cost, float | None] = {
        "examples": 40, "flops": 70, "seconds": 5.0, "joules": None, "circuit_executions": 110, "shots": 110_000,
    }  # fmt: skip
    assert {name: near.paid(name) for name in wanted} == wanted
    assert all(never.paid(name) is None for name in wanted)


def test_equal_compute_is_read_off_the_curves() -> None:
    curves = curve("cheap", 0, [0.0, 0.4, 0.6]) + curve("dear", 0, [0.0, 0.5, 1.0]) + curve("floor", 0, [0.0, 0.1, 0.3])
    paid = [cost("cheap", 1, 1.0), cost("dear", 4, 1.0), cost("floor", 0.5, 1.0)]
    rows = at_equal_flops(curves, paid, ["cheap", "dear"])
    assert [(row.flops_budget, row.flops_spent) for row in rows] == [(20, 20), (20, 20), (20, 10)]
    # The dear one has made 5 updates by then: halfway to its first look.
    np.testing.assert_allclose([row.eval_accuracy for row in rows], [0.6, 0.25, 0.3])


# Verdicts


def judgements(rows: list[Row], config: Config = CONFIG) -> dict[str, Judgement]:
    (verdict,) = STUDY.judge(rows, config)
    return {one.statement: one for one in verdict.judgements}


def outcomes(rows: list[Row]) -> dict[str, str]:
    return {name: one.outcome for name, one in judgements(rows).items()}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"flops": DEARER, "seconds": DEARER}, dict.fromkeys(PAIRS, "holds")),
        ({"flops": CHEAPER, "seconds": CHEAPER}, dict.fromkeys(PAIRS, "fails")),
        # Cheaper than one deep network and dearer than the other.
        (
            {"flops": {**DEARER, TRANSFORMER: 9e3}},
            {"spiking_flops_transformer": "fails", "spiking_flops_perceptron": "holds"},
        ),
        # A rival that falls short with some seeds has paid at least what it spent.
        ({"flops": DEARER, "fall_short": ((CIRCUIT, 2), (CIRCUIT, 5))}, {"circuit_flops_transformer": "holds"}),
        # Its bound from below cannot show that it is cheaper: nor can the reference's show that it is dearer.
        ({"flops": CHEAPER, "fall_short": ((CIRCUIT, 2),)}, {"circuit_flops_transformer": "undecided"}),
        (
            {"flops": DEARER, "fall_short": ((TRANSFORMER, 2),)},
            {"circuit_flops_transformer": "undecided", "circuit_flops_perceptron": "holds"},
        ),
        ({"flops": CHEAPER, "fall_short": ((TRANSFORMER, 2),)}, {"circuit_flops_transformer": "fails"}),
        (
            {"flops": DEARER, "fall_short": ((TRANSFORMER, 2), (CIRCUIT, 3))},
            {"circuit_flops_transformer": "undecided", "circuit_flops_perceptron": "holds"},
        ),
        ({"flops": DEARER, "fall_short": ((SMALL_PERCEPTRON, 2),)}, {"circuit_flops_perceptron": "holds"}),
        # Logistic regression must be cheaper than both deep networks to show that none is needed.
        ({"flops": {LOGISTIC: 0.5, PERCEPTRON: 0.01}}, {"logistic_regression": "holds"}),
        ({"flops": {LOGISTIC: 0.01}, "fall_short": ((LOGISTIC, 1),)}, {"logistic_regression": "undecided"}),
    ],
)
def test_outcomes_follow_the_numbers(changes: dict[str, Any], expected: dict[str, str]) -> None:
    found = outcomes(table(**changes))
    assert {name: found[name] for name in expected} == expected


def test_a_ratio_is_that_of_the_costs() -> None:
    found = judgements(table(flops=DEARER, seconds=CHEAPER))
    for cost_name, factors in (("flops", DEARER), ("seconds", CHEAPER)):
        for own, model in (("spiking", SPIKING), ("circuit", CIRCUIT)):
            value = found[f"{own}_{cost_name}_perceptron"].value
            assert value is not None
            np.testing.assert_allclose(value, np.log10(factors[model]), atol=0.2)


def test_rows_that_were_derived_decide_nothing() -> None:
    rows: list[Row] = []
    for row in table(flops=DEARER):
        if isinstance(row, Target):
            row = replace(row, flops_to_target=1)
        if isinstance(row, Update):
            row = replace(row, update_seconds=DEARER.get(row.model, 1.0))
        rows.append(row)
    assert outcomes(rows)["circuit_seconds_transformer"] == "holds"
    assert outcomes(rows)["circuit_flops_transformer"] == "holds"


def test_the_target_is_the_highest_that_all_reach_which_reach_any() -> None:
    rows = table(fall_short=((CIRCUIT, 2),))
    assert hardest_target(rows, CIRCUIT) is None
    assert hardest_target(rows, SPIKING) == 0.8
    found = judgements(rows)["circuit_flops_transformer"]
    assert found.found.startswith("To 80% validation accuracy the circuit takes at least ")
    assert found.quantity.endswith("circuit ÷ transformer, at least")
    both = judgements(table(fall_short=((CIRCUIT, 2), (TRANSFORMER, 3))))["circuit_flops_transformer"]
    assert both.value is None
    assert both.needed == "more settings.steps, with which no seed falls short of the accuracy"
    none = judgements(table(fall_short=tuple((model, 0) for model in COMPARED)))
    assert {none[name].outcome for name in (*PAIRS, "logistic_regression")} == {"not measured"}
    assert none["circuit_flops_transformer"].found.startswith("No model in the table reaches 70% validation accuracy")


@pytest.mark.parametrize("number", [1, 7])
def test_too_few_seeds_decide_nothing(number: int) -> None:
    rows = [
        row for row in table(flops=DEARER, test_accuracy={CIRCUIT: 0.9}) if getattr(row, "training_seed", 0) < number
    ]  # fmt: skip
    found = judgements(rows)
    assert {one.outcome for name, one in found.items() if name != "entanglement"} == {"undecided"}
    assert found["circuit_flops_transformer"].needed == "at least 8 paired seeds: raise settings.seeds"
    assert found["entanglement"].outcome == ("not measured" if number == 1 else "undecided")


@pytest.mark.parametrize("lost", [Row, Update, Look])
def test_what_is_not_in_the_table_is_not_said_to_fall_short(lost: type[Row]) -> None:
    """Without runs, or what an update costs, no statement of a cost is measured: nothing was seen not to reach."""
    found = judgements([row for row in table(flops=DEARER) if not isinstance(row, lost)])
    for name in (*PAIRS, "logistic_regression"):
        assert found[name].outcome == "not measured"
        assert "are not in the table, or no run is whole" in found[name].found
    assert (found["entanglement"].outcome == "not measured") == (lost is Row)


def test_a_cost_that_is_not_known_is_not_measured() -> None:
    rows = [
        replace(row, update_flops=None) if isinstance(row, Update) and row.model == CIRCUIT else row
        for row in table(flops=DEARER, seconds=DEARER)
    ]
    found = outcomes(rows)
    assert found["circuit_flops_transformer"] == found["circuit_flops_perceptron"] == "not measured"
    assert found["circuit_seconds_transformer"] == found["spiking_flops_transformer"] == "holds"


def test_matched_sizes_stand_beside_the_statements() -> None:
    small = {SMALL_SPIKING: 30.0, CIRCUIT: 100.0}
    (verdict,) = STUDY.judge(table(flops=small, seconds=small), CONFIG)
    own = [sentence for sentence in verdict.context if sentence.startswith("With all at the circuit's number")]
    assert len(own) == 4
    assert not any("not told apart" in sentence for sentence in own)


def test_signals_are_ranked_by_their_ratio_to_noise() -> None:
    rows = table()
    pairs = {
        (row.first, row.first_shots, row.second, row.second_shots): row
        for row in of(rows, Ranking)
        if row.period == "before training"
    }
    clear = pairs[TRANSFORMER, None, SPIKING, None]
    np.testing.assert_allclose(clear.log10_ratio, np.log10(3), atol=0.02)
    assert clear.ranked
    assert not pairs[TRANSFORMER, None, CIRCUIT, None].ranked
    low = pairs[CIRCUIT, None, CIRCUIT, 1000].low
    assert low is not None
    assert low > 0
    shown = signal_to_noise(signal(rows, TRANSFORMER, [0]), 32)
    assert shown is not None
    np.testing.assert_allclose(shown.mean, 32 * 1.05 / 10, rtol=0.03)
    hidden = signal(rows, TRANSFORMER, [0])
    assert signal_to_noise(hidden._replace(norms=-hidden.norms), 32) is None


def places(rows: list[Row]) -> set[tuple[str, str, Any]]:
    """Every kind of row, with each model, seed and number of updates that its rows have."""
    return {
        (row.part, field, getattr(row, field))
        for row in rows
        for field in ("model", "training_seed", "updates")
        if hasattr(row, field)
    }


@functools.cache
def of_statement(name: str, outcome: str) -> tuple[list[Row], dict[str, str], list[tuple[str, str, Any]]]:
    """A synthetic table, its outcomes, and what may be lost of it together."""
    rows, _ = TABLES[name][outcome]
    return rows, outcomes(rows), sorted(places(rows), key=repr)


@given(st.data(), st.integers(0, 2**32 - 1), st.sampled_from([1.0, 0.99, 0.9, 0.5, 0.1]))
@settings(max_examples=60, deadline=None)
def test_a_table_of_which_rows_are_lost_is_judged_by_what_is_whole(
    data: st.DataObject, seed: int, share: float
) -> None:
    """Whatever is lost, single rows or all of a place: nothing raises, or is decided otherwise than by all rows."""
    name = data.draw(st.sampled_from(sorted(TABLES)))
    whole, expected, together = of_statement(name, data.draw(st.sampled_from(sorted(TABLES[name]))))
    lost = data.draw(st.sets(st.sampled_from(together), max_size=3))
    kept = np.random.default_rng(seed).uniform(size=len(whole)) < share
    found = outcomes([row for row, own in zip(whole, kept, strict=True) if own and not places([row]) & lost])
    for statement, outcome in expected.items():
        assert found[statement] in (outcome, "undecided", "not measured"), statement


@pytest.mark.parametrize("start", [0, 1])
def test_of_every_second_row_no_run_is_whole(start: int) -> None:
    found = judgements(table(flops=DEARER, seconds=DEARER)[start::2])
    assert {found[name].outcome for name in (*PAIRS, "logistic_regression")} == {"not measured"}


def test_a_look_that_every_run_lost_is_missed() -> None:
    """The settings say which looks there are: what is left of the table would put every target too late."""
    early = [row for row in table(flops=DEARER) if not (isinstance(row, Look) and row.updates in (10, 20))]
    found = judgements(early)["circuit_flops_transformer"]
    assert found.outcome == "not measured"
    assert found.needed == "whole runs of each of these models, and what an update of each costs"


def test_signals_are_told_of_only_where_all_were_measured() -> None:
    def told(rows: list[Row]) -> int:
        (verdict,) = STUDY.judge(rows, CONFIG)
        return sum("signal-to-noise" in sentence for sentence in verdict.context)

    rows = table()
    assert told(rows) == 2
    # Where one model has a single seed at the later moment, what was measured before training stands.
    later = [row for row in of_model(rows, LayerSignal, SPIKING) if row.updates and row.training_seed]
    assert told([row for row in rows if row not in later]) == 1
    assert told(without(rows, SPIKING, LayerSignal)) == 0
    # Without the moment before training, the next one would be told as that.
    assert told([row for row in rows if not (isinstance(row, LayerSignal) and row.updates == 0)]) == 0


def test_a_ranking_needs_enough_seeds_of_both() -> None:
    rows = table()
    few = [
        row for row in rows if not (isinstance(row, LayerSignal) and row.model == SPIKING and row.training_seed == 3)
    ]

    def ranked(own: list[Row], first: str, second: str) -> set[bool]:
        return {row.ranked for row in ranking(own, COMPARED) if (row.first, row.second) == (first, second)}

    assert ranked(rows, TRANSFORMER, SPIKING) == {True}
    assert ranked(few, TRANSFORMER, SPIKING) == {False}
    assert True in ranked(few, TRANSFORMER, CIRCUIT)


def test_a_run_of_which_a_look_is_lost_is_left_out() -> None:
    """When it reached a target is then not known: the others' mean stands."""
    whole = table(flops=DEARER, seconds=DEARER)
    lost = [
        row
        for row in whole
        if not (isinstance(row, Look) and (row.model, row.training_seed, row.updates) == (CIRCUIT, 3, 20))
    ]
    found = judgements(lost)["circuit_flops_transformer"]
    assert found.outcome == "undecided"
    assert found.needed == "at least 8 paired seeds: raise settings.seeds"


def test_the_figure_is_drawn_from_the_table(tmp_path: Path) -> None:
    rows = table(flops=DEARER, fall_short=((CIRCUIT, 2),))
    assert STUDY.draw(rows, STUDY.judge(rows, CONFIG), tmp_path).stat().st_size > 10_000


# Training


def test_the_rate_is_that_of_the_lowest_mean_loss() -> None:
    trials = [
        Trial(model="a", learning_rate=rate, training_seed=0, mean_eval_loss=loss, eval_accuracy=0.5)
        for rate, loss in ((0.1, 1.0), (0.1, 2.0), (0.2, 1.4), (0.2, 1.4), (0.3, 0.1), (0.3, None))
    ]
    assert chosen_rate(trials) == 0.2


def test_no_judged_seed_chooses_a_rate() -> None:
    assert not set(judged_seeds(TINY)) & set(tuning_seeds(TINY))


def test_runs_are_those_of_their_rate_and_seed() -> None:
    """Six pairs in programs of five: each as it would be alone, and the same batches whatever the rate."""
    together = runs(LOGISTIC, [0.01, 0.01, 0.1, 0.1, 0.1, 0.01], [0, 1, 0, 1, 2, 9], TINY)
    alone = runs(LOGISTIC, [0.1], [1], TINY)
    assert together.loss.shape == (6, TINY.records + 1)
    np.testing.assert_allclose(together.loss[3], alone.loss[0], rtol=1e-5)
    np.testing.assert_array_equal(together.loss[0, 0], together.loss[2, 0])
    assert together.loss[2, -1] < together.loss[0, -1] < together.loss[0, 0]
    trials = tune(LOGISTIC, TINY)
    assert [(row.learning_rate, row.training_seed) for row in trials] == [
        (rate, seed) for rate in TINY.learning_rates for seed in tuning_seeds(TINY)
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"seeds": 4}, "settings.seeds=4 must be at least 5"),
        ({"side": 9}, "settings.side=9 must be from 2 to 8"),
        ({"layers": 1, "side": 5}, "make 12 gate angles for the 25 features of settings.side=5"),
        ({"steps": 13}, "settings.steps=13 must be a multiple of settings.records=4"),
        ({"signal_moments": 6}, "settings.signal_moments=6 must be from 2 to records"),
        ({"batch_size": 2000}, "settings.batch_size=2000 must be from 1 to the 1260 training examples"),
        ({"shot_examples": 13}, "settings.shot_examples=13 must be from 1 to settings.signal_examples=12"),
        ({"learning_rates": (0.1, 0.01)}, r"settings.learning_rates=\[0.1, 0.01\] must be at least two positive"),
        ({"accuracy_targets": ()}, "settings.accuracy_targets=.* must list at least one"),
        ({"loss_targets": (0.0,)}, "settings.loss_targets=.* must be positive"),
    ],
)
def test_wrong_settings_are_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        replace(TINY, **changes)


def test_only_circuits_cost_circuits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "MODELS", (CIRCUIT, LOGISTIC))
    circuit, logistic = costs.measure(TINY)
    # Three angles on every qubit of every layer, each shifted twice, and the values themselves.
    executions = TINY.batch_size * (1 + 2 * 3 * TINY.qubits * TINY.layers)
    assert (circuit.circuit_executions, circuit.shots) == (executions, executions * TINY.shots)
    assert logistic.circuit_executions is logistic.shots is None
    # The product of the batch with the weights and its way back, the bias, and Adam's ten or so per parameter.
    products = 2 * 2 * TINY.batch_size * TINY.side**2 * 10
    assert logistic.update_flops is not None
    assert products < logistic.update_flops < products + 20 * (logistic.parameters + 10 * TINY.batch_size)
    assert all(one.update_seconds is not None and one.update_seconds > 0 for one in (circuit, logistic))


def test_floors_are_measured_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole run, of two models only; a second one reads every point and computes the same table."""
    for where in (measure, costs):
        monkeypatch.setattr(where, "MODELS", (PRODUCT, LOGISTIC))
    monkeypatch.setattr(measure, "COMPARED", (PRODUCT,))
    rows = STUDY.run(TINY, Recorder(tmp_path / "rows.jsonl", kinds=STUDY.kinds))
    counts = dict(Counter(row.part for row in rows))
    moments = len(moments_of_training(TINY))
    assert counts == {
        "updates": 2,
        "trials": 2 * 4,
        "looks": 2 * TINY.seeds * (TINY.records + 1),
        "ends": 2 * TINY.seeds,
        # Twelve layers, the read-out and the whole, with and without shots; the read-out and the whole.
        "signals": TINY.seeds * moments * (14 * 2 + 2),
        "targets": 2 * TINY.seeds * 3,
        "accuracies_at_equal_flops": 2 * TINY.seeds,
        "rankings": 2,
    }
    paid = {row.model: row for row in of(rows, Update)}
    # By hand: 1 + 2N circuits an example, N = 3 · 4 · 12; logistic regression's two products, forward and reverse.
    assert paid[PRODUCT].circuit_executions == (1 + 2 * 144) * TINY.batch_size
    assert paid[PRODUCT].shots == 100 * paid[PRODUCT].circuit_executions
    assert paid[LOGISTIC].circuit_executions is None
    assert 2 * 2 * 8 * 9 * 10 < paid[LOGISTIC].update_flops < 2 * 2 * 8 * 9 * 10 + 40 * (100 + 8 * 10)
    whole = [row for row in of_model(rows, LayerSignal, PRODUCT) if row.layer == WHOLE]
    exact, noisy = ([row.covariance_trace for row in whole if row.shots_per_circuit == shots] for shots in (None, 100))
    assert all(more > less for more, less in zip(noisy, exact, strict=True))
    monkeypatch.setattr("eval.studies.gradient_worth.training.Many", lambda *_, **__: pytest.fail("was trained again"))
    assert STUDY.run(TINY, Recorder(tmp_path / "rows.jsonl", kinds=STUDY.kinds)) == rows


@pytest.mark.slow
def test_the_study_runs_from_end_to_end(tmp_path: Path) -> None:
    rows = STUDY.run(TINY, Recorder(tmp_path / "rows.jsonl", kinds=STUDY.kinds))
    ends = of(rows, End)
    assert len(ends) == len(MODELS) * TINY.seeds
    sizes = {row.model: row.parameters for row in of(rows, Update)}
    for name in (SMALL_SPIKING, SMALL_TRANSFORMER):
        assert abs(sizes[name] / sizes[CIRCUIT] - 1) <= 0.05
    found = STUDY.judge(rows, TINY)
    assert not {"holds", "fails"} & {one.outcome for one in found[0].judgements}
    assert STUDY.draw(rows, found, tmp_path).stat().st_size > 10_000
