"""``python -m scripts.study``: measure what decides a claim; a table, what holds and what fails, and a figure."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from eval.studies import NAMES
from scripts.running.command import called, run
from training.errors import BadInput
from training.run.run_directory import Resume
from training.run.terminal import say, shown

if TYPE_CHECKING:
    from eval.judgement import Verdict
    from training.tasks import TaskConfig

STUDIES = NAMES
"""The studies that there are; each is imported only when chosen."""


@dataclass(frozen=True)
class StudyPlace:
    """Where a study runs, and from which seed; ``scripts/conf/study.yaml`` says what each setting means."""

    seed: int
    run_dir: str | None
    resume: Resume
    shard: int | None = None
    shards: int | None = None
    merge: bool = False

    def __post_init__(self) -> None:
        if self.shard is None and not self.merge:
            if self.shards is not None:
                raise BadInput(
                    f"shards={self.shards} share a study: say which one this is, shard=0 or another, or merge=true"
                )
            return
        asked = "merge=true" if self.shard is None else f"shard={self.shard}"
        if self.shards is None:
            raise BadInput(f"{asked} is of a study that is shared: say by how many, shards=4 or another number")
        if self.merge and self.shard is not None:
            raise BadInput(f"merge=true puts shards together and measures none: leave {asked} out, or merge=true")
        if self.run_dir is None:
            raise BadInput(f"{asked} needs the run_dir that all shards share: name one, or let run_dir=auto do so")
        if self.resume == "restart":
            raise BadInput(f"resume=restart is not for {asked}: choose another run_dir to start over")


def study(values: Mapping[str, Any]) -> Path:
    """Run a study, print its verdicts, and say where everything is; returns the run directory.

    Args:
        values: ``study``, ``seed``, ``run_dir``, ``resume``, ``shard``, ``shards``, ``merge``, ``task``, ``path``,
            ``model``, ``network``, ``hops`` and the group ``settings``. With a network nothing is measured but what it
            does, and its path is returned; a shard that is not the last to finish prints no verdicts.

    Raises:
        BadInput: An unknown study or setting, or a directory that cannot be used.
        Interrupted: A signal asked it to stop; ``resume=true`` continues it.
    """
    import importlib

    from scripts.configuration.conversion import convert
    from scripts.running.durations import QUICK_SECONDS
    from scripts.running.kept_programs import keep_compiled_programs
    from scripts.running.run_names import run_directory
    from scripts.running.study_shards import Asked, run_merge, run_shard, run_whole
    from training.run.run_directory import plain

    given = dict(values)
    name = given.pop("study", None)
    if name not in STUDIES:
        raise BadInput(f"study={name} is not one of {', '.join(STUDIES)}")
    settings, model = given.pop("settings"), given.pop("model", None)
    task, path = given.pop("task", None), given.pop("path", None)
    network, hops = given.pop("network", None), given.pop("hops", 1.0)
    own = {field.name: given.pop(field.name) for field in fields(StudyPlace) if field.name in given}
    place = convert(own, StudyPlace)
    unknown = [key for key, value in given.items() if value is not None]
    if unknown:
        raise BadInput(f"{unknown[0]} is not a setting of a study; --help lists them")

    from eval.shards import Shard
    from eval.study import FIGURE, TABLE, VERDICTS

    chosen = importlib.import_module(f"eval.studies.{name}").STUDY
    if network is not None:
        return _placed(network, hops, name, convert({**settings, "seed": place.seed}, chosen.config, "settings"))
    if model is not None:
        settings = {**settings, "model": _found(model, name, chosen.config)}
    if task is not None or path is not None:
        settings = {**settings, "task": _chosen(task, path, name, chosen.config)}
    config = convert({**settings, "seed": place.seed}, chosen.config, "settings")
    # Data that come with a study are known to serve it.
    if chosen.ready is not None and getattr(config, "task", chosen) is not None:
        chosen.ready(config)
    if chosen.keeps_programs:
        keep_compiled_programs()
    run_dir = run_directory(place.run_dir, (name,), {"study": name, "settings": plain(config)})
    recorded = {"study": name, "run_dir": str(run_dir), "settings": plain(config)}
    directory = run_dir.absolute()
    as_it_comes = config == replace(chosen.config(), seed=place.seed)
    asked = Asked(chosen, config, recorded, directory, place.resume, QUICK_SECONDS.get(name) if as_it_comes else None)
    if place.merge and place.shards is not None:
        verdicts = run_merge(asked, place.shards)
    elif place.shard is not None and place.shards is not None:
        verdicts = run_shard(asked, Shard(place.shard, place.shards))
    else:
        verdicts = run_whole(asked)
    if verdicts is None:
        return directory
    for verdict in verdicts:
        print_verdict(verdict)
    if not chosen.claims:
        say("no claim turns on this study: what it found is in its table and figure")
    for label, file in (("table", TABLE), ("verdicts", VERDICTS), ("figure", FIGURE)):
        say(f"{label}: {shown(directory / file)}")
    say(f"next: {called('report')} gathers every study on disk into one page")
    return directory


def _found(model: Any, name: str, config: type) -> str:
    """``MODULE:NAME``, once it has been seen to be there, from the working directory too."""
    from paradigms.named import named

    if "model" not in {field.name for field in fields(config)}:
        raise BadInput(f"model={model} is for study=gradient_price; study={name} takes no model")
    module, _, attribute = str(model).partition(":")
    if not module or not attribute:
        raise BadInput(f"model={model} must be MODULE:NAME, as in my_module:build")
    named(module, attribute, "a function")
    return str(model)


def _chosen(task: Any, path: Any, name: str, config: type) -> TaskConfig:
    """The choice of data, as it is recorded: with their fingerprint, and from any folder."""
    from scripts.configuration.conversion import convert
    from training.tasks import TaskConfig, load_task, recorded

    # Some studies have a setting of this name that chooses among data of their own.
    if get_type_hints(config).get("task") != TaskConfig | None:
        what = f"path={path}" if path is not None else f"task={task.get('name')}"
        raise BadInput(f"{what} is for study=gradient_worth and study=gradient_price; study={name} has data of its own")
    if not isinstance(task, Mapping) or (path is not None and "path" not in task):
        raise BadInput(f"path={path} is of data of your own: add task=arrays")
    chosen = convert(task, TaskConfig, "task")
    return recorded(chosen, load_task(chosen))


def _placed(network: Any, hops: Any, name: str, config: Any) -> Path:
    """Print what a network of the user's own costs, and on which side of break-even it is."""
    from scripts.running.placed_network import placed_network
    from training.run.paths import local_path

    if name != "energy":
        raise BadInput(f"network={network} is for study=energy; study={name} takes no network")
    if isinstance(hops, bool) or not isinstance(hops, (int, float)):
        raise BadInput(f"hops={hops} must be a number of at least 0")
    path = local_path("network", network)
    for sentence in placed_network(path, float(hops), config.tasks[0], (*config.time_steps, 5)[0]):
        say(sentence)
    return path


