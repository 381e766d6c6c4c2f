"""Which accelerators this machine has, by what their drivers put under ``/dev``: JAX is not asked, nor set up."""

from __future__ import annotations

from pathlib import Path

GPUS = ("nvidia[0-9]*", "kfd")
"""NVIDIA's, and AMD's."""
TPUS = ("accel[0-9]*", "vfio/[0-9]*")


def has_accelerator() -> bool:
    """Return whether there is a GPU or a TPU that a process may use."""
    return _is_there(GPUS + TPUS)


def has_tpu() -> bool:
    """Return whether there is a TPU that a process may use."""
    return _is_there(TPUS)


def _is_there(patterns: tuple[str, ...]) -> bool:
    return any(next(Path("/dev").glob(pattern), None) is not None for pattern in patterns)
