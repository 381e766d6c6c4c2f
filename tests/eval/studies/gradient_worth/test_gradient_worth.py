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
from statement_tables.gradient_worth import (
    CHEAPER,
    CONFIG,
    DEARER,
    STATIC,
    TABLES,
    TIMED,
    cost,
    curve,
    rounds,
    table,
    trials,
    without,
)

from eval.judgement import Judgement
from eval.models.product_ansatz import ProductAnsatz
from eval.recorder import Recorder
from eval.rows import Row, of
from eval.statistics.intervals import jackknife, ratio, student
from eval.studies.gradient_worth import STUDY, costs, measure
from eval.studies.gradient_worth.choice import Choice, choice, goal
from eval.studies.gradient_worth.config import Config
from eval.studies.gradient_worth.data import Case, cases, split
from eval.studies.gradient_worth.findings import (
    ASKED,
    comparisons,
    findings,
    of_model,
    on,
    ranking,
    signal,
    signal_to_noise,
)
from eval.studies.gradient_worth.models import (
    CIRCUIT,
    COMPARED,
    LINEAR,
    MODELS,
    PERCEPTRON,
    SPIKING,
    TRANSFORMER,
    Model,
    _spiking,
    model,
)
from eval.studies.gradient_worth.rows import (
    Compared,
    Cost,
    End,
    Goal,
    LayerSignal,
    Look,
    Ranking,
    Round,
    Target,
    Trial,
    Update,
)
from eval.studies.gradient_worth.signal import (
    START,
    WHOLE,
    centred_objective,
    first_at,
    moments,
    moments_by_layer,
    shot_variance,
    word_values,
)
from eval.studies.gradient_worth.targets import costs_to_target, each_update, reached_at
from eval.studies.gradient_worth.training import judged_seeds, runs, tune, tuning_seeds
from paradigms import snn, vqc
from paradigms.interface import Spec
from paradigms.vqc.circuit.ansatz import LAYERS
from paradigms.vqc.circuit.observables import observables
from training.data.split import Batch
from training.errors import BadInput
from training.objective import Auxiliary, training_objective
from training.probes.flops import count_operations

TINY = Config(
    tasks=(STATIC, TIMED),
    training_examples=40,
    validation_examples=16,
    qubits=4,
    circuit_layers=(2, 3),
    transformer_widths=(4, 8),
    transformer_layers=1,
    transformer_heads=2,
    hidden=(4, 6),
    time_steps=(2, 3),
    steps=12,
    records=4,
    batch_size=8,
    learning_rates=(0.01, 0.1),
    tuning_seeds=2,
    seeds=5,
    signal_losses=(0.99,),
    signal_examples=12,
    shots=100,
    shot_examples=2,
    timing_rounds=2,
    timing_repeats=1,
)
CASE, CASE_IN_TIME = cases(TINY)


# Signal


@pytest.mark.parametrize("case", [CASE, CASE_IN_TIME], ids=lambda case: case.task)
def test_the_layers_of_every_model_hold_each_parameter_once(case: Case) -> None:
    for name in MODELS:
        own = model(name, 0, case)
        shapes = jax.eval_shape(own.paradigm.init, jax.random.key(0)).params
        numbers = iter(range(own.parameters))
        params = jax.tree.map(
            lambda leaf, numbers=numbers: np.array([next(numbers) for _ in range(leaf.size)]).reshape(leaf.shape),
            shapes,
        )
        layers = own.layers(params)
        held = np.concatenate([np.ravel(leaf) for part in layers.values() for leaf in jax.tree.leaves(part)])
        assert sorted(held) == list(range(own.parameters)), name


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


