"""What devices can hold together."""

from __future__ import annotations

from typing import Any

import jax

from paradigms.capacity import capacity_bytes


class Accelerator:
    def __init__(self, limit: int) -> None:
        self._limit = limit

    def memory_stats(self) -> dict[str, Any]:
        return {"bytes_limit": self._limit, "bytes_in_use": 3}


def test_accelerators_add_up_and_simulated_cpus_share_one_memory():
    cpu = jax.devices("cpu")[0]
    alone = capacity_bytes([cpu])
    assert alone > 2**28
    assert capacity_bytes([cpu, cpu]) == alone
    assert capacity_bytes([Accelerator(5), Accelerator(7)]) == 12
