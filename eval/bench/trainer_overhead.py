"""What the Trainer adds to a step, beside a bare loop over the same compiled step on the same batches in memory.

A Trainer is compared with a loop that does nothing but call its compiled step, in turn and several times over, so that
a drift of the machine's speed meets both alike. The window holds no evaluation and no save; what logging, the check for
non-finite updates and the hand-over of batches cost is all in it. A second Trainer probes at the default cadence, and
its probes count in full. A third fetches its batches from the data pipeline and saves, to print those seconds apart.
"""

from __future__ import annotations

import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import jax

from eval.rows import Row
from paradigms.interface import Paradigm
from training.config import ProbesConfig, TrainerConfig
from training.data.pipeline import BatchIterator, train_batches
from training.data.split import Batch
from training.errors import BadInput
from training.run.environment import environment
from training.tasks import Task
from training.tracking.jsonl import read
from training.trainer import Settings, Trainer

SKIPPED = 100
"""Updates before the window: a first probe there also prices the gradient, once a run."""
KEPT_BATCHES = 16


@dataclass(frozen=True)
class Config:
    """How long and how often.

    Attributes:
        steps: Updates in the window of one run; a multiple of 100.
        rounds: Times each loop is run, in turn; seconds are medians over rounds.
        batch_size: Examples an update.
    """

    steps: int = 500
    rounds: int = 9
    batch_size: int = 64

    def __post_init__(self) -> None:
        if self.steps < 100 or self.steps % 100:
            raise BadInput(f"steps={self.steps} must be a multiple of 100: whole probes must fit the window")
        if self.rounds < 1:
            raise BadInput(f"rounds={self.rounds} must be at least 1")


@dataclass(frozen=True, kw_only=True)
class LoopTiming(Row):
    """Seconds an update of one loop, medians over rounds.

    Attributes:
        implementation: The library whose loop it is: always ours.
        loop: What goes on in it.
        paradigm: What is trained.
        task: The data.
        batch_size: Examples an update.
        step_seconds: Seconds of an update, the wait for its batch included.
        probe_seconds: Seconds of probes.
        data_seconds: The wait for the batch.
        save_seconds: Seconds of checkpoints.
        ratio_to_bare: The sum of ``step_seconds``, ``probe_seconds`` and ``save_seconds`` over ``step_seconds`` of the
            bare loop: median over rounds of ratios within a round.
        compile_seconds: Lowering and compiling the step; ``None`` where JAX had kept it compiled.
        dtype: The type of the parameters.
        versions: The packages with their versions.
    """

    part: ClassVar[str] = "timings"

    implementation: str
    loop: str
    paradigm: str
    task: str
    batch_size: int
    step_seconds: float
    probe_seconds: float
    data_seconds: float
    save_seconds: float
    ratio_to_bare: float
    compile_seconds: float | None
    dtype: str
    versions: Mapping[str, str]


class InMemory:
    """The same few batches again and again, already on the device."""

    def __init__(self, batches: list[Batch]) -> None:
        self._batches = itertools.cycle(batches)

    def __next__(self) -> Batch:
        return next(self._batches)

    def get_state(self) -> dict[str, Any]:
        """Return the position, which never changes."""
        return {}

    def set_state(self, state: dict[str, Any]) -> None:
        """Refuse: a benchmark run has no position."""
        raise RuntimeError("a benchmark run is not resumed")