def test_without_its_mean_a_large_offset_is_no_signal() -> None:
    """With the mean output taken away, the gradient of the offset is that of centred predictions, whatever it is."""
    own, task = model(PERCEPTRON, 0, CASE), split(CASE, 0)
    params, state = own.paradigm.init(jax.random.key(0))
    batch = jax.tree.map(jnp.asarray, Batch(*task.train.take(np.arange(40)), np.ones(40, np.float32)))
    *_, last = params["network"]["layers"]
    shifted = jax.tree.map(lambda leaf: leaf, params)
    shifted["network"]["layers"][last]["bias"] = jnp.array([5.0, -5.0])

    def measured(params: Any, *, centred: bool) -> tuple[float, float]:
        predictions = own.paradigm.apply(params, state, batch.inputs, key=jax.random.key(0), train=False).prediction
        offset = centred * predictions.mean(axis=0)
        objective = centred_objective(own.paradigm, task, offset)
        traces, norms = moments_by_layer(objective, own.layers, params, state, batch, jax.random.key(0))
        return float(traces[WHOLE]), float(norms[WHOLE])

    np.testing.assert_allclose(measured(shifted, centred=True), measured(params, centred=True), rtol=1e-3)
    assert measured(shifted, centred=False)[1] > 10 * abs(measured(params, centred=False)[1])
    # Nothing taken away, it is the objective of training.
    plain = training_objective(own.paradigm, task)
    values = [
        one(params, state, batch, jax.random.key(0))[0]
        for one in (plain, centred_objective(own.paradigm, task, jnp.zeros(2)))
    ]
    np.testing.assert_allclose(*values, rtol=1e-6)


def test_a_loss_is_reached_at_the_first_look_after_the_start() -> None:
    losses = np.array([[0.1, 0.9, 0.5, 0.6], [1.0, 0.9, 0.8, 0.7], [1.0, np.nan, np.nan, np.nan]])
    assert first_at(losses, 0.5) == [2, None, None]
    assert first_at(losses, 0.9) == [1, 1, None]
    assert moments(TINY) == [START, "0.99"]


# Costs to a target


def test_a_passage_of_a_target_must_last() -> None:
    updates = [0, 10, 20, 30]
    assert reached_at(updates, [0.1, 0.8, 0.8, 0.9], 0.8, "accuracy") == 10
    assert reached_at(updates, [0.1, 0.8, 0.7, 0.9], 0.8, "accuracy") == 30, "the first passage did not last"
    assert reached_at(updates, [0.1, 0.8, 0.9, 0.7], 0.8, "accuracy") is None
    assert reached_at(updates, [2.0, 0.4, 0.4, None], 0.5, "loss") is None
    assert reached_at(updates, [2.0, None, 0.4, 0.3], 0.5, "loss") == 20
    assert reached_at(updates, [0.1, 0.8, 0.7, 0.9], 0.95, "accuracy") is None
    assert reached_at(updates, [0.9, 0.2, 0.8, 0.9], 0.8, "accuracy") == 20


def test_costs_are_updates_times_what_one_costs() -> None:
    looked = curve("a", 3, [0.1, 0.6, 0.8], events=5.0)
    each = cost("a", 70, 11, gates=30, spikes=40)
    (near,) = costs_to_target(looked, each, rounds("a", [0.25, 1.0]), "accuracy", 0.7, 4)
    wanted: dict[Cost, float | None] = {
        # Of the 70, 40 are products of spikes; instead, 4 examples have 5 events each, forward and backward.
        "examples": 80, "flops": 1400, "synaptic": 20 * (70 - 40 + 2 * 4 * 5), "gates": 600, "seconds": 10.0,
        "joules": None, "circuit_executions": 220, "shots": 220_000,
    }  # fmt: skip
    assert near.updates == 20
    for name, value in wanted.items():
        assert near.paid(name) == (value if value is None else pytest.approx(value)), name
    (never,) = costs_to_target(looked, each, [], "accuracy", 0.9, 4)
    assert not never.reached
    assert all(never.paid(name) is None for name in wanted)


def test_a_model_without_spikes_or_circuits_pays_the_same_by_every_count() -> None:
    looked = curve("a", 0, [0.1, 0.9])
    assert {each_update(one, cost("a", 7), looked, 4) for one in ("flops", "synaptic", "gates")} == {7}
    assert each_update("synaptic", cost("a", 7, spikes=3), looked, 4) is None, "its activity is not known"


# What trials choose


