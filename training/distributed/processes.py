"""Several processes that are one run: they find each other, decide together, and none waits for one that is gone.

Every process runs the same program on devices of its own and all devices make one mesh (``jax.distributed``). Process 0
alone writes. What only one process can know (what a directory holds, that a signal came) becomes known to all here,
before any of them acts on it: a process that acted alone would leave the others in a collective operation for ever.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, TypeVar

import jax
import numpy as np
from jax.experimental import multihost_utils

from training.config import DistributedConfig
from training.errors import BadInput
from training.machines.present import has_tpu
from training.run.signals import end_abruptly, end_process

T = TypeVar("T")

VARIABLES = {
    "coordinator": "GRADIENT_COST_COORDINATOR",
    "processes": "GRADIENT_COST_PROCESSES",
    "process": "GRADIENT_COST_PROCESS",
}
"""Where the settings ``distributed.*`` are read from if they are ``null``."""
BAD_INPUT = 2
"""The exit code of a command that cannot be served as it stands."""
LOOK_SECONDS = 0.5
"""Between two looks at who is there."""
GRACE_SECONDS = 10.0
"""How long a process may take to end by itself after another said why it ends."""
LAST_WORD_SECONDS = 300.0
"""How long a process that has finished waits for the others to finish: the first draws figures and ends trackers."""
LEAVE_SECONDS = 5.0
"""How long process 0, at which all meet, stays for those that are on their way out."""
_PREFIX = "gradient-cost"


def is_alone() -> bool:
    """Whether this process is the only one of its run. Where it is, JAX is not set up to find that out."""
    return not jax.distributed.is_initialized() or jax.process_count() == 1


def is_writer() -> bool:
    """Whether this process writes what a run leaves behind: process 0 does, and a process that is alone."""
    return is_alone() or jax.process_index() == 0


def gathered(value: Any) -> list[Any]:
    """The value of every process, by its number; all processes must ask.

    Args:
        value: What JSON can hold.
    """
    if is_alone():
        return [value]
    text = np.frombuffer(json.dumps(value).encode(), np.uint8)
    lengths = np.ravel(multihost_utils.process_allgather(np.int32(text.size)))
    padded = np.zeros(int(lengths.max()), np.uint8)
    padded[: text.size] = text
    rows = np.asarray(multihost_utils.process_allgather(padded))
    return [json.loads(bytes(row[:length])) for row, length in zip(rows, lengths, strict=True)]


def from_first(value: T) -> T:
    """The value of process 0, which must be what JSON can hold; all processes must ask."""
    return gathered(value if is_writer() else None)[0]


def decided_by_first(decide: Callable[[], T]) -> T:
    """What process 0 finds, at every process.

    Args:
        decide: Called at process 0 alone; returns what JSON can hold.

    Raises:
        BadInput: It was raised there; everywhere with the same sentence.
    """
    found: dict[str, Any] = {}
    if is_writer():
        try:
            found = {"value": decide()}
        except BadInput as error:
            if is_alone():
                raise
            found = {"refused": str(error)}
    found = from_first(found)
    if "refused" in found:
        raise BadInput(found["refused"])
    return found["value"]


def require_alike(values: Mapping[str, Any], what: str) -> None:
    """Refuse processes that were given different things.

    Args:
        values: What must be equal, by name, as JSON can hold it.
        what: What they are, in the singular.

    Raises:
        BadInput: A process has another value than process 0; the sentence is the same at all of them.
    """
    everyone = gathered(dict(values))
    for process, theirs in enumerate(everyone):
        for name in sorted({*everyone[0], *theirs}):
            ours, other = (one.get(name, "absent") for one in (everyone[0], theirs))
            if ours != other:
                raise BadInput(
                    f"process 0 and process {process} were given another {what} ({name} is {ours} at process 0 and "
                    f"{other} at process {process}); start every process with the same settings and the same data"
                )


@contextmanager
def joined(config: DistributedConfig, exit_code: Callable[[BaseException], int]) -> Iterator[None]:
    """Inside, this process is one of those that it was started with; to be entered before JAX looks for devices.

    Started alone, nothing is done. A process that ends says why, and the others end with the same code. One that is
    lost ends the others within ``heartbeat_seconds`` and some seconds: with code 1, or by JAX's SIGABRT where process 0
    was lost.

    Args:
        config: How the processes find each other, where the environment does not say.
        exit_code: The code that a process ends with for what it raises.

    Raises:
        BadInput: The settings contradict each other, or not all processes came together in ``start_seconds``.
    """
    arguments = initialization(config, os.environ, on_tpu=_has_tpu())
    if arguments is None:
        yield
        return
    watch = _Watch(_initialized(arguments, config))
    try:
        yield
    except BaseException as error:
        watch.leave(exit_code(error), str(error))
        raise
    watch.leave(0, "")


def initialization(config: DistributedConfig, environ: Mapping[str, str], *, on_tpu: bool) -> dict[str, Any] | None:
    """The arguments of ``jax.distributed.initialize``; ``None`` for a process that is alone.

    Args:
        config: The settings; what is ``None`` there is taken from :data:`VARIABLES`.
        environ: The environment. What SLURM, Open MPI and Cloud TPU put there, JAX reads itself.
        on_tpu: Whether this machine has a TPU.

    Raises:
        BadInput: They contradict each other.
    """
    config = _from_environment(config, environ)
    if config.coordinator is not None:
        if config.processes == 1:
            return None
        return {
            "coordinator_address": config.coordinator,
            "num_processes": config.processes,
            "process_id": config.process,
        }
    tasks = max(int(environ.get(name, 1)) for name in ("SLURM_STEP_NUM_TASKS", "OMPI_COMM_WORLD_SIZE"))
    hosts = len(environ.get("TPU_WORKER_HOSTNAMES", "").split(","))
    asks_google = on_tpu and "TPU_SKIP_MDS_QUERY" not in environ
    return {} if tasks > 1 or (on_tpu and hosts > 1) or asks_google else None


def _from_environment(config: DistributedConfig, environ: Mapping[str, str]) -> DistributedConfig:
    found: dict[str, Any] = {}
    for name, variable in VARIABLES.items():
        if getattr(config, name) is not None or not environ.get(variable):
            continue
        text = environ[variable]
        if name != "coordinator" and not text.isdecimal():
            raise BadInput(f"{variable}={text} must be a whole number, as distributed.{name} is")
        found[name] = text if name == "coordinator" else int(text)
    return replace(config, **found).complete()


def _has_tpu() -> bool:
    platforms = os.environ.get("JAX_PLATFORMS", "")
    return (not platforms or "tpu" in platforms) and has_tpu() and importlib.util.find_spec("libtpu") is not None


def _initialized(arguments: Mapping[str, Any], config: DistributedConfig) -> Any:
    """The client of JAX's coordination service, once every process has come."""
    # With its preemption service JAX would take SIGTERM from the handlers of ours.
    jax.config.update("jax_enable_preemption_service", False)
    # Or it would end a process that outlives another by a failed assertion, before anything can be said or tidied. One
    # that outlives process 0, and with it JAX's service, it still ends so, in words of its own.
    jax.config.update("jax_enable_recoverability", True)
    from jax._src import distributed  # JAX shows neither its keys and values nor who is alive in any other way

    if not jax.distributed.is_initialized():
        who = f"{arguments['num_processes']} of them" if arguments else "all that the cluster started"
        where = arguments.get("coordinator_address", "the address that the cluster gives")
        sentence = (
            f"the processes of this run did not come together within distributed.start_seconds={config.start_seconds}: "
            f"start {who}, each with a number of its own, and see that process 0 can be reached at {where}"
        )
        late = threading.Timer(config.start_seconds, end_process, (BAD_INPUT, sentence))
        late.daemon = True
        late.start()
        try:
            # Beyond our own patience, for JAX's ends by a failed assertion.
            jax.distributed.initialize(
                **arguments,
                initialization_timeout=config.start_seconds + 60,
                heartbeat_timeout_seconds=config.heartbeat_seconds,
            )
            client: Any = distributed.global_state.client
            client.wait_at_barrier(f"{_PREFIX}/came", 1000 * (config.start_seconds + 60))
        except (RuntimeError, ValueError) as error:
            raise BadInput(f"{sentence} ({next(iter(str(error).splitlines()), '')})") from error
        finally:
            late.cancel()
    return distributed.global_state.client


