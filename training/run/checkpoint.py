"""Checkpoints: Orbax underneath, a checksum per array on top, and a way round a damaged one."""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
from jaxtyping import PyTree

from training.errors import NotWritten
from training.state import TrainState

_STATE, _META, _DIGESTS = "state", "meta", "digests"
DAMAGED = "damaged-checkpoints"
"""Beside the directory of the sound ones."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)
"""What a system says against writing; the layers below wrap it in their own words."""


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
        # Orbax refuses other paths, checkpoint by checkpoint.
        self._directory = directory.absolute()
        self._keep = keep

    @cached_property
    def _manager(self) -> ocp.CheckpointManager:
        _silence_given_up_writes()
        self._directory.mkdir(parents=True, exist_ok=True)
        # What a killed process had begun to save is removed: nobody else writes here.
        return self._open(max_to_keep=self._keep, enable_async_checkpointing=True, cleanup_tmp_directories=True)

    def _open(self, **options: Any) -> ocp.CheckpointManager:
        # What Orbax logs of an error it also raises, and we say it in a sentence.
        logging.getLogger("absl").setLevel(logging.CRITICAL)
        chosen = ocp.CheckpointManagerOptions(create=False, **options)
        return ocp.CheckpointManager(self._directory, options=chosen, item_names=(_STATE, _META, _DIGESTS))

    def save(self, step: int, state: TrainState, meta: dict[str, Any]) -> None:
        """Begin to save. The state may be donated afterwards: a copy is what is written.

        Raises:
            NotWritten: This save, or the one before, cannot be written; those before it are whole.
        """
        named = jax.tree.map(jnp.copy, _to_named(state))
        digests = {name: _digest(array) for name, array in named.items() if array.is_fully_addressable}
        digests[_META] = _digest_of_json(meta)
        content = ocp.args.Composite(
            **{
                _STATE: ocp.args.StandardSave(named),
                _META: ocp.args.JsonSave(meta),
                _DIGESTS: ocp.args.JsonSave(digests),
            }
        )
        with self._writing():
            self._manager.save(step, args=content)

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
        """Move damaged checkpoints to ``damaged-checkpoints`` beside the directory; returns a sentence for each.

        Their steps can then be saved again.
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
        """Wait for a save under way, and let go.

        Raises:
            NotWritten: The save cannot be written; those before it are whole.
        """
        manager = self.__dict__.pop("_manager", None)
        if manager is not None:
            with self._writing():
                manager.wait_until_finished()
                manager.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Whatever a layer below says against writing, in our words, and without what it has begun."""
        try:
            yield
        except Exception as error:
            for begun in self._directory.glob("*orbax-checkpoint-tmp*"):
                shutil.rmtree(begun, ignore_errors=True)
            text = str(error)
            known = next((number for number in NO_ROOM if os.strerror(number) in text), None)
            said = f"{type(error).__name__}: {next(iter(text.splitlines()), '')}"
            reason = said if known is None else os.strerror(known)
            raise NotWritten(known, reason, str(self._directory)) from error


@cache
def _silence_given_up_writes() -> None:
    """Pass over what TensorStore reports, from its own threads, to an event loop that Orbax closed after an error.

    The error itself is raised. Any other exception that nobody can catch is shown as before.
    """
    shown = sys.unraisablehook

    def hook(unraisable: Any) -> None:
        if str(unraisable.exc_value) != "Event loop is closed":
            shown(unraisable)

    sys.unraisablehook = hook


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
