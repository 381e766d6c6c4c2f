"""Runs of a sweep from wandb, through its public API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eval.gathering.run import SweptRun, swept_run
from training.errors import BadInput

STATUS = {"finished": "completed", "running": "running", "preempting": "preempted", "preempted": "preempted"}
"""What wandb calls the state of a run; the others are failures."""


def from_wandb(project: str, sweep: str | None = None) -> list[SweptRun]:
    """Read the runs of a project, or of one sweep of it, by name.

    Args:
        project: ``ENTITY/PROJECT``, or ``PROJECT`` of one's own.
        sweep: The id of a sweep.

    Raises:
        BadInput: wandb cannot be reached, does not let us in, or knows no such runs.
    """
    import wandb

    asked = f"wandb={project}" if sweep is None else f"wandb={project} sweep={sweep}"
    try:
        found = list(wandb.Api().runs(project, filters={} if sweep is None else {"sweep": sweep}, lazy=False))
        runs = [_run(one) for one in found]
    except Exception as error:  # whatever wandb, and what it uses of the network, raise
        said = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise BadInput(
            f"{asked} cannot be read ({said}): log in with `wandb login`, or gather run directories"
        ) from error
    if not runs:
        raise BadInput(f"{asked} holds no run; look at the name of the project and the id of the sweep")
    return sorted(runs, key=lambda run: run.name)


def _run(run: Any) -> SweptRun:
    summary: Mapping[str, Any] = run.summary_metrics
    metrics = {name: value for name, value in summary.items() if not name.startswith("_") and _is_number(value)}
    status = summary.get("status") or STATUS.get(run.state, "failed")
    return swept_run(run.name, status, dict(run.config), metrics)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
