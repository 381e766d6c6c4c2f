"""Lines of a fixed width that break between words alone, so that what is copied from them is whole."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

WIDTH = 80
"""Columns of a terminal that nobody has widened."""
COLUMN = 30
"""Where the sentences about an entry begin."""
_INDENT, _HANGING = "  ", "      "


def wrapped(text: str, first: str = "", others: str = "") -> list[str]:
    """Break a text between words into lines of ``WIDTH``; a word that is longer has a line of its own.

    Args:
        text: Words; spaces between them count as one.
        first: What the first line begins with.
        others: What all other lines begin with.
    """
    wrapper = textwrap.TextWrapper(
        WIDTH, initial_indent=first, subsequent_indent=others, break_long_words=False, break_on_hyphens=False
    )
    return wrapper.wrap(text)


def entry(name: str, sentences: Iterable[str]) -> list[str]:
    """Set a name and, in a column beside it, what is said of it; each sentence begins on a line of its own.

    Args:
        name: Stands at the left; one that reaches into the column has its line to itself.
        sentences: What is said, in order.
    """
    head, *more = wrapped(name, _INDENT, _HANGING)
    lines = [line for one in sentences for line in wrapped(one, COLUMN * " ", (COLUMN + 2) * " ")]
    if not more and lines and len(head) + 2 <= COLUMN:
        head, lines = head.ljust(COLUMN) + lines[0].lstrip(), lines[1:]
    return [head, *more, *lines]
