"""The report as files: a page for people, Markdown for a repository, JSON for machines."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from eval.judgement import OUTCOMES, Judgement
from eval.report.content import ClaimSection, Report, StatementSection
from eval.report.panel import shown
from eval.study import FIGURE
from training.tracking.durable import replace_durably

if TYPE_CHECKING:
    from jinja2 import Environment

PAGE, MARKDOWN, MACHINES = "report.html", "report.md", "report.json"
MARKS = {"holds": "✓", "fails": "✗", "undecided": "?", "not measured": "–"}
MOST_POINTS = 200
"""Of a panel that stand in the page as numbers; all are in the study's table."""
OF_ONE_RUN = ("command", "finished", "seconds")
"""Of an environment: what two runs at the same place do not share."""


def write_report(report: Report, runs: Mapping[str, Path], directory: Path) -> Path:
    """Write all three, and the studies' figures, into a directory that is made where it is missing.

    Args:
        report: What they say.
        runs: The run directory of each of its studies, which holds the figure.
        directory: Where they go. What it holds of an earlier report is replaced.

    Returns:
        The page, which needs no other file and no network.
    """
    directory.mkdir(parents=True, exist_ok=True)
    images = {}
    for study in report.studies:
        shutil.copyfile(runs[study.name] / FIGURE, directory / study.figure)
        images[study.name] = base64.b64encode((directory / study.figure).read_bytes()).decode()
    content = asdict(report)
    page = _environment(autoescape=True).get_template("page.html.jinja")
    markdown = _environment(autoescape=False).get_template("report.md.jinja")
    text = page.render(
        report=report,
        images=images,
        panels={
            f"{study['name']}-{place}": panel
            for study in content["studies"]
            for place, panel in enumerate(study["panels"])
        },
        environments=_environments(report),
        marks=MARKS,
        outcomes=OUTCOMES,
        most_points=MOST_POINTS,
        style=_ours("page.css"),
        program=_ours("page.js"),
        plotly=_plotly(),
    )
    replace_durably(directory / MACHINES, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())
    replace_durably(directory / MARKDOWN, markdown.render(report=report, marks=MARKS, outcomes=OUTCOMES).encode())
    replace_durably(directory / PAGE, text.encode())
    return directory / PAGE


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


_SIDES = ("for", "against", "undecided", "not measured")


def sides(claim: ClaimSection) -> str:
    """Write on which sides of the argument the statements of a claim speak, for who does not see their squares."""
    if claim.unmeasured is not None:
        return "not measured"
    spoken = [one.speaks or one.outcome for one in claim.statements]
    words = {"for": "for the argument", "against": "against it"}
    return ", ".join(f"{spoken.count(side)} {words.get(side, side)}" for side in _SIDES if side in spoken)


def _environment(*, autoescape: bool) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("eval.report", "page"),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "interval": interval,
        "duration": duration,
        "md": markdown_text,
        "shown": shown,
        "begun": begun,
        "sides": sides,
        "moment": lambda text: text.replace("T", " ").replace("+00:00", " UTC"),
        "yaml": lambda value: yaml.safe_dump(value, sort_keys=False, allow_unicode=True),
    }
    return environment


def _environments(report: Report) -> list[tuple[list[str], dict[str, Any]]]:
    """Each place where something was measured, with the studies that were."""
    found: dict[str, tuple[list[str], dict[str, Any]]] = {}
    for study in report.studies:
        place = {name: value for name, value in study.environment.items() if name not in OF_ONE_RUN}
        found.setdefault(json.dumps(place, sort_keys=True), ([], place))[0].append(study.name)
    return list(found.values())


def _ours(name: str) -> str:
    return files("eval.report").joinpath("page", name).read_text()


def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    return get_plotlyjs()
