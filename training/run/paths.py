"""Paths that a user gives: on this machine, or refused."""

from __future__ import annotations

import os
import re
from pathlib import Path

from training.errors import BadInput

# One slash is enough: pathlib takes the other of "gs://bucket/run" away. Two letters at least, since C:/ is a drive.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:(/|$)")


def local_path(setting: str, value: str | os.PathLike[str]) -> Path:
    """The path that ``setting`` was given, with ``~`` expanded.

    Raises:
        BadInput: It is empty, as a variable of a shell that is not set: as a path it would be the working directory. It
            is an address (``gs://bucket/run``): as a path it would name a folder ``gs:`` of this machine, and be lost
            with the machine. Or it is of the home of a user who has none here (``~other/run``).
    """
    text = os.fspath(value)
    if not text:
        raise BadInput(f"{setting}= is empty: give a path, or leave {setting} out")
    if _ADDRESS.match(text):
        raise BadInput(
            f"{setting}={text} is an address, and only paths of this machine are read and written: give a local or "
            f"mounted folder (/mnt/..., ~/...) and copy it from there"
        )
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise BadInput(f"{setting}={text}: {text.split('/')[0]} has no home on this machine: give all of it") from error
