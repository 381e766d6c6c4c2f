"""Every setting of every command as one Markdown page, made of the same comments in the YAML as ``--help``."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from scripts.explanations.allowed_values import Allowed
from scripts.explanations.choices import groups, options
from scripts.explanations.declarations import allowed_settings
from scripts.explanations.meanings import read
from scripts.explanations.settings import Setting, settings, shown
from scripts.explanations.yaml_comments import comments, heading

MARKER = "<!-- settings -->"
"""The line of the page that the settings take the place of."""

_COMMANDS = ("train", "compare", "study", "report", "price", "bench")
"""The commands that are told settings, in the order of the page."""
_CHOSEN = {"train": ("paradigm", "task", "optimizer", "tracking", "preset"), "bench": ("suite",)}
"""The groups whose choices are listed below a command; other commands choose in the same ones."""
_WHOLE = ("paradigm", "preset", "suite")
"""Groups whose files set what stands at the top, or in several groups."""
_NOT_SETTINGS = ("defaults", "hydra")
_QUICK, _FULL = "quick", "full"


class _File(NamedTuple):
    """A file of YAML: its settings, what is said of them, what is said of the file, and the values that are allowed."""

    values: Mapping[str, Any]
    meanings: Mapping[tuple[str, ...], str]
    about: str
    allowed: Mapping[tuple[str, ...], Allowed]


def settings_page(conf: str | Path, studies: Iterable[str]) -> str:
    """Write the tables of all settings, a section for each command.

    Args:
        conf: The folder of the YAML.
        studies: The names of the studies, each of which has settings of its own.

    Returns:
        Markdown, whose headings begin at the second level.
    """
    place = str(conf)
    lines: list[str] = []
    for command in _COMMANDS:
        lines += _command(place, command)
        for group in _CHOSEN.get(command, ()):
            for choice in options(place, command, group):
                lines += _choice(place, command, group, choice)
        if command == "study":
            for name in studies:
                lines += _study(place, name)
    return "\n".join(lines)


def _command(conf: str, command: str) -> Iterator[str]:
    file = _read(conf, command, command)
    yield f"## `{command}`"
    yield ""
    yield from _paragraph(file.about)
    chosen = [
        (f"`{name}=`", _text(group.purpose), ", ".join(f"`{one}`" for one in options(conf, command, name)))
        for name, group in groups(conf, command).items()
        if group.purpose
    ]
    if chosen:
        yield from _table(("choice", "meaning", "one of"), chosen)
    yield from _settings(file)


def _choice(conf: str, command: str, group: str, choice: str) -> Iterator[str]:
    file = _read(conf, command, f"{group}/{choice}", () if group in _WHOLE else (group,))
    # A file without a heading says what it is behind its name, or behind the key of its block.
    places = ((group, "name"), (group, choice))
    yield f"### `{group}={choice}`"
    yield ""
    yield from _paragraph(file.about or next((file.meanings[one] for one in places if one in file.meanings), ""))
    yield from _settings(file)


def _study(conf: str, name: str) -> Iterator[str]:
    quick, full = (_read(conf, "study", f"settings/{name}/{preset}", ("settings",), name) for preset in (_QUICK, _FULL))
    longer = {one.path: one.value for one in settings(full.values, quick.meanings)}
    yield f"### `study={name}`"
    yield ""
    yield from _paragraph(quick.about)
    rows = [
        (_name(one), _value(one.value), _value(longer[one.path]) if one.path in longer else "", _said(one, quick))
        for one in settings(quick.values, quick.meanings)
    ]
    yield from _table(("setting", "`preset=quick`", "`preset=full`", "meaning"), rows)


def _read(conf: str, command: str, file: str, below: tuple[str, ...] = (), study: str | None = None) -> _File:
    text = read(conf, file)
    held = {key: one for key, one in (yaml.safe_load(text) or {}).items() if key not in _NOT_SETTINGS}
    said = {path: one for path, one in comments(text).items() if path[0] not in _NOT_SETTINGS}
    values: Any = held
    for name in reversed(below):
        values = {name: values}
    composed = values if study is None else {**values, "study": study}
    meanings = {(*below, *path): one for path, one in said.items()}
    return _File(values, meanings, heading(text), allowed_settings(command, composed))


def _settings(file: _File) -> Iterator[str]:
    """A table for the settings that stand alone, and one for each group of them, below what is said of the group."""
    sections: dict[str, list[tuple[str, ...]]] = {}
    for one in settings(file.values, file.meanings):
        if not (one.names_choice or one.path == ("suite",) or (one.path[0] == "tracking" and one.value == {})):
            sections.setdefault(one.section, []).append((_name(one), _value(one.value), _said(one, file)))
    for name, rows in sections.items():
        if about := file.meanings.get((name,), ""):
            yield from (f"`{name}`: {_text(about)}", "")
        yield from _table(("setting", "default", "meaning"), rows)


def _said(setting: Setting, file: _File) -> str:
    """What a setting means, what its listed values mean, and what its type allows."""
    said = [_text(file.meanings.get(setting.path, ""))]
    for one in setting.value if isinstance(setting.value, list) else ():
        if about := file.meanings.get((*setting.path, str(one))):
            said.append(f"`{one}`: {_text(about)}")
    if allowed := file.allowed.get(setting.path):
        said.append(f"{'some' if allowed.listed else 'one'} of: {', '.join(f'`{one}`' for one in allowed.values)}")
    return "<br>".join(one for one in said if one)


def _name(setting: Setting) -> str:
    return f"`{'.'.join(setting.path)}`"


def _value(value: Any) -> str:
    return f"`{shown(value, ', ')}`"


def _text(comment: str) -> str:
    """A comment as Markdown shows it, character by character."""
    return html.escape(comment, quote=False).replace("*", "\\*")


def _paragraph(comment: str) -> Sequence[str]:
    text = _text(comment)
    return [f"{text[0].upper()}{text[1:].rstrip('.')}.", ""] if text else []


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Set a table, without the columns that hold nothing."""
    kept = [place for place in range(len(heads)) if any(row[place] for row in rows)]
    for row in (heads, ["---"] * len(heads), *rows):
        yield "| " + " | ".join(row[place].replace("|", "\\|") for place in kept) + " |"
    yield ""
