"""A whole study, small: sampled and propagated variances agree with each other and with the formulas."""

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest

from eval.models.plateau_circuits import ANSAETZE, operator, pauli_words
from eval.second_moment import gradient_variances
from eval.studies.barren_plateaus import STUDY, Config
from eval.studies.barren_plateaus.counterexamples import COUNTEREXAMPLES, examine
from eval.studies.barren_plateaus.networks import network, variance_samples
from eval.studies.barren_plateaus.sampling import sample_gradients
from eval.studies.barren_plateaus.table import COLUMNS
from eval.study import run_study
from training.errors import BadInput

SMALL = Config(
    qubits=(3, 4, 5), depths=(4.0, 8.0), mcclean_qubits=(3,), mcclean_depths=(20.0, 40.0), product_qubits=(2, 3),
    local_qubits=(3, 4, 6), local_layers=(2,), entangling_qubits=(3,), noise_qubits=3, noise_rates=(0.1,),
    noise_depths=(1.0, 4.0), state_vector_qubits=(3,), state_vector_depth=4.0, samples=400, product_samples=600,
    repeats=2, widths=(4, 8), network_depths=(1,), initialisations=4, bond=8,
)  # fmt: skip


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    rows, verdicts = run_study(STUDY, SMALL, tmp_path_factory.mktemp("study"), lambda sentence: None)
    assert [verdict.claim for verdict in verdicts] == ["C3"]
    return rows


def part(table, name):
    return [row for row in table if row["part"] == name]


def test_every_row_has_every_column(table):
    assert all(tuple(row) == COLUMNS for row in table)
    assert {row["part"] for row in table} == {
        "counterexample", "product", "deep", "mcclean", "entangling", "local", "noise", "calibration", "network",
    }  # fmt: skip


def test_sampled_and_computed_variances_agree(table):
    """Intervals of independent points hold the truth, up to the few that miss by chance."""
    outside = 0
    sampled = [row for row in table if row["method"] == "state vector" and row["parameter"].startswith("first")]
    compared = 0
    for row in part(sampled, "product") + part(sampled, "deep") + part(sampled, "mcclean"):
        same = ("part", "ansatz", "observable", "qubits", "depth")
        (exact,) = [
            other
            for other in table
            if other["method"] in ("dense", "chain") and all(other[name] == row[name] for name in same)
        ]
        compared += 1
        outside += not (row["variance_low"] <= exact["variance"] <= row["variance_high"])
        assert row["variance"] == pytest.approx(exact["variance"], rel=0.5)
    assert compared == 7
    assert outside <= 1


def test_the_product_ansatz_is_exact(table):
    for row in part(table, "product"):
        if row["method"] != "state vector":
            assert row["variance"] == pytest.approx(row["formula"], rel=1e-9)


def test_saturated_circuits_agree_with_their_formula(table):
    computed = [row for row in part(table, "mcclean") if row["method"] != "state vector"]
    assert [row["saturated"] for row in computed] == [True, True]
    for row in computed:
        assert row["variance"] == pytest.approx(row["formula"], rel=0.05)


def test_noise_takes_from_the_variance(table):
    clean, noisy = ([row["variance"] for row in part(table, "noise") if row["noise_rate"] == rate] for rate in (0, 0.1))
    assert all(a > b for a, b in zip(clean, noisy, strict=True))
    assert noisy[1] < 0.1 * clean[1]


def test_too_few_initialisations_are_refused_and_leave_no_number(table):
    for row in part(table, "network"):
        assert row["variance"] is None
        assert "effective sample size" in row["refused"]


@pytest.mark.parametrize("name", sorted(COUNTEREXAMPLES))
def test_counterexamples_are_refused_or_right(name):
    row = examine(name)
    assert row["right"]
    assert row["refused"] or row["variance"] == pytest.approx(row["formula"])


