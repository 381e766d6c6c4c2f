"""The three files: what they say, and that nothing in a table gets out of its place in them."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from report_runs import (
    HOSTILE,
    PLATEAUS,
    PRESETS,
    STUDIES,
    SURROGATES,
    convert,
    plateau_rows,
    surrogate_rows,
    write_all,
    write_run,
)

from eval.claims import CLAIMS
from eval.report.content import compose
from eval.report.gather import gather
from eval.report.wording import duration, interval, markdown_text, number, sides
from eval.report.write import write_report


def page_of(root: Path, directory: Path) -> str:
    content, runs = compose(gather(root, STUDIES, PRESETS, convert), STUDIES, PRESETS)
    return write_report(content, runs, directory).read_text()


class Outline(HTMLParser):
    """Tags, headings, identifiers and images of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.ids: list[str] = []
        self.images: list[dict] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append((tag, given))
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "img":
            self.images.append(given)
        if tag == "a":
            self.links.append(given["href"])


def test_the_page_has_its_parts_in_order(tmp_path):
    outline = Outline(page_of(write_all(tmp_path / "runs"), tmp_path / "out"))
    assert set(CLAIMS) <= set(outline.ids)
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.levels[0] == 1
    assert outline.levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(outline.levels, outline.levels[1:], strict=False))
    assert all(link[0] == "#" and link[1:] in outline.ids for link in outline.links)
    assert ("html", {"lang": "en"}) in outline.tags
    assert {"header", "nav", "main", "footer"} <= {tag for tag, _ in outline.tags}
    assert len(outline.images) == len(STUDIES)
    assert all(image["alt"] and image["src"].startswith("data:image/webp;base64,") for image in outline.images)
    sources = [given.get("src") or given.get("href") for tag, given in outline.tags if tag in ("script", "link")]
    assert set(sources) <= {None, "data:,"}, "nothing is loaded from elsewhere"


def test_the_picture_has_a_mark_for_each_statement_that_was_measured_on_its_side(tmp_path):
    content, runs = compose(gather(write_all(tmp_path / "runs"), STUDIES, PRESETS, convert), STUDIES, PRESETS)
    text = write_report(content, runs, tmp_path / "out").read_text()
    rows = re.findall(r'<li>\s*<a href="#(C\d+)"><strong>(.*?)</li>', text, flags=re.DOTALL)
    assert [claim for claim, _ in rows] == [claim.id for claim in content.claims]
    for (_, row), claim in zip(rows, content.claims, strict=True):
        drawn = re.findall(r'<a class="(.*?)" href="#(.*?)".*?left: (.*?)%', row)
        spoken = {f"{claim.id}-{one.name}": one.speaks for one in claim.statements if one.outcome != "not measured"}
        assert {name: None if side == "open" else side for side, name, _ in drawn} == spoken
        for side, _, left in drawn:
            assert side == "open" or (float(left) > 50) == (side == "for")
        assert f'<span class="hidden">{sides(claim)}</span>' in row
        numbers = [int(one) for one in re.findall(r"\d+", sides(claim))]
        assert claim.unmeasured is not None or sum(numbers) == len(claim.statements)


def test_the_answer_is_short_enough_to_be_quoted(tmp_path):
    for runs in (tmp_path / "none", write_all(tmp_path / "runs")):
        content, _ = compose(gather(runs, STUDIES, PRESETS, convert), STUDIES, PRESETS)
        assert sum(len(paragraph.split()) for paragraph in content.answer) <= 120


