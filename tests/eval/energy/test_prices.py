"""Every constant has a unit, a source and a status, and units are not mixed."""

from __future__ import annotations

import pytest

from eval.energy import TECHNOLOGIES, Price
from eval.energy.models.davidson_furber import THRESHOLD

PRICES = [(f"{name}.{key}", price) for name, one in TECHNOLOGIES.items() for key, price in one.prices.items()]


@pytest.mark.parametrize(("name", "price"), [*PRICES, ("davidson_furber", THRESHOLD)])
def test_every_price_says_whence_it_is(name, price):
    assert price.value > 0
    assert len(price.source) > 10
    assert price.unit in ("pJ", "pJ/bit", "pJ/bit/hop", "bit", "spikes/connection")
    assert (price.status == "inferred") == ("inferred" in price.source)


def test_a_simulated_number_is_not_called_measured():
    assert TECHNOLOGIES["loihi_1"].prices["synaptic_operation"].status == "simulated"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"unit": " "}, "needs a unit"),
        ({"source": ""}, "needs a source"),
        ({"status": "guessed"}, "status='guessed' of a price is none of"),
        ({"low": 0.5}, "needs both ends"),
        ({"low": 2.0, "high": 3.0}, "lies outside its band 2 to 3"),
    ],
)
def test_a_price_without_what_it_needs_is_refused(fields, sentence):
    with pytest.raises((ValueError, TypeError), match=sentence if "status" not in fields else None):
        Price(**{"value": 1.0, "unit": "pJ", "source": "a test", "status": "published"} | fields)


def test_units_are_not_mixed():
    one = Price(1.0, "pJ", "a test", "published")
    assert one + one == 2.0
    with pytest.raises(ValueError, match=r"1 pJ and 1 J cannot be added"):
        one + Price(1.0, "J", "a test", "published")
