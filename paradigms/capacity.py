"""How much devices can hold."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any


def capacity_bytes(devices: Sequence[Any]) -> int:
    """Bytes that JAX devices can hold together: each its own limit; all CPU devices the machine's memory, once."""
    limits = [(device.memory_stats() or {}).get("bytes_limit") for device in devices]
    shared = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if None in limits else 0
    return shared + sum(int(limit) for limit in limits if limit is not None)
