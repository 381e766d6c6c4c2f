"""A study in its run directory: run whole, as one of several shards, or put together from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.running.durations import told
from training.errors import BadInput
from training.run.lock import InUse
from training.run.run_directory import Resume, continues, open_run_directory
from training.run.terminal import say

if TYPE_CHECKING:
    from eval.judgement import Verdict
    from eval.shards import Shard
    from eval.study import Study

    Measured = tuple[list[Any], list[Verdict]]


@dataclass(frozen=True)
class Asked:
    """A study that is asked for.

    Attributes:
        study: Which.
        config: Its settings.
        recorded: What ``config.yaml`` says of them.
        directory: Its run directory, absolute.
        resume: Whether it goes on with what is there.
        seconds: What it took where it was measured; ``None`` where nobody knows.
    """

    study: Study
    config: Any
    recorded: Mapping[str, Any]
    directory: Path
    resume: Resume
    seconds: float | int | None = None


def run_whole(asked: Asked, measure: Callable[[Study, Any, Path], Measured] | None = None) -> list[Verdict]:
    """Run a study in this process, or as ``measure`` does, and return its verdicts.

    Raises:
        BadInput: The directory cannot be used.
        Interrupted: A signal asked it to stop; ``resume=true`` continues it.
    """
    from eval.study import require_sound, run_study

    study = asked.study
    with open_run_directory(asked.directory, asked.recorded, asked.resume, study.records, study.growing) as opened:
        if opened.continues:
            require_sound(study, opened.path)
        if replaced := opened.begin():
            say(replaced)
        say(f"{study.name}: {study.question}")
        if asked.seconds is not None and not opened.continues and measure is None:
            say(told(asked.seconds))
        _, verdicts = (measure or run_study)(study, asked.config, opened.path)
    return verdicts


def run_shard(asked: Asked, shard: Shard) -> list[Verdict] | None:
    """Measure one shard and, where it is the last to finish, put all together; returns ``None`` where it is not.

    Raises:
        BadInput: The study cannot be shared out, shards were begun with other settings, or the directory cannot be
            used.
        Interrupted: A signal asked it to stop; ``resume=true`` continues it.
    """
    from eval.shards import all_of, measure_shard, require_divisible, require_same, unfinished
    from eval.study import require_sound

    study, shards = asked.study, all_of(shard.count)
    require_divisible(study)
    continues(asked.directory, asked.recorded, asked.resume, study.records, study.growing)
    require_same(asked.directory, asked.recorded, shards, study)
    place, recorded = shard.directory(asked.directory), shard.recorded(asked.recorded)
    with open_run_directory(place, recorded, asked.resume, study.records, study.growing) as opened:
        if opened.continues:
            require_sound(study, opened.path)
        opened.begin()
        say(f"{study.name}, shard {shard.number} of {shard.count}: {study.question}")
        measure_shard(study, asked.config, opened.path, shard)
    if lacking := unfinished(asked.directory, asked.recorded, shards, study):
        say(f"{'; '.join(lacking)}: the last to finish makes table, verdicts and figure")
        return None
    try:
        return run_merge(replace(asked, resume=True), shard.count)
    except InUse as held:
        say(f"all shards are finished and are put together elsewhere: {held}")
        return None


def run_merge(asked: Asked, count: int) -> list[Verdict]:
    """Put the shards together, as a single process would have left the study; returns its verdicts.

    Raises:
        BadInput: The study cannot be shared out, a shard is missing, unfinished or of other settings, or the directory
            cannot be used.
    """
    from eval.shards import all_of, merge, require_divisible, require_same, unfinished

    require_divisible(asked.study)
    shards = all_of(count)
    require_same(asked.directory, asked.recorded, shards, asked.study)
    if lacking := unfinished(asked.directory, asked.recorded, shards, asked.study):
        raise BadInput(
            f"run_dir={asked.directory}: {'; '.join(lacking)}; run each with shard=NUMBER shards={count} resume=true, "
            "which measures what is not there"
        )
    return run_whole(asked, partial(merge, count=count))