def test_the_target_lies_between_the_linear_model_and_the_better_network() -> None:
    rows = [*trials(LINEAR, 0.6), *trials(TRANSFORMER, 0.7), *trials(PERCEPTRON, 0.9)]
    found = goal(rows, STATIC, CONFIG)
    assert found is not None
    assert (found.linear, found.deep, found.wide) == (pytest.approx(0.6), pytest.approx(0.9), True)
    assert found.target == pytest.approx(0.75)
    narrow = goal([*trials(LINEAR, 0.86), *rows[len(trials(LINEAR, 0.6)) :]], STATIC, CONFIG)
    assert narrow is not None
    assert not narrow.wide
    # Of values it is the loss that counts, and less is better.
    values = [replace(row, accuracies=None) for row in rows]
    of_loss = goal(values, STATIC, CONFIG)
    assert of_loss is not None
    assert (of_loss.measure, of_loss.target) == ("loss", pytest.approx(3 * 0.25))
    assert goal(rows[1:], STATIC, CONFIG) is None, "a trial is missing: what was best is not known"


def test_the_size_and_rate_are_those_of_the_fewest_operations_to_the_target() -> None:
    aim = Goal(task=STATIC, measure="accuracy", linear=0.5, deep=0.9, target=0.7, wide=True)

    def tried(size: int, rate: float, flops: float, *seeds: list[float]) -> list[Trial]:
        return [
            Trial(task=STATIC, model="a", training_seed=seed, size=size, learning_rate=rate, update_flops=flops,
                  losses=tuple(1 - one for one in own), accuracies=tuple(own))
            for seed, own in enumerate(seeds)
        ]  # fmt: skip

    config = replace(CONFIG, steps=30, records=3)
    early, late, never, once = [0.1, 0.8, 0.8, 0.8], [0.1, 0.1, 0.8, 0.8], [0.1, 0.1, 0.1, 0.3], [0.1, 0.8, 0.8, 0.6]
    slow, fast = tried(0, 0.1, 10, late, late), tried(1, 0.1, 15, early, early)
    assert choice([*slow, *fast], aim, config) == Choice(1, 0.1)
    assert choice([*slow, *tried(1, 0.1, 25, early, early)], aim, config) == Choice(0, 0.1), (
        "half the way, 2.5 times the price"
    )
    assert choice([*slow, *tried(1, 0.1, 1, early, once)], aim, config) == Choice(0, 0.1), "a seed falls short"
    assert choice([*tried(0, 0.1, 1, never, never), *tried(1, 0.1, 99, once, once)], aim, config) == Choice(1, 0.1)


def test_the_cheapest_deep_network_is_that_of_the_seeds_of_tuning() -> None:
    """By operations and by seconds each; what the judged seeds paid has no say."""
    rows = table(flops={TRANSFORMER: 3.0}, seconds={PERCEPTRON: 3.0}, fall_short=((PERCEPTRON, 1),))
    found = findings(rows, STATIC, CONFIG)
    assert (found.reference("flops"), found.reference("gates")) == (PERCEPTRON, PERCEPTRON)
    assert found.reference("seconds") == TRANSFORMER
    lost = findings(without(rows, TRANSFORMER, Round), STATIC, CONFIG)
    assert (lost.reference("flops"), lost.reference("seconds")) == (PERCEPTRON, None)


# Verdicts


def judgements(rows: list[Row], config: Config = CONFIG) -> dict[str, Judgement]:
    (verdict,) = STUDY.judge(rows, config)
    return {one.statement: one for one in verdict.judgements}


