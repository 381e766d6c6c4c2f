"""Freed memory stays with the process where a command asks for it, and page faults with it."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from training.errors import BadInput
from training.machines import present
from training.run import allocator

FAULTS = """
import ctypes, json, os, resource, sys, threading
from training.run.allocator import allocator, keep_freed_memory
choice, mebibytes = sys.argv[1], int(sys.argv[2])
keep_freed_memory(choice)
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, (ctypes.c_size_t,), (ctypes.c_void_p,)
size, faults = mebibytes * 2**20, []

def fill():
    address = libc.malloc(size)
    ctypes.memset(address, 1, size)
    libc.free(address)

def in_a_thread():
    fill()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(4):
        fill()
    faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)

thread = threading.Thread(target=in_a_thread)
thread.start()
thread.join()
print(json.dumps([allocator(), faults[0] * resource.getpagesize() / size]))
"""


def blocks_faulted_in(choice: str, mebibytes: int) -> tuple[str, float]:
    """The choice in force, and how often a thread's block was faulted in, of four times that it was filled."""
    ran = subprocess.run(
        [sys.executable, "-c", FAULTS, choice, str(mebibytes)], capture_output=True, text=True, check=True
    )
    in_force, blocks = json.loads(ran.stdout)
    return in_force, blocks


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is asked to keep memory")
@pytest.mark.parametrize(
    ("choice", "mebibytes", "times"),
    [("keep", 48, 0), ("keep", 100, 4), ("shared", 48, 0), ("shared", 100, 0), ("system", 48, 4)],
)
def test_a_block_that_is_freed_and_asked_for_again_is_faulted_in_once(monkeypatch, choice, mebibytes, times):
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    in_force, blocks = blocks_faulted_in(choice, mebibytes)
    assert in_force == choice
    assert blocks == pytest.approx(times, rel=0.1, abs=0.1)


@pytest.mark.parametrize(("choice", "set"), [("system", set()), ("keep", {-4, -1, -2}), ("shared", {-8, -4, -1, -2})])
def test_a_worker_of_a_benchmark_sets_what_is_in_force(monkeypatch, choice, set):
    monkeypatch.setattr(allocator, "_in_force", choice)
    assert {number for number, _ in allocator.parameters_in_force()} == set


@pytest.mark.parametrize(("platforms", "device"), [("", "nvidia0"), ("cuda", "accel0"), ("cuda,cpu", "vfio/0")])
def test_nothing_is_done_beside_an_accelerator(monkeypatch, tmp_path, platforms, device):
    monkeypatch.setenv("JAX_PLATFORMS", platforms)
    (tmp_path / device).parent.mkdir(exist_ok=True)
    (tmp_path / device).touch()
    monkeypatch.setattr(present, "Path", lambda _: Path(tmp_path))
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda _: pytest.fail("the C library was asked"))
    allocator.keep_freed_memory()


@pytest.mark.parametrize("error", [OSError, AttributeError, TypeError])
def test_without_glibc_the_system_s_allocator_stays(monkeypatch, error):
    def load(_: None):
        raise error

    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    monkeypatch.setattr(allocator, "_in_force", "system")
    monkeypatch.setattr(allocator.ctypes, "CDLL", load)
    allocator.keep_freed_memory()
    assert allocator.allocator() == "system"


def test_where_one_parameter_is_refused_it_is_not_said_to_be_in_force(monkeypatch):
    class Library:
        @staticmethod
        def mallopt(number: int, _: int) -> int:
            return int(number != -4)

    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    monkeypatch.setattr(allocator, "_in_force", "system")
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda _: Library)
    allocator.keep_freed_memory()
    assert allocator.allocator() == "system"


def test_what_is_no_choice_is_refused_and_nothing_is_said_to_be_in_force(monkeypatch):
    monkeypatch.setattr(allocator, "_in_force", "system")
    with pytest.raises(BadInput, match="allocator=jemalloc is not one of keep, shared, system"):
        allocator.keep_freed_memory("jemalloc")
    assert allocator.allocator() == "system"
