"""``python -m scripts.doctor``: versions, devices, data, wandb; what works here and what does not."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from scripts.installation import checks
from scripts.installation.checks import Finding
from scripts.running.command import BAD_INPUT, FAILED, OK
from training.run.terminal import broken

if TYPE_CHECKING:
    from rich.console import Console

USAGE = """\
usage: python -m scripts.doctor [data_dir=FOLDER]

Looks at versions, devices, data and wandb, and tries one gradient of every
paradigm. Downloads nothing. Exits with 1 where something essential does not
work."""
MARKS = {"good": ("✓", "green"), "note": ("!", "yellow"), "broken": ("✗", "red")}


def examine(data_dir: str | None = None, console: Console | None = None) -> list[Finding]:
    """Run every check and print a table of each kind as it is done; returns all findings."""
    from rich.console import Console

    console = console or Console()
    data: list[Finding] = []

    def look_at_data() -> Iterable[Finding]:
        data.extend(checks.data(data_dir))
        return data

    sections: list[tuple[str, Callable[[], Iterable[Finding]]]] = [
        ("Versions", checks.versions),
        ("Devices", checks.devices),
        ("Data", look_at_data),
        ("Surroundings", checks.surroundings),
        ("What works here and what does not", lambda: checks.working(data)),
    ]
    findings: list[Finding] = []
    for title, check in sections:
        found = _collected(title, check)
        _print(title, found, console)
        findings += found
    return findings


def _collected(title: str, check: Callable[[], Iterable[Finding]]) -> list[Finding]:
    findings: list[Finding] = []
    try:
        findings.extend(check())
    except Exception as error:  # one check that cannot be made must not hide the others
        findings.append(Finding(title.lower(), "broken", checks.described(error)))
    return findings


def _print(title: str, findings: Iterable[Finding], console: Console) -> None:
    from rich.text import Text

    from training.run.environment import without_secrets

    console.print(title, style="bold", markup=False, highlight=False)
    for finding in findings:
        mark, style = MARKS[finding.state]
        (detail,) = without_secrets([finding.detail], os.environ)
        # A path that does not fit beside its subject stands below it, whole.
        lines = broken(detail, console.width, f" {mark}  {finding.subject:<22}  ", " " * 8)
        text = Text(lines)
        text.stylize(style, 1, 2)
        console.print(text, soft_wrap=True)
    console.print()


def main() -> int:
    """Entry point; returns the exit code."""
    arguments = sys.argv[1:]
    if set(arguments) & {"--help", "-h"}:
        print(USAGE)
        return OK
    data_dir = None
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if name != "data_dir" or not equals:
            print(f"error: {argument} is not a setting; the one setting here is data_dir=FOLDER", file=sys.stderr)
            return BAD_INPUT
        data_dir = value
    return FAILED if any(finding.state == "broken" for finding in examine(data_dir)) else OK


if __name__ == "__main__":
    sys.exit(main())
