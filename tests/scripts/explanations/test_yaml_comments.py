"""The parser of comments reads what stands behind a value, whatever the value and the comment are."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scripts.explanations.yaml_comments import comments, heading

TEXT = """\
# @package _global_
# A file,
# about nothing.
defaults:
  - _self_
  - task: digits # the data
group: # two settings
  number: 3 # how many; # is no end
  word: "a # b" # quoted
  list: [1,
    2] # over two lines
  none: # nothing
  silent: 1
  glued: a#b
items: # of a block
  - first # the first
  - second
map: {inside: 1} # a whole
template: |
  text # that is no comment

  more: x # that is none
last: 'it''s' #without a space
"""


def test_each_comment_belongs_to_the_key_or_item_before_it():
    assert comments(TEXT) == {
        ("defaults", "1", "task"): "the data",
        ("group",): "two settings",
        ("group", "number"): "how many; # is no end",
        ("group", "word"): "quoted",
        ("group", "list"): "over two lines",
        ("group", "none"): "nothing",
        ("items",): "of a block",
        ("items", "first"): "the first",
        ("map",): "a whole",
        ("last",): "without a space",
    }


def test_the_lines_before_the_first_key_are_the_file_s():
    assert heading(TEXT) == "A file, about nothing."
    assert heading("a: 1\n# later\n") == ""


@pytest.mark.parametrize("text", ["", "# nothing but this\n", "{} # empty\n", "- 1\n"])
def test_a_file_without_commented_settings_has_no_comments(text):
    assert comments(text) == {}


def test_what_is_no_yaml_is_refused():
    with pytest.raises(yaml.YAMLError):
        comments("a: [1")


plain = st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\x85\u2028\u2029\ufeff\ufffe\uffff")
keys = st.text("abcdefgh_", min_size=1, max_size=8)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.text(plain, max_size=12), st.lists(st.integers()))
remarks = st.text(plain, max_size=60).map(lambda text: " ".join(text.split()))


@given(st.dictionaries(keys, st.tuples(scalars, remarks), min_size=1), st.booleans())
def test_no_word_of_a_comment_is_lost(settings, nested):
    lines = ["above: # a group"] if nested else []
    for key, (value, remark) in settings.items():
        written = yaml.safe_dump(value, default_flow_style=True, width=10**6).removesuffix("\n...\n").strip()
        lines.append(f"{'  ' if nested else ''}'{key}': {written} # {remark}")
    found = comments("\n".join(lines))
    above = ("above",) if nested else ()
    for key, (_, remark) in settings.items():
        assert found[(*above, key)].split() == remark.split()
    assert len(found) == len(settings) + nested
