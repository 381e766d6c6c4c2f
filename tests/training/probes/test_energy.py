"""Joules, from a counter that is made up, and none where there is no counter."""

from __future__ import annotations

import sys
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
    """NVML with one device, whose counter a program moves."""

    class NVMLError(Exception):
        """As NVML's."""

    devices = 1
    millijoules = 5_000

    def nvmlInit(self) -> None:
        """Nothing to do."""

    nvmlShutdown = nvmlInit

    def nvmlDeviceGetCount(self) -> int:
        return self.devices

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        return index

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: int) -> int:
        if self.millijoules < 0:
            raise self.NVMLError
        return self.millijoules


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    made_up = Counter()
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    monkeypatch.setitem(sys.modules, "pynvml", made_up)
    return made_up


def test_a_call_costs_what_the_counter_moves_by(counter: Counter) -> None:
    def program() -> None:
        counter.millijoules += 250

    assert device_joules() == 5.0
    joules = joules_a_call(program, least_seconds=0.01)
    assert joules == pytest.approx(0.25)


@pytest.mark.parametrize("changes", [{"devices": 2}, {"millijoules": -1}])
def test_what_cannot_be_told_apart_or_read_is_none(counter: Counter, changes: dict[str, int]) -> None:
    for name, value in changes.items():
        setattr(counter, name, value)
    assert device_joules() is None
