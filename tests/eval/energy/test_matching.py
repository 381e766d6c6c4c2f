"""Spiking networks beside the cheapest quantised network of their accuracy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statement_tables.energy import network

from eval.energy.trained_networks.judging import judge_all
from eval.energy.trained_networks.matching import accurate, gain, log_ratio, matched, networks, shared
from eval.statistics.equivalence import above, below


def found(*rows):
    return networks([row for one in rows for row in one], "yan2024", "hidden")


def test_the_partner_is_the_cheapest_that_is_as_accurate():
    table = found(
        network(accuracy=0.95),
        network("quantised", ratio=2.0, penalty=0.0),
        network("quantised", ratio=1.5, penalty=1.0, accuracy=0.951),
        network("quantised", ratio=0.5, penalty=2.0, accuracy=0.944),
        network("quantised", ratio=0.2, penalty=3.0, seeds=7),
        [replace(row, task="mnist") for row in network("quantised", ratio=0.1, penalty=4.0)],
    )
    (one,) = matched(table, 0.005, 8)
    assert one.partner is not None
    assert one.partner.penalty == 1.0
    assert one.rate == pytest.approx(0.1)
    # With more to lose the cheaper one serves, and with nothing to lose none is known to.
    assert matched(table, 0.01, 8)[0].partner.penalty == 2.0
    assert matched(table, -0.002, 8)[0].partner is None


def test_ratios_are_paired_by_seed_and_of_student():
    spiking, quantised = (
        next(iter(one.values()))
        for one in (found(network(ratio=3.0, noise=0.1)), found(network("quantised", ratio=2.0)))
    )
    logarithms = [np.log(spiking[seed].energy_total / quantised[seed].energy_total) for seed in range(8)]
    half = stats.t.ppf(0.975, 7) * stats.sem(logarithms)
    expected = (np.mean(logarithms), np.mean(logarithms) - half, np.mean(logarithms) + half)
    assert log_ratio(spiking, quantised) == pytest.approx(expected)
    wider = stats.t.ppf(1 - 0.025 / 3, 7) * stats.sem(logarithms)
    assert log_ratio(spiking, quantised, 3).high == pytest.approx(np.mean(logarithms) + wider)
    assert shared(spiking, {3: quantised[3], 9: quantised[0]}) == [3]
    with pytest.raises(ValueError, match="1 value has no interval"):
        gain(spiking, {3: quantised[3]})


def test_what_costs_nothing_and_what_a_penalty_silenced_is_left_out():
    rows = network("quantised", penalty=0.0)
    silent = [
        replace(row, energy_total=0.0) if row.training_seed == 3 else row for row in network("quantised", penalty=9.0)
    ]
    assert [key.penalty for key in found(rows, silent)] == [0.0]
    table = found(rows, network(accuracy=0.91), network(accuracy=0.31, penalty=10.0))
    assert [key.penalty for key in accurate(table, 0.05)] == [1.0, 0.0]
    # The best of another task is no measure of this one.
    harder = [replace(row, task="mnist") for row in network(accuracy=0.6)]
    assert len(accurate(found(rows, harder), 0.05)) == 2
    assert accurate({}, 0.05) == {}


def test_rows_of_other_models_groups_and_hops_are_other_networks():
    rows = network()
    assert len(networks(rows, "yan2024", "hidden")) == 1
    assert networks(rows, "bit_budget", "hidden") == {}
    assert networks(rows, "yan2024", "hidden", hops=2.0) == {}
    (key,) = networks(rows, "yan2024", "whole")
    assert key.spiking
    assert key.label == "direct, 5 steps, 4-bit weights, penalty 1"


@given(ratios=st.lists(st.sampled_from([0.5, 0.9, 1.0, 1.1, 2.0]), min_size=1, max_size=5))
def test_all_are_dearer_exactly_where_each_is(ratios):
    """Ratios whose intervals exclude 1, or hold it, by construction."""
    rows = [network("quantised", penalty=0.0)]
    rows += [network(ratio=ratio, margin=place + 1.0) for place, ratio in enumerate(ratios)]
    held = matched(found(*rows), 0.005, 8)
    dearer = judge_all("necessary_4", held, above, 0.0, 1, "here").outcome
    cheaper = judge_all("sufficient_4", held, below, 0.0, 1, "here").outcome
    low, high = min(ratios), max(ratios)
    assert dearer == ("fails" if low < 1 else "undecided" if low == 1 else "holds")
    assert cheaper == ("fails" if high > 1 else "undecided" if high == 1 else "holds")
    assert judge_all("necessary_4", held, above, 0.0, 6, "here").outcome == "not measured"
