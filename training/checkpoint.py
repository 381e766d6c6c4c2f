"""Checkpoints: Orbax underneath, a checksum per array on top, and a way round a damaged one."""

from __future__ import annotations

import json
import logging
import os
import shutil
import zlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
from jaxtyping import PyTree

from training.state import TrainState

_STATE, _META, _DIGESTS = "state", "meta", "digests"
DAMAGED = "damaged-checkpoints"
"""Beside the directory of the sound ones."""


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


def _digest_of_json(value: dict[str, Any]) -> int:
    """The same before it is written and after it was read: JSON gives back every float, and lists for tuples."""
    return zlib.crc32(json.dumps(value, sort_keys=True).encode())


class Checkpoints:
    """The checkpoints of one run, the newest ``keep`` of them. Saving is asynchronous; a save is whole or absent.

    Each checkpoint holds the state and a JSON object (the data iterator, the clock) chosen by the caller. Nothing is
    written before the first :meth:`save` or :meth:`set_aside`.
    """

    def __init__(self, directory: Path, keep: int) -> None:
        self._directory = directory
        self._keep = keep

    @cached_property
    def _manager(self) -> ocp.CheckpointManager:
        self._directory.mkdir(parents=True, exist_ok=True)
        # What a killed process had begun to save is removed: nobody else writes here.
        return self._open(max_to_keep=self._keep, enable_async_checkpointing=True, cleanup_tmp_directories=True)

    def _open(self, **options: Any) -> ocp.CheckpointManager:
        logging.getLogger("absl").setLevel(logging.ERROR)
        chosen = ocp.CheckpointManagerOptions(create=False, **options)
        return ocp.CheckpointManager(self._directory, options=chosen, item_names=(_STATE, _META, _DIGESTS))

    def save(self, step: int, state: TrainState, meta: dict[str, Any]) -> None:
        """Begin to save. The state may be donated afterwards: a copy is what is written."""
        named = jax.tree.map(jnp.copy, _to_named(state))
        digests = {name: _digest(array) for name, array in named.items() if array.is_fully_addressable}
        digests[_META] = _digest_of_json(meta)
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

    def restore_latest(
        self, like: TrainState, shardings: PyTree
    ) -> tuple[tuple[TrainState, dict[str, Any]] | None, dict[int, str]]:
        """The newest checkpoint that can be read, and by step the reason why each newer one cannot be.

        Args:
            like: Shapes and dtypes of the state (``jax.ShapeDtypeStruct`` leaves).
            shardings: Where each leaf goes.
        """
        damaged: dict[int, str] = {}
        if not self._directory.is_dir():
            return None, damaged
        manager = self._open(read_only=True)
        try:
            for step in sorted(manager.all_steps(), reverse=True):
                try:
                    return _restore(manager, step, like, shardings), damaged
                # A damaged file fails in as many ways as there are layers below: all of them mean the same here.
                except Exception as error:
                    reason = next(iter(str(error).strip().splitlines()), "no message")
                    damaged[step] = f"{type(error).__name__}: {reason}"
        finally:
            manager.close()
        return None, damaged

    def set_aside(self, damaged: Mapping[int, str]) -> list[str]:
        """Move damaged checkpoints to ``damaged-checkpoints`` beside the directory, so that their steps can be saved
        again; returns a sentence for each.
        """
        parent = self._directory.parent / DAMAGED
        sentences = []
        for step, reason in damaged.items():
            parent.mkdir(exist_ok=True)
            aside = parent / f"{step}-{os.getpid()}"
            shutil.move(self._directory / str(step), aside)
            sentences.append(f"checkpoint {step} is damaged ({reason}) and was moved to {aside}")
        return sentences

    def close(self) -> None:
        """Wait for a save under way, and let go."""
        if "_manager" in self.__dict__:
            self._manager.wait_until_finished()
            self._manager.close()


def _restore(
    manager: ocp.CheckpointManager, step: int, like: TrainState, shardings: PyTree
) -> tuple[TrainState, dict[str, Any]]:
    def abstract(leaf: jax.ShapeDtypeStruct, sharding: Any) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=sharding)

    plain = like._replace(key=jax.eval_shape(jax.random.key_data, like.key))
    paths = jax.tree_util.tree_leaves_with_path(jax.tree.map(abstract, plain, shardings))
    target = {jax.tree_util.keystr(path): leaf for path, leaf in paths}
    restored = manager.restore(
        step,
        args=ocp.args.Composite(
            **{
                _STATE: ocp.args.StandardRestore(target),
                _META: ocp.args.JsonRestore(),
                _DIGESTS: ocp.args.JsonRestore(),
            }
        ),
    )
    digests = restored[_DIGESTS]
    # Checkpoints of earlier versions lack this one.
    if digests.pop(_META, None) not in (None, _digest_of_json(restored[_META])):
        raise DamagedCheckpoint(f"the checksum of {_META} does not match")
    for name, digest in digests.items():
        if _digest(restored[_STATE][name]) != digest:
            raise DamagedCheckpoint(f"the checksum of {name} does not match")
    return _from_named(restored[_STATE], like), restored[_META]
