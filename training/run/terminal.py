"""Sentences and paths in a terminal: lines break between words alone, and paths are short enough to be read."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def say(text: str, *, indent: str = "", others: str | None = None, file: Any = None) -> None:
    """Print a sentence; on a terminal its lines break between words, elsewhere it stays on one line.

    Args:
        text: What is said, of one or more lines.
        indent: What stands before the first line.
        others: What stands before the lines that it is broken into; ``indent`` by default.
        file: A stream of text on which it is printed; standard output by default.
    """
    stream = sys.stdout if file is None else file
    width = shutil.get_terminal_size().columns if stream.isatty() else None
    for line in text.split("\n"):
        print(broken(line, width, indent, indent if others is None else others), file=stream)


def broken(line: str, width: int | None, indent: str = "", others: str = "") -> str:
    """Break a line between words; a word or a path that is longer than the width stays whole.

    Args:
        line: One line.
        width: Characters of a line; ``None`` to leave it as it is.
        indent: What stands before the first line.
        others: What stands before the others.

    Returns:
        The lines, joined.
    """
    if width is None or len(indent) + len(line) <= width:
        return f"{indent}{line}"
    return textwrap.fill(
        line, width, initial_indent=indent, subsequent_indent=others, break_long_words=False, break_on_hyphens=False
    )


def side_by_side(widths: Sequence[int], first: int, width: int) -> list[range]:
    """Divide columns into tables that fit, each with the first column again; a column that fits nowhere stands alone.

    Args:
        widths: Characters of each column but the first, the space behind it included.
        first: Characters of the first column, the space behind it included.
        width: Characters of a line.

    Returns:
        The columns of each table, by their place in ``widths``.
    """
    tables: list[range] = []
    start, used = 0, first
    for place, column in enumerate(widths):
        if used + column > width and place > start:
            tables.append(range(start, place))
            start, used = place, first
        used += column
    return [*tables, range(start, len(widths))]


def shown(path: str | os.PathLike[str]) -> str:
    """A path as it is typed from here: relative where it is below the working directory, else as it is."""
    try:
        return str(Path(path).absolute().relative_to(Path.cwd()))
    except (OSError, ValueError):
        return str(path)
