"""Checkpoints: Orbax underneath, a checksum per array on top, and a way round a damaged one."""

from __future__ import annotations

import logging
import os
import shutil
import zlib
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
from jaxtyping import PyTree

from training.state import TrainState

_STATE, _META, _DIGESTS = "state", "meta", "digests"


class DamagedCheckpoint(ValueError):
    """What was read back is not what was written."""


def _to_named(state: TrainState) -> dict[str, jax.Array]:
    """A flat ``{path: array}``, free of the classes a model happens to use, with keys as their raw data."""
    plain = state._replace(key=jax.random.key_data(state.key))
    return {jax.tree_util.keystr(path): leaf for path, leaf in jax.tree_util.tree_leaves_with_path(plain)}


def _from_named(named: dict[str, jax.Array], like: TrainState) -> TrainState:
    structure = jax.tree.structure(like)
    names = [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(like)]
    state: TrainState = jax.tree.unflatten(structure, [named[name] for name in names])
    return state._replace(key=jax.random.wrap_key_data(state.key))


def _digest(array: jax.Array) -> int:
    return zlib.crc32(np.ascontiguousarray(np.asarray(array)).tobytes())


class Checkpoints:
    """The checkpoints of one run, the newest ``keep`` of them. Saving is asynchronous; a save is whole or absent.

    Each checkpoint holds the state and a JSON object (the data iterator, the clock) chosen by the caller.
    """

    def __init__(self, directory: Path, keep: int) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        logging.getLogger("absl").setLevel(logging.ERROR)
        options = ocp.CheckpointManagerOptions(max_to_keep=keep, enable_async_checkpointing=True, create=False)
        self._manager = ocp.CheckpointManager(directory, options=options, item_names=(_STATE, _META, _DIGESTS))

    def save(self, step: int, state: TrainState, meta: dict[str, Any]) -> None:
        """Begin to save. The state may be donated afterwards: a copy is what is written."""
        named = jax.tree.map(jnp.copy, _to_named(state))
        digests = {name: _digest(array) for name, array in named.items() if array.is_fully_addressable}
        self._manager.save(
            step,
            args=ocp.args.Composite(
                **{
                    _STATE: ocp.args.StandardSave(named),
                    _META: ocp.args.JsonSave(meta),
                    _DIGESTS: ocp.args.JsonSave(digests),
                }
            ),
        )

    def _restore(self, step: int, like: TrainState, shardings: PyTree) -> tuple[TrainState, dict[str, Any]]:
        def abstract(leaf: jax.ShapeDtypeStruct, sharding: Any) -> jax.ShapeDtypeStruct:
            return jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=sharding)

        plain = like._replace(key=jax.eval_shape(jax.random.key_data, like.key))
        paths = jax.tree_util.tree_leaves_with_path(jax.tree.map(abstract, plain, shardings))
        target = {jax.tree_util.keystr(path): leaf for path, leaf in paths}
        restored = self._manager.restore(
            step,
            args=ocp.args.Composite(
                **{
                    _STATE: ocp.args.StandardRestore(target),
                    _META: ocp.args.JsonRestore(),
                    _DIGESTS: ocp.args.JsonRestore(),
                }
            ),
        )
        for name, digest in restored[_DIGESTS].items():
            if _digest(restored[_STATE][name]) != digest:
                raise DamagedCheckpoint(f"the checksum of {name} does not match")
        return _from_named(restored[_STATE], like), restored[_META]

    def restore_latest(
        self, like: TrainState, shardings: PyTree
    ) -> tuple[tuple[TrainState, dict[str, Any]] | None, list[str]]:
        """The newest checkpoint that can be read, and a sentence for each newer one that could not.

        Args:
            like: Shapes and dtypes of the state (``jax.ShapeDtypeStruct`` leaves).
            shardings: Where each leaf goes.

        A damaged checkpoint is moved aside, to ``damaged-checkpoints`` beside the directory, so that its step can be
        saved again.
        """
        problems = []
        for step in sorted(self._manager.all_steps(), reverse=True):
            try:
                return self._restore(step, like, shardings), problems
            # A damaged file fails in as many ways as there are layers below: all of them mean the same here.
            except Exception as error:
                aside = self._set_aside(step)
                reason = str(error).strip().splitlines()
                problems.append(
                    f"checkpoint {step} is damaged ({type(error).__name__}: {reason[0] if reason else 'no message'}) "
                    f"and was moved to {aside}"
                )
        return None, problems

    def _set_aside(self, step: int) -> Path:
        parent = self._directory.parent / "damaged-checkpoints"
        parent.mkdir(exist_ok=True)
        aside = parent / f"{step}-{os.getpid()}"
        shutil.move(self._directory / str(step), aside)
        self._manager.reload()
        return aside

    def close(self) -> None:
        """Wait for a save under way, and let go."""
        self._manager.wait_until_finished()
        self._manager.close()