def test_every_section_has_what_a_sceptic_needs(tmp_path):
    text = page_of(write_all(tmp_path / "runs"), tmp_path / "out")
    section = re.search(r'<section class="claim" id="C2".*?</section>', text, re.S)[0]
    for part in (
        CLAIMS["C2"].question, "Measured to judge it", "In the literature", "2B − 1", "Conditions",
        "How sure", "What would change it",
        "exponent of the executions in N",
        "PennyLane&#39;s tracker", "exponent tolerance 0.05", "speaks for the argument", "least data",
        "It fails for controlled rotations",
        "python -m scripts.study study=executions preset=quick", "plot-executions-0", "data:image/webp",
    ):  # fmt: skip
        assert part in section, part
    unmeasured = re.search(r'<section class="claim" id="C6".*?</section>', text, re.S)[0]
    assert "not measured" in unmeasured
    assert "python -m scripts.study study=unfolding_memory preset=quick" in unmeasured


def test_a_hostile_word_stays_a_word(tmp_path):
    write_run(tmp_path / "runs" / HOSTILE.replace("/", "_")[:40], PLATEAUS, plateau_rows(words=HOSTILE))
    write_run(tmp_path / "runs" / "surrogates", SURROGATES, surrogate_rows(HOSTILE))
    text = page_of(tmp_path / "runs", tmp_path / "out")
    assert HOSTILE not in text
    assert "<img src=x" not in text
    assert "&lt;/script&gt;" in text
    assert len(Outline(text).images) == 2
    data = re.search(r'<script type="application/json" id="panels">(.*?)</script>', text, re.S)[1]
    names = [curve["name"] for curve in json.loads(data)["surrogates-0"]["curves"]]
    assert names == [HOSTILE.replace("_", " ")], "and is one again for those who read it"
    markdown = (tmp_path / "out" / "report.md").read_text()
    assert "<script>" not in markdown
    assert "<img" not in markdown


def test_markdown_and_json_say_the_same_and_figures_lie_beside_them(tmp_path):
    page_of(write_all(tmp_path / "runs"), tmp_path / "out")
    markdown = (tmp_path / "out" / "report.md").read_text()
    content = json.loads((tmp_path / "out" / "report.json").read_text())
    assert [claim["id"] for claim in content["claims"]] == sorted(CLAIMS, key=lambda name: int(name[1:]))
    for claim in content["claims"]:
        assert f"| {claim['id']} {markdown_text(claim['title'])} |" in markdown
        assert markdown_text(claim["line"]) in markdown
        for statement in claim["statements"]:
            assert f"**{statement['outcome']}**: {markdown_text(statement['text'])}" in markdown
    for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", markdown):
        assert (tmp_path / "out" / name).is_file()
    assert len(list((tmp_path / "out").glob("*.png"))) == len(STUDIES)


def test_a_report_replaces_the_one_before(tmp_path):
    first = page_of(tmp_path / "runs", tmp_path / "out")
    second = page_of(write_all(tmp_path / "runs"), tmp_path / "out")
    assert "of which 0 are decided here" in first
    assert "of which 0 are decided here" not in second


@pytest.mark.parametrize(
    ("function", "value", "expected"),
    [
        (duration, 324.4, "5 min 24 s"),
        (duration, 59.6, "1 min 0 s"),
        (duration, 3.2, "3 s"),
        (duration, None, "not recorded"),
        (number, 1.0, "1.00"),
        (number, 123.4, "123"),
        (number, -0.00801, "-0.00801"),
        (markdown_text, "a|b <i> *c*\n[d]", r"a\|b &lt;i> \*c\* \[d]"),
    ],
)
def test_numbers_and_words_as_they_are_shown(function, value, expected):
    assert function(value) == expected


def test_an_interval_without_ends_shows_none(tmp_path):
    write_run(tmp_path / "run", PLATEAUS, plateau_rows(0.8))
    content, _ = compose(gather(tmp_path, STUDIES, PRESETS, convert), STUDIES, PRESETS)
    shown = {claim.id: {interval(one) for one in claim.statements} for claim in content.claims}
    mean = sum(0.8 / qubits for qubits in (4, 6, 8)) / 3
    assert shown["C3"] >= {f"{mean:.3f} [{mean / 2:.4f}, {2 * mean:.3f}]"}
    assert shown["C2"] == {"–"}
