"""Freed memory stays with the process where a command asks for it, and page faults with it."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from training.machines import present
from training.run import allocator

FAULTS = """
import ctypes, json, os, resource, sys
from training.run.allocator import allocator, keep_freed_memory
if sys.argv[1] == "keep":
    keep_freed_memory()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, (ctypes.c_size_t,), (ctypes.c_void_p,)

def fill():
    address = libc.malloc(2**26)
    ctypes.memset(address, 1, 2**26)
    libc.free(address)

fill()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(4):
    fill()
after = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
print(json.dumps([allocator(), (after - before) * resource.getpagesize() / 2**26]))
"""


def blocks_faulted_in(choice: str) -> tuple[str, float]:
    """The allocator in force, and how often a block of 64 MiB was faulted in, of four times that it was filled."""
    ran = subprocess.run([sys.executable, "-c", FAULTS, choice], capture_output=True, text=True, check=True)
    in_force, blocks = json.loads(ran.stdout)
    return in_force, blocks


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is asked to keep memory")
def test_a_block_that_is_freed_and_asked_for_again_is_faulted_in_once(monkeypatch):
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    in_force, blocks = blocks_faulted_in("keep")
    assert in_force == "keep"
    assert blocks < 0.1
    in_force, blocks = blocks_faulted_in("system")
    assert in_force == "system"
    assert blocks == pytest.approx(4, rel=0.1)


def test_a_worker_of_a_benchmark_sets_the_same(monkeypatch):
    from eval.peers import worker

    assert tuple(allocator.MALLOPT.values()) == worker.MALLOPT


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
