"""Break-even rates against the published ones, closed formulas, and a search that knows no formula."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from subprocess import run

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.energy import Mapping, Setting, band, bits_of, break_even, most_hops, most_steps, published, technology
from training.errors import BadInput

PUBLISHED = {one.name: one for one in published()}
MISSED = {name: one for name, one in PUBLISHED.items() if "hops of equal energy" in name}


@pytest.mark.parametrize("name", [name for name in PUBLISHED if name not in MISSED])
def test_the_published_number_is_reached(name):
    assert PUBLISHED[name].reached, f"{PUBLISHED[name].modelled:g}"


@pytest.mark.parametrize(
    ("name", "modelled"),
    [
        ("break-even rate, 5 steps, 4-bit weights", 0.0573),
        ("break-even rate, 2 steps, 4-bit weights", 0.1044),
        ("break-even rate, 1 step, 8-bit weights", 0.2945),
        ("break-even rate, 2 steps, 8-bit weights", 0.1225),
        ("break-even rate, 3 steps, 8-bit weights", 0.0817),
        ("break-even rate, 5 steps, 4-bit weights, 64 sources", 0.0542),
        ("6.4% of versions 2 and 3", 0.0638),
    ],
)
def test_default_constants_give_what_the_documents_say(name, modelled):
    assert PUBLISHED[name].modelled == pytest.approx(modelled, abs=5e-5)
    assert abs(PUBLISHED[name].difference) < 0.02


def test_the_two_misses_are_pinned():
    assert [round(one.modelled, 3) for one in MISSED.values()] == [0.398, 0.604]
    assert [round(one.difference, 3) for one in MISSED.values()] == [-0.134, -0.099]
    assert not any(one.reached for one in MISSED.values())


def test_what_was_fitted_says_so():
    assert PUBLISHED["break-even rate, 1 step, 8-bit weights"].fitted
    assert not PUBLISHED["6.4% of versions 2 and 3"].fitted
    assert "afterwards" in PUBLISHED["6.4% of versions 2 and 3"].note


def test_weights_that_move_the_headline_are_those_of_8_bits_alone():
    """6.4% is reached, of 5 to 10 steps and these widths, by one combination within 0.1 points."""
    near = [
        (steps, bits)
        for steps in range(5, 11)
        for bits in (1, 2, 3, 4, 6, 8, 16)
        if abs((break_even(Setting(steps, bits)) or 0) - 0.064) < 0.001
    ]
    assert near == [(5, 8)]


@pytest.mark.parametrize(("steps", "bits"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (7, 3), (8, 4), (15, 4), (16, 5)])
def test_levels_take_bits(steps, bits):
    assert bits_of(steps) == bits


settings = st.builds(
    Setting,
    st.integers(1, 32),
    st.integers(1, 16),
    st.sampled_from([16, 256, 4096, math.inf]),
    st.builds(
        Mapping,
        st.floats(0, 10),
        st.sampled_from(["sparse", "dense", "cheapest"]),
        st.sampled_from(["none", "steps"]),
        st.booleans(),
        st.booleans(),
    ),
    st.just(technology("yan_22nm")),
    st.none() | st.floats(0.01, 1),
)


@given(settings)
def test_below_break_even_spikes_win_and_above_they_lose(setting):
    rate = break_even(setting)
    if rate is None:
        assert setting.ratio(0.0) > 1 - 1e-9
        return
    for share, wins in ((0.5, True), (0.999, True), (1.001, False), (2.0, False)):
        if share * rate <= 1 and rate > 1e-9:
            assert (setting.ratio(share * rate) <= 1) == wins


@given(settings)
def test_the_rate_of_largest_gain_is_found_by_search_too(setting):
    rates = np.linspace(0, 1, 100)
    ratios = np.array([setting.ratio(rate) for rate in rates.tolist()])
    found = break_even(setting)
    if found is None:
        assert ratios.min() > 1 - 1e-9
    else:
        # Rounding may take the very rate of equality to either side.
        assert rates[ratios <= 1 + 1e-9].max() == pytest.approx(min(found, 1), abs=1.01 / 99)


def ratio_by_hand(s, steps, bits, h, sources, reuse=1.0):
    """The formulas of the specification, written out, for an 8-bit potential and every quantised value moved."""
    acc, w = 0.05448, bits * 0.0385
    sparse = steps * s * (3.0 * h + acc + reuse * w)
    dense = steps * (0.25 * h + reuse * w) + steps * s * acc
    neuron = steps * (acc + s * acc + 2 * 8 * 0.0385) / sources
    b = math.ceil(math.log2(steps + 1))
    active = 0.0162 / 0.06
    quantised = min(b * 0.25 * h + w + 0.0162, active * (b * 3.0 * h + w + 0.06)) + b * acc / sources
    return (min(sparse, dense) + neuron) / quantised


@given(st.floats(0, 1), st.integers(1, 20), st.integers(1, 16), st.floats(0, 5), st.integers(1, 10_000), st.booleans())
def test_the_ratio_is_the_formula_written_out(s, steps, bits, h, sources, reused):
    mapping = Mapping(h, weight_reuse="steps" if reused else "none")
    expected = ratio_by_hand(s, steps, bits, h, sources, 1 / steps if reused else 1.0)
    assert Setting(steps, bits, sources, mapping).ratio(s) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("steps", [1, 3, 7, 15])
def test_far_away_dense_movement_alone_counts(steps):
    """At many hops the ratio of dense dataflows is T over the bits, whatever the rate."""
    far = Setting(steps, 4, mapping=Mapping(1e9, "dense"))
    assert far.ratio(0.3) == pytest.approx(steps / bits_of(steps), rel=1e-6)


@given(st.integers(1, 16), st.integers(1, 16), st.floats(0.01, 1))
def test_at_the_most_hops_both_cost_the_same(steps, bits, rate):
    setting = Setting(steps, bits, math.inf)
    hops = most_hops(setting, rate)
    ratios = [setting.at(hops=one).ratio(rate) for one in (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)]
    if hops is None:
        assert min(ratios) > 1
    elif math.isinf(hops):
        assert ratios[-1] <= 1
    else:
        assert setting.at(hops=hops).ratio(rate) == pytest.approx(1)
        assert setting.at(hops=1.01 * hops + 0.01).ratio(rate) > 1


def test_the_most_steps_are_the_last_that_win():
    setting = Setting(5, 4)
    assert most_steps(setting, 0.06) == 4
    assert replace(setting, steps=4).ratio(0.06) <= 1 < replace(setting, steps=5).ratio(0.06)
    assert most_steps(setting, 1.0) is None


def test_the_band_holds_the_rate_and_widens():
    found = band(Setting(5, 4))
    assert found.published[0] < found.inferred[0] < found.rate < found.inferred[1] < found.published[1]
    # Published: half and half as much again of the movement and weight energies, one at a time.
    assert found.published == pytest.approx((0.0341, 0.1080), rel=0.03)


def test_dearer_events_take_the_spiking_network_s_margin():
    """Events at 4, 12 and 64 times the price of values; at the same price the twin sends events too."""
    prices = technology("yan_22nm")
    same, *rates = [
        break_even(Setting(5, 4, technology=prices.with_values(sparse_movement=0.25 * eta))) for eta in (1, 4, 12, 64)
    ]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] > 10 * rates[2]
    assert same < rates[0]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Setting(0, 4), "time_steps=0 must be at least 1"),
        (lambda: Setting(5, 0), "weight_bits=0 must be between 1 and 16"),
        (lambda: Setting(5, 17), "weight_bits=17 must be between 1 and 16"),
        (lambda: Setting(5, 4, sources=0), "sources=0 must be at least 1"),
        (lambda: Setting(5, 4, active=1.5), "active=1.5 is a share"),
        (lambda: Setting(5, 4, active=0.0), "active=0 is a share of activations: it must be above 0"),
        (lambda: Setting(5, 4).ratio(1.2), "spike rate 1.2 must be between 0 and 1"),
        (lambda: Mapping(hops=-1), "hops=-1 must be a finite number of at least 0"),
        (lambda: Mapping(hops=math.nan), "hops=nan must be a finite number"),
        (lambda: most_hops(Setting(5, 4, mapping=Mapping(on_chip=False)), 0.1), "no number of hops"),
        (lambda: technology("7nm"), "technology=7nm is none of yan_22nm, "),
        (lambda: technology("yan_22nm").with_values(gold=1.0), "no price of gold; it has accumulate"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(make, sentence):
    with pytest.raises(BadInput, match=sentence):
        make()


def test_the_command_prints_every_number():
    printed = run([sys.executable, "-m", "eval.energy"], capture_output=True, text=True, check=True).stdout
    assert all(name in printed for name in PUBLISHED)
    assert "modelled (-13.4%, missed)" in printed
