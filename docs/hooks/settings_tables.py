"""A hook of MkDocs: the page of settings is filled from the comments of the YAML, as ``--help`` is."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from eval.studies import NAMES
from scripts.explanations.page import MARKER, settings_page

CONF = Path(__file__).parents[2] / "scripts" / "conf"
PLAIN = ("gather", "diagnose", "generate", "spikes", "doctor")
"""The commands without YAML, which say all that they take in one text."""


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Put the tables of all settings in the place of the marker."""
    if page.file.src_uri != "settings.md":
        return markdown
    if markdown.count(MARKER) != 1:
        raise ValueError(f"docs/settings.md must hold the line {MARKER} once")
    usages = (f"## `{name}`\n\n```text\n{importlib.import_module(f'scripts.{name}').USAGE}\n```\n" for name in PLAIN)
    return markdown.replace(MARKER, "\n".join((settings_page(CONF, NAMES), *usages)))
