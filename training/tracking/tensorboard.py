"""Rows as TensorBoard scalars, through tensorboardX (which needs no TensorFlow)."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any

from training.errors import BadInput
from training.tracking.jsonl import finite
from training.tracking.tracker import Metrics, RunInfo


class TensorboardTracker:
    """Writes event files to ``tensorboard/`` in the run directory.

    Raises:
        BadInput: tensorboardX is not installed.
    """

    def __init__(self) -> None:
        if importlib.util.find_spec("tensorboardX") is None:
            raise BadInput(
                "tracking=tensorboard needs the package tensorboardX: pip install 'gradient-cost[tensorboard]'"
            )
        self._writer: Any = None

    def start(self, run: RunInfo) -> None:
        """See :meth:`training.tracking.tracker.Tracker.start`."""
        from tensorboardX import SummaryWriter

        # TensorBoard then forgets what an earlier process logged beyond the checkpoint.
        purge = run.start_step + 1 if run.start_step else None
        self._writer = SummaryWriter(str(run.run_dir / "tensorboard"), purge_step=purge)

    def log(self, step: int, metrics: Metrics) -> None:
        """See :meth:`training.tracking.tracker.Tracker.log`."""
        for name, value in finite(metrics).items():
            self._writer.add_scalar(name, value, step)

    def advance(self, step: int) -> None:
        """See :meth:`training.tracking.tracker.Tracker.advance`."""
        pass

    def flush(self) -> None:
        """See :meth:`training.tracking.tracker.Tracker.flush`."""
        self._writer.flush()

    def finish(self, status: str, summary: Mapping[str, Any]) -> None:
        """See :meth:`training.tracking.tracker.Tracker.finish`."""
        # A run can fail before its trackers are started.
        if self._writer is not None:
            self._writer.close()
