"""The near end of the pipe to a worker: requests, time limits, and the end of a worker that exceeds one."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from training.run.allocator import parameters_in_force

SCRIPT = Path(__file__).with_name("worker.py")
START_SECONDS = 120.0
"""Longest that an interpreter and its libraries may take to start."""


class TimedOut(Exception):
    """No answer in time; the worker has been ended."""


class Failed(Exception):
    """The implementation raised, or its process died; the message says what and how."""


class Worker:
    """One implementation in a process of its own, on so many threads; its next request may come at any time.

    It is pinned to as many cores where the system can pin (the same for all workers, of which one runs at a time), and
    OpenMP, BLAS and XLA are told so. It keeps freed memory as this process does. No setting of JAX is inherited, least
    of all its compilation cache.
    """

    def __init__(self, python: Path | None, file: Path, root: Path | None = None, threads: int = 1) -> None:
        """Start the process.

        Args:
            python: Interpreter of the implementation's environment; ``None`` for the running one.
            file: The implementation, as ``worker.py`` wants it.
            root: Directory from which the implementation imports, if it is our own; others import from their
                environment alone.
            threads: Threads that a step may take.

        Raises:
            Failed: The implementation could not be imported, or not within two minutes.
        """
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("JAX_", "PYTHON"))}
        path = {} if root is None else {"PYTHONPATH": str(root)}
        isolation = "-I" if root is None else "-P"
        memory = json.dumps(parameters_in_force())
        self._folder = tempfile.TemporaryDirectory()
        self._errors = Path(self._folder.name) / "stderr"
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(
                [str(python or sys.executable), isolation, str(SCRIPT), str(file), memory, *pinned_cores(threads)],
                env={**inherited, **_of_threads(threads), **path},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            about = self._answer(START_SECONDS)
        except TimedOut as error:
            raise Failed(f"its start {error}") from None
        except Failed:
            self.close()
            raise
        self.dtype: str = about["dtype"]
        self.versions: dict[str, str] = about["versions"]

    def request(self, command: str, seconds: float, **arguments: Any) -> dict[str, Any]:
        """Send one request and return its answer; see ``worker.py`` for both.

        Args:
            command: ``compile``, ``evaluate`` or ``time``.
            seconds: Longest wait for the answer.
            arguments: The arguments of the command; JSON values.

        Raises:
            TimedOut: It took longer; the worker is ended.
            Failed: The implementation raised (the worker lives on), or its process died.
        """
        assert self._process.stdin is not None
        if self._process.stdin.closed:
            raise Failed("its process has been ended")
        try:
            print(json.dumps({"command": command, **arguments}), file=self._process.stdin, flush=True)
        except BrokenPipeError:
            raise Failed(self._death()) from None
        return self._answer(seconds)

    @property
    def is_alive(self) -> bool:
        """Whether a request can be answered."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._folder.cleanup()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put(None)

    def _answer(self, seconds: float) -> dict[str, Any]:
        try:
            line = self._answers.get(timeout=seconds)
        except queue.Empty:
            self.close()
            raise TimedOut(f"took more than {seconds:g} s") from None
        if line is None:
            raise Failed(self._death())
        answer = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"].splitlines()[0])
        return answer

    def _death(self) -> str:
        code = self._process.wait()
        last = (self._errors.read_text(errors="replace").strip().splitlines() or ["it left no message"])[-1]
        self.close()
        return f"its process died ({f'signal {-code}' if code < 0 else f'exit code {code}'}; {last})"


def _of_threads(threads: int) -> dict[str, str]:
    """What libraries read of how many threads they may take."""
    return {
        "JAX_PLATFORMS": "cpu",
        **dict.fromkeys(("MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads)),
        "XLA_FLAGS": f"--xla_cpu_multi_thread_eigen={str(threads > 1).lower()}",
    }


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def pinned_cores(threads: int = 1) -> tuple[str, ...]:
    """The cores that workers are pinned to, as arguments of ``worker.py``: the last that we may use ourselves.

    Args:
        threads: How many.
    """
    if sys.platform != "linux":
        return ()
    return tuple(map(str, sorted(os.sched_getaffinity(0))[-threads:]))