def outcomes(rows: list[Row], config: Config = CONFIG) -> dict[str, str]:
    return {name: one.outcome for name, one in judgements(rows, config).items()}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"flops": DEARER, "seconds": DEARER, "events": 30.0, "gates": 30.0}, dict.fromkeys(ASKED, "holds")),
        (
            {"flops": CHEAPER, "seconds": CHEAPER},
            {name: "fails" for name, one in ASKED.items() if one.cost in ("flops", "seconds")},
        ),
        # The cheapest network is the one to be beaten, whatever the other pays.
        ({"flops": {**DEARER, TRANSFORMER: 9e3}}, {"spiking_flops_static": "holds", "circuit_flops_timed": "holds"}),
        ({"flops": {SPIKING: 3.0, TRANSFORMER: 9e3, PERCEPTRON: 9.0}}, {"spiking_flops_static": "fails"}),
        # A program that is dearer than the circuit's gates one by one says nothing of these.
        (
            {"flops": {CIRCUIT: 100.0}, "gates": 0.0001},
            {"circuit_flops_static": "holds", "circuit_gates_static": "fails"},
        ),
        # A rival that falls short with some seeds has paid at least what it spent.
        ({"flops": DEARER, "fall_short": ((CIRCUIT, 2), (CIRCUIT, 5))}, {"circuit_flops_static": "holds"}),
        # Its bound from below cannot show that it is cheaper: nor can the reference's show that it is dearer.
        ({"flops": CHEAPER, "fall_short": ((CIRCUIT, 2),)}, {"circuit_flops_static": "undecided"}),
        (
            {"flops": {**DEARER, TRANSFORMER: 2.0}, "fall_short": ((PERCEPTRON, 2),)},
            {"circuit_flops_static": "undecided"},
        ),
        ({"flops": {**DEARER, TRANSFORMER: 2.0}, "fall_short": ((TRANSFORMER, 2),)}, {"circuit_flops_static": "holds"}),
        # Rounds of timing that differ are in the interval of seconds, and in no other.
        (
            {"flops": DEARER, "seconds": {CIRCUIT: 8.0}, "spread": 0.001},
            {"circuit_seconds_static": "holds", "circuit_flops_static": "holds"},
        ),
        (
            {"flops": DEARER, "seconds": {CIRCUIT: 8.0}, "spread": 1.5},
            {"circuit_seconds_static": "undecided", "circuit_flops_static": "holds"},
        ),
    ],
)  # fmt: skip
def test_outcomes_follow_the_numbers(changes: dict[str, Any], expected: dict[str, str]) -> None:
    found = outcomes(table(**changes))
    assert {name: found[name] for name in expected} == expected


def test_a_ratio_is_that_of_the_costs() -> None:
    found = judgements(table(flops=DEARER, seconds=CHEAPER))
    for cost_name, factors in (("flops", DEARER), ("seconds", CHEAPER)):
        for own, name in (("spiking", SPIKING), ("circuit", CIRCUIT)):
            value = found[f"{own}_{cost_name}_static"].value
            assert value is not None
            np.testing.assert_allclose(value, np.log10(factors[name]), atol=0.2)


def test_a_statement_is_of_every_judged_task_of_its_kind() -> None:
    """The smallest ratio decides: dearer on one task and cheaper on another is not dearer on all."""
    config = replace(CONFIG, tasks=(STATIC, "digits", TIMED))
    dear, cheap = table(flops=DEARER, tasks=(STATIC, TIMED)), table(flops=CHEAPER, tasks=("digits",))
    found = judgements([*dear, *cheap], config)
    assert (found["circuit_flops_static"].outcome, found["circuit_flops_timed"].outcome) == ("fails", "holds")
    assert "on digits the circuit takes" in found["circuit_flops_static"].found
    assert "on bars_and_stripes the circuit takes" in found["circuit_flops_static"].found
    assert outcomes([*dear, *table(flops=DEARER, tasks=("digits",))], config)["circuit_flops_static"] == "holds"
    # A task that a linear model solves is no obstacle; one of which the table does not tell is.
    solved = table(flops=CHEAPER, tasks=("digits",), linear={"digits": 0.88})
    assert outcomes([*dear, *solved], config)["circuit_flops_static"] == "holds"
    assert outcomes(dear, config)["circuit_flops_static"] == "not measured"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        # With the seeds of tuning the linear model comes too near; with the judged ones it reaches the target.
        ({"linear": {STATIC: 0.88}}, "is not used to judge: a linear model reaches 88.0%"),
        ({"linear_run": 0.75}, "is not used to judge: with half of its seeds or more, a linear model reaches"),
    ],
)
def test_what_a_linear_model_solves_is_not_used_to_judge(changes: dict[str, Any], sentence: str) -> None:
    (verdict,) = STUDY.judge(table(flops=DEARER, **changes), CONFIG)
    static = [one for one in verdict.judgements if not one.statement.endswith("timed")]
    assert {one.outcome for one in static} == {"not measured"}
    assert any(sentence in condition for condition in verdict.conditions)