def test_the_truth_of_the_counterexamples():
    """By PennyLane's own device and equidistant angles over the whole period, which integrate exactly."""
    device = qml.device("default.qubit", wires=2)

    @qml.qnode(device, interface="jax")
    def shared(t):
        qml.RX(t, 0)
        qml.RX(t, 0)
        return qml.expval(qml.Z(0))

    @qml.qnode(device, interface="jax")
    def controlled(t):
        qml.Hadamard(0)
        qml.CRX(t, wires=[0, 1])
        return qml.expval(qml.X(0))

    @qml.qnode(device, interface="jax")
    def bell(a, b):
        qml.Hadamard(0)
        qml.CNOT([0, 1])
        qml.RY(a, 0)
        qml.RY(b, 1)
        return qml.expval(qml.Z(0) @ qml.Z(1) + qml.X(0) @ qml.X(1))

    angles = jnp.arange(12) * (4 * jnp.pi / 12)
    for name, circuit in (("shared_angle", shared), ("controlled_rotation", controlled)):
        squares = jnp.square(jax.vmap(jax.grad(circuit))(angles))
        assert float(squares.mean()) == pytest.approx(COUNTEREXAMPLES[name].truth, rel=1e-5)
    pairs = jax.vmap(lambda a: jax.vmap(lambda b: jax.grad(bell)(a, b))(angles))(angles)
    assert float(jnp.square(pairs).mean()) == pytest.approx(COUNTEREXAMPLES["bell_sum"].truth, rel=1e-5)


@pytest.mark.parametrize("name", ["ry_rz_cz", "mcclean", "strongly_entangling", "product"])
def test_both_languages_speak_of_the_same_circuit(name):
    layers = 1 if name == "product" else 2
    drawn = sample_gradients(name, "Z1Z2", 3, layers, 4000, seed=0)
    circuit = ANSAETZE[name].random_circuit(3, layers, 0.0)
    assert circuit.parameters == ANSAETZE[name].parameters(3, layers)
    exact = gradient_variances(circuit, pauli_words("Z1Z2", 3), method="dense").variance
    assert np.mean(drawn.first**2) == pytest.approx(exact[ANSAETZE[name].first], rel=0.1)
    assert np.mean(drawn.mean_square) == pytest.approx(exact.mean(), rel=0.1)


def test_both_languages_speak_of_the_same_observable():
    for observable in ("Z1Z2", "local"):
        words = pauli_words(observable, 3)
        summed = sum(
            c * qml.matrix(qml.pauli.string_to_pauli_word(word), wire_order=range(3)) for word, c in words.items()
        )
        np.testing.assert_allclose(qml.matrix(operator(observable, 3), wire_order=range(3)), summed, atol=1e-12)


def test_pairs_of_networks_give_the_variance_over_initialisations():
    paradigm = network("snn", 4, 1)
    pairs, parameters = variance_samples(paradigm, 8, seed=0)
    assert pairs.shape == (4,)
    assert parameters == sum(leaf.size for leaf in jax.tree.leaves(paradigm.init(jax.random.key(0)).params))
    assert np.all(pairs > 0)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"qubits": ()}, r"settings.qubits=\[\] must list at least one"),
        ({"qubits": (8, 4)}, r"settings.qubits=\[8, 4\] must ascend"),
        ({"qubits": (1, 4)}, r"settings.qubits=\[1, 4\] must be at least 2"),
        ({"noise_rates": (0.0, 0.5)}, "settings.noise_rates=.* must lie between 0 and 1"),
        ({"depths": (0.0, 1.0)}, "settings.depths=.* must be positive"),
        ({"state_vector_qubits": (4, 20)}, "state vectors of 20 qubits"),
        ({"samples": 1}, "settings.samples=1 must be at least 2"),
        ({"seed": -1}, "seed=-1 must be in 0"),
    ],
)
def test_bad_settings_are_refused_in_a_sentence(settings, sentence):
    with pytest.raises(BadInput, match=sentence):
        Config(**settings)
