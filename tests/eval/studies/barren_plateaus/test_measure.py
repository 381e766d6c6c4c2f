"""A whole study, small: sampled and propagated variances agree with each other and with the formulas."""

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest

from eval.models.plateau_circuits import ANSAETZE, operator, pauli_words
from eval.recorder import Recorder
from eval.rows import of
from eval.second_moment import Unqualified, gradient_variances
from eval.studies.barren_plateaus import STUDY, Config, counterexamples, measure
from eval.studies.barren_plateaus.counterexamples import COUNTEREXAMPLES, examine
from eval.studies.barren_plateaus.networks import network, variance_samples
from eval.studies.barren_plateaus.rows import (
    FIRST,
    KINDS,
    Calibration,
    ComputedVariance,
    NetworkVariance,
    SampledVariance,
)
from eval.studies.barren_plateaus.sampling import sample_gradients
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


def circuit(row):
    return row.family, row.ansatz, row.observable, row.qubits, row.layers


def computed(table, family):
    return [row for row in of(table, ComputedVariance) if row.family == family]


def test_every_kind_and_every_family_is_measured(table):
    assert {type(row) for row in table} == set(KINDS)
    families = {"product", "deep", "mcclean", "entangling", "local", "noise"}
    assert {row.family for row in of(table, ComputedVariance)} == families
    assert {row.family for row in of(table, SampledVariance)} == {"product", "deep", "mcclean"}
    assert {row.noise_rate for row in of(table, ComputedVariance) if row.family != "noise"} == {0.0}


def test_sampled_and_computed_variances_agree(table):
    """Intervals of independent points hold the truth, up to the few that miss by chance."""
    outside = compared = 0
    for row in of(table, SampledVariance):
        if row.parameter != FIRST:
            continue
        (exact,) = [other for other in computed(table, row.family) if circuit(other) == circuit(row)]
        assert exact.method in ("dense", "chain")
        compared += 1
        truth = exact.variance_over_initialisations
        outside += not (row.variance_low <= truth <= row.variance_high)
        assert row.variance_over_initialisations == pytest.approx(truth, rel=0.5)
    assert compared == 7
    assert outside <= 1


def test_the_product_ansatz_is_exact(table):
    rows = computed(table, "product")
    assert len(rows) == 4
    for row in rows:
        assert row.variance_over_initialisations == pytest.approx(row.formula, rel=1e-9)


def test_saturated_circuits_agree_with_their_formula(table):
    rows = computed(table, "mcclean")
    assert [row.saturated for row in rows] == [True, True]
    for row in rows:
        assert row.variance_over_initialisations == pytest.approx(row.formula, rel=0.05)


def test_the_cost_itself_concentrates_as_a_2_design_s(table):
    deepest = [row for row in computed(table, "deep") if row.cost_variance is not None]
    assert [(row.observable, row.qubits, row.layers) for row in deepest] == [("Z1Z2", n, 8 * n) for n in (3, 4, 5)]
    for row in deepest:
        assert row.cost_variance == pytest.approx(row.cost_formula, rel=0.15)


def test_noise_takes_from_the_variance(table):
    clean, noisy = (
        [row.variance_over_initialisations for row in computed(table, "noise") if row.noise_rate == rate]
        for rate in (0, 0.1)
    )
    assert all(a > b for a, b in zip(clean, noisy, strict=True))
    assert noisy[1] < 0.1 * clean[1]


def test_the_truth_of_a_calibration_is_the_computed_variance(table):
    product, typical, paths = of(table, Calibration)
    assert product.truth == pytest.approx(3**3 / 8**4)
    assert (product.method, typical.method, paths.method) == ("state vector", "state vector", "paths")
    for row in (product, typical, paths):
        assert row.repeats <= SMALL.repeats
        assert row.variance_over_initialisations == pytest.approx(row.truth, rel=0.3)


def test_too_few_initialisations_are_refused_and_leave_no_number(table):
    rows = of(table, NetworkVariance)
    assert len(rows) == 6
    for row in rows:
        assert row.variance_over_initialisations is row.variance_low is row.variance_high is None
        assert "effective sample size" in row.refused


def test_a_circuit_that_does_not_qualify_is_refused_and_leaves_no_number(monkeypatch, tmp_path):
    def refuse(*args, **keywords):
        raise Unqualified("the angles are not independent")

    monkeypatch.setattr(measure, "gradient_variances", refuse)
    (row,) = measure._propagated(
        SMALL, Recorder(tmp_path / "rows.jsonl", kinds=KINDS), "local", "ry_rz_cz", "local", 3, 1
    )
    assert row.refused == "the angles are not independent"
    assert row.method is row.variance_over_initialisations is row.variance_low is row.variance_high is None


@pytest.mark.parametrize("name", sorted(COUNTEREXAMPLES))
def test_counterexamples_are_refused_or_right(name):
    row = examine(name)
    assert row.right
    assert row.truth == COUNTEREXAMPLES[name].truth
    assert row.refused or row.variance_over_initialisations == pytest.approx(row.truth)


def test_a_wrong_variance_of_a_counterexample_is_noticed(monkeypatch):
    estimates = gradient_variances(ANSAETZE["product"].random_circuit(1, 1, 0.0), {"Z": 1.0}, parameters=[0])
    monkeypatch.setattr(counterexamples, "gradient_variances", lambda *args, **keywords: estimates)
    row = examine("controlled_rotation")
    assert (row.variance_over_initialisations, row.truth, row.refused, row.right) == (0.5, 0.125, None, False)


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


@pytest.mark.parametrize(
    "name", ["ry_rz_cz", pytest.param("mcclean", marks=pytest.mark.slow), "strongly_entangling", "product"]
)
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
