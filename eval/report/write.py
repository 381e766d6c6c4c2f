"""The report as files: a page for people, Markdown for a repository, JSON for machines."""

from __future__ import annotations

import base64
import io
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from eval.report.citing import anchor, citations
from eval.report.panel import shown
from eval.report.picture import lanes, marks
from eval.report.schema import SCHEMA, published_schema
from eval.report.sections import Report
from eval.report.wording import begun, duration, interval, markdown_text, sides, spoken
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
    """Write all three, the schema of the JSON and the studies' figures, into a directory.

    Args:
        report: What they say.
        runs: The run directory of each of its studies, which holds the figure.
        directory: Where they go; it is made where it is missing. What it holds of an earlier report is replaced.

    Returns:
        The page, which needs no other file and no network.
    """
    directory.mkdir(parents=True, exist_ok=True)
    images = {}
    for study in report.studies:
        shutil.copyfile(runs[study.name] / FIGURE, directory / study.figure)
        images[study.name] = _as_text(directory / study.figure)
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
        citations=citations(report),
        environments=_environments(report),
        marks=MARKS,
        most_points=MOST_POINTS,
        style=_ours("page.css"),
        program=_ours("page.js"),
        plotly=_plotly(),
    )
    replace_durably(directory / MACHINES, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())
    replace_durably(directory / SCHEMA, published_schema().encode())
    replace_durably(directory / MARKDOWN, markdown.render(report=report, marks=MARKS).encode())
    replace_durably(directory / PAGE, text.encode())
    return directory / PAGE


def _as_text(figure: Path) -> str:
    """The same pixels as WebP in base64: two fifths of the PNG's bytes."""
    from PIL import Image

    held = io.BytesIO()
    with Image.open(figure) as image:
        image.save(held, "WEBP", lossless=True, quality=50)
    return base64.b64encode(held.getvalue()).decode()


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
        "spoken": spoken,
        "marks": marks,
        "lanes": lanes,
        "anchor": anchor,
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
