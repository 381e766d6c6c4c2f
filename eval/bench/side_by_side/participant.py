"""A contender with its worker: taken through the cases until it reaches a cap, and not beyond."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import ge
from statistics import median
from typing import Any, Generic, TypeVar

from eval.bench.side_by_side.contender import ROOT, Contender
from eval.bench.side_by_side.limits import Limits
from eval.peers.environments import Unavailable
from eval.peers.process import Failed, TimedOut, Worker, usable_cores

MEASURED = "measured"
MOST_REPEATS = 1000
C = TypeVar("C", bound=Contender)
Size = tuple[int | float, ...]
"""Of a case, in whatever its suite counts; a suite's own says itself in words."""


def contains(size: Size, other: Size) -> bool:
    """Whether ``size`` is as large as ``other`` or larger, every way."""
    return all(map(ge, size, other))


class CaseStopped(Exception):
    """A case ends here for one contender."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(f"{kind}: {reason}")
        self.kind = kind
        self.reason = reason


@dataclass
class Measurement:
    """What is known of one contender's case; ``outcome`` is ``measured``, or why there is no more."""

    size: Size
    outcome: str = MEASURED
    compile_seconds: float | None = None
    temp_bytes: int | None = None
    resident_bytes: int | None = None
    outputs: list[list[float]] = field(default_factory=list)
    repeats: int = 1
    rounds: list[float] = field(default_factory=list)
    core_shares: list[float] = field(default_factory=list)
    processor_rounds: list[float] = field(default_factory=list)
    page_faults: list[float] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether nothing has gone wrong so far."""
        return self.outcome == MEASURED

    @property
    def step_seconds(self) -> float | None:
        """Median over rounds of a round's median."""
        return median(self.rounds) if self.is_sound and self.rounds else None

    @property
    def processor_seconds(self) -> float | None:
        """Processor time of a step, median over rounds: what others do on the core is not in it."""
        return median(self.processor_rounds) if self.is_sound and self.processor_rounds else None

    @property
    def core_share(self) -> float | None:
        """Processor time over elapsed time, median over rounds: below 1, somebody else had the core as well."""
        return median(self.core_shares) if self.is_sound and self.core_shares else None


class Participant(Generic[C]):
    """Starts its worker when one is first needed, and another after the first was ended by a cap."""

    def __init__(self, contender: C, limits: Limits, say: Callable[[str], None]) -> None:
        self.contender = contender
        self.dtype: str | None = None
        self.versions: dict[str, str] = {}
        self._limits = limits
        self._say = say
        self._worker: Worker | None = None
        self._stops: list[tuple[Size, CaseStopped]] = []

    def prepare(self, size: Size, case: dict[str, Any]) -> Measurement:
        """Compile ``case``, the arguments of the implementation's ``compile``, and run it once."""
        measurement = Measurement(size)
        try:
            for smaller, stop in self._stops:
                if contains(size, smaller):
                    raise CaseStopped(stop.kind, f"as at {smaller}, where {stop.reason}")
            cap = self._limits.compile_cap_seconds
            compiled = self._request("compile", "compiling", cap, case=case, **self._maker())
            measurement.compile_seconds = compiled["seconds"]
            measurement.temp_bytes = compiled["temp_bytes"]
            self._refuse_memory(compiled["temp_bytes"])
            evaluated = self._request("evaluate", "a step", self._limits.step_cap_seconds)
            measurement.outputs = evaluated["outputs"]
            measurement.resident_bytes = evaluated["resident_bytes"]
            (seconds,) = self._request("time", "a step", self._limits.step_cap_seconds, repeats=1)["seconds"]
            measurement.repeats = min(max(int(self._limits.round_seconds / seconds), 1), MOST_REPEATS)
        except CaseStopped as stop:
            self._stop(measurement, stop)
        return measurement

    def time_round(self, measurement: Measurement) -> None:
        """Time the case prepared last, if nothing has gone wrong with it."""
        if not measurement.is_sound:
            return
        cap = self._limits.step_cap_seconds + self._limits.round_seconds
        try:
            timed = self._request("time", "a round", cap, repeats=measurement.repeats)
        except CaseStopped as stop:
            self._stop(measurement, stop)
        else:
            measurement.rounds.append(median(timed["seconds"]))
            measurement.core_shares.append(timed["cpu_seconds"] / sum(timed["seconds"]))
            measurement.processor_rounds.append(timed["cpu_seconds"] / measurement.repeats)
            if timed["page_faults"] is not None:
                measurement.page_faults.append(timed["page_faults"] / measurement.repeats)

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.close()
        self._worker = None

    def _maker(self) -> dict[str, str]:
        return {} if self.contender.maker is None else {"maker": str(self.contender.maker)}

    def _stop(self, measurement: Measurement, stop: CaseStopped) -> None:
        measurement.outcome = str(stop)
        if not any(contains(measurement.size, smaller) for smaller, _ in self._stops):
            self._stops.append((measurement.size, stop))

    def _refuse_memory(self, temp_bytes: int | None) -> None:
        cap = self._limits.memory_cap_bytes
        if temp_bytes is not None and temp_bytes > cap:
            raise CaseStopped(
                "capped", f"a step needs {temp_bytes / 1e9:.3g} GB of temporary memory, the cap is {cap / 1e9:g}"
            )

    def _request(self, command: str, activity: str, seconds: float, **arguments: Any) -> dict[str, Any]:
        try:
            return self._running_worker().request(command, seconds, **arguments)
        except TimedOut as error:
            raise CaseStopped("capped", f"{activity} {error}") from None
        except Failed as error:
            raise CaseStopped("failed", str(error)) from None
        except Unavailable as error:
            raise CaseStopped("not measured here", str(error)) from None

    def _running_worker(self) -> Worker:
        if self._worker is None or not self._worker.is_alive:
            environment, threads = self.contender.environment, self.contender.threads
            if threads > usable_cores():
                raise Unavailable(f"{threads} threads need as many cores, and {usable_cores()} may be used")
            if environment is None:
                self._worker = Worker(None, self.contender.file, ROOT, threads)
            else:
                self._worker = Worker(environment.python(self._say), self.contender.file, threads=threads)
            self.dtype, self.versions = self._worker.dtype, self._worker.versions
        return self._worker
