"""Any exception as one sentence: ours are one already, Hydra's run over several lines and advise what cannot help."""

from __future__ import annotations

import re


def sentence(error: BaseException) -> str:
    """What went wrong and the way out, on one line."""
    from hydra.errors import HydraException, MissingConfigException
    from omegaconf.errors import OmegaConfBaseException

    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        return _missing_choice(error.missing_cfg_file, error.options)
    if isinstance(error, HydraException):
        return _hydra(error)
    if isinstance(error, OmegaConfBaseException) and error.full_key and error.msg:
        return f"{error.full_key}: {error.msg.splitlines()[0]}"
    return _joined(str(error)) or type(error).__name__


def _missing_choice(file: str, options: object) -> str:
    group, _, choice = file.rpartition("/")
    if not group:
        return f"there is no configuration named {choice}"
    known = f"one of {', '.join(sorted(options))}" if isinstance(options, list) and options else "a choice"
    return f"{group}={choice} is not {known}; --help lists the choices"


def _hydra(error: BaseException) -> str:
    text = str(error)
    # Appending, which Hydra advises, would only be refused later: no key is unknown to the defaults.
    if unknown := re.search(r"Could not override '([^']+)'", text):
        return f"{unknown[1]} is not a setting; --help lists the settings of the chosen groups"
    cause = error.__cause__
    reason = "" if cause is None or str(cause) in text else str(cause).splitlines()[0]
    return "; ".join(part for part in (_joined(text), reason) if part)


def _joined(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "; ".join(line.rstrip(".:") for line in lines[:-1]) + ("; " if lines[1:] else "") + "".join(lines[-1:])
