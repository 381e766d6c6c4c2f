"""Where a run was made: what another person needs in order to judge its times and repeat its numbers."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from training.run.allocator import allocator

PACKAGES = (
    "gradient-cost",
    "jax",
    "jaxlib",
    "flax",
    "equinox",
    "pennylane",
    "optax",
    "orbax-checkpoint",
    "numpy",
    "scikit-learn",
)
SECRET = re.compile(r"(api|access|private)[_-]?key$|token$|secret|passw|credential", re.IGNORECASE)
"""What the name of a setting that must not be recorded looks like."""


def environment() -> dict[str, Any]:
    """Versions, devices, machine, commit and command line, as JSON-able values.

    What cannot be found out is ``None``. The name of the host is left out: it identifies people more often than speed.
    """
    import jax

    devices = jax.devices()
    return {
        "python": platform.python_version(),
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
        "backend": jax.default_backend(),
        "devices": [
            {"kind": kind, "platform": name, "count": count}
            for (kind, name), count in Counter((device.device_kind, device.platform) for device in devices).items()
        ],
        "processes": jax.process_count(),
        "allocator": allocator(),
        "operating_system": platform.platform(),
        "processor": _processor(),
        "cpu_count": _usable_cpus(),
        "memory_bytes": _memory_bytes(),
        "git": git_state(Path(__file__).resolve().parents[2]),
        "command": without_secrets(sys.argv, os.environ),
    }


def git_state(directory: Path) -> dict[str, Any] | None:
    """Commit of the checkout whose root is ``directory`` and whether it was changed since; ``None`` if it is none.

    An installed copy inside somebody else's checkout is none: their commit says nothing about our code.
    """
    root = _git(directory, "rev-parse", "--show-toplevel")
    if root is None or Path(root).resolve() != directory.resolve():
        return None
    commit = _git(directory, "rev-parse", "HEAD")
    changes = _git(directory, "status", "--porcelain")
    return {"commit": commit, "dirty": None if changes is None else bool(changes)}


def without_secrets(arguments: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """A command line in which every value that looks secret reads ``[hidden]``.

    Hidden are the values of settings named like a secret (``api_key=...``, ``--token ...``), credentials in addresses,
    and whatever equals the value of an environment variable named like a secret.
    """
    known = [value for name, value in environ.items() if SECRET.search(name) and len(value) >= 8]
    shown: list[str] = []
    hide_next = False
    for argument in arguments:
        name, equals, _ = argument.partition("=")
        if hide_next and not argument.startswith("-"):
            argument = "[hidden]"
        elif equals and SECRET.search(name):
            argument = f"{name}=[hidden]"
        hide_next = argument.startswith("-") and not equals and SECRET.search(name) is not None
        argument = re.sub(r"://[^/@\s]+@", "://[hidden]@", argument)
        for value in known:
            argument = argument.replace(value, "[hidden]")
        shown.append(argument)
    return shown


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _git(directory: Path, *command: str) -> str | None:
    # Without its optional locks, a look at the state never disturbs a commit that is being made.
    try:
        result = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(directory), *command],
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return result.stdout.strip()


def _processor() -> str | None:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or None
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine() or None


def _usable_cpus() -> int | None:
    # What this process may use, where the system says so: a container often has fewer than its machine.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
