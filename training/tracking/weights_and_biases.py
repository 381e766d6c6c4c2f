"""Rows to Weights & Biases, without ever depending on it.

A run must not fail or wait because of a server it does not need. So the mode is decided before wandb is imported; each
call is made by a thread that training never waits for, except a bounded time at the start and at the end; the first
failure is told once, and tracking then goes on without.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from training.tracking.durable import replace_durably
from training.tracking.jsonl import finite
from training.tracking.tracker import Metrics, RunInfo
from training.tracking.wandb_mode import Mode, choose_mode
from training.tracking.worker import Worker

if TYPE_CHECKING:
    import wandb

INIT_SECONDS = 8.0
"""What wandb itself allows its server at the start."""
START_SECONDS = 12.0
"""What we allow wandb at the start, its import and its own process included."""
FINISH_SECONDS = 20.0
"""What wandb itself allows for the last upload; what is left can be uploaded with ``wandb sync``."""
EXIT_SECONDS = 30.0
"""What we allow wandb at the end."""
RUN_ID = "wandb_run_id.txt"
"""In the run directory, so that a resumed run continues the same run of wandb."""
PROJECT = "gradient-cost"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Place:
    """Which run of wandb's to write to; ``None`` where wandb or the environment decides."""

    run_id: str | None
    project: str | None
    entity: str | None
    group: str | None


class WandbTracker:
    """One run of wandb, online or offline, whose files lie in ``wandb/`` in the run directory.

    Args:
        project: ``None`` for ``WANDB_PROJECT``, else ``gradient-cost``.
        entity: The user or team that the project belongs to; ``None`` for ``WANDB_ENTITY``, else wandb's own choice.
        group: Runs that belong together; ``None`` for ``WANDB_RUN_GROUP``, else the group that the run itself names.
    """

    def __init__(self, project: str | None = None, entity: str | None = None, group: str | None = None) -> None:
        self._place = _Place(None, project, entity, group)
        self._worker = Worker("wandb")
        self._run: wandb.Run | None = None

    def start(self, run: RunInfo) -> None:
        """See :meth:`training.tracking.tracker.Tracker.start`."""
        mode = choose_mode(os.environ)
        if mode.name == "disabled":
            return
        recorded = run.run_dir / RUN_ID
        known = recorded.read_text().strip() if recorded.exists() else None
        if not self._init(run, mode, known) and mode.name != "offline":
            # A call that hangs keeps its thread, and a run that failed to start its id: both are taken anew.
            self._worker.close()
            self._worker = Worker("wandb")
            self._init(run, Mode("offline", "its server failed at the start"), None)
        if self._run is not None and known is None:
            replace_durably(recorded, f"{self._run.id}\n".encode())

    def log(self, step: int, metrics: Metrics) -> None:
        """See :meth:`training.tracking.tracker.Tracker.log`."""
        run = self._run
        if run is None:
            return
        # Arrays are read here: a donated one is gone when the other thread comes to it.
        row = finite(metrics)
        self._worker.post(lambda: run.log(row, step=step)).add_done_callback(self._check)

    def advance(self, step: int) -> None:
        """See :meth:`training.tracking.tracker.Tracker.advance`."""
        pass

    def flush(self) -> None:
        """Nothing to wait for: wandb's own process writes and uploads rows as they come."""

    def finish(self, status: str, summary: Mapping[str, Any]) -> None:
        """See :meth:`training.tracking.tracker.Tracker.finish`."""
        run = self._run
        if run is not None:
            try:
                self._worker.post(lambda: _end(run, status, summary)).result(EXIT_SECONDS)
            except Exception as error:
                self._give_up(error)
        self._run = None
        self._worker.close()

    def _init(self, run: RunInfo, mode: Mode, run_id: str | None) -> bool:
        """Try to start; whether it worked."""
        place = replace(self._place, run_id=run_id)
        try:
            started = self._worker.post(lambda: _begin(run, mode, place)).result(START_SECONDS)
        except Exception as error:
            instead = "training goes on without it" if mode.name == "offline" else "offline instead"
            logger.warning("wandb could not be started %s (%s); %s", mode.name, _named(error), instead)
            return False
        self._run = started
        where = f"wandb sync {started.settings.sync_dir} uploads it" if mode.name == "offline" else started.url
        print(f"wandb is {mode.name}: {mode.reason}; {where}", file=sys.stderr)
        return True

    def _check(self, call: Future[None]) -> None:
        if error := call.exception():
            self._give_up(error)

    def _give_up(self, error: BaseException) -> None:
        # Calls that were already waiting fail as well; one sentence is enough.
        if self._run is not None:
            self._run = None
            logger.warning("wandb failed (%s); the run goes on without it", _named(error))


def _begin(run: RunInfo, mode: Mode, place: _Place) -> wandb.Run:
    # wandb also reports its own errors to its makers, and at exit would wait 20 s for a silent network to take them.
    os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
    import wandb

    # In a sweep the agent has chosen the run, and wandb would only warn that it ignores ours.
    chosen = "WANDB_SWEEP_ID" in os.environ
    return wandb.init(
        mode=mode.name,
        dir=run.run_dir,
        id=None if chosen else place.run_id,
        resume="allow",
        project=None if chosen else place.project or (None if "WANDB_PROJECT" in os.environ else PROJECT),
        entity=None if chosen else place.entity,
        name=None if "WANDB_NAME" in os.environ else run.name,
        group=place.group or (None if "WANDB_RUN_GROUP" in os.environ else run.group),
        config=dict(run.config),
        # Leaves alone a run that the caller has open in this process.
        reinit="create_new",
        settings=wandb.Settings(
            init_timeout=INIT_SECONDS,
            finish_timeout=FINISH_SECONDS,
            # Its lines, and its copy of the terminal, would tear the progress bar.
            silent=True,
            console="off",
        ),
    )


def _end(run: wandb.Run, status: str, summary: Mapping[str, Any]) -> None:
    best = {f"best/{name}": value for name, value in summary.get("best", {}).items()}
    run.summary.update({**best, "status": status})
    if status == "preempted":
        run.mark_preempting()
    run.finish(exit_code=0 if status == "completed" else 1)


def _named(error: BaseException) -> str:
    sentence = next(iter(str(error).splitlines()), "") or "no answer in time"
    key = os.environ.get("WANDB_API_KEY")
    return f"{type(error).__name__}: {sentence.replace(key, '[key]') if key else sentence}"
