"""What commands compile is kept for the next one: most of a short run is compiling."""

from __future__ import annotations

import hashlib
import os
import platform
import stat
from pathlib import Path
from typing import Any

DIRECTORY = "~/.cache/gradient-cost/compiled"
MOST_BYTES = 2**30
LEAST_SECONDS = 0.2
"""What compiles in less is compiled: reading it back is no faster."""


def keep_compiled_programs() -> None:
    """Let JAX keep what it compiles in :data:`DIRECTORY`, where it finds it again.

    JAX tells versions, devices and programs apart, and forgets what was not used for longest beyond
    :data:`MOST_BYTES`. Machine code is of one kind of processor, and a home directory may be many machines': each kind
    has a folder of its own. Whoever writes there runs code here, so that a folder which others may write to is not
    used. ``JAX_COMPILATION_CACHE_DIR`` names another folder, ``JAX_ENABLE_COMPILATION_CACHE=0`` switches it off.
    """
    import jax

    config: Any = jax.config  # its attributes are made when it is imported
    if config.jax_compilation_cache_dir is not None or not config.jax_enable_compilation_cache:
        return
    try:
        directory = Path(DIRECTORY).expanduser() / _processor()
    except RuntimeError:  # a user without a home directory, as in some containers
        return
    if not _private(directory):
        return
    config.update("jax_compilation_cache_max_size", MOST_BYTES)
    config.update("jax_persistent_cache_min_compile_time_secs", LEAST_SECONDS)
    config.update("jax_compilation_cache_dir", str(directory))


def _processor() -> str:
    """Name the kind of processor by what its machine code may hold."""
    told = [platform.machine(), platform.processor()]
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    for name in ("model name", "flags", "Features"):
        told += [line for line in lines if line.startswith(name)][:1]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]


def _private(directory: Path) -> bool:
    """Make a directory that its owner alone may write to; whether it is one, and ours."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = directory.stat()
    except OSError:
        return False
    ours = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return ours and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and os.access(directory, os.W_OK)
