"""What the makers publish of their accelerators. Rates are of dense products, without structured sparsity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

_TPU = "https://cloud.google.com/tpu/docs/"
_NVIDIA = "https://resources.nvidia.com/en-us-tensor-core/"


@dataclass(frozen=True)
class Multiprocessors:
    """What NVIDIA's compiler has to know of a GPU.

    Sources: NVIDIA's white papers of the two architectures, and the table of compute capabilities in the appendix of
    the CUDA C++ programming guide.

    Attributes:
        capability: The compute capability, major and minor.
        count: Streaming multiprocessors.
        float32_units: The units of single precision in each of them.
        shared_bytes: Shared memory of each.
        shared_block_bytes: The most of it that one block may have.
        cache_bytes: The level-2 cache.
        clock_gigahertz: The highest clock.
    """

    capability: tuple[int, int]
    count: int
    float32_units: int
    shared_bytes: int
    shared_block_bytes: int
    cache_bytes: int
    clock_gigahertz: float


@dataclass(frozen=True)
class Machine:
    """One kind of accelerator.

    Attributes:
        name: The word of the setting ``target``.
        platform: ``gpu`` or ``tpu``, as JAX names the backend.
        kind: The name that the device gives itself, as JAX reports it.
        memory_bytes: High-bandwidth memory of one device. Google's compiler reads its own page's GB as GiB.
        bandwidth: Bytes per second to and from that memory.
        rates: Operations per second in matrix products, by the type of their operands. What stands under ``float32``
            is what JAX multiplies at its default precision: TF32 on a GPU, one pass of bfloat16 on a TPU.
        shape: The smallest set of devices: ``1``, or chips along each axis of a TPU's network.
        processors: What the compiler of a GPU has to know; ``None`` for a TPU, whose compiler knows it.
        source: Where all of that is published.
    """

    name: str
    platform: Literal["gpu", "tpu"]
    kind: str
    memory_bytes: int
    bandwidth: float
    rates: Mapping[str, float]
    shape: str
    processors: Multiprocessors | None
    source: str


MACHINES: Mapping[str, Machine] = {
    one.name: one
    for one in (
        Machine(
            "h100",
            "gpu",
            "NVIDIA H100 80GB HBM3",
            memory_bytes=80 * 10**9,
            bandwidth=3.35e12,
            rates={"float32": 494.7e12, "bfloat16": 989.4e12, "float16": 989.4e12, "int8": 1978.9e12},
            shape="1",
            processors=Multiprocessors((9, 0), 132, 128, 228 * 1024, 227 * 1024, 50 * 2**20, 1.98),
            source=f"H100 SXM5: {_NVIDIA}gtc22-whitepaper-hopper",
        ),
        Machine(
            "a100",
            "gpu",
            "NVIDIA A100-SXM4-80GB",
            memory_bytes=80 * 10**9,
            bandwidth=2.039e12,
            rates={"float32": 156e12, "bfloat16": 312e12, "float16": 312e12, "int8": 624e12},
            shape="1",
            processors=Multiprocessors((8, 0), 108, 64, 164 * 1024, 163 * 1024, 40 * 2**20, 1.41),
            source="A100 SXM 80 GB: https://www.nvidia.com/en-us/data-center/a100/",
        ),
        Machine(
            "v5e",
            "tpu",
            "TPU v5 lite",
            memory_bytes=16 * 2**30,
            bandwidth=819e9,
            rates={"float32": 197e12, "bfloat16": 197e12, "int8": 393e12},
            shape="1x1",
            processors=None,
            source=f"{_TPU}v5e and, for int8, {_TPU}v6e",
        ),
        Machine(
            "v5p",
            "tpu",
            "TPU v5",
            memory_bytes=95 * 2**30,
            bandwidth=2765e9,
            rates={"float32": 459e12, "bfloat16": 459e12},
            shape="1x1x1",
            processors=None,
            source=f"{_TPU}v5p",
        ),
        Machine(
            "v6e",
            "tpu",
            "TPU v6 lite",
            memory_bytes=32 * 2**30,
            bandwidth=1640e9,
            rates={"float32": 918e12, "bfloat16": 918e12, "int8": 1836e12},
            shape="1x1",
            processors=None,
            source=f"{_TPU}v6e",
        ),
    )
}
"""Machines by name."""
