"""A table, a row an example: CSV or Parquet."""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.data.own.examples import Examples
from training.errors import BadInput

TARGETS = ("target", "targets", "label", "labels", "class", "y")
"""Columns that are taken for the target where none is named."""
EMPTY = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})
"""Cells that hold nothing, in small letters."""


def from_table(path: Path, target: str | None) -> Examples:
    """Read a table whose columns are numbers, but for the target's and ``split``.

    Rows with an empty cell are dropped, and their number told.

    Args:
        path: A file ``.csv`` with a row of names, or ``.parquet``.
        target: The column of what is predicted; ``None`` to look for one of :data:`TARGETS`.

    Raises:
        BadInput: It cannot be read, has no such column or several, or a column holds text.
    """
    names, columns = _csv(path) if path.suffix.lower() == ".csv" else _parquet(path)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise BadInput(f"{path} has several columns {repeated[0]}: give each a name of its own")
    found = [target] if target is not None else [name for name in names if name.lower() in TARGETS]
    if len(found) != 1 or found[0] not in names:
        raise BadInput(
            f"{path} has the columns {', '.join(names)}: say which is predicted, as in task.target={names[-1]}"
            if target is None
            else f"{path} has no column {target}: its columns are {', '.join(names)}"
        )
    table = dict(zip(names, columns, strict=True))
    empty = np.zeros(len(columns[0]), np.bool_)
    for cells in columns:
        empty |= np.array([cell.lower() in EMPTY for cell in cells], np.bool_)
    kept = {name: [cell for cell, gone in zip(cells, empty, strict=True) if not gone] for name, cells in table.items()}
    features = [name for name in names if name not in (found[0], "split")]
    if not features:
        raise BadInput(f"{path} has no column beside {found[0]}: there is nothing to predict it from")
    if empty.all():
        raise BadInput(f"{path} has no row without an empty cell")
    inputs = np.stack([_numbers(path, name, kept[name]) for name in features], axis=1)
    split = np.array(kept["split"], np.str_) if "split" in kept else None
    notes = [f"{found[0]} is predicted from {', '.join(features)}"]
    if empty.any():
        notes.append(f"{int(empty.sum())} of {len(empty)} rows have an empty cell and were dropped")
    return Examples(str(path), inputs, _targets(kept[found[0]]), split, tuple(notes))


def _csv(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            sample = file.read(65536)
            file.seek(0)
            lines = [[cell.strip() for cell in line] for line in csv.reader(file, _dialect(sample)) if line]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path} cannot be read ({error}): save it as UTF-8, cells separated by commas") from error
    if len(lines) < 2:
        raise BadInput(f"{path} holds no rows below its names")
    names = lines[0]
    for number, line in enumerate(lines):
        if len(line) != len(names):
            raise BadInput(f"{path}: line {number + 1} has {len(line)} cells, and the first has {len(names)}")
    if all(_is_number(name) for name in names):
        raise BadInput(f"{path} begins with numbers: its first line must name the columns")
    return names, [list(column) for column in zip(*lines[1:], strict=True)]


def _dialect(sample: str) -> type[csv.Dialect]:
    """Return how cells are separated: by the first of these marks that stands in the line of names."""
    first = sample.split("\n", 1)[0]
    mark = next((one for one in ",;\t" if one in first), ",")
    return type("Found", (csv.excel,), {"delimiter": mark})


def _parquet(path: Path) -> tuple[list[str], list[list[str]]]:
    if importlib.util.find_spec("pyarrow") is None:
        raise BadInput(
            f'{path} is read by pyarrow, which is not installed: pip install -e ".[tables]", or save it as CSV'
        )
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(path)
    except (OSError, pyarrow.ArrowException) as error:
        raise BadInput(f"{path} cannot be read ({error}): save it anew") from error
    if table.num_rows == 0:
        raise BadInput(f"{path} holds no rows")
    return table.column_names, [[_cell(value) for value in column.to_pylist()] for column in table.columns]


def _cell(value: object) -> str:
    # repr gives a float back exactly.
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _numbers(path: Path, name: str, cells: Sequence[str]) -> np.ndarray:
    truths = {"true": "1", "false": "0"}
    cells = [truths.get(cell.lower(), cell) for cell in cells]
    text = next((cell for cell in cells if not _is_number(cell)), None)
    if text is not None:
        raise BadInput(f"{path}: column {name} holds the text {text!r}: leave it out, or put numbers in its place")
    return np.array([float(cell) for cell in cells])


def _targets(cells: Sequence[str]) -> np.ndarray:
    """Return whole numbers, real numbers or texts, whichever all cells are."""
    try:
        return np.array([int(cell) for cell in cells])
    except (ValueError, OverflowError):
        pass
    if all(_is_number(cell) for cell in cells):
        return np.array([float(cell) for cell in cells])
    return np.array(cells, np.str_)
