"""A statement as others may quote it: Markdown for a text, BibTeX for a list of references."""

from __future__ import annotations

from collections.abc import Mapping

from eval.report.sections import ClaimSection, Report, StatementSection
from eval.report.wording import markdown_text

PLACE = "{page}"
"""Stands for the address of the page, which only the page knows."""
_TEX = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#",
        "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    }
)  # fmt: skip


def citations(report: Report) -> Mapping[str, Mapping[str, str]]:
    """Return every statement as Markdown and as BibTeX, by its permanent link on the page.

    Args:
        report: The report; ``PLACE`` stands in the texts where the address of the page belongs.
    """
    return {
        anchor(claim, one): {"markdown": as_markdown(claim, one), "bibtex": as_bibtex(report, claim, one)}
        for claim in report.claims
        for one in claim.statements
    }


def anchor(claim: ClaimSection, one: StatementSection) -> str:
    """Return the fragment of a statement's permanent link: its claim and its name, which no later report changes."""
    return f"{claim.id}-{one.name}"


def as_markdown(claim: ClaimSection, one: StatementSection) -> str:
    """Write a statement, its outcome and what was found, with a link."""
    sides = f"; it speaks {one.speaks} the argument" if one.speaks else ""
    told = f"“{markdown_text(one.text)}” {one.outcome.capitalize()}{sides}. {markdown_text(one.found)}"
    return f"{told} ([gradient-cost, {anchor(claim, one)}]({PLACE}#{anchor(claim, one)}))\n"


def as_bibtex(report: Report, claim: ClaimSection, one: StatementSection) -> str:
    """Write an entry for a statement, with its outcome, what was found and a link."""
    version = "" if report.version is None else f"  version = {{{_tex(report.version)}}},\n"
    return (
        f"@misc{{gradient-cost-{anchor(claim, one).replace('_', '-')},\n"
        "  author = {{The gradient-cost developers}},\n"
        f"  title = {{{{{_tex(report.title)} {_tex(claim.id)}: {_tex(claim.title)}}}}},\n"
        f"  year = {{{report.created[:4]}}},\n{version}"
        f"  note = {{{_tex(one.text)} {one.outcome.capitalize()}. {_tex(one.found)}}},\n"
        f"  url = {{{PLACE}#{anchor(claim, one)}}},\n"
        "}\n"
    )


def _tex(text: str) -> str:
    return " ".join(text.split()).translate(_TEX)