def run(paradigm: Paradigm, task: Task, config: Config) -> list[list[LoopTiming]]:
    """Measure, and return one table with a row a loop: bare, the Trainer, with probes, with the data pipeline."""
    off, default = ProbesConfig(every=0, timing_repeats=0), ProbesConfig(timing_repeats=0)
    plain = _trainer(paradigm, task, config, off)
    memory = [plain.programs.place(batch) for batch in _first_batches(task, config)]
    plain = _trainer(paradigm, task, config, off, lambda: InMemory(memory))
    probed = _trainer(paradigm, task, config, default, lambda: InMemory(memory))
    piped = _trainer(paradigm, task, config, off, checkpoint_every=config.steps // 2)

    seconds: dict[str, list[dict[str, float]]] = {name: [] for name in ("bare", "trainer", "probes", "pipeline")}
    with tempfile.TemporaryDirectory() as folder:
        for round_number in range(config.rounds):
            seconds["bare"].append(_bare(plain, memory, config.steps))
            for name, trainer in (("trainer", plain), ("probes", probed), ("pipeline", piped)):
                seconds[name].append(_window(trainer, Path(folder) / f"{name}-{round_number}"))
    versions = environment()["packages"]
    compiling = plain.programs.compilation
    rows = [
        LoopTiming(
            implementation="gradient-cost",
            loop=label,
            paradigm=paradigm.name,
            task=task.name,
            batch_size=config.batch_size,
            step_seconds=_median(seconds[name], lambda row: row["step"]),
            probe_seconds=_median(seconds[name], lambda row: row["probe"]),
            data_seconds=_median(seconds[name], lambda row: row["data"]),
            save_seconds=_median(seconds[name], lambda row: row["save"]),
            ratio_to_bare=statistics.median(
                (row["step"] + row["probe"] + row["save"]) / bare["step"]
                for row, bare in zip(seconds[name], seconds["bare"], strict=True)
            ),
            compile_seconds=None if compiling.read else compiling.seconds,
            dtype="float32",
            versions=versions,
        )
        for name, label in (
            ("bare", "bare loop"),
            ("trainer", "trainer"),
            ("probes", f"probes every {default.every}"),
            ("pipeline", "pipeline and saves"),
        )
    ]
    return [rows]


def _median(rows: list[dict[str, float]], of: Callable[[dict[str, float]], float]) -> float:
    return statistics.median(of(row) for row in rows)


def _first_batches(task: Task, config: Config) -> list[Batch]:
    batches = train_batches(task.train, config.batch_size, 0)
    return [next(batches) for _ in range(KEPT_BATCHES)]


def _trainer(
    paradigm: Paradigm,
    task: Task,
    config: Config,
    probes: ProbesConfig,
    batches: Callable[[], BatchIterator] | None = None,
    checkpoint_every: int = 0,
) -> Trainer:
    loop = TrainerConfig(
        steps=SKIPPED + config.steps, batch_size=config.batch_size, eval_every=0, checkpoint_every=checkpoint_every
    )
    return Trainer(paradigm, task, Settings(trainer=loop, probes=probes), batches=batches)


def _bare(trainer: Trainer, batches: list[Batch], steps: int) -> dict[str, float]:
    """Seconds an update of a loop that only calls the step."""
    state = trainer.programs.initial_state()
    cycle = itertools.cycle(batches)
    for _ in range(SKIPPED):
        state, _ = trainer.programs.step(state, next(cycle))
    jax.block_until_ready(state)
    start = time.perf_counter()
    for _ in range(steps):
        state, _ = trainer.programs.step(state, next(cycle))
    jax.block_until_ready(state)
    return {"step": (time.perf_counter() - start) / steps, "probe": 0.0, "data": 0.0, "save": 0.0}


def _window(trainer: Trainer, run_dir: Path) -> dict[str, float]:
    """Seconds an update of the Trainer's own loop, after the first updates, by activity."""
    trainer.run(run_dir)
    rows = [row for row in read(run_dir / "metrics.jsonl") if "time/step_seconds" in row]
    steps = [0, *(row["step"] for row in rows)]
    totals = dict.fromkeys(("step", "probe", "data", "save"), 0.0)
    updates = 0
    for before, row in zip(steps, rows, strict=False):
        if before >= SKIPPED:
            updates += row["step"] - before
            for name in totals:
                totals[name] += row[f"time/{name}_seconds"] * (row["step"] - before)
    return {name: total / updates for name, total in totals.items()}
