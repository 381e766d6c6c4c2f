"""The device's own counts, of memory and of energy."""

from __future__ import annotations

from typing import Any

from training.probes.energy import device_counter
from training.probes.memory import device_peak_bytes

NO_PEAK = "this device keeps no count of its peak memory"


def peak_bytes(device: Any) -> int | str:
    """Largest number of bytes ever in use on a device by this process, or why there is none.

    The count never falls: what one program took shows in a process of its own only.
    """
    peak = device_peak_bytes(device)
    return NO_PEAK if peak is None else peak


def energy_counter() -> str:
    """Name what counts the joules of the device that JAX runs on.

    Raises:
        NoCounter: Nothing does, or it cannot be read; the message says why.
    """
    return device_counter().name
