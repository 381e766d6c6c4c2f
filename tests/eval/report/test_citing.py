"""What is copied of a statement: readable as Markdown, balanced as BibTeX, whatever words it holds."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from report_sections import CLAIM, statement

from eval.report.citing import as_bibtex, as_markdown
from eval.report.sections import Report

REPORT = Report(
    title="What does it cost?", answer=(), created="2026-01-31T12:00:00+00:00", version="0.1.0", claims=(CLAIM,),
    studies=(), missing=(), others=(), skipped=(),
)  # fmt: skip


def test_markdown_says_the_outcome_its_side_and_the_link():
    assert as_markdown(CLAIM, statement()) == (
        "“It takes 2N circuits.” Holds; it speaks for the argument. It takes 2.0 \\[1.9, 2.1] circuits. "
        "([gradient-cost, C2-pauli_rotations]({page}#C2-pauli_rotations))\n"
    )
    assert "speaks" not in as_markdown(CLAIM, statement(speaks=None))


def test_a_version_that_is_not_known_is_left_out():
    assert "version" not in as_bibtex(replace(REPORT, version=None), CLAIM, statement())


def test_bibtex_has_a_key_a_title_a_year_and_the_link():
    assert as_bibtex(REPORT, CLAIM, statement(found="It grows by 5% of N_1.")) == (
        "@misc{gradient-cost-C2-pauli-rotations,\n"
        "  author = {{The gradient-cost developers}},\n"
        "  title = {{What does it cost? C2: Shifts \\& more}},\n"
        "  year = {2026},\n"
        "  version = {0.1.0},\n"
        "  note = {It takes 2N circuits. Holds. It grows by 5\\% of N\\_1.},\n"
        "  url = {{page}#C2-pauli_rotations},\n"
        "}\n"
    )


@given(st.text())
def test_no_word_closes_a_brace_of_bibtex(words):
    entry = as_bibtex(REPORT, CLAIM, statement(found=words)).replace("{page}", "")
    bare = re.sub(r"\\[{}]", "", entry)
    depth = 0
    for character in bare:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0