class _Watch:
    """Looks who is there, from a thread of its own, and ends this process when another is not."""

    _sessions = 0

    def __init__(self, client: Any) -> None:
        # A sweep runs several jobs in a process, and a barrier can be passed once only.
        _Watch._sessions += 1
        self._client = client
        self._ended = f"{_PREFIX}/ended/{_Watch._sessions}"
        self._left = f"{_PREFIX}/left/{_Watch._sessions}"
        self._leaving = threading.Event()
        self._left_alone = threading.Event()
        # Asked for now, when it needs no other process: the thread must not be the first to set JAX up.
        self._process, self._processes = jax.process_index(), jax.process_count()
        end_abruptly()
        threading.Thread(target=self._look, name="processes", daemon=True).start()
        if self._process == 0:
            # Registered after JAX's own end, and so called before it: the others take leave of a service that is here.
            atexit.register(self._left_alone.wait, LEAVE_SECONDS)

    def leave(self, code: int, reason: str) -> None:
        """Tell the others why this process ends, and wait until they end too, as long as that can be waited for."""
        self._leaving.set()
        said = json.dumps({"code": code, "reason": reason})
        patience = LAST_WORD_SECONDS if code == 0 else GRACE_SECONDS + 5
        with suppress(Exception):  # whoever is gone is not told
            self._client.key_value_set(f"{self._ended}/{self._process}", said)
            self._client.wait_at_barrier(self._left, int(1000 * patience))

    def _look(self) -> None:
        others = [process for process in range(self._processes) if process != self._process]
        while True:
            time.sleep(LOOK_SECONDS)
            try:
                # Each waits for all that are alive: one that is leaving goes on looking, or the others could not.
                alive = self._alive()
                said = self._client.key_value_dir_get(self._ended)
            except Exception:
                self._end(1, "process 0, at which the others meet, has ended without a word or cannot be reached")
                return
            if alive == {self._process}:
                self._left_alone.set()
            ended = {key.rpartition("/")[2]: json.loads(words) for key, words in said}
            failed = [(process, words) for process, words in ended.items() if words["code"]]
            if failed:
                process, words = failed[0]
                self._leaving.wait(GRACE_SECONDS)
                self._end(words["code"], f"process {process} has ended: {words['reason'] or 'it was interrupted'}")
                return
            lost = [process for process in others if process not in alive and str(process) not in ended]
            if lost:
                numbers = ", ".join(map(str, lost))
                self._end(1, f"process {numbers} of {self._processes} has ended without a word or cannot be reached")
                return

    def _alive(self) -> set[int]:
        return set(self._client.get_live_nodes(list(range(self._processes))))

    def _until_alone(self) -> None:
        with suppress(Exception):
            while self._alive() != {self._process}:
                time.sleep(LOOK_SECONDS)

    def _end(self, code: int, sentence: str) -> None:
        if self._leaving.is_set():
            return
        with suppress(Exception):
            self._client.wait_at_barrier(self._left, 1000)
        if self._process == 0:
            staying = threading.Thread(target=self._until_alone, daemon=True)
            staying.start()
            staying.join(LEAVE_SECONDS)
        end_process(code, f"{sentence}; what was saved before is whole, and resume=true continues on any processes")
