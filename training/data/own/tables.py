"""A table, a row an example: CSV or Parquet."""

from __future__ import annotations

import csv
import importlib.util
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.data.own.examples import Examples
from training.data.own.room import require_room
from training.errors import BadInput

TARGETS = ("target", "targets", "label", "labels", "class", "y")
"""Columns that are taken for the target where none is named."""
EMPTY = frozenset({"", "na", "n/a", "#n/a", "<na>", "nan", "-nan", "null", "none", "?"})
"""Cells that hold nothing, in small letters."""
NAMELESS = re.compile(r"|Unnamed: \d+|__index_level_\d+__")
"""Names of columns that have none, as pandas writes the numbers of the rows."""
WHOLE = re.compile(r"[-+]?[0-9]+")
"""A whole number."""
CELLS = 32
"""Bytes in memory for each byte of a file of cells."""
CELL = 100
"""Bytes in memory of a cell of a file that is packed."""


def from_table(path: Path, target: str | None) -> Examples:
    """Read a table whose columns are numbers, but for the target's and ``split``.

    Rows with an empty cell are dropped, and so are columns without a name; how many is told.

    Args:
        path: A file ``.csv`` with a row of names, or ``.parquet``.
        target: The column of what is predicted; ``None`` to look for one of :data:`TARGETS`.

    Raises:
        BadInput: It cannot be read or would not fit into memory, has no such column or several, or a column holds text.
    """
    names, columns = _csv(path) if path.suffix.lower() == ".csv" else _parquet(path)
    named = [place for place, name in enumerate(names) if not NAMELESS.fullmatch(name)]
    notes = [f"columns without a name, not read: {len(names) - len(named)}"] if len(named) < len(names) else []
    names, columns = [names[place] for place in named], [columns[place] for place in named]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise BadInput(f"{path} has several columns {repeated[0]}: give each a name of its own")
    found = _target(path, names, target)
    splits = [name for name in names if name.lower() == "split" and name != found]
    if len(splits) > 1:
        raise BadInput(f"{path} has the columns {' and '.join(splits)}: keep one that names each example's part")
    features = [name for name in names if name not in (found, *splits)]
    if not features:
        raise BadInput(f"{path} has no column beside {found}: there is nothing to predict it from")
    table, dropped = _filled(path, dict(zip(names, columns, strict=True)), found)
    inputs = np.stack([_numbers(path, name, table[name]) for name in features], axis=1)
    split = np.array(table[splits[0]], np.str_) if splits else None
    notes = [f"{found} is predicted from {', '.join(features)}", *notes, *dropped]
    return Examples(str(path), inputs, _targets(table[found]), split, tuple(notes))


def _target(path: Path, names: Sequence[str], target: str | None) -> str:
    """Return the column that is predicted."""
    if target is None:
        found = [name for name in names if name.lower() in TARGETS]
        if len(found) != 1:
            last = names[-1] if names else "NAME"
            raise BadInput(
                f"{path} has the columns {', '.join(names)}: say which is predicted, as in task.target={last}"
            )
        return found[0]
    if target not in names:
        raise BadInput(f"{path} has no column {target}: its columns are {', '.join(names)}")
    return target


def _filled(path: Path, table: dict[str, list[str]], target: str) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    """Return the rows without an empty cell, and say how many others there are and what is in them.

    Raises:
        BadInput: There are none, or a word for nothing may be a class.
    """
    holes = {name: np.array([cell.lower() in EMPTY for cell in cells], np.bool_) for name, cells in table.items()}
    empty = np.logical_or.reduce(list(holes.values()))
    if empty.all():
        worst = max(holes, key=lambda name: holes[name].sum())
        raise BadInput(
            f"{path} has no row without an empty cell: column {worst} is empty in {holes[worst].sum()} of {len(empty)} "
            "rows; take it out, or fill it in"
        )
    words = {name: sorted({table[name][place] for place in np.flatnonzero(hole)}) for name, hole in holes.items()}
    texts = any(not gone and not _is_number(cell) for cell, gone in zip(table[target], holes[target], strict=True))
    if texts and any(words[target]):
        word = next(word for word in words[target] if word)
        raise BadInput(
            f"{path}: column {target} holds {word!r}, which may be a class or an empty cell: give the class another "
            "name, or leave the cells empty"
        )
    kept = {name: [cell for cell, gone in zip(cells, empty, strict=True) if not gone] for name, cells in table.items()}
    where = "; ".join(f"{name}: {', '.join(map(repr, found))}" for name, found in words.items() if found)
    told = f"{int(empty.sum())} of {len(empty)} rows have an empty cell and were dropped ({where})"
    return kept, (told,) if empty.any() else ()


