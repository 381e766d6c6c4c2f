"""Virtual environments made on demand: one for each set of pinned requirements, kept for the next run."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CACHE = Path("~/.cache/gradient-cost/peers").expanduser()
COMPLETE = "complete"
"""File in an environment whose installation has ended well."""


class Unavailable(Exception):
    """An environment could not be made; the message says why, in one sentence."""


@dataclass(frozen=True)
class Environment:
    """What is installed with which.

    Attributes:
        name: The name of its directory, before a hash of the rest.
        requirements: For pip, pinned.
        alone: Installed after them, without what they ask for: they would replace a requirement, or bring much that
            is not used. What they do need is among the requirements.
    """

    name: str
    requirements: tuple[str, ...]
    alone: tuple[str, ...] = ()

    def directory(self, cache: Path) -> Path:
        """Where it lives; another Python or another requirement is another directory."""
        parts = (*self.requirements, *(f"{name} alone" for name in self.alone), "python{}.{}".format(*sys.version_info))
        return cache / f"{self.name}-{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:10]}"

    def python(self, say: Callable[[str], None], cache: Path = CACHE) -> Path:
        """The environment's interpreter, of the running one's version; installed first if need be.

        Args:
            say: Told, before what takes minutes, what is going on.
            cache: Parent of all environments.

        Raises:
            Unavailable: No virtual environment, no pip, or no such package.
        """
        directory = self.directory(cache)
        python = Path(sysconfig.get_path("scripts", "venv", {"base": str(directory)})) / "python"
        if (directory / COMPLETE).exists():
            return python
        say(f"installing {', '.join((*self.requirements, *self.alone))} in {directory}, once")
        shutil.rmtree(directory, ignore_errors=True)
        self._call(sys.executable, "-m", "venv", str(directory))
        install = (str(python), "-m", "pip", "install", "--quiet", "--no-input")
        self._call(*install, *self.requirements)
        if self.alone:
            self._call(*install, "--no-deps", *self.alone)
        (directory / COMPLETE).touch()
        return python

    def _call(self, *command: str) -> None:
        try:
            result = subprocess.run(command, capture_output=True, text=True)
        except OSError as error:
            raise Unavailable(f"the environment {self.name} could not be made ({error})") from error
        if result.returncode:
            lines = (result.stderr or result.stdout).strip().splitlines() or [f"exit code {result.returncode}"]
            errors = [line for line in lines if line.startswith("ERROR:")] or lines[-1:]
            reason = errors[-1].removeprefix("ERROR:").strip().rstrip(".")
            raise Unavailable(f"the environment {self.name} could not be made ({reason})")


TORCH = Environment("torch", ("torch==2.13.0", "numpy==2.4.6"))
"""PyTorch alone, which several suites take."""
