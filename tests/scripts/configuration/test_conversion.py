from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.configuration.conversion import convert
from training.errors import BadInput
from training.run.run_directory import plain


@dataclass(frozen=True)
class Inner:
    rate: float
    mode: Literal["slow", "fast"] = "slow"


@dataclass(frozen=True)
class Outer:
    count: int
    on: bool
    label: str
    sizes: tuple[int, ...]
    limit: float | None
    inner: Inner
    extra: dict[str, Any] = dataclasses.field(default_factory=dict)


finite = st.floats(allow_nan=False, allow_infinity=False)
outers = st.builds(
    Outer,
    count=st.integers(-(2**53), 2**53),
    on=st.booleans(),
    label=st.text(),
    sizes=st.lists(st.integers(-(2**53), 2**53)).map(tuple),
    limit=st.none() | finite,
    inner=st.builds(Inner, rate=finite, mode=st.sampled_from(["slow", "fast"])),
    extra=st.dictionaries(st.text(), st.none() | st.booleans() | st.text()),
)
VALUES = {
    "count": 3,
    "on": True,
    "label": "x",
    "sizes": [1, 2],
    "limit": None,
    "inner": {"rate": 0.5, "mode": "fast"},
}


@given(outers)
def test_what_was_made_plain_comes_back_the_same(outer):
    back = convert(plain(outer), Outer)
    assert back == outer
    assert [type(getattr(back, f.name)) for f in dataclasses.fields(Outer)] == [
        type(getattr(outer, f.name)) for f in dataclasses.fields(Outer)
    ]


@given(st.integers(-(2**53), 2**53))
def test_a_whole_number_may_be_written_as_a_float_and_an_integer_serves_as_a_float(number):
    converted = convert(VALUES | {"count": float(number), "limit": number}, Outer)
    assert (converted.count, type(converted.count)) == (number, int)
    assert (converted.limit, type(converted.limit)) == (number, float)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("count", 1.5, "count=1.5 must be a whole number"),
        ("count", True, "count=True must be a whole number"),
        ("count", "3", "count=3 must be a whole number"),
        ("count", None, "count=null must be a whole number"),
        ("count", float("inf"), "count=inf must be a whole number"),
        ("on", 1, "on=1 must be true or false"),
        ("on", "true", "on=true must be true or false"),
        ("label", 3, "label=3 must be a text"),
        ("sizes", 3, "sizes=3 must be a list, for example sizes=[1,2]"),
        ("sizes", "12", "sizes=12 must be a list, for example sizes=[1,2]"),
        ("sizes", [1, "a"], "sizes[1]=a must be a whole number"),
        ("limit", "None", "limit=None must be a finite number (write null for none)"),
        ("limit", float("nan"), "limit=nan must be a finite number (write null for none)"),
        ("limit", False, "limit=False must be a finite number (write null for none)"),
        ("inner", 3, "inner=3 must be a group of settings"),
        ("inner", {"rate": 1, "mode": "quick"}, "inner.mode=quick is not one of slow, fast"),
        (
            "inner",
            {"rate": 1, "speed": 2},
            "inner.speed is not a setting; the settings here are inner.rate, inner.mode",
        ),
        ("inner", {"mode": "slow"}, "inner.rate is missing; give it a value"),
        ("extra", [1], "extra=[1] must be a group of settings"),
    ],
)
def test_a_wrong_value_is_refused_by_its_path(key, value, message):
    with pytest.raises(BadInput) as caught:
        convert(VALUES | {key: value}, Outer)
    assert str(caught.value) == message


@given(st.text().filter(lambda name: name not in {field.name for field in dataclasses.fields(Outer)}))
def test_no_key_is_silently_dropped(name):
    with pytest.raises(BadInput, match="is not a setting"):
        convert(VALUES | {name: 1}, Outer)


@given(st.sampled_from(sorted(VALUES)))
def test_no_required_key_is_silently_invented(name):
    given_values = {key: value for key, value in VALUES.items() if key != name}
    with pytest.raises(BadInput, match=f"^{name} is missing"):
        convert(given_values, Outer)


def test_what_is_converted_already_passes():
    inner = Inner(1.0)
    assert convert(VALUES | {"inner": inner}, Outer).inner is inner


def test_a_list_of_fixed_length_has_that_length_and_each_item_its_type():
    @dataclass(frozen=True)
    class Fixed:
        pair: tuple[int, str] | None

    assert convert({"pair": [1, "x"]}, Fixed) == Fixed((1, "x"))
    assert convert({"pair": None}, Fixed) == Fixed(None)
    for value, sentence in (
        ([1], "pair=.* must be a list of 2, and it has 1"),
        ([], "and it has 0"),
        ([1, "x", 2], "and it has 3"),
        (["x", 1], r"pair\[0\]=x must be a whole number"),
    ):
        with pytest.raises(BadInput, match=sentence):
            convert({"pair": value}, Fixed)
