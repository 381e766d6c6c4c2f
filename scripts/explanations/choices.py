"""The groups of a command, ``GROUP=CHOICE``: what can be chosen in each, and what that is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from scripts.explanations.layout import entry
from scripts.explanations.meanings import read
from scripts.explanations.yaml_comments import comments, heading

_RUN_STUDIES = ("study", "report")
"""Commands whose presets are those of the studies: files of ``settings``."""


class Group(NamedTuple):
    """What choosing in a group is for, and whether several of its choices can be made at once."""

    purpose: str
    listed: bool


def groups(conf: str, command: str) -> Mapping[str, Group]:
    """List the groups of a command; the comment behind the default of each says what it is for.

    Args:
        conf: The folder of the YAML.
        command: The name of the command.
    """
    import yaml

    text = read(conf, command)
    behind = comments(text)
    found: dict[str, Group] = {}
    for number, default in enumerate(yaml.safe_load(text).get("defaults", ())):
        if isinstance(default, dict):
            for group, chosen in default.items():
                if options(conf, command, group):
                    about = behind.get(("defaults", str(number), group), "")
                    found[group] = Group(about, isinstance(chosen, list))
        elif read(conf, default):
            # A command that takes the settings of another one takes its groups, too.
            found |= groups(conf, default)
    return found


def known_choices(conf: str, command: str) -> Mapping[str, list[str]]:
    """List what can be chosen in each group of a command, see :func:`options`."""
    return {group: options(conf, command, group) for group in groups(conf, command)}


def options(conf: str, command: str, group: str) -> list[str]:
    """List what can be chosen in a group; nothing where the folder of YAML has no such group.

    Args:
        conf: The folder of the YAML.
        command: The name of the command.
        group: The name of the group.
    """
    from hydra.core.config_store import ConfigStore

    registered = ConfigStore.instance()
    names = registered.list(group) if group in registered.repo else []
    files = Path(conf).glob(f"{_folder(command, group)}/*.yaml")
    return sorted({Path(one).stem for one in names} | {one.stem for one in files})


def described(conf: str, command: str, files: Sequence[str]) -> list[str]:
    """Describe the groups of a command: what was chosen in each, what for, and what else could be.

    Args:
        conf: The folder of the YAML.
        command: The name of the command.
        files: The files that were chosen, below the folder and without their endings.

    Returns:
        The lines.
    """
    lines: list[str] = []
    for name, group in groups(conf, command).items():
        made = [file.removeprefix(f"{name}/") for file in files if file.rpartition("/")[0] == name]
        value = ",".join(made)
        others = ", ".join(options(conf, command, name))
        sentences = [group.purpose, f"{'some' if group.listed else 'one'} of: {others}"]
        if _folder(command, name) == name:
            sentences += [f"{one}: {said}" for one in made if (said := heading(read(conf, f"{name}/{one}")))]
        lines += entry(f"{name}={f'[{value}]' if group.listed else value or 'null'}", sentences)
    return lines


def _folder(command: str, group: str) -> str:
    return "settings/*" if group == "preset" and command in _RUN_STUDIES else group
