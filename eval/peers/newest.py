"""Which versions of other libraries there are by now, where the index can be asked."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from eval.peers.environments import Environment

SECONDS = 20.0
"""Longest that the index is waited for."""


def known_peers(environments: Iterable[Environment]) -> list[str]:
    """Say of each library which version takes part, and which is the newest on the index.

    Args:
        environments: Where libraries run; each has one, after which it is named.

    Returns:
        A sentence of each whose newest version is known, in their order; none where the index cannot be asked.
    """
    peers = dict.fromkeys(environment.library for environment in environments)
    with ThreadPoolExecutor(max_workers=4) as several:
        found = several.map(newest, (name for name, _ in peers))
    return [
        f"{name} {version} takes part, " + ("the newest" if version == latest else f"the index has {latest}")
        for (name, version), latest in zip(peers, found, strict=True)
        if latest is not None
    ]


def newest(package: str) -> str | None:
    """Ask pip for the newest version of a package; ``None`` where there is no index, or no such package."""
    command = (sys.executable, "-m", "pip", "--retries", "0", "--timeout", "3", "--disable-pip-version-check")
    try:
        asked = subprocess.run(
            (*command, "index", "versions", "--ignore-requires-python", package),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.match(rf"{re.escape(package)} \(([^)]+)\)", asked.stdout, re.IGNORECASE)
    return found[1] if found and asked.returncode == 0 else None
