"""Replacing a file so that a reader, or a machine that loses power, finds the old content or the new, never a part."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from training.errors import NotWritten


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Inside, what the system says against writing names the path.

    Raises:
        NotWritten: In the place of any other ``OSError``.
    """
    try:
        yield
    except NotWritten:
        raise
    except OSError as error:
        raise NotWritten(error.errno, error.strerror or str(error), str(path)) from error


def replace_durably(path: Path, content: bytes) -> None:
    """Write ``content`` to a second name, force it to disk, and rename it over ``path``.

    Raises:
        NotWritten: The directory cannot be written, or has no room; ``path`` is as it was.
    """
    partial = path.with_name(f"{path.name}.partial")
    with writing(path):
        try:
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, path)
        except OSError:
            with contextlib.suppress(OSError):
                partial.unlink()
            raise
        # The rename itself lives in the directory. Only POSIX can open one to force it out.
        if os.name == "posix":
            directory = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)