def test_rows_that_were_derived_decide_nothing() -> None:
    rows = [
        replace(row, flops_to_target=1) if isinstance(row, Target)
        else replace(row, target=0.1) if isinstance(row, Goal)
        else replace(row, low=-9.0, high=-8.0) if isinstance(row, Compared)
        else row
        for row in table(flops=DEARER)
    ]  # fmt: skip
    assert outcomes(rows)["circuit_flops_static"] == "holds"


def test_who_falls_short_is_a_bound() -> None:
    found = judgements(table(fall_short=((CIRCUIT, 2),)))["circuit_flops_static"]
    assert found.found.startswith("To 70% accuracy on bars_and_stripes the circuit takes at least ")
    assert found.quantity.endswith("circuit ÷ transformer, at least")
    assert found.needed == "more settings.steps, with which no seed falls short of the accuracy"
    both = judgements(table(fall_short=((CIRCUIT, 2), (TRANSFORMER, 3), (PERCEPTRON, 3))))["circuit_flops_static"]
    assert both.value is None


@pytest.mark.parametrize("number", [1, 7])
def test_too_few_seeds_decide_nothing(number: int) -> None:
    config = replace(CONFIG, seeds=8)
    rows = [
        row
        for row in table(flops=DEARER, test_accuracy={CIRCUIT: 0.9})
        if isinstance(row, Trial) or getattr(row, "model", "") == LINEAR or getattr(row, "training_seed", 0) < number
    ]
    found = judgements(rows, config)
    assert {one.outcome for name, one in found.items() if name != "entanglement"} == {"undecided"}
    assert found["circuit_flops_static"].needed == "at least 8 paired seeds: raise settings.seeds"
    assert found["entanglement"].outcome == ("not measured" if number == 1 else "undecided")


@pytest.mark.parametrize("lost", [Row, Update, Look, Trial])
def test_what_is_not_in_the_table_is_not_said_to_fall_short(lost: type[Row]) -> None:
    """Without trials, runs, or what an update costs, no statement of a cost is measured."""
    found = judgements([row for row in table(flops=DEARER) if not isinstance(row, lost)])
    for name in ASKED:
        assert found[name].outcome == "not measured"


def test_a_cost_that_is_not_known_is_not_measured() -> None:
    rows = [
        replace(row, update_flops=None, gate_flops=None) if isinstance(row, Update) and row.model == CIRCUIT else row
        for row in table(flops=DEARER, seconds=DEARER)
    ]
    found = outcomes(rows)
    assert found["circuit_flops_static"] == found["circuit_gates_static"] == "not measured"
    assert found["circuit_seconds_static"] == found["spiking_flops_static"] == "holds"


def test_all_intervals_hold_at_once() -> None:
    # Six costs on each task, and entanglement where examples have no time.
    assert comparisons(CONFIG) == 2 * 6 + 1
    assert comparisons(Config(task=None, tasks=("digits", STATIC, TIMED))) == 3 * 6 + 2


def test_signals_are_ranked_by_their_ratio_to_noise() -> None:
    rows = on(table(), STATIC)
    pairs = {
        (row.first, row.first_shots, row.second, row.second_shots): row
        for row in of(rows, Ranking)
        if row.moment == START
    }
    clear = pairs[TRANSFORMER, None, SPIKING, None]
    np.testing.assert_allclose(clear.log10_ratio, np.log10(3), atol=0.02)
    assert clear.ranked
    assert not pairs[TRANSFORMER, None, CIRCUIT, None].ranked
    low = pairs[CIRCUIT, None, CIRCUIT, 1000].low
    assert low is not None
    assert low > 0
    shown = signal_to_noise(signal(rows, TRANSFORMER, START), 32)
    assert shown is not None
    np.testing.assert_allclose(shown.mean, 32 * 1.05 / 10, rtol=0.03)
    # With the mean output left in, an offset counts as signal.
    plain = signal_to_noise(signal(rows, TRANSFORMER, START, centred=False), 32)
    assert plain is not None
    np.testing.assert_allclose(plain.mean, 32 * 20.05 / 10, rtol=0.03)
    hidden = signal(rows, TRANSFORMER, START)
    assert signal_to_noise(hidden._replace(norms=-hidden.norms), 32) is None


