"""Replacing a file so that a reader, or a machine that loses power, finds the old content or the new, never a part."""

from __future__ import annotations

import os
from pathlib import Path


def replace_durably(path: Path, content: bytes) -> None:
    """Write ``content`` to a second name, force it to disk, and rename it over ``path``.

    Raises:
        OSError: The directory cannot be written.
    """
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)
    # The rename itself lives in the directory. Only POSIX can open one to force it out.
    if os.name == "posix":
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