def print_verdict(verdict: Verdict) -> None:
    """Print what is found of a claim, statement by statement, and the conditions."""
    from eval.claims import CLAIMS

    claim = CLAIMS[verdict.claim]
    say(f"\n{verdict.claim} ({claim.text})\n{verdict.line}")
    for one in verdict.judgements:
        say(f"{one.outcome}: {claim.statements[one.statement].text}", indent="  ", others="    ")
        say(one.found, indent="    ")
        if one.value is not None:
            interval = "" if one.low is None or one.high is None else f" [{one.low:.4g}, {one.high:.4g}]"
            say(f"{one.quantity}: {one.value:.4g}{interval}", indent="    ")
        if one.needed is not None:
            say(f"It would be decided by {one.needed}.", indent="    ")
    for sentence in verdict.context:
        say(sentence, indent="  ")
    for condition in verdict.conditions:
        say(f"- {condition}", indent="  ", others="    ")
    say("")


def _job(values: dict[str, Any]) -> None:
    study(values)


def main() -> int:
    """Entry point; returns the exit code."""
    from hydra.core.config_store import ConfigStore

    # study=NAME chooses the group of its settings, so that a study needs no YAML but those of its presets.
    for name in STUDIES:
        ConfigStore.instance().store(group="study", name=name, node={"study": name}, package="_global_")
    return run("study", _job)


if __name__ == "__main__":
    sys.exit(main())
