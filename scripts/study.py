"""``python -m scripts.study``: measure what decides a claim; a table, what holds and what fails, and a figure."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.studies import NAMES
from scripts.running.command import called, run
from training.run.run_directory import Resume

if TYPE_CHECKING:
    from eval.judgement import Verdict

STUDIES = NAMES
"""The studies that there are; each is imported only when chosen."""


@dataclass(frozen=True)
class StudyPlace:
    """Where a study runs, and from which seed; ``scripts/conf/study.yaml`` says what each setting means."""

    seed: int
    run_dir: str | None
    resume: Resume


def study(values: Mapping[str, Any]) -> Path:
    """Run a study, print its verdicts, and say where everything is; returns the run directory.

    Args:
        values: ``study``, ``seed``, ``run_dir``, ``resume``, ``model``, ``network``, ``hops`` and the group
            ``settings``. With a network nothing is measured but what it does, and its path is returned.

    Raises:
        BadInput: An unknown study or setting, or a directory that cannot be used.
        Interrupted: A signal asked it to stop; ``resume=true`` continues it.
    """
    import importlib

    from scripts.configuration.conversion import convert
    from scripts.running.run_names import run_directory
    from training.errors import BadInput
    from training.run.run_directory import open_run_directory, plain

    given = dict(values)
    name = given.pop("study", None)
    if name not in STUDIES:
        raise BadInput(f"study={name} is not one of {', '.join(STUDIES)}")
    settings, model = given.pop("settings"), given.pop("model", None)
    network, hops = given.pop("network", None), given.pop("hops", 1.0)
    place = convert({field.name: given.pop(field.name) for field in fields(StudyPlace)}, StudyPlace)
    unknown = [key for key, value in given.items() if value is not None]
    if unknown:
        raise BadInput(f"{unknown[0]} is not a setting of a study; --help lists them")

    from eval.study import FIGURE, TABLE, VERDICTS, require_sound, run_study

    chosen = importlib.import_module(f"eval.studies.{name}").STUDY
    if network is not None:
        return _placed(network, hops, name, convert({**settings, "seed": place.seed}, chosen.config, "settings"))
    if model is not None:
        settings = {**settings, "model": _found(model, name, chosen.config)}
    config = convert({**settings, "seed": place.seed}, chosen.config, "settings")
    recorded = {"study": name, "settings": plain(config)}
    path = run_directory(place.run_dir, (name,), recorded)
    recorded |= {"run_dir": str(path)}
    grows = None if chosen.grows is None else f"settings.{chosen.grows}"
    with open_run_directory(path, recorded, place.resume, chosen.records, grows) as opened:
        directory = opened.path
        if opened.continues:
            require_sound(chosen, directory)
        if replaced := opened.begin():
            print(replaced)
        print(f"{name}: {chosen.question}")
        _, verdicts = run_study(chosen, config, directory)
    for verdict in verdicts:
        print_verdict(verdict)
    if not chosen.claims:
        print("no claim turns on this study: what it found is in its table and figure")
    for label, file in (("table", TABLE), ("verdicts", VERDICTS), ("figure", FIGURE)):
        print(f"{label}: {directory / file}")
    print(f"next: {called('report')} gathers every study on disk into one page")
    return directory


def _found(model: Any, name: str, config: type) -> str:
    """``MODULE:NAME``, once it has been seen to be there, from the working directory too."""
    from paradigms.named import named
    from training.errors import BadInput

    if "model" not in {field.name for field in fields(config)}:
        raise BadInput(f"model={model} is for study=gradient_price; study={name} takes no model")
    module, _, attribute = str(model).partition(":")
    if not module or not attribute:
        raise BadInput(f"model={model} must be MODULE:NAME, as in my_module:build")
    named(module, attribute, "a function")
    return str(model)


def _placed(network: Any, hops: Any, name: str, config: Any) -> Path:
    """Print what a network of the user's own costs, and on which side of break-even it is."""
    from scripts.running.placed_network import placed_network
    from training.errors import BadInput
    from training.run.paths import local_path

    if name != "energy":
        raise BadInput(f"network={network} is for study=energy; study={name} takes no network")
    if isinstance(hops, bool) or not isinstance(hops, (int, float)):
        raise BadInput(f"hops={hops} must be a number of at least 0")
    path = local_path("network", network)
    for sentence in placed_network(path, float(hops), config.tasks[0], (*config.time_steps, 5)[0]):
        print(sentence)
    return path


def print_verdict(verdict: Verdict) -> None:
    """Print what is found of a claim, statement by statement, and the conditions."""
    from eval.claims import CLAIMS

    claim = CLAIMS[verdict.claim]
    print(f"\n{verdict.claim} ({claim.text})\n{verdict.line}")
    for one in verdict.judgements:
        print(f"  {one.outcome}: {claim.statements[one.statement].text}")
        print(f"    {one.found}")
        if one.value is not None:
            interval = "" if one.low is None or one.high is None else f" [{one.low:.4g}, {one.high:.4g}]"
            print(f"    {one.quantity}: {one.value:.4g}{interval}")
        if one.needed is not None:
            print(f"    It would be decided by {one.needed}.")
    for sentence in verdict.context:
        print(f"  {sentence}")
    for condition in verdict.conditions:
        print(f"  - {condition}")
    print()


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
