"""On which side of break-even a network is: against the closed form, and by moving it across."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.energy import Activity, Mapping, Setting, break_even, most_hops
from eval.energy.bits import bits_of
from eval.energy.comparison import compare
from eval.energy.placement import modelled_twin, place


def layer(name, rate, *, steps=5, sources=64, neurons=64, bits=4, constant=False, readout=False):
    """A dense layer in which a share ``rate`` of the sources spikes at every step."""
    events = sources * rate * (1 if constant else steps)
    return Activity(
        layer=name, kind="spiking", neurons=neurons, synapses=sources * neurons, positions=1, weight_bits=bits,
        input_bits=8 if constant else 1, output_bits=None if readout else 1, steps=np.full(3, float(steps)),
        events=np.full(3, events), operations=np.full(3, events * neurons),
        fired=np.full(3, 0.0 if readout else neurons * rate * steps), constant_input=constant,
    )  # fmt: skip


def network(rate, **how):
    return [layer("first", 0.5, constant=True, **how), layer("hidden", rate, **how)]


@settings(max_examples=8)
@given(
    steps=st.integers(2, 15), bits=st.sampled_from([4, 8]), hops=st.sampled_from([0.25, 1.0, 4.0]),
    rate=st.sampled_from([0.02, 0.2]),
)  # fmt: skip
def test_the_modelled_twin_breaks_even_where_the_closed_form_does(steps, bits, hops, rate):
    spiking = network(rate, steps=steps, bits=bits)
    found = place(spiking, modelled_twin(spiking), Mapping(hops))
    setting = Setting(steps, bits, 64, Mapping(hops))
    assert found.break_even == pytest.approx(break_even(setting), rel=1e-6)
    assert found.ratio_hidden == pytest.approx(setting.ratio(rate), rel=1e-9)
    assert found.rate == pytest.approx(rate)
    assert (found.ratio_hidden > 1) == (rate > found.break_even)


def test_each_lever_moves_it_across():
    spiking = network(0.03)
    quantised, mapping = modelled_twin(spiking), Mapping(1.0)
    found = place(spiking, quantised, mapping)
    assert found.ratio_hidden < 1 < found.break_even / found.rate

    def ratio(spikes, hops=1.0, levels=quantised):
        return compare(spikes, levels, "yan2024", Mapping(hops)).ratio_hidden

    assert ratio(network(found.break_even)) == pytest.approx(1)
    assert ratio(spiking, found.hops_across) == pytest.approx(1)
    for number, dearer in ((found.steps_across, True), (found.steps_across - 1, False)):
        wider = [
            replace(one, input_bits=one.input_bits if one.constant_input else bits_of(number)) for one in quantised
        ]
        wider = [replace(one, output_bits=bits_of(number)) for one in wider]
        assert (ratio(network(0.03, steps=number), levels=wider) > 1) is dearer


def test_a_dearer_network_crosses_where_the_closed_form_says():
    spiking, mapping = network(0.1, steps=4, bits=8), Mapping(1.0)
    found = place(spiking, modelled_twin(spiking), mapping)
    assert found.ratio_hidden > 1
    assert found.hops_across == pytest.approx(most_hops(Setting(4, 8, 64, mapping), 0.1), rel=1e-6)


def test_a_silent_network_that_costs_more_already_has_no_rate():
    spiking = network(0.01, steps=15, sources=1)
    found = place(spiking, modelled_twin(spiking), Mapping())
    assert found.break_even is None
    assert found.sentences[1] == "No rate breaks even: a silent network costs more already."
    assert "which is more" in found.sentences[0]


def test_a_silent_network_is_placed_too():
    spiking = network(0.0)
    found = place(spiking, modelled_twin(spiking), Mapping(0.0))
    assert found.rate == 0
    assert found.break_even is None or found.break_even >= 0
    assert math.isfinite(found.ratio_whole)
    assert place(spiking, modelled_twin(spiking), Mapping(on_chip=False)).hops_across is None
