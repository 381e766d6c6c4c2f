"""Which device holds what. Arrays are split by ``jax.sharding``; models need not know.

The mesh has two axes, ``data`` over which a batch is split and ``model`` over which large matrices are. Both are *Auto*
axes: the compiler places intermediate values. (Explicit axes refuse a scan whose carry starts from ``jnp.zeros``, or an
embedding look-up, and so would refuse most models that users bring.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec
from jaxtyping import Int64, PyTree

from training.config import MeshConfig
from training.errors import BadInput


def make_mesh(config: MeshConfig, batch_size: int, devices: Sequence[Any] | None = None) -> Mesh:
    """A mesh over devices.

    Args:
        config: How many of them a batch and a model are split over.
        batch_size: Examples of a batch.
        devices: Devices of JAX, or those of the topology of a machine that is not here; by default those of all
            processes.

    Raises:
        BadInput: More devices are asked for than there are, the batch does not split evenly, or a process would have no
            part in it.
    """
    there = "there are" if devices is None else "the target has"
    devices = jax.devices() if devices is None else devices
    data = len(devices) // config.model if config.data is None else config.data
    if data < 1 or data * config.model > len(devices):
        asked = "null" if config.data is None else config.data
        raise BadInput(
            f"mesh.data={asked} with mesh.model={config.model} needs {max(data, 1) * config.model} devices, and "
            f"{there} {len(devices)}; lower one of them"
        )
    if batch_size % data:
        raise BadInput(
            f"trainer.batch_size={batch_size} does not split evenly over mesh.data={data} devices; "
            f"choose a multiple of {data}, or set mesh.data"
        )
    used = devices[: data * config.model]
    idle = sorted({device.process_index for device in devices} - {device.process_index for device in used})
    if idle:
        raise BadInput(
            f"mesh.data={data} with mesh.model={config.model} takes {len(used)} of {len(devices)} devices, and process "
            f"{idle[0]} would hold no row of a batch; set mesh.data={len(devices) // config.model}, or start fewer "
            "processes"
        )
    grid = np.array(used).reshape(data, config.model)
    return Mesh(grid, ("data", "model"), axis_types=(AxisType.Auto, AxisType.Auto))


def batch_sharding(mesh: Mesh) -> NamedSharding:
    """The leading axis of every array of a batch is split over ``data``."""
    return NamedSharding(mesh, PartitionSpec("data"))


def rows_here(mesh: Mesh, batch_size: int) -> Int64[np.ndarray, " rows"]:
    """Which rows of a batch the devices of this process hold, in ascending order."""
    placed = batch_sharding(mesh).addressable_devices_indices_map((batch_size,))
    parts = sorted({part[0].indices(batch_size)[:2] for part in placed.values() if part is not None})
    return np.concatenate([np.arange(start, stop) for start, stop in parts])


def state_shardings(mesh: Mesh, state: PyTree) -> PyTree[NamedSharding]:
    """One sharding a leaf: matrices split along their last axis over ``model`` if it divides, others replicated."""
    parts = mesh.shape["model"]

    def sharding(leaf: jax.ShapeDtypeStruct) -> NamedSharding:
        if parts > 1 and len(leaf.shape) >= 2 and leaf.shape[-1] % parts == 0:
            return NamedSharding(mesh, PartitionSpec(*[None] * (len(leaf.shape) - 1), "model"))
        return NamedSharding(mesh, PartitionSpec())

    return jax.tree.map(sharding, state)
