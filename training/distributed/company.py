"""The processes of a run as the loop sees them: whose rows are whose, and whether any of them was asked to stop."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Int

from training.data.pipeline import Rows, eval_batches
from training.data.split import Split
from training.distributed.mesh import rows_here
from training.distributed.processes import require_alike
from training.run.run_directory import identity
from training.tasks import Task

T = TypeVar("T")

LATEST_CHECK = 8
"""Updates that may be dispatched before the first of them is waited for. An update that is not finite was suppressed by
the step itself, and every row and every save looks at all that came before: being late costs nothing."""
LATEST_VOTE = 2
"""The same where several processes vote on stopping, which they all do that much after the signal."""
_EXAMPLES_AT_ONCE = 1024


class Company:
    """The processes that share a mesh.

    Args:
        mesh: The mesh of the run.
        batch_size: Examples of a batch, over all processes.

    Attributes:
        alone: Whether there is one process only.
        rows: The places in a batch whose examples this process reads; ``None`` for all of them.
        in_flight: Updates that may be dispatched before the first of them is waited for.
    """

    def __init__(self, mesh: Mesh, batch_size: int) -> None:
        self.alone = jax.process_count() == 1
        self.rows: Rows | None = None if self.alone else rows_here(mesh, batch_size)
        self.in_flight = LATEST_CHECK if self.alone else LATEST_VOTE
        # On a CPU a program with collective operations holds a thread while it waits for its peers, so that a second
        # one in flight may leave the first without.
        self._one_at_a_time = not self.alone and mesh.devices.flat[0].platform == "cpu"
        self._votes = NamedSharding(mesh, PartitionSpec(mesh.axis_names))
        self._shape = (mesh.size,)
        self._devices_here = len(mesh.local_devices)
        self._count = jax.jit(jnp.sum, out_shardings=NamedSharding(mesh, PartitionSpec()))

    def require_alike(self, config: Mapping[str, Any], task: Task) -> None:
        """Refuse processes that were given other settings or other data.

        Raises:
            BadInput: They were; with the same sentence at all of them.
        """
        if self.alone:
            return
        require_alike(identity(config), "configuration")
        splits = {"training": task.train, "validation": task.validation, "test": task.test}
        require_alike({f"the checksum of the {name} split": _checksum(split) for name, split in splits.items()}, "data")

    def in_turn(self, result: T) -> T:
        """What a program with collective operations returns, waited for where programs must not overlap."""
        return jax.block_until_ready(result) if self._one_at_a_time else result

    def vote(self, yes: bool) -> Int[Array, ""]:
        """Count the devices whose process says yes: a number that all processes read at the same update."""
        here = np.full(self._devices_here, yes, np.int32)
        return self.in_turn(self._count(jax.make_array_from_process_local_data(self._votes, here, self._shape)))


def _checksum(split: Split) -> int:
    """The CRC-32 of all examples, in order."""
    checksum = 0
    for batch in eval_batches(split, _EXAMPLES_AT_ONCE):
        for leaf in jax.tree.leaves(batch):
            checksum = zlib.crc32(np.ascontiguousarray(leaf).tobytes(), checksum)
    return checksum
