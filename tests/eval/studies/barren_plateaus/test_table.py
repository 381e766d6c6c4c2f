"""Saturation, the plateau's depth, and what the table says of shots."""

from dataclasses import replace

import pytest
from statement_tables.barren_plateaus import by_state_vector, networks, point

from eval.rows import of
from eval.studies.barren_plateaus.rows import ComputedVariance, SampledVariance
from eval.studies.barren_plateaus.table import complete, families, shots


def row(layers, variance, **values):
    exact = point("deep", "ry_rz_cz", "Z1Z2", 8, layers, variance, formula=1.0)
    assert exact.saturated is exact.plateau_layers is exact.shots_to_resolve is None
    return replace(exact, **values)


def computed(rows):
    return of(complete(rows), ComputedVariance)


def test_only_depths_that_agree_with_their_half_or_double_are_saturated():
    table = computed([row(4, 64.0), row(8, 8.0), row(16, 1.1), row(32, 1.0), row(24, 1.05)])
    assert {entry.layers: entry.saturated for entry in table} == {
        4: False, 8: False, 16: True, 32: True, 24: None,
    }  # fmt: skip


def test_the_plateau_is_reached_where_the_excess_falls_below_the_tolerance():
    # log2 falls from 2 at 4 layers to 0 at 16: a quarter bit is left at seven eighths of the way in log depth.
    table = computed([row(4, 4.0), row(16, 1.0), row(32, 1.0)])
    assert [entry.plateau_layers for entry in table] == pytest.approx([4 * 4 ** (7 / 8)] * 3)
    assert {entry.plateau_layers for entry in computed([row(4, 4.0), row(8, 3.0)])} == {None}
    assert {entry.plateau_layers for entry in computed([row(4, 1.0), row(8, 1.0)])} == {4.0}
    assert {entry.plateau_layers for entry in computed([row(4, 1.0)])} == {None}, "one depth shows no way there"


def test_a_sampled_variance_says_nothing_of_saturation():
    drawn = [by_state_vector("Z1Z2", 8, layers, 1.0, 0.1, 300.0) for layers in (4, 16)]
    table = complete([*drawn, row(4, 64.0), row(8, 1.0), row(32, 1.0)])
    assert [entry.saturated for entry in of(table, ComputedVariance)] == [False, False, None]
    assert {entry.shots_to_resolve for entry in of(table, SampledVariance)} == {10.0}


@pytest.mark.parametrize("name", ["product", "local", "noise"])
def test_other_families_are_not_looked_at_for_saturation(name):
    rows = [point(name, "ry_rz_cz", "Z1Z2", 8, layers, 1.0, formula=1.0) for layers in (4, 8)]
    assert {(entry.saturated, entry.plateau_layers) for entry in computed(rows)} == {(None, None)}


def test_what_was_refused_or_is_no_variance_of_a_circuit_stays_as_it_is():
    rows = [row(4, None, refused="it does not qualify"), row(8, 1.0), row(16, 1.0), *networks()]
    table = complete(rows)
    assert table[0] == rows[0]
    assert table[3:] == rows[3:]
    assert [entry.saturated for entry in of(table, ComputedVariance)] == [None, True, True]


def test_families_do_not_mix():
    rows = [
        row(4, 1.0), row(4, 1.0, qubits=12), row(8, 1.0), row(4, 1.0, observable="projector"), row(2, None),
        row(4, 1.0, noise_rate=0.1), row(4, 1.0, family="mcclean"),
    ]  # fmt: skip
    kept = families(rows, ("deep",))
    assert sorted([entry.layers for entry in family] for family in kept) == [[4], [4], [4], [4, 8]]
    assert len(families(rows, ("deep", "mcclean"))) == 5


def test_the_shot_floor_at_32_qubits_and_200_layers_is_years():
    variance = 2**32 / (2 * (4**32 - 1))
    total = shots(variance, 32 * 200 * 2)
    assert total == pytest.approx(1.1e14, rel=0.01)
    (entry,) = computed([row(200, variance, qubits=32, parameters=32 * 200 * 2)])
    assert entry.shots_to_resolve == total
    assert entry.shot_seconds / (365.25 * 86400) == pytest.approx(3.5, rel=0.01)
