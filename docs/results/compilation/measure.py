"""How long commands compile, in two checkouts in turn: ``python measure.py BEFORE AFTER`` writes ``compilation.json``.

Each checkout trains as ``python -m scripts.train`` does, first with nothing kept of earlier runs and then again, and
compiles the spiking step beside slax's (``suite=snn``). What is run second in one round is run first in the next.
Seconds of the processor are told beside those of the clock, since other work on a machine lengthens these.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

BENCH = (
    "suite=snn", "implementations=[slax,gradient-cost]", "time_steps=[100]", "input_rates=[0.03]", "rounds=1",
    "round_seconds=0.2",
)  # fmt: skip
COMPILED = "Finished XLA compilation of"
"""What JAX logs of every program."""


def train(checkout: Path, home: str) -> dict[str, Any]:
    """Run the default training of a checkout, and say how long it took and how many programs it compiled."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
    environment = {
        **inherited, "PYTHONPATH": str(checkout), "HOME": home, "JAX_PLATFORMS": "cpu", "JAX_LOG_COMPILES": "1",
        # Figures need a list of fonts, which is not what is measured.
        "MPLCONFIGDIR": os.path.join(tempfile.gettempdir(), "matplotlib-of-compilation"),
    }  # fmt: skip
    command = (sys.executable, "-m", "scripts.train")
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "seconds": seconds,
        "processor_seconds": after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime,
        "programs_compiled": done.stderr.count(COMPILED),
    }


def trainings(checkout: Path) -> dict[str, dict[str, Any]]:
    """Train with nothing kept, and once more."""
    with tempfile.TemporaryDirectory() as home:
        return {name: train(checkout, home) for name in ("cold", "warm")}


def steps(checkout: Path) -> dict[str, dict[str, float]]:
    """Compile and time the spiking step by every rule, and slax's; ours in units of it."""
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    with tempfile.TemporaryDirectory() as folder:
        command = (sys.executable, "-m", "scripts.bench", *BENCH, "run_dir=bench")
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        rows = json.loads((Path(folder) / "bench" / "table.json").read_text())
    (slax,) = (row for row in rows if row["implementation"] == "slax")
    ours = [row for row in rows if row["implementation"] != "slax"]

    def seconds(row: dict[str, Any], what: str) -> float:
        """Read a column, which an older table calls by its field."""
        return row.get(f"time/{what}_seconds", row.get(f"{what}_seconds"))

    return {
        what: {
            "slax_seconds": seconds(slax, what),
            **{row["differentiation"]: seconds(row, what) / seconds(slax, what) for row in ours},
        }
        for what in ("compile", "step")
    }


def main() -> None:
    """Measure both checkouts in turn, and write what was found beside this file."""
    checkouts = {"before": Path(sys.argv[1]).absolute(), "after": Path(sys.argv[2]).absolute()}
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in checkouts}
    for number in range(count):
        for name in list(checkouts)[:: 1 if number % 2 == 0 else -1]:
            rounds[name].append({**trainings(checkouts[name]), "beside_slax": steps(checkouts[name])})
            print(name, rounds[name][-1], flush=True)
    content: dict[str, Any] = {
        "command": f"python docs/results/compilation/measure.py BEFORE AFTER {count}",
        "python": platform.python_version(),
        "cpu_count": os.cpu_count(),
    }
    for name, found in rounds.items():
        commit = ("git", "-C", str(checkouts[name]), "rev-parse", "HEAD")
        content[name] = {
            "commit": subprocess.run(commit, capture_output=True, text=True, check=True).stdout.strip(),
            "medians": {
                one: {key: median(each[one][key] for each in found) for key in found[0][one]}
                for one in ("cold", "warm")
            }
            | {
                f"{what}_ratio_to_slax": {
                    rule: median(each["beside_slax"][what][rule] for each in found)
                    for rule in found[0]["beside_slax"][what]
                    if rule != "slax_seconds"
                }
                for what in ("compile", "step")
            },
            "rounds": found,
        }
        Path(__file__).with_name("compilation.json").write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
