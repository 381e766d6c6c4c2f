"""The study of executions: settings, verdicts from numbers made up, the figure, and small measurements."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import jax
import jax.numpy as jnp
import matplotlib.image
import numpy as np
import pennylane as qml
import pytest
import statement_tables.executions
from omegaconf import OmegaConf
from programs import initialised

from eval.studies.executions import STUDY, circuits, counts, methods, shots, timing, training
from eval.studies.executions.circuits import FAMILIES
from eval.studies.executions.config import Config
from eval.studies.executions.energy import UPDATES, EnergyCircuit, lowest_energy
from eval.studies.executions.rows import METHODS, SIMULATED, EnergyTraining, GradientTiming, ReachedEnergy
from eval.studies.executions.verdict import verdicts
from paradigms.vqc.circuit.ansatz import LAYERS
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from training.errors import BadInput
from training.objective import Auxiliary


@pytest.fixture
def x64():
    """64-bit JAX for one test."""
    with jax.enable_x64(True):
        yield


def test_the_yaml_has_every_field_and_quick_is_the_default():
    folder = Path(__file__).parents[4] / "scripts" / "conf" / "settings" / "executions"
    quick, full = (OmegaConf.to_container(OmegaConf.load(folder / f"{name}.yaml")) for name in ("quick", "full"))
    defaults = {k: list(v) if isinstance(v, tuple) else v for k, v in dataclasses.asdict(Config()).items()}
    del defaults["seed"]
    assert quick == defaults
    assert set(full) == set(defaults)
    Config(**{key: tuple(value) if isinstance(value, list) else value for key, value in full.items()})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"layers": (1, 2)}, r"settings\.layers=\[1, 2\] must be at least 3 different depths"),
        ({"qubits": 2}, r"settings\.qubits=2 must be from 3 to 16"),
        ({"shot_parameters": 40}, r"settings\.shot_parameters=40 leaves 2 of settings\.layers"),
        ({"target": 1.0}, r"settings\.target=1\.0 must be between 0 and 1"),
        ({"shot_budget": 100}, r"settings\.shot_budget=100 must hold two gradients, 28800 shots"),
        ({"shots": 0}, r"settings\.shots=0 must be at least 1"),
    ],
)
def test_settings_out_of_range_are_refused(changes, sentence):
    with pytest.raises(BadInput, match=sentence):
        Config(**changes)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_counts_are_the_formula_and_those_of_pennylane(family):
    qubits, layers = 3, 2
    row = counts.measure(family, qubits, layers, tracked_occurrences=100, seed=0)
    by_hand = {
        "Pauli rotations": (18, 2 * 18, 1),
        "two measurement groups": (18, 2 * 18, 2),
        "controlled rotations": (6, 4 * 6, 1),
        "angles shared by all qubits (QAOA)": (4, 2 * 2 * (3 + 3), 1),
    }
    parameters, terms, groups = by_hand[family.name]
    assert (row.family, row.qubits, row.layers) == (family.name, qubits, layers)
    assert (row.parameters, row.terms, row.groups) == (parameters, terms, groups)
    assert row.gradient_executions == terms * groups
    assert row.tracked_executions == row.light_cone_executions == row.circuit_executions == (1 + terms) * groups


@pytest.mark.usefixtures("x64")
def test_one_circuit_gives_the_derivatives_of_commuting_generators():
    angles = jnp.asarray(np.random.default_rng(0).uniform(0, 6, 7))
    device = qml.device("default.qubit", wires=4)
    direct = jax.jit(jax.grad(qml.QNode(circuits.commuting(4), device, interface="jax")))(angles)
    derivatives = qml.QNode(circuits.commuting_derivatives(4, 7), device, interface="jax")
    together = jnp.stack(jax.jit(derivatives)(angles))
    assert np.abs(direct).max() > 0.1
    np.testing.assert_allclose(together, direct, atol=1e-12)
    row = counts.measure_commuting(4, 7)
    assert (row.parameters, row.gradient_executions, row.parameter_shift_executions) == (7, 1, 14)


def test_ground_energy_of_two_spins_by_hand():
    # H = -ZZ - X1 - X2: in the even sector the matrix [[-1, -2], [-2, 1]], with eigenvalues ±√5.
    assert circuits.ground_energy(2) == pytest.approx(-np.sqrt(5))


def test_errors_and_shots_of_an_estimator_of_known_error():
    exact = np.array([3.0, 4.0])
    row = shots.gradient_errors(np.tile(exact + np.array([0.1, -0.2]), (5, 1)), exact, 1000, 0.1)
    assert row["infinity_error"] == pytest.approx(0.2, rel=1e-5)
    assert row["l2_error"] == pytest.approx(np.sqrt(0.05), rel=1e-5)
    assert row["relative_error"] == pytest.approx(np.sqrt(0.05) / 5, rel=1e-5)
    assert row["infinity_shots"] == pytest.approx(4000, rel=1e-5)
    assert row["l2_shots"] == pytest.approx(5000, rel=1e-5)
    assert row["relative_shots"] == pytest.approx(200, rel=1e-5)
    assert row["gradient_norm"] == pytest.approx(5)


def test_the_measured_error_of_parameter_shift_is_within_its_bound():
    rows = shots.measure("parameter_shift", 3, 1, shots=50, repeats=60, draws=3, error=0.1, seed=1)
    assert [row.draw for row in rows] == [0, 1, 2]
    # Each draw is of other angles.
    assert len({row.gradient_norm for row in rows}) == 3
    for row in rows:
        assert (row.parameters, row.layers, row.differentiation, row.error) == (9, 1, "parameter_shift", 0.1)
        assert row.estimate_shots == 2 * 9 * 50
        # Var ≤ 1/(2S) a component, and a mean of the qubits' Z has less; a sample variance scatters by √(2/59).
        assert 0 < row.worst_component_variance < 1 / 100 * (1 + 4.5 * np.sqrt(2 / 59))


def test_spsa_is_unbiased_to_second_order():
    def loss(angles, key):
        return jnp.sum(jnp.sin(angles) * jnp.arange(1.0, 4.0)), None

    angles = jnp.array([0.3, 1.0, 2.0])
    drawn = jax.vmap(lambda key: shots.sampled_spsa(loss, angles, key)[1])(jax.random.split(jax.random.key(0), 4000))
    expected = jnp.cos(angles) * jnp.arange(1.0, 4.0)
    np.testing.assert_allclose(drawn.mean(0), expected, atol=4.5 * float(drawn.std()) / np.sqrt(4000) + 0.01)


def test_a_time_is_measured(compiled_anew):
    rows = timing.measure(3, 1, repeats=2, seed=0)
    assert [row.differentiation for row in rows] == ["reverse", "parameter_shift", "spsa"]
    for row in rows:
        assert (row.qubits, row.layers, row.parameters) == (3, 1, 9)
        assert row.gradient_seconds > 0
        assert row.compile_seconds > 0
        assert row.gradient_to_forward == pytest.approx(row.gradient_seconds / row.forward_seconds)


@pytest.mark.parametrize(("rule", "circuits"), [("parameter_shift", 2 * 4), ("one_circuit", 1)])
def test_all_derivatives_of_a_block_come_from_one_circuit_s_shots(rule, circuits):
    row, _ = shots.measure_commuting(rule, 3, 4, shots=50, repeats=20, draws=2, error=0.1, seed=0)
    assert (row.qubits, row.parameters, row.differentiation) == (3, 4, rule)
    assert row.estimate_shots == circuits * 50
    assert row.l2_shots == pytest.approx(row.estimate_shots * (row.l2_error / 0.1) ** 2)


SMALL = Config(
    training_qubits=3, training_layers=1, training_shots=200, training_seeds=3, shot_budget=60_000, target=0.5
)


IN_CI = ("SPSA", "natural gradient")


@pytest.mark.parametrize("name", [pytest.param(one, marks=() if one in IN_CI else pytest.mark.slow) for one in METHODS])
def test_every_method_lowers_the_energy(name):
    summary, *curve = training.measure(name, SMALL)
    assert (
        summary.shots
        == {
            "parameter shift": 2 * 9 * 2 * 200,
            "SPSA": 2 * 2 * 200,
            "coordinate descent": 3 * 2 * 200,
            "natural gradient": 2 * 9 * 2 * 200 + 3 * 200,
        }[name]
    )
    assert summary.ground_energy == pytest.approx(circuits.ground_energy(3))
    assert {(row.method, row.qubits) for row in (summary, *curve)} == {(name, 3)}
    assert curve[-1].share > max(0.3, curve[0].share - 0.05)
    assert all(row.spent_shots <= SMALL.shot_budget for row in curve)
    assert all(row.spent_shots % summary.shots == 0 for row in curve)
    assert all(row.share_low <= row.share <= row.share_high for row in curve)


def sine_loss(updates):
    """Σ_i a_i sin(x_i + b_i), and how often it was evaluated, as a paradigm would say it."""
    amplitudes, phases = jnp.array([1.0, -2.0, 0.5]), jnp.array([0.3, 1.0, -2.0])

    def loss(angles, key):
        value = jnp.sum(amplitudes * jnp.sin(angles.reshape(-1) + phases))
        return value, Auxiliary({UPDATES: jnp.asarray(updates + 1)}, {})

    return loss, amplitudes


def test_coordinate_descent_goes_to_the_minimum_of_one_angle_after_the_other():
    angles = jnp.array([[[0.1, 2.0, -1.0]]])
    for updates, place in ((0, 0), (1, 1), (2, 2), (3, 0)):
        loss, amplitudes = sine_loss(updates)
        before, key = loss(angles, None)[0], jax.random.key(0)
        (value, _), step = methods.coordinate_descent(loss, angles, key)
        np.testing.assert_allclose(value, before, rtol=1e-6)
        assert np.count_nonzero(step) == 1
        moved = angles - step
        # The minimum over that angle: its sine at -|a|.
        alone = np.asarray(amplitudes * jnp.sin(angles.reshape(-1) + jnp.array([0.3, 1.0, -2.0])))
        expected = before - alone[place] - abs(amplitudes[place])
        np.testing.assert_allclose(loss(moved, None)[0], expected, rtol=1e-5)


def test_the_natural_gradient_solves_with_the_damped_metric():
    angles = jnp.arange(12.0).reshape(2, 2, 3)
    random = np.random.default_rng(0)
    roots = random.normal(size=(2, 3, 2, 2))
    blocks = roots @ np.swapaxes(roots, 2, 3)

    def loss(angles, key):
        return jnp.sum(jnp.sin(angles)), None

    _, found = methods.natural_gradient(lambda angles, key: jnp.asarray(blocks))(loss, angles, jax.random.key(0))
    gradient = np.cos(np.asarray(angles, float))
    for layer in range(2):
        for block in range(3):
            damped = blocks[layer, block] + methods.DAMPING * np.eye(2)
            expected = np.linalg.solve(damped, gradient[layer, :, block]) / 4
            np.testing.assert_allclose(found[layer, :, block], expected, rtol=1e-4)


def test_the_energy_is_sampled_in_training_and_exact_in_evaluation():
    circuit, task = EnergyCircuit(3, 1, 500), lowest_energy()
    angles, state = initialised(circuit, jax.random.key(0))
    exact = qml.QNode(circuits.hardware_efficient(3, circuits.ising_chain), qml.device("default.qubit", wires=3))(
        angles
    )

    def energy(key, train):
        output = circuit.apply(angles, state, jnp.zeros((1, 1)), key=key, train=train)
        return task.loss(output.prediction, jnp.zeros((1, 1)))[0]

    assert float(energy(jax.random.key(1), False)) == pytest.approx(float(exact), abs=1e-5)
    drawn = jax.jit(jax.vmap(lambda key: energy(key, True)))(jax.random.split(jax.random.key(2), 200))
    assert 0 < float(drawn.std()) < 5 / np.sqrt(500)
    assert float(drawn.mean()) == pytest.approx(float(exact), abs=4.5 * float(drawn.std()) / np.sqrt(200))


@pytest.mark.usefixtures("x64")
def test_the_metric_is_the_covariance_of_the_generators():
    qubits, layers = 2, 2
    angles = jnp.asarray(np.random.default_rng(0).uniform(-3, 3, (layers, qubits, 3)))
    sampled = jax.jit(methods.fubini_study(qubits, layers, 200_000))(angles, jax.random.key(0))

    @qml.qnode(qml.device("default.qubit", wires=qubits), interface="jax")
    def state(angles):
        RepeatedLayers(angles, wires=range(qubits), layer=LAYERS["hardware_efficient"])
        return qml.state()

    def planes(angles):
        return jnp.stack([state(angles).real, state(angles).imag])

    # The Fubini-Study metric: Re(⟨∂_i ψ|∂_j ψ⟩ - ⟨∂_i ψ|ψ⟩⟨ψ|∂_j ψ⟩).
    real, imaginary = np.asarray(jax.jacobian(planes)(angles)).reshape(2, 4, 12)
    slopes, psi = real + 1j * imaginary, np.asarray(state(angles))
    overlaps = slopes.conj().T @ psi
    exact = np.real(slopes.conj().T @ slopes - np.outer(overlaps, overlaps.conj()))
    for layer in range(layers):
        for block in range(3):
            places = [layer * 6 + wire * 3 + block for wire in range(qubits)]
            np.testing.assert_allclose(sampled[layer, block], exact[np.ix_(places, places)], atol=0.005)


def made_up():
    """A table of all kinds."""
    rows = statement_tables.executions.table()
    for rule in SIMULATED:
        for number in (10, 20, 40):
            seconds = {"compile_seconds": 1.0, "gradient_seconds": 1e-4 * number, "forward_seconds": 1e-4}
            rows.append(
                GradientTiming(
                    qubits=6, layers=1, parameters=number, differentiation=rule, gradient_to_forward=1.0 * number,
                    **seconds,
                )
            )  # fmt: skip
    for method in METHODS:
        rows.append(
            EnergyTraining(
                method=method, qubits=4, learning_rate=0.1, target=0.9, ground_energy=-5.0, shots=100, seeds=6,
                reached=6, shots_to_target=1e4 if method != "SPSA" else None, shots_to_target_low=5e3,
                shots_to_target_high=None,
            )
        )  # fmt: skip
        for place in (100, 1000, 10_000):
            share = float(np.log10(place)) / 4.5
            rows.append(
                ReachedEnergy(
                    method=method, qubits=4, spent_shots=place, share=share, share_low=share - 0.1,
                    share_high=share + 0.05,
                )
            )  # fmt: skip
    return rows


def test_the_figure_is_drawn(tmp_path):
    rows = made_up()
    assert {type(row) for row in rows} == set(STUDY.kinds)
    path = STUDY.draw(rows, verdicts(rows, Config()), tmp_path)
    pixels = matplotlib.image.imread(path)[..., :3]
    assert path == tmp_path / "figure.png"
    assert 0.005 < np.mean(np.any(pixels < 0.95, axis=-1)) < 0.5


def test_the_largest_size_is_what_is_said():
    rows = statement_tables.executions.table(pauli={10: 20, 20: 40, 40: 82}.__getitem__, block=2)
    (verdict,) = verdicts(rows, Config())
    found = {one.statement: one for one in verdict.judgements}
    assert (found["pauli_rotations"].value, found["pauli_rotations"].high) == (82 / 40, 82 / 40)
    assert "a gradient took 2 to 2.05 executions per parameter" in found["pauli_rotations"].found
    assert found["commuting_generators"].value == 2 / 32
    assert found["commuting_generators"].found.startswith("A block of 32 generators took 2 circuits for all")


@pytest.mark.parametrize(("together", "outcome"), [(0.9, "holds"), (0.99, "undecided"), (1.1, "fails")])
def test_one_circuit_may_take_as_many_shots_and_no_more(together, outcome):
    # Draws differ by 2%: the interval of the logarithm is 0.02 ± 4.30 · 0.02/√3.
    rows = statement_tables.executions.table(together=together)
    (verdict,) = verdicts(rows, Config())
    assert {one.statement: one.outcome for one in verdict.judgements}["commuting_generators"] == outcome


def test_a_ratio_of_shots_is_told_for_the_size_that_it_is_of():
    table = statement_tables.executions.table()
    without = statement_tables.executions.without
    (verdict,) = verdicts(without(table, differentiation="spsa", parameters=40), Config())
    assert verdict.context[0].startswith("At N = 20, SPSA needs 1 times the shots")
    # Of the largest block nothing was estimated: another block's shots decide nothing.
    (verdict,) = verdicts(without(table, part="block_estimates", parameters=32), Config())
    found = {one.statement: one for one in verdict.judgements}["commuting_generators"]
    assert (found.outcome, "times the shots" in found.found) == ("undecided", False)


def test_without_spsa_nothing_is_said_of_it():
    rows = statement_tables.executions.without(statement_tables.executions.table(), differentiation="spsa")
    (verdict,) = verdicts(rows, Config())
    assert verdict.context == ()


@pytest.mark.parametrize("statement", ["pauli_rotations", "other_circuits"])
def test_a_tracker_that_disagrees_makes_it_fail(statement):
    (verdict,) = STUDY.judge(statement_tables.executions.table(tracked=1), Config())
    (found,) = [one for one in verdict.judgements if one.statement == statement]
    assert found.outcome == "fails"
    assert "PennyLane's tracker counts other executions at N = 40" in found.found


def test_the_circuit_of_a_commuting_block_is_counted(monkeypatch):
    assert counts.measure_commuting(3, 2).gradient_executions == 1

    # Two words that cannot be measured together are two circuits.
    def apart(qubits, count):
        def circuit(angles):
            for wire, angle in enumerate(angles):
                qml.RX(angle, wires=wire)
            return [qml.expval(qml.X(0)), qml.expval(qml.Z(0))]

        return circuit

    monkeypatch.setattr(counts, "commuting_derivatives", apart)
    assert counts.measure_commuting(3, 2).gradient_executions == 2
