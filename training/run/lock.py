"""One process a run directory: a lock file that says who holds it.

The file is made by ``O_EXCL``, which holds on network file systems too. It is removed when the run ends, however it
ends; a process that was killed leaves it behind, and the next one sees that it is gone: on the same host there is no
process of that number, or one that started at another time. What is left by another host nobody here can tell from a
lock that is held, so it is refused by name.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from training.errors import BadInput
from training.run.signals import before_sudden_end

LOCK = "lock.json"


class InUse(BadInput):
    """Another process uses the directory, or may use it."""


@dataclass(frozen=True)
class Owner:
    """A process, so that it is told from every other.

    Attributes:
        host: Name of the machine, with the number of its space of processes where it has several (containers).
        process: Its number.
        started: When it started, as the system puts it; ``None`` where the system does not say.
    """

    host: str
    process: int
    started: str | None


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the lock of a directory.

    Raises:
        InUse: Another process holds it, or may hold it.
        BadInput: The lock cannot be read.
        OSError: The directory cannot be written.
    """
    path = directory / LOCK
    ours = Owner(_host(), os.getpid(), _started(os.getpid()))
    while not _take(path, ours):
        held = _read(path)
        if held is not None:
            _require_gone(held, directory)
            _remove(path, held)
    try:
        with before_sudden_end(lambda: _remove(path, ours)):
            yield
    finally:
        _remove(path, ours)


def _take(path: Path, owner: Owner) -> bool:
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    except FileExistsError:
        return False
    try:
        os.write(descriptor, json.dumps(asdict(owner)).encode())
        os.fsync(descriptor)
    except BaseException:
        path.unlink()
        raise
    finally:
        os.close(descriptor)
    return True


def _read(path: Path) -> Owner | None:
    """Who holds the lock; ``None`` where it was given back meanwhile."""
    try:
        return Owner(**json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise BadInput(
            f"{path} does not say who uses {path.parent}; if no process does, delete it, else choose another run_dir"
        ) from error


def _require_gone(owner: Owner, directory: Path) -> None:
    """Refuse unless the process certainly is no more."""
    who = f"process {owner.process} on {owner.host}"
    if owner.host != _host():
        raise InUse(
            f"run_dir={directory} is in use by {who}, and whether that still runs cannot be told from {_host()}; "
            f"if it does not, delete {directory / LOCK}, else choose another run_dir"
        )
    if not _is_gone(owner):
        raise InUse(f"run_dir={directory} is in use by {who}; wait for it, or choose another run_dir")


def _remove(path: Path, owner: Owner) -> None:
    """Remove the lock of a process that is gone, or our own, unless another one has put its own in the place."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        # Of several that found the same stale lock one at a time looks again and removes it.
        with _exclusively(descriptor):
            if _read(path) == owner:
                path.unlink()
    finally:
        os.close(descriptor)


@contextmanager
def _exclusively(descriptor: int) -> Iterator[None]:
    """Hold the lock as far as the file system serves it; without, a race of microseconds is left."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with contextlib.suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield


def _host() -> str:
    try:
        return f"{platform.node()} ({os.readlink('/proc/self/ns/pid')})"
    except OSError:
        return platform.node()


def _is_gone(owner: Owner) -> bool:
    started = _started(owner.process)
    if owner.started is None or started == owner.started:
        return False
    return started is not None or not _exists(owner.process)


def _exists(process: int) -> bool:
    """Also where its particulars are hidden from us; only asked where the system says when a process started."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _started(process: int) -> str | None:
    """When a process started, in a form that only serves to compare; ``None`` where there is none, or nobody knows."""
    if Path("/proc/self/stat").exists():
        return _started_by_proc(process)
    if os.name != "posix":
        return None
    found = subprocess.run(["ps", "-o", "lstart=", "-p", str(process)], capture_output=True, text=True, check=False)
    return found.stdout.strip() or None


def _started_by_proc(process: int) -> str | None:
    try:
        # What follows the command, which stands in parentheses and may hold anything: the state, and 19 fields on the
        # start, in ticks since the boot.
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    return "ended" if fields[0] in "ZX" else f"{fields[19]} ticks after {boot}"
