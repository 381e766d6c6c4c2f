"""Which device holds what. Arrays are split by ``jax.sharding``; models need not know.

The mesh has three axes. Over ``data`` a batch is split. Over ``model`` large matrices are, and what is computed by
them. Over ``fsdp`` a batch is split, and so are parameters and the optimiser's state where they are kept between
updates. All are *Auto* axes: the compiler places intermediate values. (Explicit axes refuse a scan whose carry starts
from ``jnp.zeros``, or an embedding look-up, and so would refuse most models that users bring.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax.sharding import AbstractMesh, AxisType, Mesh, NamedSharding, PartitionSpec
from jax.tree_util import KeyPath
from jaxtyping import Int64, PyTree

from paradigms.interface import FSDP, MODEL, Placement
from training.config import MeshConfig
from training.errors import BadInput

DATA = "data"
AXES = (DATA, FSDP, MODEL)


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
    each = config.fsdp * config.model
    data = len(devices) // each if config.data is None else config.data
    fsdp = "" if config.fsdp == 1 else f", mesh.fsdp={config.fsdp}"
    if data < 1 or data * each > len(devices):
        asked = "null" if config.data is None else config.data
        raise BadInput(
            f"mesh.data={asked}{fsdp} with mesh.model={config.model} needs {max(data, 1) * each} devices, and "
            f"{there} {len(devices)}; lower one of them"
        )
    if batch_size % (data * config.fsdp):
        raise BadInput(
            f"trainer.batch_size={batch_size} does not split evenly over mesh.data={data}{fsdp} devices; "
            f"choose a multiple of {data * config.fsdp}, or set mesh.data"
        )
    used = devices[: data * each]
    idle = sorted({device.process_index for device in devices} - {device.process_index for device in used})
    if idle:
        raise BadInput(
            f"mesh.data={data}{fsdp} with mesh.model={config.model} takes {len(used)} of {len(devices)} devices, and "
            f"process {idle[0]} would hold no row of a batch; set mesh.data={len(devices) // each}, or start fewer "
            "processes"
        )
    grid = np.array(used).reshape(data, config.fsdp, config.model)
    return Mesh(grid, AXES, axis_types=(AxisType.Auto,) * len(AXES))


def shape_of(mesh: Mesh) -> dict[str, int]:
    """Devices along each axis; ``fsdp`` only where it splits something."""
    return {name: size for name, size in mesh.shape.items() if name != FSDP or size > 1}


def batch_sharding(mesh: Mesh) -> NamedSharding:
    """The leading axis of every array of a batch is split over ``data`` and ``fsdp``."""
    return NamedSharding(mesh, PartitionSpec((DATA, FSDP)))


def rows_here(mesh: Mesh, batch_size: int) -> Int64[np.ndarray, " rows"]:
    """Which rows of a batch the devices of this process hold, in ascending order."""
    placed = batch_sharding(mesh).addressable_devices_indices_map((batch_size,))
    parts = sorted({part[0].indices(batch_size)[:2] for part in placed.values() if part is not None})
    return np.concatenate([np.arange(start, stop) for start, stop in parts])


def state_shardings(
    mesh: Mesh | AbstractMesh, state: PyTree, placement: Callable[[Sequence[str]], Placement] | None = None
) -> PyTree[NamedSharding]:
    """One sharding a leaf; an axis that does not divide is whole on every device.

    Args:
        mesh: The mesh.
        state: Arrays, or their shapes and dtypes. The optimiser's own copies of parameters are split as these are.
        placement: What the paradigm says, see ``paradigms.interface.PlacesParameters``; by default the last axis of a
            matrix is split over ``model`` and the first over ``fsdp``.
    """

    def sharding(path: KeyPath, leaf: jax.ShapeDtypeStruct) -> NamedSharding:
        rank = len(leaf.shape)
        if placement is not None:
            axes = placement([_name(key) for key in path])[-rank:] if rank else ()
            axes = (None,) * (rank - len(axes)) + axes
        else:
            axes = (FSDP, *[None] * (rank - 2), MODEL) if rank >= 2 else (None,) * rank
        split = [
            axis if axis is not None and mesh.shape[axis] > 1 and size % mesh.shape[axis] == 0 else None
            for axis, size in zip(axes, leaf.shape, strict=True)
        ]
        return NamedSharding(mesh, PartitionSpec(*split) if any(split) else PartitionSpec())

    return jax.tree_util.tree_map_with_path(sharding, state)


def _name(key: Any) -> str:
    """The name of a step of a path: a dictionary's key, a sequence's index or a field."""
    return str(next(getattr(key, kind) for kind in ("key", "idx", "name") if hasattr(key, kind)))
