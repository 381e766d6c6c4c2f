"""An extension of Griffe: what docstrings say in reStructuredText is shown as Markdown."""

from __future__ import annotations

import re
import textwrap
from typing import Any

import griffe

ROLE = re.compile(r":(?:attr|class|data|exc|func|meth|mod):`(?:~?[\w.]*\.)?([^`]+)`")
"""A reference to another object, which is shown by its last name."""
BORDER = re.compile(r"( *)=+(?: +=+)+ *")
"""The first and the last line of a simple table."""


class Markdown(griffe.Extension):
    """Rewrites every docstring before it is parsed."""

    def on_instance(self, *, obj: Any, **_: Any) -> None:
        """Rewrite the docstring of one object."""
        if obj.docstring is not None:
            obj.docstring.value = to_markdown(obj.docstring.value)


def to_markdown(text: str) -> str:
    """Turn references into code, set tables with bars, and fence literal blocks and examples of a session."""
    return _fenced_sessions(_tables(_fenced_literals(ROLE.sub(r"`\1`", text))))


def _fenced_literals(text: str) -> str:
    lines, kept = text.split("\n"), []
    while lines:
        line = lines.pop(0)
        if not line.endswith("::"):
            kept.append(line)
            continue
        margin = len(line) - len(line.lstrip())
        block = []
        while lines and (not lines[0].strip() or len(lines[0]) - len(lines[0].lstrip()) > margin):
            block.append(lines.pop(0))
        code = textwrap.dedent("\n".join(block)).strip("\n")
        lead = [] if line.strip() == "::" else [line[:-1], ""]
        kept += [*lead, *_indented(["```python", *code.split("\n"), "```", ""], margin)]
    return "\n".join(kept)


def _tables(text: str) -> str:
    """Set simple tables with bars; a row without a first cell goes on with the one before."""
    lines, kept = text.split("\n"), []
    while lines:
        line = lines.pop(0)
        if not (border := BORDER.fullmatch(line)):
            kept.append(line)
            continue
        starts = [found.start() for found in re.finditer("=+", line)]
        parts: list[list[list[str]]] = [[]]
        while lines and lines[0].strip():
            row = lines.pop(0)
            if BORDER.fullmatch(row):
                parts.append([])
                if not lines or not lines[0].strip():
                    break
                continue
            cells = [row[start:end].strip() for start, end in zip(starts, [*starts[1:], None], strict=True)]
            if cells[0] or not parts[-1]:
                parts[-1].append(cells)
            else:
                parts[-1][-1] = [" ".join(filter(None, both)) for both in zip(parts[-1][-1], cells, strict=True)]
        heads, rows = (parts[0][0], parts[1]) if len(parts) > 2 else ([""] * len(starts), parts[0])
        set_rows = [heads, ["---"] * len(starts), *rows]
        kept += [border[1] + "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in set_rows]
    return "\n".join(kept)


def _fenced_sessions(text: str) -> str:
    blocks = text.split("\n\n")
    for place, block in enumerate(blocks):
        if block.lstrip().startswith(">>> "):
            margin = len(block) - len(block.lstrip())
            blocks[place] = "\n".join(_indented(["```pycon", *textwrap.dedent(block).split("\n"), "```"], margin))
    return "\n\n".join(blocks)


def _indented(lines: list[str], margin: int) -> list[str]:
    return [" " * margin + line if line else line for line in lines]
