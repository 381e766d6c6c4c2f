"""Any exception as one sentence: ours are one already, Hydra's run over several lines and advise what cannot help."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from scripts.configuration.nearest import did_you_mean

Choices = Mapping[str, Sequence[str]]


def sentence(error: BaseException, choices: Choices | None = None) -> str:
    """Say what went wrong and the way out, on one line.

    Args:
        error: What was raised.
        choices: What can be chosen in each group of the command.
    """
    from hydra.errors import HydraException, MissingConfigException
    from omegaconf.errors import OmegaConfBaseException

    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        return _missing_choice(error.missing_cfg_file, error.options, choices or {})
    if isinstance(error, HydraException):
        return _hydra(error, choices or {})
    if isinstance(error, OmegaConfBaseException) and error.full_key and error.msg:
        return f"{error.full_key}: {error.msg.splitlines()[0]}"
    return _joined(str(error)) or type(error).__name__


def _missing_choice(file: str, options: Sequence[str] | None, choices: Choices) -> str:
    group, _, choice = file.rpartition("/")
    if not group:
        return f"there is no configuration named {choice}"
    if group.startswith("settings/"):
        group = "preset"  # which chooses among the settings of a study
    # Hydra knows none where several are chosen, and more presets than a study has.
    options = sorted(choices.get(group) or options or ())
    known = f"one of {', '.join(options)}" if options else "a choice"
    return f"{group}={choice} is not {known}; {did_you_mean(choice, options)}--help lists the choices"


def _hydra(error: BaseException, choices: Choices) -> str:
    from hydra.errors import OverrideParseException

    text = str(error)
    name, _, value = error.override.partition("=") if isinstance(error, OverrideParseException) else ("", "", "")
    # A list or a value in quotes that is not closed is another mistake.
    if value and value[0] not in "[{'\"":
        # Between quotes a backslash has a meaning before a quote only.
        quoted = re.sub(r'(\\*)("|\Z)', lambda found: 2 * found[1] + ('\\"' if found[2] else ""), value)
        way_out = shlex.quote(f'{name}="{quoted}"')
        return f"{name}={value} holds characters that have a meaning of their own: put the value into quotes, {way_out}"
    # Appending, which Hydra advises, would only be refused later: no key is unknown to the defaults.
    if unknown := re.search(r"Could not override '([^']+)'", text):
        near = did_you_mean(unknown[1], [*choices, *_names_around(error.__cause__)])
        return f"{unknown[1]} is not a setting; {near}--help lists the settings of the chosen groups"
    cause = error.__cause__
    reason = "" if cause is None or str(cause) in text else str(cause).splitlines()[0]
    return "; ".join(part for part in (_joined(text), reason) if part)


def _names_around(error: BaseException | None) -> list[str]:
    """The settings of the configuration in which one was not found."""
    from omegaconf import OmegaConf

    node = getattr(error, "parent_node", None)
    if node is None:
        return []
    root = OmegaConf.to_container(node._get_root())
    return _names({key: value for key, value in root.items() if key != "hydra"}) if isinstance(root, dict) else []


def _names(values: Mapping[Any, Any], before: str = "") -> list[str]:
    found = []
    for key, value in values.items():
        found.append(f"{before}{key}")
        if isinstance(value, Mapping):
            found += _names(value, f"{before}{key}.")
    return found


def _joined(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "; ".join(line.rstrip(".:") for line in lines[:-1]) + ("; " if lines[1:] else "") + "".join(lines[-1:])
