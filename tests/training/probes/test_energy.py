"""Joules, from a counter that is made up, and none where there is no counter."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import jax
import pytest

from training.probes.counters.counter import NoCounter
from training.probes.counters.rapl import Rapl
from training.probes.energy import device_counter, joules_a_call


def untouched() -> None:
    pytest.fail("was run")


def test_without_a_counter_nothing_is_guessed_and_nothing_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jax, "default_backend", lambda: "tpu")
    with pytest.raises(NoCounter, match="counts the energy of the backend tpu"):
        joules_a_call(untouched)
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    monkeypatch.setitem(sys.modules, "pynvml", None)
    with pytest.raises(NoCounter, match="nvidia-ml-py is not installed"):
        joules_a_call(untouched)


def test_a_cpu_is_counted_by_its_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    zone = tmp_path / "intel-rapl:0"
    zone.mkdir()
    for file, content in (("name", "package-0"), ("max_energy_range_uj", "1000"), ("energy_uj", "900")):
        (zone / file).write_text(content)
    monkeypatch.setattr(jax, "default_backend", lambda: "cpu")
    monkeypatch.setattr("training.probes.energy.find_packages", lambda: Rapl({"package-0": zone}))

    def program() -> None:
        # 300 microjoules a call, around a range of 1000.
        (zone / "energy_uj").write_text(str((int((zone / "energy_uj").read_text()) + 300) % 1000))

    assert joules_a_call(program, least_seconds=0.0) == pytest.approx(300e-6, rel=1e-12)


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
    joules = device_counter().start()
    counter.millijoules += 1_500
    assert joules() == 1.5


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


def test_one_call_is_counted_however_short_the_time(counter: Counter) -> None:
    def program() -> None:
        counter.millijoules += 40

    assert joules_a_call(program, least_seconds=0.0) == pytest.approx(0.04)


@pytest.mark.parametrize("readings", [[-1, 5_000], [5_000, -1], [-1, -1]])
def test_a_counter_that_cannot_be_read_before_or_after_gives_no_joules(counter: Counter, readings: list[int]) -> None:
    left = list(readings)

    def program() -> None:
        # The first call is made before the counter is read, the second after it.
        counter.millijoules = left.pop(0)

    with pytest.raises(NoCounter, match="as of one before Volta"):
        joules_a_call(program, least_seconds=0.0)
    assert len(left) == (1 if readings[0] < 0 else 0)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"devices": 2}, "NVML lists 2 GPUs and does not say which"),
        ({"devices": 0}, "NVML lists 0 GPUs"),
        ({"millijoules": -1}, "NVML reads no energy of this GPU"),
    ],
)
def test_what_cannot_be_told_apart_or_read_is_told(counter: Counter, changes: dict[str, int], reason: str) -> None:
    for name, value in changes.items():
        setattr(counter, name, value)
    with pytest.raises(NoCounter, match=reason):
        joules_a_call(untouched)
