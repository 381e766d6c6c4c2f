"""``gradient-cost COMMAND ...``: the commands of ``scripts``, from any directory."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

from scripts.installation.shadowing import OURS
from training.run.terminal import broken, say

COMMANDS = {
    "train": "train one paradigm on one task, and measure what its gradient costs and is worth",
    "compare": "train all paradigms on the same data; one table and one figure",
    "study": "measure what decides a claim: a table, what holds and what fails, and a figure",
    "report": "every study found on disk as one page, claim by claim",
    "gather": "the runs of a sweep, from their directories or from wandb: one table and one figure",
    "diagnose": "what a gradient of your own circuit costs, and what will be left of it",
    "generate": "what a trained language model writes after a prompt",
    "spikes": "what the neurons of a trained spiking network do: one figure",
    "price": "what a gradient costs on a machine that need not be here: compiled for it, not run",
    "bench": "implementations side by side, in one run",
    "doctor": "versions, devices, data, wandb: what works here and what does not",
}
"""Name of a module of ``scripts`` with a ``main()``, and what it is for; imported only when called."""

USAGE = f"""\
usage: gradient-cost COMMAND [KEY=VALUE ...]

{chr(10).join(broken(purpose, 80, f"  {name:<9}", " " * 11) for name, purpose in COMMANDS.items())}

gradient-cost COMMAND --help lists the settings of a command."""


def main() -> int | None:
    """Entry point; returns or exits with the command's code."""
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if name in ("--help", "-h"):
        print(USAGE)
        return 0
    if name not in COMMANDS:
        say(f"error: {name} is not a command; the commands are {', '.join(COMMANDS)}", file=sys.stderr)
        return 2
    _offer_working_directory(Path.cwd())
    sys.argv = [f"gradient-cost {name}", *sys.argv[2:]]
    return importlib.import_module(f"scripts.{name}").main()


def _offer_working_directory(directory: Path) -> None:
    """Let a user's own modules be imported from ``directory``, after everything else, and say which cannot be."""
    root = Path(__file__).resolve().parent.parent
    if directory.resolve() == root:
        return
    shadowed = [name for name in OURS if (directory / name).is_dir() or (directory / f"{name}.py").is_file()]
    if shadowed:
        print(f"note: gradient-cost uses its own {', '.join(shadowed)}, not what {directory} holds", file=sys.stderr)
    # An editable installation is searched after every entry of the path, so ours are imported before one is added.
    for name in OURS:
        importlib.import_module(name)
    # A console script leaves the working directory out, whereas python -m has put it first.
    if os.fspath(directory) not in sys.path and "" not in sys.path:
        sys.path.append(os.fspath(directory))


if __name__ == "__main__":
    sys.exit(main())
