"""The meanings of settings: the comments of every YAML file that a configuration is composed of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from scripts.explanations.yaml_comments import comments, heading

_EXPLAINS = "quick"
"""The preset of a study whose comments hold for its other presets, too."""


def meanings(conf: str, files: Iterable[tuple[str, str]]) -> Mapping[tuple[str, ...], str]:
    """Gather what is said of settings, and of the groups that they stand in.

    A later file may say more of a setting than an earlier one; where it says nothing, what was said still holds.

    Args:
        conf: The folder of the YAML.
        files: In the order of their composition, each file's path below the folder, without its ending, and the
            keys joined by dots below which its settings are put.

    Returns:
        The meanings by the keys that lead to each setting.
    """
    found: dict[tuple[str, ...], str] = {}
    for file, package in files:
        below = tuple(package.split(".")) if package else ()
        own = read(conf, file)
        explained = comments(own)
        if file.startswith("settings/"):
            explained = {**comments(read(conf, str(Path(file).with_name(_EXPLAINS)))), **explained}
        found |= {(*below, *path): text for path, text in explained.items() if path[0] not in ("defaults", "hydra")}
        if below and heading(own):
            found[below] = heading(own)
    return found


def read(conf: str, file: str) -> str:
    """The text of a YAML file, given as in :func:`meanings`; empty for what is registered and has no file."""
    path = Path(conf, f"{file}.yaml")
    return path.read_text(encoding="utf-8") if path.is_file() else ""
