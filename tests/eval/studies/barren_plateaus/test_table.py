"""Saturation, the plateau's depth, and what the table says of shots."""

import pytest

from eval.studies.barren_plateaus.table import COLUMNS, STATE_VECTOR, complete, families, shots


def row(depth, variance, **values):
    given = {
        "part": "deep", "ansatz": "ry_rz_cz", "observable": "Z1Z2", "parameter": "first", "qubits": 8,
        "depth": depth, "variance": variance, "formula": 1.0, "method": "chain", "parameters": 10,
    }  # fmt: skip
    return given | values


def test_only_depths_that_agree_with_their_half_or_double_are_saturated():
    table = complete([row(4, 64.0), row(8, 8.0), row(16, 1.1), row(32, 1.0), row(24, 1.05)])
    assert {entry["depth"]: entry["saturated"] for entry in table} == {
        4: False, 8: False, 16: True, 32: True, 24: None,
    }  # fmt: skip
    assert all(list(entry) == list(COLUMNS) for entry in table)


def test_the_plateau_is_reached_where_the_excess_falls_below_the_tolerance():
    # log2 falls from 2 at 4 layers to 0 at 16: a quarter bit is left at seven eighths of the way in log depth.
    table = complete([row(4, 4.0), row(16, 1.0), row(32, 1.0)])
    assert [entry["plateau_depth"] for entry in table] == pytest.approx([4 * 4 ** (7 / 8)] * 3)
    assert {entry["plateau_depth"] for entry in complete([row(4, 4.0), row(8, 3.0)])} == {None}
    assert {entry["plateau_depth"] for entry in complete([row(4, 1.0), row(8, 1.0)])} == {4.0}


def test_a_sampled_variance_takes_its_saturation_from_the_computed_ones():
    table = complete([row(8, 1.0), row(16, 1.0), row(16, 3.0, method=STATE_VECTOR), row(4, 1.0, method=STATE_VECTOR)])
    assert [entry["saturated"] for entry in table] == [True, True, True, None]


def test_families_do_not_mix():
    rows = [row(4, 1.0), row(4, 1.0, qubits=12), row(8, 1.0), row(4, 1.0, observable="projector"), row(2, None)]
    kept = families(complete(rows), lambda entry: True)
    assert sorted([entry["depth"] for entry in family] for family in kept) == [[4], [4], [4, 8]]


def test_the_shot_floor_at_32_qubits_and_200_layers_is_years():
    variance = 2**32 / (2 * (4**32 - 1))
    total = shots(variance, 32 * 200 * 2)
    assert total == pytest.approx(1.1e14, rel=0.01)
    (entry,) = complete([row(200, variance, qubits=32, parameters=32 * 200 * 2)])
    assert entry["shot_seconds"] / (365.25 * 86400) == pytest.approx(3.5, rel=0.01)