def _csv(path: Path) -> tuple[list[str], list[list[str]]]:
    require_room(f"the cells of {path}", CELLS * path.stat().st_size, "give fewer rows, or save it as .npz")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            sample = file.read(65536)
            if "\0" in sample:
                raise BadInput(f"{path} holds characters of no text: save it as UTF-8, cells separated by commas")
            file.seek(0)
            rows = csv.reader(file, _dialect(sample), strict=True)
            lines = [(rows.line_num, [cell.strip() for cell in line]) for line in rows if line]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(
            f"{path} cannot be read ({error}): save it as UTF-8, cells separated by commas, and in quotes where they "
            "hold one"
        ) from error
    if len(lines) < 2:
        raise BadInput(f"{path} holds no rows below its names")
    names = lines[0][1]
    for number, line in lines:
        if len(line) != len(names):
            raise BadInput(f"{path}: line {number} has {len(line)} cells, and the first has {len(names)}")
    if all(_is_number(name) for name in names):
        raise BadInput(f"{path} begins with numbers: its first line must name the columns")
    return names, [list(column) for column in zip(*(line for _, line in lines[1:]), strict=True)]


def _dialect(sample: str) -> type[csv.Dialect]:
    """Return how cells are separated: by the first of these marks that stands in the line of names."""
    first = re.sub(r'"[^"]*"', "", next(iter(sample.splitlines()), ""))
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
        with pyarrow.parquet.ParquetFile(path) as file:
            count = file.metadata.num_rows
            require_room(
                f"the cells of {path}", CELL * count * file.metadata.num_columns, "give fewer rows, or save it as .npz"
            )
            table = file.read()
        columns = [[_cell(value) for value in column.to_pylist()] for column in table.columns]
    except BadInput:
        raise
    # Whatever a reader may raise, where each byte of a file may be any.
    except Exception as error:
        raise BadInput(f"{path} cannot be read ({error}): save it anew") from error
    if table.num_rows == 0:
        raise BadInput(f"{path} holds no rows")
    return table.column_names, columns


def _cell(value: object) -> str:
    if value is None:
        return ""
    # repr gives a float back exactly.
    return repr(value) if isinstance(value, float) else value.decode() if isinstance(value, bytes) else str(value)


def _is_number(cell: str) -> bool:
    # Python's own numbers may have digits of any script, and 1_000.
    if "_" in cell or not cell.isascii():
        return False
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
    large = next((cell for cell in cells if WHOLE.fullmatch(cell) and abs(float(cell)) > 2**53), None)
    if large is not None:
        raise BadInput(
            f"{path}: column {name} holds {large}, of more digits than double precision keeps: leave it out if it "
            "names the rows, or subtract what is common to all"
        )
    return np.array([float(cell) for cell in cells])


def _targets(cells: Sequence[str]) -> np.ndarray:
    """Return whole numbers, real numbers or texts, whichever all cells are."""
    if all(WHOLE.fullmatch(cell) for cell in cells):
        try:
            numbers = np.array([int(cell) for cell in cells], np.int64)
        except (ValueError, OverflowError):
            pass
        else:
            # As codes, 7 and 007 are two.
            return numbers if len(set(cells)) == len(np.unique(numbers)) else np.array(cells, np.str_)
    if all(_is_number(cell) for cell in cells):
        return np.array([float(cell) for cell in cells])
    return np.array(cells, np.str_)
