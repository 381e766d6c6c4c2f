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
        least_python: The oldest Python that the library runs on, where that is newer than ours.
    """

    name: str
    requirements: tuple[str, ...]
    alone: tuple[str, ...] = ()
    least_python: tuple[int, int] = (3, 11)

    @property
    def library(self) -> tuple[str, str]:
        """The library that it is for, and its version."""
        name, _, version = (*self.alone, *self.requirements)[0].partition("==")
        return name, version

    def directory(self, cache: Path) -> Path:
        """Where it lives; another Python or another requirement is another directory."""
        python = "python{}.{}".format(*max(self.least_python, sys.version_info[:2]))
        parts = (*self.requirements, *(f"{name} alone" for name in self.alone), python)
        return cache / f"{self.name}-{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:10]}"

    def python(self, say: Callable[[str], None], cache: Path = CACHE) -> Path:
        """The environment's interpreter, of the running one's version or newer; installed first if need be.

        Args:
            say: Told, before what takes minutes, what is going on.
            cache: Parent of all environments.

        Raises:
            Unavailable: No virtual environment, no pip, no such package, or no Python that is new enough.
        """
        directory = self.directory(cache)
        python = Path(sysconfig.get_path("scripts", "venv", {"base": str(directory)})) / "python"
        if (directory / COMPLETE).exists():
            return python
        say(f"installing {', '.join((*self.requirements, *self.alone))} in {directory}, once")
        shutil.rmtree(directory, ignore_errors=True)
        self._call(self._base_python(), "-m", "venv", str(directory))
        install = (str(python), "-m", "pip", "install", "--quiet", "--no-input")
        self._call(*install, *self.requirements)
        if self.alone:
            self._call(*install, "--no-deps", *self.alone)
        (directory / COMPLETE).touch()
        return python

    def _base_python(self) -> str:
        """The running interpreter, or the first that is found of those that are new enough."""
        if sys.version_info[:2] >= self.least_python:
            return sys.executable
        major, least = self.least_python
        for minor in range(least, least + 4):
            installed = (Path.home() / ".pyenv" / "versions").glob(f"{major}.{minor}.*/bin/python")
            for found in (shutil.which(f"python{major}.{minor}"), *map(str, installed)):
                # What is found may be a shim for a version that is not there.
                if found and subprocess.run((found, "--version"), capture_output=True, check=False).returncode == 0:
                    return found
        raise Unavailable(
            f"the environment {self.name} needs Python {major}.{least} or newer, and there is no python{major}.{least} "
            "here: install one, and run the suite again"
        )

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
