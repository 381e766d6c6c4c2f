"""A trace of some updates, which XProf and Perfetto open, and the operations of the step that took longest in it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax

from training.errors import BadInput
from training.tracking.durable import replace_durably

PROFILE = "profile"
"""The folder of a run directory that holds the trace."""
OPERATIONS = "operations.json"
DEAREST = 5
NOT_NAMED = "the trace names no operation of the step on this backend; open it in XProf"

_MODULE = re.compile(r"HloModule ([^,\s]+)")
_SOURCE = re.compile(r'^\s*(?:ROOT )?%?([\w.-]+) = .*metadata=\{[^}]*op_name="([^"]*)"', re.MULTILINE)


class Span(NamedTuple):
    """What was running in one thread or on one queue of a device.

    Attributes:
        name: The operation.
        start: Nanoseconds.
        end: Nanoseconds.
    """

    name: str
    start: int | float
    end: int | float


class Profile:
    """Traces the updates between two steps of a run, once each is reached; ends with the block that it is used in.

    Args:
        updates: The number of completed updates at which the trace begins and ends; ``None`` traces nothing.
        run_dir: The run directory. The trace goes to ``profile/``.
        program: Gives the text of the compiled step, by which its operations are known.
    """

    def __init__(self, updates: tuple[int, int] | None, run_dir: Path, program: Callable[[], str | None]) -> None:
        self._first, self._last = updates or (-1, -1)  # steps that no run has
        self._directory = run_dir / PROFILE
        self._program = program
        self._tracing = False

    def __enter__(self) -> Profile:
        """Trace nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End a trace that a run did not come to the end of."""
        if self._tracing:
            self._tracing = False
            jax.profiler.stop_trace()

    def turns_at(self, step: int) -> bool:
        """Tell whether the trace begins or ends at this number of completed updates."""
        return step == self._first or (step == self._last and self._tracing)

    def missed(self, start: int) -> str | None:
        """Say that nothing is traced where a run goes on beyond the first update of the trace, and none was made.

        Args:
            start: The number of completed updates that the run goes on from.
        """
        asked = [self._first, self._last]
        if not 0 <= self._first < start or (read_profile(self._directory.parent) or {}).get("updates") == asked:
            return None
        return f"trainer.profile=[{self._first},{self._last}] was not traced: the run goes on from update {start}"

    def turn(self, step: int) -> None:
        """Begin the trace or end it. The device must be idle.

        Raises:
            NotWritten: There is no room for what was found in the trace.
        """
        if step == self._first:
            options = jax.profiler.ProfileOptions()
            # What Python does would take most of the trace, and most of its time.
            options.python_tracer_level = 0
            jax.profiler.start_trace(self._directory, profiler_options=options)
            self._tracing = True
            return
        self._tracing = False
        jax.profiler.stop_trace()
        text = self._program() or ""
        found = dearest(_spans(self._directory, module_of(text)), text)
        content: dict[str, Any] = {"updates": [self._first, self._last], "operations": found}
        if not found:
            content["unavailable"] = NOT_NAMED
        replace_durably(self._directory / OPERATIONS, json.dumps(content, indent=2).encode() + b"\n")


def read_profile(run_dir: Path) -> dict[str, Any] | None:
    """Read what the trace of a run showed; ``None`` where there is none.

    Raises:
        BadInput: The file is damaged.
    """
    path = run_dir / PROFILE / OPERATIONS
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise BadInput(f"{path} is damaged; delete it, and the run goes on without it") from error


def module_of(text: str) -> str | None:
    """Read the name of a compiled program from its text."""
    found = _MODULE.search(text)
    return None if found is None else found[1]


def dearest(threads: Iterable[Iterable[Span]], text: str) -> list[dict[str, Any]]:
    """Find the operations that took longest, each without those that ran inside it.

    Args:
        threads: What ran, of each thread or queue on its own.
        text: The compiled program, which says what its operations came from.

    Returns:
        At most :data:`DEAREST`, the longest first: ``operation``, its name in the compiled program; ``source``, the
        JAX operation that it came from, ``None`` where the program does not say; ``seconds`` in the whole trace; and
        its ``share`` of the seconds of all operations, threads added up.
    """
    own: defaultdict[str, int | float] = defaultdict(int)
    for spans in threads:
        for name, spent in own_nanoseconds(spans).items():
            own[name] += spent
    total = sum(own.values())
    longest = sorted(own.items(), key=lambda one: one[1], reverse=True)[:DEAREST]
    sources = dict(_SOURCE.findall(text))
    return [
        {"operation": name, "source": sources.get(name), "seconds": spent / 1e9, "share": spent / total}
        for name, spent in longest
        if total > 0
    ]


def own_nanoseconds(spans: Iterable[Span]) -> Mapping[str, int | float]:
    """Add up the time of each operation of one thread, less that of the operations within it."""
    own: defaultdict[str, int | float] = defaultdict(int)
    open_: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start, -one.end)):
        while open_ and open_[-1].end <= span.start:
            open_.pop()
        if open_:
            own[open_[-1].name] -= min(span.end, open_[-1].end) - span.start
        own[span.name] += span.end - span.start
        open_.append(span)
    return own


def _spans(directory: Path, module: str | None) -> list[list[Span]]:
    """Read the operations of one program from the newest trace."""
    from jax.profiler import ProfileData

    newest = max(directory.glob("plugins/profile/*/*.xplane.pb"), key=lambda path: path.stat().st_mtime, default=None)
    if newest is None:
        return []
    threads = []
    for plane in ProfileData.from_file(str(newest)).planes:
        for line in plane.lines:
            spans = []
            for event in line.events:
                told = dict(event.stats)
                if "hlo_op" in told and told.get("hlo_module") == module:
                    spans.append(Span(str(told["hlo_op"]), event.start_ns, event.start_ns + event.duration_ns))
            threads.append(spans)
    return threads
