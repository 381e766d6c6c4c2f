"""``python -m scripts.compare``: every paradigm on the same data at the same parameter count, one table, one figure."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.running.command import called, run
from training.run.paths import local_path
from training.run.run_directory import Resume

if TYPE_CHECKING:
    from eval.compare import CompareConfig


@dataclass(frozen=True)
class Places:
    """Where results go and data lie; the YAML under ``scripts/conf`` says what each setting means."""

    run_dir: str | None = None
    resume: Resume = True
    data_dir: str | None = None

    def __post_init__(self) -> None:
        if self.run_dir is not None:
            local_path("run_dir", self.run_dir)


def read_settings(raw: Mapping[str, Any]) -> tuple[CompareConfig, Places]:
    """Convert what Hydra composed.

    Raises:
        BadInput: An unknown key, a value of the wrong type or out of range.
        Unsupported: Settings that a paradigm refuses.
    """
    from eval.compare.config import CompareConfig
    from paradigms import CUSTOM, NAMES
    from scripts.configuration.conversion import convert
    from scripts.configuration.run_config import without_own
    from training.errors import BadInput

    known = (*NAMES, CUSTOM)
    settings = {"tracking": {}, **raw}
    # What each paradigm's YAML gives, under the paradigm's name.
    given = {name: settings.pop(name, {}) for name in known}
    chosen = settings.pop("paradigms", None)
    if not isinstance(chosen, list) or any(name not in known for name in chosen):
        raise BadInput(
            f"paradigms={chosen} must be a list of some of {', '.join(known)}, for example paradigms=[vqc,snn]"
        )
    settings = without_own(settings, chosen, f"custom, as in paradigms=[custom,{','.join(chosen)}]")
    places = {field.name: settings.pop(field.name) for field in fields(Places) if field.name in settings}
    settings["contenders"] = tuple(_contender(name, given[name]) for name in chosen)
    settings["tracking"] = list(settings["tracking"])
    return convert(settings, CompareConfig), convert(places, Places)


def _contender(name: str, given: Mapping[str, Any]) -> Any:
    from eval.compare.config import Contender
    from scripts.configuration.conversion import convert
    from scripts.configuration.run_config import read_paradigm

    choice = read_paradigm(given["paradigm"])
    rate = convert(given["optimizer"]["learning_rate"], float, f"{name}.optimizer.learning_rate")
    return Contender(name, choice.config, rate)


def compare(config: CompareConfig, places: Places) -> Path:
    """Run the comparison, print its table, and say where everything is; returns the directory."""
    import eval.compare
    from eval.compare.figure import FIGURE
    from eval.compare.table import TABLE, print_comparison
    from scripts.running.run_names import run_directory
    from training.run.run_directory import plain
    from training.run.terminal import say, shown
    from training.tasks import load_task, recorded

    task = load_task(config.task, places.data_dir)
    config = replace(config, task=recorded(config.task, task))
    directory = run_directory(places.run_dir, ("compare", config.task.name), plain(config))
    rows = eval.compare.compare(config, task, directory, resume=places.resume)
    print_comparison(rows)
    say(f"table: {shown(directory / TABLE)}")
    say(f"figure: {shown(directory / FIGURE)}")
    say(f"one run's curves: {shown(directory / rows[0].run / 'curves.png')}")
    say(f"next: {called('study')} study=executions measures a claim, {called('report')} preset=quick all of them")
    return directory


def _job(values: dict[str, Any]) -> None:
    from scripts.running.kept_programs import keep_compiled_programs

    keep_compiled_programs()
    compare(*read_settings(values))


def main() -> int:
    """Entry point; returns the exit code."""
    return run("compare", _job)


if __name__ == "__main__":
    sys.exit(main())
