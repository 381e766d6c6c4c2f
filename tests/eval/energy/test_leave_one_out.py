"""Constants fitted to all published rates but one."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.energy.leave_one_out import leave_one_out
from eval.energy.published import fitted_rates, published
from eval.energy.technology import YAN_22NM

DOCUMENT = (Path(__file__).parents[3] / "docs" / "energy.md").read_text()


@pytest.fixture(scope="module")
def found():
    return leave_one_out()


def test_nine_of_ten_rates_are_predicted_and_that_of_one_step_is_not(found):
    assert [one.name for one in found] == [one.name for one in fitted_rates(YAN_22NM)]
    errors = {one.name: abs(one.error) for one in found}
    assert errors.pop("break-even rate, 1 step, 8-bit weights") > 0.05
    assert len(errors) == 9
    assert max(errors.values()) < 0.009


def test_what_is_left_out_is_not_fitted(found):
    """Where the rate of one step, off which the price of a multiplication is read, is left out, that price moves."""
    shares = {one.name: one.multiply_share for one in found}
    alone = shares.pop("break-even rate, 1 step, 8-bit weights")
    assert alone < 0.95 * min(shares.values())
    assert max(shares.values()) < 1.01 * min(shares.values())
    for one in found:
        assert 0.0376 <= one.weight <= 0.0395


def test_the_document_holds_what_is_computed(found):
    rows = [line.split("|") for line in DOCUMENT.splitlines() if line.startswith("| ") and "%" in line]
    assert len(rows) == len(found)
    for (_, name, value, predicted, error, _), one in zip(rows, found, strict=True):
        assert one.name.endswith(name.strip())
        assert float(value) == one.published
        assert float(predicted) == pytest.approx(one.predicted, abs=6e-5)
        assert float(error.strip().rstrip("%").replace("−", "-")) == pytest.approx(100 * one.error, abs=0.02)


def test_what_was_fitted_is_what_is_left_out():
    fitted = [one.name for one in published() if one.fitted and "SST-2" not in one.name]
    assert fitted == [one.name for one in fitted_rates(YAN_22NM)]