def places(rows: list[Row]) -> set[tuple[str, str, Any]]:
    """Every kind of row, with each model, seed, task and number of updates that its rows have."""
    return {
        (row.part, field, getattr(row, field))
        for row in rows
        for field in ("task", "model", "training_seed", "updates", "timing_round")
        if hasattr(row, field)
    }


@functools.cache
def of_statement(name: str, outcome: str) -> tuple[list[Row], dict[str, str], list[tuple[str, str, Any]]]:
    """A synthetic table, its outcomes, and what may be lost of it together."""
    rows, _ = TABLES[name][outcome]
    return rows, outcomes(rows), sorted(places(rows), key=repr)


@given(st.data(), st.integers(0, 2**32 - 1), st.sampled_from([1.0, 0.999, 0.99, 0.9, 0.1]))
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


def test_a_look_that_every_run_lost_is_missed() -> None:
    """The settings say which looks there are: what is left of the table would put every target too late."""
    early = [row for row in table(flops=DEARER) if not (isinstance(row, Look) and row.updates in (10, 20))]
    assert judgements(early)["circuit_flops_static"].outcome == "not measured"


def test_signals_are_told_of_only_where_all_were_measured() -> None:
    def told(rows: list[Row]) -> int:
        (verdict,) = STUDY.judge(rows, CONFIG)
        return sum("signal-to-noise" in sentence for sentence in verdict.context)

    rows = table(tasks=(STATIC, TIMED))
    assert told(rows) == 4
    # Where one model has a single seed at the later moment, what was measured before training stands.
    later = [row for row in of_model(rows, LayerSignal, SPIKING) if row.updates and row.training_seed]
    assert told([row for row in rows if row not in later]) == 2
    assert told(without(rows, SPIKING, LayerSignal, STATIC)) == 2


def test_a_ranking_needs_enough_seeds_of_both() -> None:
    rows = on(table(), STATIC)
    few = [
        row for row in rows if not (isinstance(row, LayerSignal) and row.model == SPIKING and row.training_seed == 3)
    ]

    def ranked(own: list[Row], first: str, second: str) -> set[bool]:
        found = ranking(own, STATIC, COMPARED, CONFIG)
        return {row.ranked for row in found if (row.first, row.second) == (first, second)}

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
    found = judgements(lost)["circuit_flops_static"]
    assert found.outcome == "undecided"
    assert found.needed == "at least 8 paired seeds: raise settings.seeds"


@pytest.mark.parametrize("changes", [{}, {"linear": {STATIC: 0.88, TIMED: 0.88}}])
def test_the_figure_is_drawn_from_the_table(changes: dict[str, Any], tmp_path: Path) -> None:
    rows = table(flops=DEARER, fall_short=((CIRCUIT, 2),), **changes)
    assert STUDY.draw(rows, STUDY.judge(rows, CONFIG), tmp_path).stat().st_size > 10_000


# Training


def test_no_judged_seed_chooses_anything() -> None:
    assert not set(judged_seeds(TINY)) & set(tuning_seeds(TINY))


@pytest.mark.parametrize("case", [CASE, CASE_IN_TIME], ids=lambda case: case.task)
def test_every_seed_has_splits_of_its_own_that_do_not_meet(case: Case) -> None:
    def of_split(seed: int) -> list[set[bytes]]:
        task = split(case, seed)
        parts = (task.train, task.validation, task.test)
        return [{one.tobytes() for one in np.asarray(part.take(np.arange(len(part)))[0])} for part in parts]

    first, second = of_split(0), of_split(1)
    assert [len(part) for part in first] == [40, 16, 16]
    assert len(set.union(*first)) == 72, "no example is in two parts"
    assert first[0] != second[0]
    assert first == of_split(0)


