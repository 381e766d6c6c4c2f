"""The CPU's counters, read from a made-up ``/sys/class/powercap``."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.probes.counters.counter import NoCounter
from training.probes.counters.rapl import find_packages

RANGE = 262_143_328_850
"""What the kernel tells of most Intel processors, in microjoules."""


class Powercap:
    """Zones in a folder, as Linux lays them out: packages, the parts of each below it, all listed side by side."""

    def __init__(self, root: Path) -> None:
        self.root = root
        # The control type is no zone: it has neither a name nor a count.
        (root / "intel-rapl").mkdir(parents=True)
        (root / "intel-rapl" / "enabled").write_text("1\n")

    def zone(self, folder: str, name: str, microjoules: int, largest: int = RANGE) -> None:
        (self.root / folder).mkdir()
        for file, content in (("name", name), ("max_energy_range_uj", largest), ("energy_uj", microjoules)):
            (self.root / folder / file).write_text(f"{content}\n")

    def move(self, folder: str, microjoules: int) -> None:
        (self.root / folder / "energy_uj").write_text(f"{microjoules}\n")


@pytest.fixture
def powercap(tmp_path: Path) -> Powercap:
    made_up = Powercap(tmp_path / "powercap")
    made_up.zone("intel-rapl:0", "package-0", 1_000_000)
    return made_up


def test_packages_are_added_and_what_overlaps_with_them_is_not(powercap: Powercap) -> None:
    powercap.zone("intel-rapl:1", "package-1", 7_000_000)
    others = [("intel-rapl:0:0", "core"), ("intel-rapl:0:1", "uncore"), ("intel-rapl:0:2", "dram")]
    for folder, name in (*others, ("intel-rapl:2", "psys")):
        powercap.zone(folder, name, 0)
    counter = find_packages(powercap.root)
    joules = counter.start()
    assert joules() == 0.0
    powercap.move("intel-rapl:0", 1_250_000)
    powercap.move("intel-rapl:1", 9_000_000)
    for folder, _ in others:
        powercap.move(folder, 50_000_000)
    # 0.25 J and 2 J, by hand.
    assert joules() == pytest.approx(2.25, rel=1e-12)
    assert "package-0, package-1)" in counter.name


def test_the_dies_of_a_package_are_counted_each(tmp_path: Path) -> None:
    made_up = Powercap(tmp_path / "powercap")
    for die in range(2):
        made_up.zone(f"intel-rapl:{die}", f"package-0-die-{die}", 0)
    joules = find_packages(made_up.root).start()
    made_up.move("intel-rapl:0", 500_000)
    made_up.move("intel-rapl:1", 3_000_000)
    assert joules() == pytest.approx(3.5)


def test_a_package_that_is_listed_twice_is_counted_once(powercap: Powercap) -> None:
    powercap.zone("intel-rapl-mmio:0", "package-0", 4_000_000)
    joules = find_packages(powercap.root).start()
    powercap.move("intel-rapl:0", 3_000_000)
    powercap.move("intel-rapl-mmio:0", 4_000_001)
    assert joules() == 2.0


def test_a_counter_that_began_again_at_zero_has_counted_on(powercap: Powercap) -> None:
    powercap.zone("intel-rapl:1", "package-1", 90_000_000, largest=100_000_000)
    joules = find_packages(powercap.root).start()
    powercap.move("intel-rapl:0", 1_500_000)
    powercap.move("intel-rapl:1", 5_000_000)
    # 0.5 J of the first; of the second, 10 J up to the end of its range and 5 J from there.
    assert joules() == pytest.approx(15.5, rel=1e-12)


def test_what_users_may_not_read_is_told_with_the_way_out(powercap: Powercap, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused by a made-up system, since root, who may run the tests, reads files of any mode."""
    powercap.zone("intel-rapl:1", "package-1", 0)
    readable = Path.read_text

    def refuse(file: Path, *arguments: object, **settings: object) -> str:
        if file == powercap.root / "intel-rapl:1" / "energy_uj":
            raise PermissionError(13, "Permission denied", str(file))
        return readable(file)

    counter = find_packages(powercap.root)
    joules = counter.start()
    monkeypatch.setattr(Path, "read_text", refuse)
    reason = r"intel-rapl:1/energy_uj is readable by root only; `chmod a\+r` on energy_uj"
    with pytest.raises(NoCounter, match=reason):
        joules()
    # One of two packages is not the machine.
    with pytest.raises(NoCounter, match=reason):
        find_packages(powercap.root).start()


def test_files_that_vanish_or_hold_no_number_are_no_counter(powercap: Powercap) -> None:
    counter = find_packages(powercap.root)
    (powercap.root / "intel-rapl:0" / "energy_uj").write_text("n/a\n")
    with pytest.raises(NoCounter, match=r"energy_uj holds 'n/a', which is no whole number"):
        counter.start()
    (powercap.root / "intel-rapl:0" / "energy_uj").unlink()
    with pytest.raises(NoCounter, match=r"energy_uj cannot be read \(No such file or directory\)"):
        counter.start()


def test_without_powercap_or_without_a_package_there_is_a_reason(tmp_path: Path) -> None:
    with pytest.raises(NoCounter, match=f"there is no {tmp_path}/powercap, as on most virtual machines"):
        find_packages(tmp_path / "powercap")
    made_up = Powercap(tmp_path / "powercap")
    made_up.zone("intel-rapl:0", "psys", 0)
    with pytest.raises(NoCounter, match="is a CPU's package"):
        find_packages(made_up.root)
