"""Standard output and standard error that a command outlives: whoever reads them may be gone before it ends.

A run takes hours. ``| head`` reads the first lines and leaves, a terminal is closed, the disk of a log fills up. None
of these is a reason to lose the run, so what nobody takes any longer is dropped, and that is said once. A stream may
also be closed from the start (``2>&-``). The next file that is opened would get its number, a checkpoint among them,
and with it whatever a compiled library prints there.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import Any

NAMES = {1: "stdout", 2: "stderr"}


class Outlived(io.FileIO):
    """A stream by its number; from the first bytes that it does not take, all are dropped."""

    def __init__(self, number: int) -> None:
        super().__init__(number, "w", closefd=False)
        self._lost = False

    def write(self, content: Any) -> int:
        """Write bytes, or drop them; returns how many."""
        if not self._lost:
            try:
                return super().write(content)
            except OSError as error:
                self._lost = True
                self._tell(error)
        return memoryview(content).nbytes

    def _tell(self, error: OSError) -> None:
        if self.fileno() == 1:
            sentence = f"note: standard output takes no more ({error.strerror}); this goes on without it\n"
            with contextlib.suppress(OSError):
                os.write(2, sentence.encode())


def outlive_readers() -> None:
    """Let this process go on when nobody takes what it prints; for a command, which owns its streams.

    Streams that somebody has put in the place of Python's own are left alone.
    """
    if os.name != "posix":
        return
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free, and so this one.
            os.open(os.devnull, os.O_RDWR)
    for number, name in NAMES.items():
        stream = getattr(sys, name)
        if stream is getattr(sys, f"__{name}__"):
            setattr(sys, name, _outlived(stream, number))


def _outlived(stream: io.TextIOWrapper | None, number: int) -> io.TextIOWrapper:
    """Return a stream of text like the one that Python made; it made none of a number that was closed."""
    raw = Outlived(number)
    if stream is None:
        return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", line_buffering=True)
    with contextlib.suppress(OSError):
        stream.flush()
    return io.TextIOWrapper(
        # Unbuffered, as of python -u, a text is written through.
        raw if stream.write_through else io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
