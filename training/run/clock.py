"""The honest clock: wall-clock seconds by activity, amortised over a window, with pauses kept apart.

Work on a device is dispatched, not awaited, so a timer around one step times nothing. The clock is read only at the
edges of a window, after its caller has waited for the device; in between, evaluation, probes and saving (which begin
and end with such a wait) are pauses, taken out of the time of the steps.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

PAUSES = ("probe", "eval", "save")
ACTIVITIES: tuple[str, ...] = ("step", "data", *PAUSES)


class Clock:
    """Seconds by activity, for the current window and in all.

    ``data`` is the host's wait for the next batch. It is part of the time of a step, not a pause: the device may be
    busy meanwhile.
    """

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._totals = dict.fromkeys(ACTIVITIES, 0.0)
        self._window = dict.fromkeys(ACTIVITIES, 0.0)
        self._opened = now()

    def open(self) -> None:
        """Begin a window. The device must be idle."""
        self._window = dict.fromkeys(ACTIVITIES, 0.0)
        self._opened = self._now()

    @contextmanager
    def measure(self, activity: str) -> Iterator[None]:
        """Count the time inside as ``activity``."""
        start = self._now()
        try:
            yield
        finally:
            self._window[activity] += self._now() - start

    def close(self, updates: int) -> dict[str, float]:
        """End the window after ``updates`` steps and begin the next. The device must be idle.

        Returns:
            ``time/step_seconds`` and its kin: seconds an update, averaged over the window, so that the steps, probes,
            evaluations and saves of a window add up to its length.
        """
        window = self._read()
        self._totals = self.totals()
        self.open()
        return {f"time/{name}_seconds": seconds / updates for name, seconds in window.items()}

    def totals(self) -> dict[str, float]:
        """Seconds by activity since the run began, the open window included."""
        return {name: self._totals[name] + seconds for name, seconds in self._read().items()}

    def _read(self) -> dict[str, float]:
        paused = sum(self._window[name] for name in PAUSES)
        return self._window | {"step": self._now() - self._opened - paused}

    def restore(self, totals: Mapping[str, float]) -> None:
        """Continue from the totals of an earlier part of the run."""
        self._totals = {name: float(totals.get(name, 0.0)) for name in ACTIVITIES}
