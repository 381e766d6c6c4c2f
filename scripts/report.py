"""``python -m scripts.report``: every study found on disk as one page, claim by claim."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.running.command import CONF, called, run
from training.run.terminal import say, shown

if TYPE_CHECKING:
    from eval.report.gather import Gathered, Presets
    from eval.report.sections import Report
    from eval.study import Study
    from scripts.running.study_processes import Todo

PRESETS = ("full", "quick")
"""Of every study; where there are runs of both, the first is shown."""
MOST_JOBS = 2


@dataclass(frozen=True)
class ReportPlace:
    """What is searched and where the report goes; ``scripts/conf/report.yaml`` says what each setting means."""

    runs: str
    run_dir: str | None
    jobs: int | None
    chosen: str | None


def report(values: Mapping[str, Any]) -> Path:
    """Gather the studies, after running what is missing at a preset if one is given; returns the page.

    Raises:
        BadInput: A setting that is unknown or out of range.
        Interrupted: A signal stopped the studies; the same command continues them.
        RuntimeError: A study failed; the page was written without it.
    """
    from scripts.configuration.conversion import convert
    from scripts.running.run_names import new_directory
    from training.errors import BadInput
    from training.run.paths import local_path

    place = convert({name: value for name, value in values.items() if (name, value) != ("trainer", None)}, ReportPlace)
    if place.chosen not in (None, *PRESETS):
        raise BadInput(f"preset={place.chosen} is not one of {', '.join(PRESETS)}; leave it out to run nothing")
    if place.jobs is not None and place.jobs < 1:
        raise BadInput(f"jobs={place.jobs} must be at least 1")
    root = local_path("runs", place.runs)
    directory = new_directory(place.run_dir, "report")
    if place.chosen is None and place.runs != "runs" and not root.is_dir():
        raise BadInput(f"runs={place.runs} is no directory; name the one that holds the runs of your studies")

    from eval.report.content import compose
    from eval.report.write import write_report

    studies = load_studies()
    presets = load_presets(studies)
    failures = _run_missing(place, root, studies, presets) if place.chosen else []
    content, directories = compose(gather_studies(root, studies, presets), studies, presets, place.chosen)
    page = write_report(content, directories, directory)
    _print(content, page)
    if failures:
        raise RuntimeError(f"{len(failures)} of the studies failed: {'; '.join(failures)}")
    return page


def load_studies() -> dict[str, Study]:
    """All of them, by name."""
    import importlib

    from scripts.study import STUDIES

    return {name: importlib.import_module(f"eval.studies.{name}").STUDY for name in STUDIES}


def load_presets(studies: Mapping[str, Study]) -> Presets:
    """The configuration of each study at each preset, with its default seed."""
    import yaml

    from scripts.configuration.conversion import convert

    return {
        name: {
            preset: convert(
                yaml.safe_load((Path(CONF) / "settings" / name / f"{preset}.yaml").read_text()),
                study.config,
                "settings",
            )
            for preset in PRESETS
        }
        for name, study in studies.items()
    }


def gather_studies(root: Path, studies: Mapping[str, Study], presets: Presets) -> Gathered:
    """Read every study under a directory; see :func:`eval.report.gather.gather`."""
    from eval.report.gather import gather
    from scripts.configuration.conversion import convert

    return gather(root, studies, presets, lambda settings, config: convert(settings, config, "settings"))


def _run_missing(place: ReportPlace, root: Path, studies: Mapping[str, Study], presets: Presets) -> list[str]:
    from scripts.running.study_processes import run_studies

    todos = plan(gather_studies(root, studies, presets), str(place.chosen), root, studies)
    if not todos:
        say(f"no study is missing at preset={place.chosen}")
        return []
    _print_duration([todo.study for todo in todos], str(place.chosen))
    return run_studies(todos, place.jobs or min(MOST_JOBS, _cores()))


def _print_duration(names: Sequence[str], preset: str) -> None:
    from scripts.running.durations import QUICK_SECONDS, told

    known = [name for name in names if preset == "quick" and name in QUICK_SECONDS]
    unknown = [name for name in names if name not in known]
    if known:
        also = f", besides {', '.join(unknown)}, which nobody has timed" if unknown else ""
        say(f"{told(sum(QUICK_SECONDS[name] for name in known))}, for {len(known)} studies in turn{also}")


def plan(gathered: Gathered, preset: str, root: Path, studies: Mapping[str, Study]) -> list[Todo]:
    """What is to be run so that every study has a finished run with this preset: what was begun goes on where it is."""
    from scripts.running.run_names import unique_run_directory
    from scripts.running.study_processes import Todo, study_command

    finished = {run.study.name for run in gathered.runs if run.preset == preset}
    todos = []
    for name, study in studies.items():
        if name in finished:
            continue
        begun = [one for one in gathered.skipped if (one.study, one.preset) == (name, preset) and one.unfinished]
        if begun:
            directory, seed = begun[-1].directory, begun[-1].seed
        else:
            directory, seed = root / unique_run_directory(name, preset).name, 0
        command = study_command(name, preset, seed, directory, resume=bool(begun))
        todos.append(Todo(name, directory, command, study.timed))
    return todos


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _print(content: Report, page: Path) -> None:
    from eval.report.write import MACHINES, MARKDOWN

    width = max(len(claim.title) for claim in content.claims)
    for claim in content.claims:
        counted = ", ".join(f"{outcome} in {count}" for outcome, count in claim.regimes.items() if count)
        say(f"{claim.title:<{width}}  {counted or 'not measured'}", indent=f"{claim.id:<4}", others=" " * 8)
    for paragraph in content.answer:
        say(paragraph)
    for sentence in (*content.skipped, *content.others):
        say(f"passed over {sentence}")
    for name in (MACHINES, MARKDOWN):
        say(f"{name}: {shown(page.parent / name)}")
    say(f"page: {shown(page)}")
    if content.missing:
        names = ", ".join(missing.study for missing in content.missing)
        say(f"next: {called('report')} preset=quick runs what is missing ({names})")
    else:
        say("next: open the page in a browser")


def _job(values: dict[str, Any]) -> None:
    report(values)


def main() -> int:
    """Entry point; returns the exit code."""
    return run("report", _job)


if __name__ == "__main__":
    sys.exit(main())
