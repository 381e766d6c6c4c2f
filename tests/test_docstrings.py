"""Docstrings are whole phrases: no summary and no entry begins as the tail of a sentence that nobody wrote."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
PACKAGES = ("paradigms", "training", "eval", "scripts")
STARTS = "Of|That|Whose|As|By|To|From|With|Beside|At(?! most| least)|Under|Through|Along|Beyond|On|Up to|Where to"
TAIL = re.compile(rf"(?:{STARTS})\b")
"""How a fragment begins that leans on a noun left out: "Of the model.", "That its own spikes took."."""
ENTRY = re.compile(r"\s+[\w`*, ]+?(?: \([^)]*\))?: (.+)")


def phrases(docstring: str) -> Iterator[str]:
    """The summary, and the beginning of every entry."""
    summary, *others = docstring.strip().splitlines()
    yield summary
    yield from (found[1] for line in others if (found := ENTRY.match(line)))


def fragments(path: Path) -> list[str]:
    """The phrases of a file's docstrings that begin as tails, with their lines."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        f"{path.relative_to(PROJECT)}:{getattr(node, 'lineno', 1)}: {phrase}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, kinds) and (docstring := ast.get_docstring(node, clean=False))
        for phrase in phrases(docstring)
        if TAIL.match(phrase)
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_docstring_is_a_tail(package):
    assert [found for path in sorted((PROJECT / package).rglob("*.py")) for found in fragments(path)] == []


def test_a_tail_is_found(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "PROJECT", tmp_path)
    path = tmp_path / "module.py"
    path.write_text(
        'def f(x):\n    """Of the model.\n\n    Args:\n        x: Whose size.\n        y: The size.\n    """\n'
    )
    assert fragments(path) == ["module.py:1: Of the model.", "module.py:1: Whose size."]
