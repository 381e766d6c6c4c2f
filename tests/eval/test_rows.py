"""Rows are what their kind says, in memory, on disk and in the published tables."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.rows import COLUMNS, NotOfThisKind, Row, column, flat, of, parse, plain
from eval.studies import NAMES

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "docs" / "results"
STUDIES = {name: importlib.import_module(f"eval.studies.{name}").STUDY for name in NAMES}
KINDS = [(name, kind) for name, study in STUDIES.items() for kind in study.kinds]


@dataclass(frozen=True, kw_only=True)
class Price(Row):
    """A price."""

    part: ClassVar[str] = "prices"

    size: int
    flops: int | None
    gradient_seconds: float | None = None
    unavailable: Mapping[str, str]
    cosines: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Exponent(Row):
    """An exponent."""

    part: ClassVar[str] = "exponents"

    exponent: float


def price(**changes):
    return Price(**{"size": 3, "flops": 4, "unavailable": {}} | changes)


def test_a_column_that_is_a_metric_bears_the_metric_s_name():
    assert flat(price(unavailable={"cost/joules": "not asked for"})) == {
        "part": "prices",
        "size": 3,
        "cost/flops": 4,
        "time/gradient_seconds": None,
        "unavailable": {"cost/joules": "not asked for"},
        "cosines": [],
    }
    assert column("size") == "size"


finite = st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.integers(),
    st.none() | st.integers(),
    st.none() | finite,
    st.dictionaries(st.text(), st.text()),
    st.lists(finite).map(tuple),
)
def test_rows_come_back_from_json_as_they_were(size, flops, seconds, unavailable, cosines):
    row = Price(size=size, flops=flops, gradient_seconds=seconds, unavailable=unavailable, cosines=cosines)
    others = [Exponent(exponent=1.5), row, row]
    assert parse(json.loads(json.dumps([flat(one) for one in others])), (Price, Exponent)) == others


def test_rows_of_a_kind_keep_their_order():
    rows = [price(size=1), Exponent(exponent=2.0), price(size=0)]
    assert [row.size for row in of(rows, Price)] == [1, 0]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"part": "costs"}, "row 2: part='costs' is none of prices, exponents"),
        ({"size": 1.5}, "row 2 of prices: size: .*integer"),
        ({"size": True}, "row 2 of prices: size: .*integer"),
        ({"size": "3"}, "row 2 of prices: size: .*integer"),
        ({"cost/flops": "many"}, "row 2 of prices: cost/flops: .*integer"),
        ({"cosines": [1.0, "b"]}, "row 2 of prices: cosines.1: .*number"),
        ({"flops": 4}, "row 2 of prices: flops is no column of this kind"),
        ({"noise": None}, "row 2 of prices: noise is no column of this kind"),
    ],
)
def test_a_value_or_column_of_another_kind_is_refused(change, sentence):
    good = flat(price())
    with pytest.raises(NotOfThisKind, match=sentence):
        parse([good, good | change], (Price, Exponent))


@pytest.mark.parametrize("name", ["size", "time/gradient_seconds", "part"])
def test_a_missing_column_is_refused_even_where_its_field_has_a_default(name):
    row = flat(price())
    del row[name]
    with pytest.raises(NotOfThisKind, match=f"{name} is missing|part=None is none of"):
        parse([row], (Price, Exponent))


@pytest.mark.parametrize("row", [[], "prices", None, 3])
def test_what_is_no_row_is_refused(row):
    with pytest.raises(NotOfThisKind, match="row 1: part=None is none of prices"):
        parse([row], (Price,))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_json_has_no_word_for_it(value):
    with pytest.raises(ValueError, match="JSON"):
        flat(price(cosines=(value,)) if isinstance(value, float) else _unchecked(value))


def _unchecked(value):
    row = price()
    object.__setattr__(row, "size", value)
    return row


def test_arrays_of_any_library_become_numbers_and_lists():
    assert plain({"jax": jnp.arange(2), "numpy": np.float32(0.5)}) == {"jax": [0, 1], "numpy": 0.5}


@pytest.mark.parametrize(("study", "kind"), KINDS, ids=[f"{name}-{kind.part}" for name, kind in KINDS])
def test_every_kind_is_a_frozen_dataclass_that_says_what_its_fields_are(study, kind):
    assert is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    described = "".join((one.__doc__ or "").partition("Attributes:")[2] for one in kind.__mro__)
    for one in fields(kind):
        assert f" {one.name}:" in described or f"{one.name}, " in described or f", {one.name}:" in described, one.name


@pytest.mark.parametrize("name", NAMES)
def test_kinds_of_a_study_are_told_apart(name):
    study = STUDIES[name]
    parts = [kind.part for kind in study.kinds]
    assert len(set(parts)) == len(parts)
    assert {f"{part}.json" for part in parts} <= set(study.records)


# Whether every table is there is asked in test_published.py.
@pytest.mark.parametrize("name", [name for name in NAMES if (RESULTS / name / "table.json").is_file()])
def test_a_published_table_is_made_of_the_kinds_of_its_study(name):
    study = STUDIES[name]
    table = json.loads((RESULTS / name / "table.json").read_text())
    assert [flat(row) for row in study.read(table)] == table


def test_every_metric_of_a_table_is_explained():
    explained = (ROOT / "docs" / "metrics.md").read_text()
    assert [name for name in COLUMNS.values() if f"`{name}`" not in explained] == []
