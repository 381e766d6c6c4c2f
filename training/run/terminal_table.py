"""The table that a run prints when it ends: what it learned, what its gradient is worth, and what it cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.run.terminal import broken, shown
from training.tracking.curves import FIGURE

if TYPE_CHECKING:
    from rich.console import Console


def print_table(summary: Mapping[str, Any], console: Console | None = None) -> None:
    """Print what a run found: what it learned, what its gradient is worth, and what the gradient cost.

    Args:
        summary: The content of ``summary.json``.
        console: The console that prints; standard output by default.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = console or Console()
    metrics, unavailable = summary["metrics"], summary["unavailable"]
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    for label, name, wording in TABLE:
        if name in metrics:
            # Where there is an accuracy the loss is a cross-entropy; that of values has their unit, squared.
            nats = name.endswith("/loss") and any(one.endswith("/accuracy") for one in metrics)
            table.add_row(label, Text(wording(metrics[name]) + (" nats" if nats else ""), style="bold"))
        elif name in unavailable and not name.startswith("cost/"):
            # A cost that a paradigm does not have (circuits, for a spiking network) is no news.
            table.add_row(label, Text(f"unavailable: {unavailable[name]}", style="dim"))
    console.print()
    console.print(table)
    console.print()
    for one in summary.get("profile", {}).get("operations", ()):
        source = "" if one["source"] is None else f" ({one['source']})"
        line = f"{one['share']:.0%} of the traced step: {one['operation']}{source}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if "error" in summary:
        error = broken(summary["error"], console.width if console.is_terminal else None)
        console.print(error, style="red", markup=False, highlight=False, soft_wrap=True)
    directory = summary["config"].get("run_dir")
    if directory and (Path(directory) / FIGURE).exists():
        # Never wrapped, so that it can be clicked on and copied.
        console.print(f"curves: {shown(Path(directory) / FIGURE)}", markup=False, highlight=False, soft_wrap=True)


def _bytes(count: float | int) -> str:
    """``1.5 KiB``: binary multiples (IEC 80000-13), at least three digits."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.4g} {unit}"
        count /= 1024
    return f"{count:.4g} TiB"


def _number(value: float | int) -> str:
    return f"{value:.3g}"


TABLE: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("test accuracy", "test/accuracy", "{:.2%}".format),
    ("test loss", "test/loss", "{:.4g}".format),
    ("validation accuracy", "eval/accuracy", "{:.2%}".format),
    ("validation loss", "eval/loss", "{:.4g}".format),
    ("gradient variance over examples", "gradient/variance_over_examples", _number),
    ("gradient variance over estimates", "gradient/variance_over_estimates", _number),
    ("gradient signal-to-noise", "gradient/signal_to_noise", _number),
    ("time of one update", "time/step_seconds", lambda seconds: f"{1e3 * seconds:.3g} ms"),
    ("gradient ÷ forward time", "time/gradient_to_forward", _number),
    ("kept from forward to backward", "memory/residual_bytes", _bytes),
    ("temporary memory of the gradient", "memory/temp_bytes", _bytes),
    ("circuit executions per update", "cost/circuit_executions", "{:,.0f}".format),
    ("compilation", "time/compile_seconds", lambda seconds: f"{seconds:.3g} s"),
)
"""Rows of the table: label, metric, and its value in words."""
