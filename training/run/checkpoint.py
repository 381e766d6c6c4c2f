"""Checkpoints: Orbax underneath, a checksum per array on top, and a way round a damaged one."""

from __future__ import annotations

import copy
import errno
import json
import logging
import os
import shutil
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as over
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
from jaxtyping import PyTree
from orbax.checkpoint.options import MultiprocessingOptions

from training.distributed.processes import decided_by_first, from_first, gathered, is_alone
from training.errors import NotWritten
from training.state import TrainState

T = TypeVar("T")

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


def _digests(named: Mapping[str, jax.Array]) -> dict[str, int]:
    """The CRC-32 of every array's bytes, however it is split; all processes must ask where there are several.

    Where no process holds the whole of an array, each process reads only its own shards. Their checksums are combined
    by an identity that CRC-32 obeys,
    ``crc(a ^ b) = crc(a) ^ crc(b) ^ crc(0)`` for texts of one length, so that the parts of all processes make up the
    CRC of the whole, and a run that is restored on another topology finds the same one.
    """
    split = [name for name, array in named.items() if not (array.is_fully_addressable or array.is_fully_replicated)]
    parts = (
        gathered(
            [
                _part_of_crc(array.shape, array.dtype, array.addressable_shards)
                for array in (named[name] for name in split)
            ]
        )
        if split
        else []
    )
    joint = {name: _crc_of_zeros(named[name].shape, named[name].dtype) for name in split}
    for part in parts:
        joint = {name: joint[name] ^ linear for name, linear in zip(split, part, strict=True)}
    return {name: joint[name] if name in joint else _crc(np.asarray(array)) for name, array in named.items()}


def _crc(array: np.ndarray) -> int:
    return zlib.crc32(np.ascontiguousarray(array).tobytes())


def _crc_of_zeros(shape: Sequence[int], dtype: Any) -> int:
    return _crc(np.zeros(shape, dtype))


def _part_of_crc(shape: Sequence[int], dtype: Any, shards: Iterable[Any]) -> int:
    """What the shards of this process contribute to the CRC of the whole, each element by one process."""
    here = np.zeros(shape, dtype)
    for shard in shards:
        if shard.replica_id == 0:
            here[shard.index] = np.asarray(shard.data)
    return _crc(here) ^ _crc_of_zeros(shape, dtype)


def _digest_of_json(value: dict[str, Any]) -> int:
    """The same before it is written and after it was read: JSON gives back every float, and lists for tuples."""
    return zlib.crc32(json.dumps(value, sort_keys=True).encode())


