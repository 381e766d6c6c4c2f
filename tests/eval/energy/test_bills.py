"""Bills against counts of single events, and against hand calculations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.energy import MODELS, PARTS, Activity, Bill, Mapping, energy
from eval.energy.comparison import compare
from eval.energy.models.bit_budget import budget, ns_ace, s_ace
from eval.energy.models.neurobench import operations
from paradigms.interface import Unsupported
from training.errors import BadInput

ACC, SPARSE, DENSE, WEIGHT, MULTIPLY = 0.05448, 3.0, 0.25, 0.0385, 0.06


def layer(name="hidden", kind="spiking", **changes):
    """Two neurons that one spike of three reached in two of three steps, and more of the second example."""
    spiking = kind == "spiking"
    fields = {
        "layer": name, "kind": kind, "neurons": 2, "synapses": 6, "positions": 1, "weight_bits": 4,
        "input_bits": 1 if spiking else 2, "output_bits": 1 if spiking else 2,
        "steps": np.full(2, 3.0 if spiking else 1.0),
        "events": np.array([2.0, 3.0]), "operations": np.array([4.0, 6.0]), "fired": np.array([1.0, 2.0]),
    }  # fmt: skip
    return Activity(**fields | changes)


def simulate(weights, spikes, threshold):
    """Integrate-and-fire neurons, reset by subtraction; returns their spikes."""
    potential, fired = np.zeros(weights.shape[1]), []
    for step in spikes:
        potential = potential + step @ weights
        fired.append((potential >= threshold).astype(float))
        potential = potential - threshold * fired[-1]
    return np.array(fired)


@pytest.mark.parametrize("dataflow", ["sparse", "dense"])
@pytest.mark.parametrize("reuse", ["none", "steps"])
@pytest.mark.parametrize("seed", range(4))
def test_every_event_of_a_small_network_is_charged(dataflow, reuse, seed):
    """Three neurons, then a read-out of one, over three steps: every single event is charged in a loop."""
    random, steps, hops, bits = np.random.default_rng(seed), 3, 1.7, 4
    inputs = (random.uniform(size=(steps, 4)) < 0.4).astype(float)
    connected = np.ones((4, 3)), np.ones((3, 1))
    fired = simulate(random.normal(1, 0.5, (4, 3)), inputs, 1.5)
    expected = dict.fromkeys(("compute", "weight", "state", "movement"), 0.0)
    for sources, own, mask in ((inputs, fired, connected[0]), (fired, None, connected[1])):
        for step in range(steps):
            for source in range(mask.shape[0]):
                for _ in range(mask.shape[1]):
                    spike = sources[step, source]
                    if spike:
                        expected["compute"] += ACC
                    if spike or dataflow == "dense":
                        expected["weight"] += bits * WEIGHT / (steps if reuse == "steps" else 1)
                        expected["movement"] += hops * (SPARSE if dataflow == "sparse" else DENSE)
            for neuron in range(mask.shape[1]):
                expected["state"] += 2 * 8 * WEIGHT
                if own is not None:
                    expected["compute"] += ACC + own[step, neuron] * ACC
    both = (("hidden", inputs, fired, connected[0]), ("readout", fired, None, connected[1]))
    layers = [
        layer(
            name, neurons=mask.shape[1], synapses=mask.size, steps=np.array([3.0]),
            output_bits=None if own is None else 1, events=np.array([sources.sum()]),
            operations=np.array([sources.sum() * mask.shape[1]]), fired=np.array([0.0 if own is None else own.sum()]),
        )
        for name, sources, own, mask in both
    ]  # fmt: skip
    found = energy(layers, "yan2024", Mapping(hops, dataflow, reuse))
    assert {name: getattr(found, name) for name in expected} == pytest.approx(expected, rel=1e-12)
    assert found.total == pytest.approx(sum(expected.values()), rel=1e-12)
    assert (found.model, found.technology, found.unit) == ("yan2024", "yan_22nm", "pJ")
    assert found.address is None
    assert found.idle is None


def test_one_neuron_by_hand():
    """Ten connections, two steps, three spikes in, one out, 8-bit weights, one hop, sparse."""
    one = layer(
        neurons=1, synapses=10, weight_bits=8, steps=np.array([2.0]), events=np.array([3.0]),
        operations=np.array([3.0]), fired=np.array([1.0]),
    )  # fmt: skip
    arrivals = 3 * 0.05448  # accumulations
    fetched = 3 * 8 * 0.0385
    moved = 3 * 1 * 3.0
    compared = 2 * 0.05448
    subtracted = 1 * 0.05448
    potential = 2 * 2 * 8 * 0.0385
    found = energy([one], "yan2024", Mapping(1.0, "sparse"))
    assert found.total == pytest.approx(arrivals + fetched + moved + compared + subtracted + potential, rel=1e-14)


def test_counts_that_are_kept_are_written_and_read_once():
    kept, sent = (energy([layer(count_bits=bits)], "yan2024", Mapping()) for bits in (2, 0))
    assert kept.state - sent.state == pytest.approx(2 * 2 * 2 * 0.0385)
    assert (kept.compute, kept.weight, kept.movement) == (sent.compute, sent.weight, sent.movement)


def test_a_quantised_layer_by_hand():
    """Dense: every value moves and every weight is fetched; sparse: those of activations that are not 0."""
    one = layer(kind="quantised", positions=2)
    neurons = 2 * 2 * ACC
    dense = 6 * 2 * DENSE + 6 * 4 * WEIGHT / 2 + 5 * MULTIPLY + neurons
    sparse = 5 * (2 * SPARSE + 4 * WEIGHT / 2 + MULTIPLY) + neurons
    assert energy([one], "yan2024", Mapping(1.0, "dense")).total == pytest.approx(dense)
    assert energy([one], "yan2024", Mapping(1.0, "sparse")).total == pytest.approx(sparse)
    assert energy([one], "yan2024", Mapping(1.0)).total == pytest.approx(min(dense, sparse))
    assert energy([one], "yan2024", Mapping(1.0, "dense", amortised=True)).weight == 0


def test_a_constant_current_is_charged_once_on_both_sides():
    first = {"input_bits": 8, "constant_input": True, "operations": np.array([6.0, 5.0])}
    spiking, quantised = layer(**first), layer(kind="quantised", **first)
    bills = [energy([one], "yan2024", Mapping(1.0, "dense")) for one in (spiking, quantised)]
    assert bills[0].movement == bills[1].movement == 6 * 8 * DENSE
    assert bills[0].weight == bills[1].weight == pytest.approx(6 * 4 * WEIGHT)
    neurons = 3 * 2 * ACC + 1.5 * ACC - 2 * 2 * ACC
    assert bills[0].compute - bills[1].compute == pytest.approx(neurons)


def test_through_dram_hops_do_not_count():
    found = energy([layer()], "yan2024", Mapping(9.0, "sparse", on_chip=False))
    assert found.movement == 5 * 1300.0


def test_sums_over_layers_are_not_means_times_connections():
    """Two layers of unequal fan-out: the mean rate times all connections is wrong by a factor known by hand."""
    wide = layer("wide", synapses=100, neurons=10, operations=np.array([200.0, 200.0]), events=np.array([20.0, 20.0]))
    thin = layer("thin", synapses=10, neurons=1, operations=np.array([2.0, 2.0]), events=np.array([2.0, 2.0]))
    found = ns_ace([wide, thin]) / 4
    rates = [20 / 30, 2 / 30]
    assert [wide.rate, thin.rate] == pytest.approx(rates)
    assert found == pytest.approx(202)
    assert np.mean(rates) * 3 * 110 / found == pytest.approx(11 / 30 * 330 / 202)


@pytest.mark.parametrize(("weight_bits", "spike_bits", "steps"), [(1, 4, 1), (1, 2, 2), (1, 1, 4)])
def test_budgets_that_are_held_to_be_equal(weight_bits, spike_bits, steps):
    assert budget(weight_bits, spike_bits, steps) == 4


@given(st.floats(0, 1), st.integers(1, 16), st.integers(1, 20))
def test_the_neuromorphic_effort_is_the_rate_times_the_arithmetic_one(rate, bits, steps):
    one = layer(
        weight_bits=bits, steps=np.full(2, float(steps)), operations=np.full(2, 6 * steps * rate),
        events=np.full(2, 3 * steps * rate),
    )  # fmt: skip
    assert ns_ace([one]) == pytest.approx(rate * s_ace([one]), rel=1e-9)
    assert s_ace([one]) == 6 * steps * bits


def test_effective_operations_by_an_explicit_loop():
    random = np.random.default_rng(1)
    weights, spikes = random.normal(size=(5, 3)), (random.uniform(size=(4, 2, 5)) < 0.3).astype(float)
    effective = 0
    for step, example, source, neuron in np.ndindex(4, 2, 5, 3):
        effective += spikes[step, example, source] != 0 and weights[source, neuron] != 0
    events = spikes.sum((0, 2))
    one = layer(
        synapses=15, neurons=3, steps=np.full(2, 4.0), events=events, operations=3 * events, fired=np.array([2.0, 4.0])
    )
    found = operations([one])
    assert found.effective_acs == effective / 2
    assert found.effective_macs == 0
    assert found.dense == 15 * 4
    assert found.activation_sparsity == pytest.approx(1 - 6 / (3 * 8))


def test_multiplications_are_told_from_accumulations_by_the_layer_and_not_by_values():
    first = layer("first", constant_input=True, input_bits=8)
    found = operations([first, layer()])
    assert (found.effective_macs, found.effective_acs) == (5, 5)
    assert operations([layer(kind="quantised")]).effective_macs == 5
    with pytest.raises(ValueError, match="no layer of this network sends"):
        operations([layer(output_bits=None)])


def test_arithmetic_alone_and_spikes_per_connection():
    spiking, quantised = layer(), layer(kind="quantised")
    mapping = Mapping()
    assert energy([spiking], "compute_only", mapping).total == pytest.approx(5 * 0.9)
    assert energy([quantised], "compute_only", mapping).total == pytest.approx(5 * 4.6)
    spikes, worth = (energy([one], "davidson_furber", mapping) for one in (spiking, quantised))
    assert spikes.total / worth.total == pytest.approx(spiking.events_per_synapse / 1.72)
    assert (spikes.unit, spikes.technology) == ("spikes", "")


def test_never_a_total_without_the_name_of_its_model():
    for name in MODELS:
        found = energy([layer()], name, Mapping())
        assert found.model == name
        assert found.unit
        assert found.total == sum(value for part in PARTS if (value := getattr(found, part)) is not None)


def test_idle_power_is_charged_where_both_numbers_are_given_and_nowhere_else():
    plain = energy([layer()], "yan2024", Mapping())
    idle = energy([layer()], "yan2024", Mapping(), idle_watt=0.5, latency_seconds=1e-9)
    assert idle.idle == pytest.approx(500.0)
    assert idle.total == pytest.approx(plain.total + 500.0)
    assert energy([layer()], "yan2024", Mapping(), idle_watt=0.5).idle is None


def test_hidden_and_whole_stand_beside_each_other():
    first = {"input_bits": 8, "constant_input": True, "operations": np.array([6.0, 5.0])}
    spiking = [layer("first", **first), layer()]
    quantised = [layer("first", kind="quantised", **first), layer(kind="quantised")]
    found = compare(spiking, quantised, "yan2024", Mapping(1.0, "dense"))
    assert found.ratio_hidden == pytest.approx(
        energy(spiking[1:], "yan2024", Mapping(1.0, "dense")).total
        / energy(quantised[1:], "yan2024", Mapping(1.0, "dense")).total
    )
    # The first layer costs both the same and pulls the ratio towards 1.
    assert 1 < found.ratio_whole < found.ratio_hidden


def test_a_quantised_network_that_costs_nothing_is_no_unit():
    silent = {name: np.zeros(2) for name in ("events", "operations", "fired")}
    quantised = [layer("readout", "quantised", output_bits=None, **silent)]
    with pytest.raises(
        BadInput, match="cost nothing under yan2024, so that there is no ratio: none of its activations"
    ):
        compare([layer("readout", output_bits=None)], quantised, "yan2024", Mapping())


def test_weights_of_other_bits_are_no_twin():
    quantised = [layer(kind="quantised", weight_bits=8)]
    with pytest.raises(Unsupported, match=r"4 bits in the spiking and 8 in the quantised network: by Theorem 1"):
        compare([layer()], quantised, "yan2024", Mapping())


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: energy([layer()], "horoscope", Mapping()), "model=horoscope is none of yan2024, "),
        (lambda: energy([layer()], "yan2024_v1", Mapping()), "and no bill of a network; choose one of yan2024"),
        (lambda: energy([], "yan2024", Mapping()), "at least one"),
        (lambda: energy([layer(), layer(kind="quantised")], "yan2024", Mapping()), "all spiking or all quantised"),
        (lambda: energy([layer()], "yan2024", Mapping(), idle_watt=-1.0), "idle_watt=-1 must be at least 0"),
        (
            lambda: energy([layer()], "neurobench", Mapping(), idle_watt=1.0, latency_seconds=1.0),
            "counts synaptic operations, to which idle power",
        ),
        (lambda: budget(0, 1, 1), "weight_bits=0 must be between"),
        (lambda: budget(1, 1, 0), "time_steps=0 must be at least 1"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(call, sentence):
    with pytest.raises(BadInput, match=sentence):
        call()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"operations": np.array([19.0, 1.0])}, "more operations than connections times steps"),
        ({"events": np.array([-1.0, 1.0])}, "negative or not finite"),
    ],
)
def test_counts_that_cannot_be_are_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        layer(**changes)


def test_bills_of_two_models_are_not_added():
    one = Bill("yan2024", "yan_22nm", "pJ", compute=1.0, state=2.0)
    assert (one + replace(one, state=None, movement=3.0)).total == 7.0
    assert one.times(3).total == 9.0
    with pytest.raises(ValueError, match="bills of model 'yan2024' and 'neurobench' cannot be added"):
        one + replace(one, model="neurobench")
    with pytest.raises(ValueError, match="charges no part"):
        _ = Bill("yan2024", "", "pJ").total
