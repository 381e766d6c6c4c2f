"""What a program can be compiled for: this machine, or one that is known from its description alone."""

from __future__ import annotations

import importlib.util
import math
import os
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import jax
from jax.experimental import topologies

from paradigms.capacity import capacity_bytes
from paradigms.target import Target as Aim
from paradigms.target import aimed_at
from training.errors import BadInput
from training.machines.gpu_text import target_config
from training.machines.published import MACHINES, Machine

EXAMPLES = "cpu, h100, a100, v5e:1x1, v5e:2x2, v5p:2x2x1, v6e:2x2"
COMPILERS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "tpu": ("libtpu", "pip install 'gradient-cost[tpu]'"),
        "gpu": ("jax_cuda12_plugin", "pip install 'gradient-cost[compile-cuda]'"),
    }
)
"""The package that compiles for a platform, and how to get it."""
_OFFLINE = MappingProxyType(
    {"TPU_SKIP_MDS_QUERY": "1", "TPU_WORKER_HOSTNAMES": "localhost", "ALLOW_MULTIPLE_LIBTPU_LOAD": "1"}
)
"""What keeps libtpu from asking Google's network about the TPU that is not here, and from serving one process alone."""
_WITHOUT_A_GPU: Mapping[str, str | bool] = MappingProxyType({"xla_gpu_enable_triton_gemm": False})
"""XLA chooses the tiles of its own products by timing them. Without a GPU it takes the first, for which some products
do not compile; they are left to NVIDIA's library."""


@dataclass(frozen=True)
class Target:
    """A set of devices that programs are compiled for.

    Attributes:
        name: The value of the setting ``target``.
        machine: What is published of each device; ``None`` for this machine's CPU.
        devices: The devices, JAX's own or those of a topology.
        here: Whether programs can be run on them.
    """

    name: str
    machine: Machine | None
    devices: Sequence[Any]
    here: bool

    @property
    def compiler_options(self) -> Mapping[str, str | bool] | None:
        """What the compiler is told beyond the devices."""
        is_gpu = self.machine is not None and self.machine.platform == "gpu"
        return _WITHOUT_A_GPU if is_gpu and not self.here else None

    @contextmanager
    def aimed(self) -> Iterator[None]:
        """Make, inside, whatever depends on the machine for this one."""
        with aimed_at(self._aim()), warnings.catch_warnings():
            if not self.here:
                # Without a device JAX cannot read back what it has kept of a program: it compiles it anew.
                warnings.filterwarnings("ignore", message="Error reading persistent compilation cache")
            yield

    def _aim(self) -> Aim | None:
        count = len(self.devices)
        if self.machine is not None:
            return None if self.here else Aim(self.machine.platform, count, self.machine.memory_bytes)
        # Beside an accelerator, which JAX would make its choices for, the CPU has to be aimed at.
        return None if jax.default_backend() == "cpu" else Aim("cpu", count, capacity_bytes(self.devices) // count)


def find_target(name: str) -> Target:
    """Find the devices that a program is to be compiled for.

    Args:
        name: ``cpu`` for this machine's, or a machine of :data:`MACHINES`, with its shape behind a colon where that is
            not the smallest one: ``v5e:2x2``, ``h100:4``.

    Raises:
        BadInput: There is no such machine or no such shape of it, or its compiler is not installed.
    """
    if name == "cpu":
        return Target(name, None, jax.devices("cpu"), here=True)
    kind, _, shape = name.partition(":")
    if kind not in MACHINES:
        raise BadInput(f"target={name} is not known; the targets are {EXAMPLES}")
    machine = MACHINES[kind]
    shape = shape or machine.shape
    axes = len(machine.shape.split("x"))
    if not re.fullmatch(r"[1-9]\d{0,3}(x[1-9]\d{0,3})*", shape) or len(shape.split("x")) != axes:
        what = "a number of GPUs" if machine.platform == "gpu" else f"{axes} numbers of chips, one for each axis"
        raise BadInput(f"target={name} must end in {what}, as in {kind}:{'x'.join(['2'] * axes)}")
    present = _present(machine, shape)
    if present is not None:
        return Target(name, machine, present, here=True)
    return Target(name, machine, _described(name, machine, shape), here=False)


def missing_compiler(platform: str) -> str | None:
    """Say what compiles for a platform and how to get it; ``None`` where it is installed.

    Args:
        platform: ``gpu`` or ``tpu``.
    """
    package, way = COMPILERS[platform]
    return None if importlib.util.find_spec(package) else f"{package} is not installed: {way}"


def _present(machine: Machine, shape: str) -> Sequence[Any] | None:
    """This machine's own devices, where it has as many as the shape asks for and they are of that kind."""
    if jax.default_backend() != machine.platform:
        return None
    number = math.prod(map(int, shape.split("x")))
    devices = [device for device in jax.local_devices() if device.device_kind == machine.kind]
    return devices[:number] if len(devices) >= number else None


def _described(name: str, machine: Machine, shape: str) -> Sequence[Any]:
    if missing := missing_compiler(machine.platform):
        raise BadInput(f"target={name} is not here, and to compile for it {missing}")
    try:
        if machine.processors is not None:
            layout = f"1x1x{shape}"
            return topologies.get_topology_desc(
                platform="cuda",
                topology_name=layout,
                topology=layout,
                target_config=target_config(machine, machine.processors),
            ).devices
        sizes = [int(size) for size in shape.split("x")]
        kind = {"TPU_ACCELERATOR_TYPE": f"{machine.name}-{math.prod(sizes)}"}
        for variable, value in (_OFFLINE | kind).items():
            os.environ.setdefault(variable, value)
        # A host holds 2 × 2 chips, and one chip alone must be told apart.
        host = {} if max(sizes) > 1 else {"chips_per_host_bounds": [1, 1, 1]}
        return topologies.get_topology_desc(platform="tpu", topology_name=f"{machine.name}:{shape}", **host).devices
    except RuntimeError as error:  # JAX's own errors and what a plugin has not implemented are such, too
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise BadInput(f"target={name} cannot be described to its compiler ({reason}); known are {EXAMPLES}") from error
