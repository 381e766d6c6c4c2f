from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.pricing.roofline import Rates, roofline

RATES = Rates({"float32": 2e12, "bfloat16": 8e12, "int8": 16e12}, bandwidth=1e11, source="a page")
SINGLE = frozenset({"float32"})


def test_bounds_are_those_of_hand_arithmetic():
    # 4e9 operations at 2e12 per second are 2 ms, on two devices 1 ms; 3e8 bytes at 1e11 per second are 3 ms.
    found = roofline(RATES, floating=4 * 10**9, integer=0, types=SINGLE, moved_bytes=3 * 10**8, devices=2)
    assert found.compute_seconds == pytest.approx(1e-3)
    assert found.memory_seconds == pytest.approx(3e-3)
    assert (found.seconds, found.limit) == (found.memory_seconds, "memory")
    found = roofline(RATES, floating=4 * 10**9, integer=0, types=SINGLE, moved_bytes=10**7, devices=1)
    assert (found.seconds, found.limit) == (pytest.approx(2e-3), "compute")


def test_the_fastest_type_is_taken_and_whole_numbers_run_beside():
    both = roofline(RATES, floating=8 * 10**9, integer=0, types=SINGLE | {"bfloat16"}, moved_bytes=0, devices=1)
    assert (both.rate, both.seconds) == (8e12, pytest.approx(1e-3))
    whole = roofline(RATES, floating=2 * 10**9, integer=64 * 10**9, types=SINGLE, moved_bytes=0, devices=1)
    assert whole.seconds == pytest.approx(4e-3)
    no_product = roofline(RATES, floating=2 * 10**9, integer=0, types=frozenset(), moved_bytes=0, devices=1)
    assert no_product.rate == 2e12


def test_there_is_no_bound_where_a_rate_is_not_published():
    double = roofline(RATES, floating=1, integer=0, types=frozenset({"float64"}), moved_bytes=1, devices=1)
    assert double == "no rate is known for products of float64 (a page)"
    without = Rates({"float32": 1.0}, 1.0, "b page")
    assert roofline(without, floating=1, integer=1, types=SINGLE, moved_bytes=1, devices=1) == (
        "no rate is known for products of int8 (b page)"
    )


@given(st.integers(0, 10**15), st.integers(0, 10**15), st.integers(0, 10**12), st.integers(1, 64))
def test_a_bound_never_rises_with_devices_nor_falls_with_work(floating: int, integer: int, moved: int, devices: int):
    def seconds(devices: int, extra: int = 0) -> float:
        work = {"floating": floating + extra, "integer": integer, "moved_bytes": moved}
        return roofline(RATES, types=SINGLE, devices=devices, **work).seconds

    assert seconds(2 * devices) <= seconds(devices) <= seconds(devices, 10**12)
    assert seconds(devices) >= moved / 1e11
