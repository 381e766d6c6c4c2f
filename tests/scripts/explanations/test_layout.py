"""Lines of help: no word is lost or split, and none reaches beyond the width that is no longer word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scripts.explanations.layout import COLUMN, WIDTH, entry, wrapped

words = st.text(st.characters(whitelist_categories=("L", "N", "P", "S")), min_size=1, max_size=100)
texts = st.lists(words, min_size=1, max_size=40)


def keeps_width(line: str) -> bool:
    return len(line) <= WIDTH or len(line.split()) == 1


@given(texts, st.integers(0, 10), st.integers(0, 10))
def test_wrapping_keeps_words_and_width(text, first, others):
    lines = wrapped(" ".join(text), " " * first, " " * others)
    assert [word for line in lines for word in line.split()] == text
    assert all(keeps_width(line) for line in lines)
    assert lines[0].startswith(" " * first)
    assert all(line.startswith(" " * others) for line in lines[1:])


@given(texts, st.lists(texts, max_size=3))
def test_an_entry_keeps_words_and_width(name, sentences):
    lines = entry(" ".join(name), [" ".join(one) for one in sentences])
    assert [word for line in lines for word in line.split()] == [*name, *(word for one in sentences for word in one)]
    # A long word that stands beside a short name may reach over the edge with it.
    assert all(keeps_width(line) or len(line[COLUMN:].split()) == 1 for line in lines)


def test_what_is_said_stands_in_a_column_and_hangs():
    assert entry("steps=3", ["updates in all", "one of: " + "a, " * 20 + "b"]) == [
        "  steps=3                     updates in all",
        "                              one of: a, a, a, a, a, a, a, a, a, a, a, a, a, a,",
        "                                a, a, a, a, a, a, b",
    ]
    assert entry("a_name_that_reaches_into_it=3", ["updates"]) == [
        "  a_name_that_reaches_into_it=3",
        "                              updates",
    ]


def test_neither_a_path_nor_a_hyphenated_word_is_broken():
    path = "/somewhere/" + "far-" * 20 + "away"
    assert wrapped(f"see {path} there") == ["see", path, "there"]
    assert wrapped("x" * 74 + " ready-made") == ["x" * 74, "ready-made"]
