"""Typed rows: every kind of row that a study measures is a frozen dataclass, written to a file of its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias, TypeVar

import numpy as np

from training.pricing import METRICS

PART = "part"
"""The column of a flat table that says of which kind a row is."""
Flat: TypeAlias = dict[str, Any]
"""A row as JSON holds it: columns and their values, ``None`` for what cannot be had."""

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        **METRICS,
        "step_seconds": "time/step_seconds",
        "data_seconds": "time/data_seconds",
        "probe_seconds": "time/probe_seconds",
        "save_seconds": "time/save_seconds",
        "device_peak_bytes": "memory/device_peak_bytes",
        "forward_flops": "cost/forward_flops",
        "gradient_to_forward_flops": "cost/gradient_to_forward_flops",
        "forward_temp_bytes": "memory/forward_temp_bytes",
        "forward_circuit_executions": "cost/forward_circuit_executions",
        "train_loss": "train/loss",
        "train_accuracy": "train/accuracy",
        "eval_loss": "eval/loss",
        "eval_accuracy": "eval/accuracy",
        "test_loss": "test/loss",
        "test_accuracy": "test/accuracy",
        "gradient_norm": "gradient/norm",
        "variance_over_examples": "gradient/variance_over_examples",
        "variance_over_estimates": "gradient/variance_over_estimates",
        "variance_over_initialisations": "gradient/variance_over_initialisations",
        "covariance_trace": "gradient/covariance_trace",
        "squared_norm_unbiased": "gradient/squared_norm_unbiased",
        "noise_scale": "gradient/noise_scale",
        "signal_to_noise": "gradient/signal_to_noise",
        "spike_rate": "activity/spike_rate",
    }
)
"""Fields of rows that are metrics, and the names under which the documentation, runs and tables know them.

A field that is not here is its own column. No other field may hold one of these quantities.
"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of a study's table; each kind is a frozen dataclass derived from this one.

    A field holds what JSON can: a number, a word, a truth value, ``None`` for what cannot be had, or tuples and
    mappings of these, and its annotation says which. Its column is its name, or the metric of that name (``COLUMNS``).

    Attributes:
        part: The name of the kind, a plural noun: ``prices`` are written to ``prices.json``.
    """

    part: ClassVar[str]
    # Read by pydantic: a column that the kind does not have, or a value of another type, is refused.
    __pydantic_config__: ClassVar[Mapping[str, Any]] = {"extra": "forbid", "strict": True}


R = TypeVar("R", bound=Row)


class NotOfThisKind(ValueError):
    """A flat row is none of a study's kinds: a column is missing, unknown, or holds a value of another type."""


def of(rows: Iterable[Row], kind: type[R]) -> list[R]:
    """Pick the rows of one kind, in the table's order."""
    return [row for row in rows if isinstance(row, kind)]


def column(field: str) -> str:
    """Name the column of a field."""
    return COLUMNS.get(field, field)


def flat(row: Row) -> Flat:
    """Write a row as JSON holds it, its kind first.

    Raises:
        ValueError: It holds what JSON has no word for.
    """
    return {PART: row.part} | {column(one.name): plain(getattr(row, one.name)) for one in fields(row)}


def plain(value: Any) -> Any:
    """Return a value in JSON's own types; NumPy's and JAX's become numbers and lists.

    Raises:
        ValueError: JSON has no word for it, as for what is not finite.
    """
    return json.loads(dump(value))


def dump(value: Any) -> str:
    """Write a value as JSON on one line.

    Raises:
        ValueError: JSON has no word for it, as for what is not finite.
    """
    return json.dumps(value, allow_nan=False, default=_plain)


def parse(rows: Sequence[Any], kinds: Sequence[type[Row]]) -> list[Any]:
    """Read rows of a flat table.

    Args:
        rows: Mappings of columns to values.
        kinds: Those that there may be.

    Raises:
        NotOfThisKind: A row is of none of the kinds, or does not have exactly the columns of its kind.
    """
    by_part = {kind.part: kind for kind in kinds}
    found: list[Row] = []
    for number, row in enumerate(rows, 1):
        part = row.get(PART) if isinstance(row, Mapping) else None
        if part not in by_part:
            raise NotOfThisKind(f"row {number}: {PART}={part!r} is none of {', '.join(by_part)}")
        found.append(_parse(row, by_part[part], number))
    return found


def _parse(row: Mapping[str, Any], kind: type[R], number: int) -> R:
    from pydantic import ValidationError

    names = {column(one.name): one.name for one in fields(kind)}
    columns = set(row) - {PART}
    for odd, what in ((columns - set(names), "is no column of this kind"), (set(names) - columns, "is missing")):
        if odd:
            raise NotOfThisKind(f"row {number} of {kind.part}: {min(odd)} {what}")
    try:
        return _adapter(kind).validate_json(dump({names[at]: row[at] for at in columns}))
    except ValidationError as error:
        first = error.errors()[0]
        place, *inside = first["loc"]
        where = ".".join(str(one) for one in (column(str(place)), *inside))
        raise NotOfThisKind(f"row {number} of {kind.part}: {where}: {first['msg']}") from None


@cache
def _adapter(kind: type[Row]) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def _plain(value: Any) -> Any:
    if isinstance(value, (np.generic, np.ndarray)) or hasattr(value, "tolist"):
        return value.tolist()
    raise ValueError(f"{value!r} is no JSON value")