def test_runs_are_those_of_their_rate_and_seed() -> None:
    """Six pairs in programs of five: each as it would be alone, on the split of its seed, whatever the rate."""
    together = runs(LINEAR, 0, [0.01, 0.01, 0.1, 0.1, 0.1, 0.01], [0, 1, 0, 1, 2, 9], CASE)
    alone = runs(LINEAR, 0, [0.1], [1], CASE)
    assert together.loss.shape == (6, TINY.records + 1)
    np.testing.assert_allclose(together.loss[3], alone.loss[0], rtol=1e-5)
    np.testing.assert_array_equal(together.loss[0, 0], together.loss[2, 0])
    # By hand: the loss of the parameters at the end on the seed's own validation examples.
    params = jax.tree.map(lambda leaf: np.asarray(leaf[3, -1], float), together.params)
    (layer,) = params["network"]["layers"].values()
    validation = split(CASE, 1).validation
    inputs, targets = validation.take(np.arange(len(validation)))
    logits = np.asarray(inputs, float).reshape(len(inputs), -1) @ layer["kernel"] + layer["bias"]
    losses = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(targets)), targets]
    np.testing.assert_allclose(together.loss[3, -1], losses.mean(), rtol=1e-4)
    found = tune(LINEAR, 0, CASE)
    assert [(row.learning_rate, row.training_seed) for row in found] == [
        (rate, seed) for rate in TINY.learning_rates for seed in tuning_seeds(TINY)
    ]
    assert {len(row.losses) for row in found} == {TINY.records + 1}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"seeds": 4}, "settings.seeds=4 must be at least 5"),
        ({"side": 1}, "settings.side=1 must be at least 2"),
        ({"tasks": ()}, r"settings.tasks=\[\] must list some of digits, fashion_mnist"),
        ({"tasks": (STATIC, STATIC)}, "each once"),
        ({"hidden": (4,)}, r"settings.circuit_layers=\[2, 3\] must list as many sizes as settings.hidden=\[4\]"),
        ({"steps": 13}, "settings.steps=13 must be a multiple of settings.records=4"),
        ({"timing_rounds": 1}, "settings.timing_rounds=1 must be at least 2"),
        ({"batch_size": 41}, "settings.batch_size=41 must be at most settings.training_examples=40"),
        ({"shot_examples": 13}, "settings.shot_examples=13 must be from 1 to settings.signal_examples=12"),
        ({"learning_rates": (0.1, 0.01)}, r"settings.learning_rates=\[0.1, 0.01\] must be at least two positive"),
        ({"target_fraction": 1.0}, "settings.target_fraction=1 must lie between 0 and 1"),
        ({"signal_losses": (0.3, 0.6)}, r"settings.signal_losses=\[0.3, 0.6\] must be shares"),
    ],
)
def test_wrong_settings_are_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        replace(TINY, **changes)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"training_examples": 3999}, "settings.training_examples=3999 and twice settings.validation_examples=16"),
        ({"circuit_layers": (1, 3)}, "make 12 gate angles for the 16 features of bars_and_stripes"),
    ],
)
def test_data_that_do_not_fit_are_refused_before_anything_is_trained(changes: dict[str, Any], sentence: str) -> None:
    assert STUDY.ready is not None
    with pytest.raises(BadInput, match=sentence):
        STUDY.ready(replace(TINY, **changes))


def test_only_circuits_cost_circuits() -> None:
    circuit, linear = costs.measure({CIRCUIT: 1, LINEAR: 0}, CASE)
    # Three angles on every qubit of every layer, each shifted twice, and the values themselves.
    executions = TINY.batch_size * (1 + 2 * 3 * TINY.qubits * 3)
    assert (circuit.circuit_executions, circuit.shots) == (executions, executions * TINY.shots)
    assert linear.circuit_executions is linear.shots is linear.gate_flops is linear.spike_flops is None
    # The product of the batch with the weights and its way back, the bias, and Adam's ten or so per parameter.
    products = 2 * 2 * TINY.batch_size * 16 * 2
    assert linear.update_flops is not None
    assert products < linear.update_flops < products + 20 * (linear.parameters + 10 * TINY.batch_size)
    # The program fuses gates and keeps no count of them: it is of the order of the gates one by one.
    assert circuit.update_flops is not None
    assert circuit.gate_flops is not None
    assert 0.1 < circuit.gate_flops / circuit.update_flops < 2
    first, second = (costs.timed({CIRCUIT: 1, LINEAR: 0}, number, CASE) for number in (0, 1))
    assert [(row.model, row.timing_round) for row in (*first, *second)] == [
        (CIRCUIT, 0), (LINEAR, 0), (CIRCUIT, 1), (LINEAR, 1)
    ]  # fmt: skip
    assert all(row.update_seconds > 0 for row in (*first, *second))


