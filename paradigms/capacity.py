"""How much devices can hold."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import jax

from paradigms.target import target


def capacity_bytes(devices: Sequence[Any] | None = None) -> int:
    """Bytes that devices can hold together: each its own limit; all CPU devices the machine's memory, once.

    Args:
        devices: JAX devices of the machine that programs are made for; by default all that it has.
    """
    aim = target()
    if aim is not None:
        return aim.device_bytes * (aim.devices if devices is None else len(devices))
    devices = jax.local_devices() if devices is None else devices
    limits = [(device.memory_stats() or {}).get("bytes_limit") for device in devices]
    shared = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if None in limits else 0
    return shared + sum(int(limit) for limit in limits if limit is not None)
