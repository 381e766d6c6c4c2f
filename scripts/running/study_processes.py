"""Running the studies that a report lacks, each in its own process, so that one that fails takes no other along."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from training.errors import Interrupted
from training.run.signals import stop_on_signal

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

LOG = "output.log"
"""What a study printed, in its run directory."""
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Todo:
    """A study to run.

    Attributes:
        study: Its name.
        directory: Where.
        command: The process that does it.
        alone: Whether nothing may run beside it, because it times something.
    """

    study: str
    directory: Path
    command: tuple[str, ...]
    alone: bool


@dataclass
class _Running:
    todo: Todo
    process: subprocess.Popen[bytes]
    slot: int
    task: TaskID
    start: float = field(default_factory=time.perf_counter)


def study_command(study: str, preset: str, seed: int, directory: Path, resume: bool) -> tuple[str, ...]:
    """``gradient-cost study ...``, from our own modules whatever the working directory holds."""
    settings = (f"study={study}", f"preset={preset}", f"seed={seed}", f"resume={str(resume).lower()}")
    quoted = str(directory).replace("'", "\\'")  # for Hydra's grammar
    return (sys.executable, "-P", "-m", "scripts.cli", "study", *settings, f"run_dir='{quoted}'")


def run_studies(todos: Sequence[Todo], jobs: int) -> list[str]:
    """Run all, up to ``jobs`` beside each other, with a progress bar; returns a sentence for each that failed.

    Raises:
        Interrupted: A signal asked to stop; what was running was told to, and has kept the points it had measured.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(20), TimeElapsedColumn(), TextColumn("{task.fields[last]}"))
    # What runs alone comes first: in between, it would have to wait for both of two that run beside each other.
    waiting = sorted(todos, key=lambda todo: not todo.alone)
    running: list[_Running] = []
    failures: list[str] = []
    with Progress(*columns) as progress, stop_on_signal() as stop:
        whole = progress.add_task("studies", total=len(todos), last=f"0 of {len(todos)}")
        try:
            while (waiting or running) and not stop():
                while waiting and _may_start(waiting[0], running, jobs):
                    running.append(_start(waiting.pop(0), running, jobs, progress))
                time.sleep(POLL_SECONDS)
                for one in _ended(running, progress):
                    running.remove(one)
                    done = len(todos) - len(waiting) - len(running)
                    progress.update(whole, completed=done, last=f"{done} of {len(todos)}")
                    if one.process.returncode != 0:
                        failures.append(_failure(one))
                        progress.console.print(f"failed: {failures[-1]}", markup=False, highlight=False)
            if stop():
                progress.console.print("stopping; the points in progress are dropped")
                _stop(running)
                raise Interrupted("stopped; what was measured is kept, and the same command continues")
        finally:
            for one in running:
                if one.process.poll() is None:
                    one.process.kill()
                    one.process.wait()
    return failures


def _may_start(todo: Todo, running: Sequence[_Running], jobs: int) -> bool:
    return not running if todo.alone else len(running) < jobs and not any(one.todo.alone for one in running)


def _start(todo: Todo, running: Sequence[_Running], jobs: int, progress: Progress) -> _Running:
    todo.directory.mkdir(parents=True, exist_ok=True)
    slot = min(set(range(jobs)) - {one.slot for one in running})
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join((root, *filter(None, (os.environ.get("PYTHONPATH"),))))
    # Two processes cannot both reserve most of an accelerator's memory.
    environment = {"XLA_PYTHON_CLIENT_PREALLOCATE": "false", **os.environ, "PYTHONPATH": path}
    with (todo.directory / LOG).open("ab") as log:
        # A session of its own: Ctrl-C comes here, and is passed on once.
        process = subprocess.Popen(
            todo.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment, start_new_session=True
        )
    if not todo.alone:
        _keep_to(process.pid, slot, jobs)
    progress.console.print(f"{todo.study}: {todo.directory}", markup=False, highlight=False, soft_wrap=True)
    return _Running(todo, process, slot, progress.add_task(f"  {todo.study}", total=None, last=""))


def _keep_to(process: int, slot: int, jobs: int) -> None:
    """Give a process its share of the cores, where the system can; two that share all get in each other's way."""
    if hasattr(os, "sched_setaffinity"):
        share = sorted(os.sched_getaffinity(0))[slot::jobs]
        if share:
            os.sched_setaffinity(process, share)


def _ended(running: Iterable[_Running], progress: Progress) -> list[_Running]:
    ended = []
    for one in running:
        if one.process.poll() is None:
            progress.update(one.task, last=_last_line(one.todo.directory / LOG)[:60])
        else:
            seconds = time.perf_counter() - one.start
            progress.remove_task(one.task)
            if one.process.returncode == 0:
                progress.console.print(f"{one.todo.study}: done in {seconds:.0f} s", markup=False, highlight=False)
            ended.append(one)
    return ended


def _stop(running: Iterable[_Running]) -> None:
    for one in running:
        one.process.send_signal(signal.SIGTERM)
    for one in running:
        one.process.wait()


def _failure(one: _Running) -> str:
    log = one.todo.directory / LOG
    return f"{one.todo.study} ended with {one.process.returncode}: {_last_line(log, 'error: ')} ({log})"


def _last_line(log: Path, start: str = "") -> str:
    """The last line, or of those with this start, if there are any."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        lines = [line.strip() for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    chosen = [line for line in lines if line.startswith(start)] or lines
    return chosen[-1] if chosen else ""