@pytest.mark.parametrize("case", [CASE, CASE_IN_TIME], ids=lambda case: case.task)
def test_the_products_of_spikes_are_those_of_the_program(case: Case) -> None:
    """By how much operations grow with a neuron in each of two layers at once, beyond each alone: their products.

    Three of them to a step, 2 operations each: forward, by the weights, and by the spikes, which stays dense.
    """
    steps = {"static": case.config.time_steps[0], "timed": 8}[case.kind]

    def spiking(first: int, second: int) -> tuple[int, int]:
        spec = split(case, 0).spec
        encoding = "rows" if case.kind == "timed" else "direct"
        own = _spiking(snn.Config(hidden=(first, second), encoding=encoding, time_steps=steps), spec)
        params, state = own.paradigm.init(jax.random.key(0))

        def loss(params: Any) -> Any:
            inputs = jnp.zeros((1, *spec.inputs.shape))
            return own.paradigm.apply(params, state, inputs, key=jax.random.key(0), train=True).prediction.sum()

        assert own.spike_products is not None
        return int(count_operations(jax.grad(loss), params).floating), own.spike_products

    corners = [(4, 4), (4, 5), (5, 4), (5, 5)]
    counted, products = zip(*(spiking(*corner) for corner in corners), strict=True)
    mixed = counted[0] - counted[1] - counted[2] + counted[3]
    assert products[0] - products[1] - products[2] + products[3] == steps
    # Beside the products, a weight may be read once for the whole run.
    assert 0 <= mixed - 3 * 2 * steps <= 1
    assert products[0] == steps * (4 * 4 + 4 * 2)


def test_a_task_is_measured_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole run of a task that is not judged; a second one reads every point and computes the same table."""
    config = replace(TINY, tasks=(STATIC,), steps=4, records=2)
    rows = STUDY.run(config, Recorder(tmp_path / "rows.jsonl", kinds=STUDY.kinds))
    (found,) = of(rows, Goal)
    assert not found.wide, "four updates teach no network more than a linear model"
    assert Counter(row.part for row in rows) == {"data": 1, "trials": (1 + 2 + 2) * 4, "goals": 1}
    monkeypatch.setattr("eval.studies.gradient_worth.training.Many", lambda *_, **__: pytest.fail("was trained again"))
    assert STUDY.run(config, Recorder(tmp_path / "rows.jsonl", kinds=STUDY.kinds)) == rows


@pytest.mark.slow
def test_the_study_runs_from_end_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "goal", lambda rows, task, config: replace(goal(rows, task, config), wide=True))
    rows = STUDY.run(TINY, Recorder(tmp_path / "rows.jsonl", kinds=STUDY.kinds))
    assert len(of(rows, End)) == 2 * len(MODELS) * TINY.seeds
    assert len(of(rows, Round)) == 2 * len(MODELS) * TINY.timing_rounds
    starts = [row for row in of_model(on(rows, STATIC), LayerSignal, CIRCUIT) if row.moment == START]
    # Two layers or three, the read-out and the whole; with shots and without, and with the mean output and without.
    (layers,) = {TINY.circuit_layers[row.size] for row in of_model(on(rows, STATIC), Look, CIRCUIT)}
    assert len(starts) == TINY.seeds * (layers + 2) * 2 * 2
    whole = [row for row in starts if row.layer == WHOLE and row.centred]
    exact, noisy = ([row.covariance_trace for row in whole if row.shots_per_circuit == shots] for shots in (None, 100))
    assert all(more > less for more, less in zip(noisy, exact, strict=True))
    spiking = of_model(rows, Look, SPIKING)
    assert all(row.synaptic_operations is not None and row.synaptic_operations >= 0 for row in spiking)
    found = STUDY.judge(rows, TINY)
    assert not {"holds", "fails"} & {one.outcome for one in found[0].judgements}
    assert STUDY.draw(rows, found, tmp_path).stat().st_size > 10_000