class Checkpoints:
    """The checkpoints of one run, the newest ``keep`` of them. Saving is asynchronous; a save is whole or absent.

    Each checkpoint holds the state and a JSON object (the data iterator, the clock) chosen by the caller. Nothing is
    written before the first :meth:`save` or :meth:`set_aside`. One save is under way at a time, and a process that is
    alone leaves all of it to a thread: what Orbax does before it returns takes some 20 ms.
    """

    def __init__(self, directory: Path, keep: int) -> None:
        # Orbax refuses other paths, checkpoint by checkpoint.
        self._directory = directory.absolute()
        self._keep = keep
        self._begun: Future[None] | None = None

    @cached_property
    def _manager(self) -> ocp.CheckpointManager:
        self._directory.mkdir(parents=True, exist_ok=True)
        # What a killed process had begun to save is removed: nobody else writes here.
        return self._open(max_to_keep=self._keep, enable_async_checkpointing=True, cleanup_tmp_directories=True)

    def _open(self, **options: Any) -> ocp.CheckpointManager:
        _silence_given_up_work()
        # What Orbax logs of an error it also raises, and we say it in a sentence.
        logging.getLogger("absl").setLevel(logging.CRITICAL)
        chosen = ocp.CheckpointManagerOptions(create=False, **options)
        return ocp.CheckpointManager(self._directory, options=chosen, item_names=(_STATE, _META, _DIGESTS))

    def save(self, step: int, state: TrainState, meta: dict[str, Any]) -> None:
        """Begin to save. The state may be donated afterwards: a copy is what is written.

        Raises:
            NotWritten: This save, or the one before, cannot be written; those before it are whole.
        """
        self.wait()
        given = jax.tree.map(jnp.copy, _to_named(state)), copy.deepcopy(meta)
        if is_alone():
            saver = ThreadPoolExecutor(1, "checkpoint")
            self._begun = saver.submit(self._write, step, *given)
            # Of this one save; the thread ends with it.
            saver.shutdown(wait=False)
        else:
            # Processes exchange digests of arrays that are split, and must do so between the same two updates.
            self._write(step, *given)

    def wait(self) -> None:
        """Wait for the save under way.

        Raises:
            NotWritten: It cannot be written; those before it are whole.
        """
        begun = self._begun
        if begun is not None:
            # A second signal may end this wait, and the save is under way all the same: it is waited for again.
            over([begun])
            self._begun = None
            begun.result()

    def _write(self, step: int, named: dict[str, jax.Array], meta: dict[str, Any]) -> None:
        digests: dict[str, int] = _digests(named)
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
            if is_alone():
                self._manager.wait_until_finished()

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
        # Each process reads by itself, or one that finds a damaged file would leave the others waiting.
        here = jax.process_index()
        alone = MultiprocessingOptions(here, {here}, f"restore-{here}") if jax.process_count() > 1 else None
        manager = self._open(read_only=True, **({} if alone is None else {"multiprocessing_options": alone}))
        try:
            for step in from_first(sorted(manager.all_steps(), reverse=True)):
                found, reason = _read(lambda step=step: _restore(manager, step, like, shardings))
                reason = _first_of_all(reason)
                if found is not None and reason is None:
                    named, meta, digests = found
                    reason = _first_of_all(_mismatch(named, digests))
                    if reason is None:
                        return (_from_named(named, like), meta), damaged
                damaged[step] = reason or "no message"
        finally:
            manager.close()
        return None, damaged

    def set_aside(self, damaged: Mapping[int, str]) -> list[str]:
        """Move damaged checkpoints to ``damaged-checkpoints`` beside the directory; returns a sentence for each.

        Their steps can then be saved again. Of several processes the one that writes moves them, and all wait for it.
        """
        return decided_by_first(lambda: self._moved(damaged)) if damaged else []

    def _moved(self, damaged: Mapping[int, str]) -> list[str]:
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
        try:
            self.wait()
        finally:
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
def _silence_given_up_work() -> None:
    """Pass over what is left of a save or a restoration of many arrays when one of them has failed.

    The others report, from threads of TensorStore's own, to an event loop that Orbax has closed, or fail as well where
    nobody asks any more, which asyncio logs. The first error is raised. Anything else that nobody can catch is shown as
    before.
    """
    logging.getLogger("asyncio").addFilter(lambda record: "orbax" not in record.getMessage())
    shown = sys.unraisablehook

    def hook(unraisable: Any) -> None:
        if str(unraisable.exc_value) != "Event loop is closed":
            shown(unraisable)

    sys.unraisablehook = hook


def _first_of_all(reason: str | None) -> str | None:
    """The reason of the first process that has one: what one cannot read, none goes on from."""
    return next((one for one in gathered(reason) if one is not None), None)


def _read(restore: Callable[[], T]) -> tuple[T | None, str | None]:
    """What was read, or why it cannot be."""
    try:
        return restore(), None
    # A damaged file fails in as many ways as there are layers below: all of them mean the same here.
    except Exception as error:
        return None, f"{type(error).__name__}: {next(iter(str(error).strip().splitlines()), 'no message')}"


def _mismatch(named: Mapping[str, jax.Array], digests: Mapping[str, int]) -> str | None:
    """Which array is not what was written."""
    found = _digests({name: named[name] for name in digests})
    wrong = next((name for name, digest in digests.items() if found[name] != digest), None)
    return None if wrong is None else f"{DamagedCheckpoint.__name__}: the checksum of {wrong} does not match"


def _restore(
    manager: ocp.CheckpointManager, step: int, like: TrainState, shardings: PyTree
) -> tuple[dict[str, jax.Array], dict[str, Any], dict[str, int]]:
    """The arrays by name, what was saved beside them, and the digests of the arrays."""

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
    return restored[_STATE], restored[_META], digests
