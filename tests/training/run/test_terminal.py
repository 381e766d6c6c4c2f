"""Sentences, columns and paths in a terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.run.terminal import broken, say, shown, side_by_side

WORDS = st.lists(st.text(st.characters(whitelist_categories=["L", "N", "P"]), min_size=1, max_size=100), min_size=1)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@given(WORDS, st.integers(20, 120))
def test_lines_break_between_words_alone(words, width):
    lines = broken(" ".join(words), width, "  ", "    ").split("\n")
    assert " ".join(lines).split() == words
    for line in lines:
        assert len(line) <= width or len(line.split()) == 1, "no room for its only word"


def test_on_a_terminal_of_80_columns_a_path_stays_whole_and_elsewhere_all_is_one_line(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    path = "runs/gradient_worth-20261128-184433-ab12/what-was-measured/table.json"
    terminal, pipe = Terminal(), io.StringIO()
    for file in (terminal, pipe):
        say(f"a sentence that comes before the path of the table: {path}", file=file, others="  ")
    assert terminal.getvalue() == f"a sentence that comes before the path of the table:\n  {path}\n"
    assert pipe.getvalue() == f"a sentence that comes before the path of the table: {path}\n"


def test_paths_are_relative_below_the_working_directory(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert shown(tmp_path / "here" / "runs" / "a") == "runs/a"
    assert shown("runs/a") == "runs/a"
    assert shown(tmp_path / "elsewhere") == str(tmp_path / "elsewhere")
    assert shown(Path.cwd()) == "."


@pytest.mark.parametrize(
    ("widths", "tables"),
    [([10, 10], [range(0, 2)]), ([30, 30, 30], [range(0, 2), range(2, 3)]), ([90, 10], [range(0, 1), range(1, 2)])],
)
def test_columns_that_do_not_fit_stand_in_another_table(widths, tables):
    assert side_by_side(widths, 20, 80) == tables


@given(st.lists(st.integers(1, 100), min_size=1), st.integers(1, 40))
def test_every_column_is_in_one_table_and_tables_fit(widths, first):
    tables = side_by_side(widths, first, 80)
    assert [place for part in tables for place in part] == list(range(len(widths)))
    assert all(first + sum(widths[place] for place in part) <= 80 or len(part) == 1 for part in tables)
