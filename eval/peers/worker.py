"""Serves one implementation over a pipe; stand-alone, for it runs in the implementation's own environment.

    python worker.py IMPLEMENTATION.py MALLOPT [CORE ...]

The implementation is a file with ``PACKAGES`` (distributions whose versions are told), ``DTYPE`` and
``compile(**case) -> (step, memory)``: ``step()`` runs once and returns a sequence of arrays, ``memory`` is XLA's
analysis of the compiled program's memory, or ``None``. A request is one line of JSON on stdin, and so is the answer on
stdout:

    (at the start)                             {"dtype": "complex64", "versions": {"jax": "0.10.2"}}
    {"command": "compile", "case": {...}}      {"seconds": 1.2, "temp_bytes": 4096}
    {"command": "compile", "case": {...}, "maker": "FILE.py"}
    {"command": "evaluate"}                    {"outputs": [[...], ...], "resident_bytes": 8192}
    {"command": "time", "repeats": 3}          {"seconds": [0.1, 0.1, 0.1], "cpu_seconds": 0.3, "page_faults": 0}

A ``maker`` is a file, as stand-alone as this one, with ``make(**case) -> dict``: what it returns is the case, made here
because it is too large for a line of JSON, and before the clock runs. ``resident_bytes`` is what the process grew by
during that step, and ``page_faults`` are those that memory was given for in all repeats; ``None`` where the system does
not tell. An exception is answered with
``{"error": "ValueError: ..."}``.
"""

import contextlib
import ctypes
import gc
import importlib.metadata
import json
import os
import sys
import time
from importlib.machinery import SourceFileLoader
from types import ModuleType

import numpy as np

try:
    import resource
except ImportError:  # not POSIX
    resource = None


class Server:
    """Holds the implementation, and the program that was compiled last."""

    def __init__(self, path):
        self.implementation = load("implementation", path)
        self.step = lambda: ()

    def describe(self):
        packages = self.implementation.PACKAGES
        return {
            "dtype": self.implementation.DTYPE,
            "versions": {name: importlib.metadata.version(name) for name in packages},
        }

    def compile(self, case, maker=None):
        self.step = lambda: ()  # lets go of the program before
        if maker is not None:
            case = load("maker", maker).make(**case)
        start = time.perf_counter()
        self.step, memory = self.implementation.compile(**case)
        seconds = time.perf_counter() - start
        return {"seconds": seconds, "temp_bytes": getattr(memory, "temp_size_in_bytes", None)}

    def evaluate(self):
        give_back_memory()
        before = resident_bytes("VmRSS", forget_peak=True)
        outputs = [np.asarray(output, np.float64).ravel().tolist() for output in self.step()]
        peak = resident_bytes("VmHWM")
        grown = None if before is None or peak is None else max(peak - before, 0)
        return {"outputs": outputs, "resident_bytes": grown}

    def time(self, repeats):
        seconds = []
        before, faults_before = time.process_time(), page_faults()
        for _ in range(repeats):
            start = time.perf_counter()
            for output in self.step():
                np.asarray(output)  # waits for what is computed in the background
            seconds.append(time.perf_counter() - start)
        cpu_seconds, faults = time.process_time() - before, page_faults()
        met = None if faults is None or faults_before is None else faults - faults_before
        return {"seconds": seconds, "cpu_seconds": cpu_seconds, "page_faults": met}


def load(name, path):
    module = ModuleType(name)
    SourceFileLoader(name, path).exec_module(module)
    return module


def keep_memory(parameters):
    """Keep freed memory for the next step.

    Else glibc hands it back, and takes page faults, at some sizes and not at others (measured: 16.6 ms per step for
    14.1).
    """
    with contextlib.suppress(OSError, AttributeError):  # not glibc
        mallopt = ctypes.CDLL(None).mallopt
        for number, value in parameters:
            mallopt(number, value)


def give_back_memory():
    """What an earlier case has freed and the C library has kept would hide what this one needs."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # not glibc
        ctypes.CDLL(None).malloc_trim(0)


def resident_bytes(name, forget_peak=False):
    """Resident memory of this process, from Linux's ``/proc``: ``VmRSS`` now, ``VmHWM`` the peak not yet forgotten."""
    try:
        if forget_peak:
            with open("/proc/self/clear_refs", "w") as file:
                file.write("5")
        with open("/proc/self/status") as file:
            return next(1024 * int(line.split()[1]) for line in file if line.startswith(f"{name}:"))
    except (OSError, StopIteration):
        return None


def page_faults():
    """Faults of this process, all its threads together, that no file was read for."""
    return None if resource is None else resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def answer(file, function, **arguments):
    try:
        result = function(**arguments)
    except Exception as error:
        result = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(result), file=file, flush=True)


def main():
    # What a library prints must not end up between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    # Before a library is imported: they count the cores they may use.
    if len(sys.argv) > 3:
        os.sched_setaffinity(0, set(map(int, sys.argv[3:])))
    keep_memory(json.loads(sys.argv[2]))
    server = None

    def start():
        nonlocal server
        server = Server(sys.argv[1])
        return server.describe()

    answer(answers, start)
    for line in sys.stdin:
        request = json.loads(line)
        answer(answers, getattr(server, request.pop("command")), **request)


if __name__ == "__main__":
    main()
