"""Numbers and words as the page and the Markdown show them."""

from __future__ import annotations

from eval.judgement import Judgement
from eval.report.sections import ClaimSection, StatementSection


def interval(found: Judgement | StatementSection) -> str:
    """Write a value with its interval, ``1.04 [0.85, 1.23]``.

    Args:
        found: What holds them. A count without noise has no interval to write, and without a value there is a dash.
    """
    if found.value is None:
        return "–"
    if found.low is None or found.high is None or found.low == found.high:
        return number(found.value)
    return f"{number(found.value)} [{number(found.low)}, {number(found.high)}]"


def number(value: float) -> str:
    """Three digits, zeros at the end among them: ``1.00``."""
    return f"{value:#.3g}".removesuffix(".")


def duration(seconds: float | None) -> str:
    """``5 min 24 s``."""
    if seconds is None:
        return "not recorded"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def markdown_text(value: object) -> str:
    """Words that Markdown shows as they are, in a cell of a table too."""
    text = " ".join(str(value).split()).replace("&", "&amp;").replace("<", "&lt;")
    for character in ("\\", "|", "*", "`", "["):
        text = text.replace(character, f"\\{character}")
    return text


def begun(sentence: str) -> str:
    """Return a sentence with a capital, as at its beginning."""
    return sentence[:1].upper() + sentence[1:]


SIDES = ("for", "against", "undecided", "not measured")
"""Where a statement can stand in the argument, in the order in which they are listed."""


def spoken(claim: ClaimSection) -> dict[str, int]:
    """Count the statements of a claim by where they stand in the argument.

    Args:
        claim: The claim.
    """
    found = [one.speaks or one.outcome for one in claim.statements]
    return {side: found.count(side) for side in SIDES}


def sides(claim: ClaimSection) -> str:
    """Write on which sides of the argument the statements of a claim speak, for who does not see their marks.

    Args:
        claim: The claim.
    """
    if claim.unmeasured is not None:
        return "not measured"
    words = {"for": "for the argument", "against": "against it"}
    return ", ".join(f"{count} {words.get(side, side)}" for side, count in spoken(claim).items() if count)
