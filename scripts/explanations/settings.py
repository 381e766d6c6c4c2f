"""Settings as help shows them: ``KEY=VALUE`` as it is typed, what it means, and what else it may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from scripts.explanations.allowed_values import Allowed
from scripts.explanations.layout import WIDTH, entry, wrapped

Path = tuple[str, ...]

_SECTIONS = ("", "trainer", "optimizer", "probes", "mesh", "distributed", "task", "paradigm", "tracking")
"""The order of sections; others follow as they are composed."""


class Setting(NamedTuple):
    """One setting: the keys that lead to it and its value."""

    path: Path
    value: Any

    @property
    def section(self) -> str:
        """The key of the group of settings that it belongs to; empty for those that stand in none."""
        return self.path[0] if len(self.path) > 1 else ""

    @property
    def names_choice(self) -> bool:
        """Whether it says which choice of a group was made, and is no setting to change by itself."""
        return self.path[-1] == "name"


def described(
    values: Mapping[str, Any], meanings: Mapping[Path, str], allowed: Mapping[Path, Allowed], groups: Mapping[str, str]
) -> list[str]:
    """Describe composed settings, a section for each group of them.

    Args:
        values: The settings.
        meanings: What is said of them, and of their groups.
        allowed: The values of those that take one of a few.
        groups: What the choice in each group is for; a setting of the same name is left out, since the choice sets it.

    Returns:
        The lines, of which none is longer than ``WIDTH`` unless a word is.
    """
    sections: dict[str, list[Setting]] = {"": []}
    for setting in settings(values, meanings):
        if not (setting.path[0] in groups and len(setting.path) == 1):
            sections.setdefault(setting.section, []).append(setting)
    lines: list[str] = []
    for name in sorted(sections, key=lambda name: _SECTIONS.index(name) if name in _SECTIONS else len(_SECTIONS)):
        about = meanings.get((name,)) or groups.get(name, "")
        lines += ["", *_title(name, about, sections[name], meanings)] if sections[name] else []
        for setting in sections[name]:
            if not setting.names_choice:
                lines += entry(typed(setting), _sentences(setting, meanings, allowed))
    return lines[1:]


def settings(values: Mapping[str, Any], meanings: Mapping[Path, str], path: Path = ()) -> Iterator[Setting]:
    """List the single settings; a group that is described as a whole, and whose settings are not, is one setting."""
    for name, value in values.items():
        here = (*path, name)
        inside = any(len(known) > len(here) and known[: len(here)] == here for known in meanings)
        if isinstance(value, Mapping) and value and (inside or here not in meanings):
            yield from settings(value, meanings, here)
        elif not str(value).startswith("${hydra:"):  # what Hydra works out is not for the user to set
            yield Setting(here, value)


def typed(setting: Setting) -> str:
    """The setting as it is typed on the command line; a list that fits on no line has spaces at which it may break."""
    name = ".".join(setting.path)
    if setting.value == {}:
        return name
    compact = f"{name}={shown(setting.value)}"
    return compact if len(compact) + 2 <= WIDTH else f"{name}={shown(setting.value, ', ')}"


def shown(value: Any, comma: str = ",") -> str:
    """A value as Hydra reads it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{" + comma.join(f"{key}:{shown(one, comma)}" for key, one in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + comma.join(shown(one, comma) for one in value) + "]"
    return str(value)


def _title(name: str, about: str, held: Sequence[Setting], meanings: Mapping[Path, str]) -> Iterator[str]:
    title = name or "Run settings"
    for setting in held:
        if setting.names_choice:
            about = meanings.get(setting.path, "")
            # A comparison has its choices one level deeper, below the names of the paradigms.
            title = f"{name}={setting.value}" if len(setting.path) == 2 else name
    yield from wrapped(f"{title}: {about}" if about else title, others="    ")


def _sentences(setting: Setting, meanings: Mapping[Path, str], allowed: Mapping[Path, Allowed]) -> Iterator[str]:
    yield meanings.get(setting.path, "")
    if isinstance(setting.value, list):
        yield from (f"{one}: {said}" for one in setting.value if (said := meanings.get((*setting.path, str(one)))))
    if values := allowed.get(setting.path):
        yield f"{'some' if values.listed else 'one'} of: {', '.join(values.values)}"
