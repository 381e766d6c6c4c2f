"""Joules, from a counter that is made up, and none where there is no counter."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import SimpleNamespace

import jax
import pytest

from training.probes.energy import device_joules, joules_a_call


def test_without_a_counter_nothing_is_guessed_and_nothing_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jax, "default_backend", lambda: "cpu")
    assert device_joules() is None
    assert joules_a_call(lambda: pytest.fail("was run")) is None
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert device_joules() is None


class Counter(SimpleNamespace):
    """NVML with one device, whose counter a program moves; it answers while it is initialised, and for that device."""

    class NVMLError(Exception):
        """As NVML's."""

    devices = 1
    millijoules = 5_000
    users = 0

    def nvmlInit(self) -> None:
        self.users += 1

    def nvmlShutdown(self) -> None:
        self.users -= 1

    def nvmlDeviceGetCount(self) -> int:
        return self.devices

    def nvmlDeviceGetHandleByIndex(self, index: int) -> str:
        return f"handle of {index}"

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: str) -> int:
        if self.millijoules < 0 or self.users != 1 or handle != "handle of 0":
            raise self.NVMLError
        return self.millijoules


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    made_up = Counter()
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    monkeypatch.setitem(sys.modules, "pynvml", made_up)
    yield made_up
    assert made_up.users == 0, "whoever initialises NVML shuts it down"


@pytest.mark.parametrize("backend", ["gpu", "cuda"])
def test_the_counter_is_read_in_joules(counter: Counter, monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    monkeypatch.setattr(jax, "default_backend", lambda: backend)
    assert device_joules() == 5.0


class Running(SimpleNamespace):
    """What a program returns before it has ended: 250 mJ and a second are spent until it has."""

    def block_until_ready(self) -> None:
        self.counter.millijoules += 250
        self.clock.now += 1.0


def test_a_call_costs_what_the_counter_moves_by_until_it_has_ended(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, called = SimpleNamespace(now=100.0), []
    monkeypatch.setattr("training.probes.energy.time", SimpleNamespace(perf_counter=lambda: clock.now))

    def program() -> Running:
        if not called:
            # It is compiled in its first call, which is not counted.
            counter.millijoules += 7_000
        called.append(clock.now)
        return Running(counter=counter, clock=clock)

    assert joules_a_call(program, least_seconds=3.0) == pytest.approx(0.25)
    # One that is not counted, and those that begin within three seconds.
    assert called == [100.0, 101.0, 102.0, 103.0]


def test_without_a_call_there_is_no_mean(counter: Counter) -> None:
    assert joules_a_call(lambda: None, least_seconds=0.0) is None


@pytest.mark.parametrize("readings", [[-1, 5_000], [5_000, -1], [-1, -1]])
def test_a_counter_that_cannot_be_read_before_or_after_gives_no_joules(counter: Counter, readings: list[int]) -> None:
    left = list(readings)

    def program() -> None:
        # The first call is made before the counter is read, the second after it.
        if left:
            counter.millijoules = left.pop(0)

    assert joules_a_call(program, least_seconds=0.01) is None
    assert not left


@pytest.mark.parametrize("changes", [{"devices": 2}, {"devices": 0}, {"millijoules": -1}])
def test_what_cannot_be_told_apart_or_read_is_none(counter: Counter, changes: dict[str, int]) -> None:
    for name, value in changes.items():
        setattr(counter, name, value)
    assert device_joules() is None
