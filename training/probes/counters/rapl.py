"""The energy counters of a CPU's packages (RAPL), which Linux shows under ``/sys/class/powercap``.

A package's count holds its cores, its caches and whatever runs there beside the program. Files and units are those of
the kernel's documentation, ``Documentation/power/powercap/powercap.rst``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from training.probes.counters.counter import NoCounter

POWERCAP = Path("/sys/class/powercap")
PACKAGE = re.compile(r"package-\d+(-die-\d+)?")
"""Name of a zone that is counted; its children (``core``, ``uncore``, ``dram``) and ``psys`` overlap with it."""


@dataclass(frozen=True)
class Rapl:
    """The packages of this machine, all together.

    Attributes:
        zones: Each package's folder, by its name.
    """

    zones: Mapping[str, Path]

    @property
    def name(self) -> str:
        """Which packages they are."""
        return f"the CPU's own counters (RAPL: {', '.join(self.zones)})"

    def start(self) -> Callable[[], float]:
        """Begin to count; see :class:`training.probes.counters.counter.Counter`.

        A package's counter begins again at zero beyond ``max_energy_range_uj``, at full load once in some minutes. One
        such wraparound is added back; a second one before the joules are asked for would go unseen.

        Raises:
            NoCounter: A file of a package cannot be read, as by users other than root.
        """
        before = self._microjoules()

        def joules() -> float:
            spent = 0
            for package, after in self._microjoules().items():
                spent += after - before[package]
                if after < before[package]:
                    spent += _number(self.zones[package] / "max_energy_range_uj")
            return spent / 1e6

        return joules

    def _microjoules(self) -> dict[str, int]:
        return {package: _number(zone / "energy_uj") for package, zone in self.zones.items()}


def find_packages(root: Path = POWERCAP) -> Rapl:
    """Find every package that Linux counts the energy of.

    The same package may stand there twice, through registers of the processor (``intel-rapl:0``) and of memory
    (``intel-rapl-mmio:0``); it is counted once.

    Args:
        root: The folder of zones.

    Raises:
        NoCounter: There is no such folder, as on most virtual machines, or no package in it.
    """
    if not root.is_dir():
        raise NoCounter(f"there is no {root}, as on most virtual machines and on systems other than Linux")
    zones: dict[str, Path] = {}
    for file in sorted(root.glob("*/energy_uj"), key=lambda file: ("mmio" in file.parent.name, file)):
        name = _read(file.with_name("name"))
        if PACKAGE.fullmatch(name):
            zones.setdefault(name, file.parent)
    if not zones:
        raise NoCounter(f"no zone of {root} is a CPU's package")
    return Rapl(zones)


def _number(file: Path) -> int:
    text = _read(file)
    try:
        return int(text)
    except ValueError:
        raise NoCounter(f"{file} holds {text!r}, which is no whole number") from None


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except PermissionError:
        raise NoCounter(f"{file} is readable by root only; `chmod a+r` on energy_uj lets everybody read it") from None
    except OSError as error:
        raise NoCounter(f"{file} cannot be read ({error.strerror})") from error
