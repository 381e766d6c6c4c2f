"""What one device of a machine can do and hold: published of a machine that is not here, measured of a CPU."""

from __future__ import annotations

from paradigms.capacity import capacity_bytes
from training.machines.targets import Target
from training.pricing import Rates, host_rates


def rates_of(target: Target) -> Rates:
    """Return the peak rates of one device; those of this machine's CPU are measured, of all its cores together.

    Args:
        target: The machine.
    """
    if target.machine is not None:
        return Rates(target.machine.rates, target.machine.bandwidth, target.machine.source)
    return host_rates(target.devices[0])


def device_bytes(target: Target) -> int:
    """Return the memory of one device in bytes: its own limit where it is here and tells, else what is published.

    Args:
        target: The machine.
    """
    if target.machine is None:
        return capacity_bytes(target.devices)
    stated = (target.devices[0].memory_stats() or {}).get("bytes_limit") if target.here else None
    return target.machine.memory_bytes if stated is None else int(stated)
