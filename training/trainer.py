"""The loop, and only the loop: data in, metrics out, checkpoints, clock.

What is computed is in ``step.py`` and ``probes/``; what is compiled, in ``programs.py``. At ``k`` completed updates the
order is always: evaluate, fetch the next batch, probe, write the row of ``k``, save, and only then the step that
donates the state. So a checkpoint at ``k`` stands beside every row up to ``k``, a probe sees the state that its row
speaks of, and a resumed run goes on exactly where the saved one stood.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax
import numpy as np

from paradigms.interface import Paradigm
from training.checkpoint import DAMAGED, Checkpoints
from training.clock import Clock
from training.config import MeshConfig, OptimizerConfig, ProbesConfig, TrainerConfig
from training.data.pipeline import BatchIterator, eval_batches, train_batches
from training.data.split import Batch, Split
from training.errors import BadInput, Interrupted, NonFiniteUpdate
from training.gradients import GradientName
from training.inputs import require_served
from training.mesh import make_mesh
from training.objective import NO_FULL_BATCH, evaluation_means
from training.optimizer import make_optimizer
from training.programs import Programs
from training.record import Record
from training.run_directory import CHECKPOINTS, METRICS, Resume, open_run_directory, plain
from training.signals import stop_on_signal
from training.start import Start, find_start
from training.state import TrainState
from training.step import FINITE, Metrics
from training.summary import SUMMARY, Summary
from training.tasks import Task
from training.tracking import RunInfo, build_trackers
from training.tracking.curves import FIGURE, draw_curves
from training.tracking.weights_and_biases import RUN_ID

LOGGER = logging.getLogger(__name__)

RECORDS = (METRICS, SUMMARY, CHECKPOINTS, DAMAGED, FIGURE, "tensorboard", "wandb", RUN_ID)
"""What only a run leaves behind in its directory, beside ``config.yaml``."""
LATEST_CHECK = 8
"""Updates that may be dispatched before the first of them is waited for. An update that is not finite was suppressed by
the step itself, and every row and every save looks at all that came before: being late costs nothing."""


@dataclass(frozen=True)
class Settings:
    """Everything about a run but the model and the data.

    Attributes:
        trainer, optimizer, probes, mesh: See ``training.config``.
        seed: Of the initial variables, the order of the data and every random number.
        gradient: The estimator at the level of the loss, see ``training.gradients``.
        tracking: Where rows go beside ``metrics.jsonl``, as names or as names with their options.
    """

    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    probes: ProbesConfig = field(default_factory=ProbesConfig)
    mesh: MeshConfig = field(default_factory=MeshConfig)
    seed: int = 0
    gradient: GradientName = "reverse"
    tracking: Collection[str] | Mapping[str, Mapping[str, Any]] = ("jsonl",)

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**32:
            raise BadInput(f"seed={self.seed} must be in 0 … 2³² − 1: JAX would silently cut off the rest")


@dataclass
class _Run:
    """What one call of :meth:`Trainer.run` holds."""

    state: TrainState
    batches: BatchIterator
    record: Record
    checkpoints: Checkpoints
    clock: Clock
    unchecked: deque[tuple[int, Metrics]] = field(default_factory=deque)
    """Metrics of updates whose finiteness nobody has looked at yet, with the number of the update."""


class Trainer:
    """Trains any paradigm on any task, and measures what its gradient costs and is worth.

    ::

        summary = Trainer(paradigm, task, Settings()).run("runs/first")

    Args:
        paradigm: What is trained.
        task: On what.
        settings: How.
        config: What to record as the run's configuration and to compare when it is resumed; by default ``settings``.
        batches: Makes the batches to train on; by default the task's own pipeline, anew for every run.

    Attributes:
        programs: What the run compiles.

    Raises:
        BadInput: Settings that cannot be served; raised before anything is compiled.
        Unsupported: An input that the paradigm cannot serve, likewise; see ``paradigms.interface.ChecksInputs``.
    """

    def __init__(
        self,
        paradigm: Paradigm,
        task: Task,
        settings: Settings,
        *,
        config: Mapping[str, Any] | None = None,
        batches: Callable[[], BatchIterator] | None = None,
    ) -> None:
        loop = settings.trainer
        self._paradigm = paradigm
        self._task = task
        self._settings = settings
        self._loop = loop
        self._notes = tuple(note for note in (task.note, *paradigm.notes) if note)
        self._config = plain(settings if config is None else config)
        self._make_batches = batches or (lambda: train_batches(task.train, loop.batch_size, settings.seed))
        # Looked at now, so that a batch larger than the data is refused before anything is traced.
        self._make_batches()
        require_served(paradigm, task)
        self.programs = Programs(
            paradigm,
            task,
            make_optimizer(settings.optimizer, loop.steps, paradigm),
            next(iter(eval_batches(task.train, loop.batch_size))),
            seed=settings.seed,
            gradient=settings.gradient,
            trainer=loop,
            probes=settings.probes,
            mesh=make_mesh(settings.mesh, loop.batch_size),
        )

    def run(self, run_dir: str | Path, *, resume: Resume = False) -> dict[str, Any]:
        """Train to the last step, and return the content of ``summary.json``.

        Args:
            run_dir: Where ``config.yaml``, ``metrics.jsonl``, ``summary.json``, ``curves.png`` and ``checkpoints/`` go.
            resume: Continue the run in ``run_dir`` if there is one; ``"restart"`` sets it aside, within it, and
                starts over.

        Raises:
            BadInput: ``run_dir`` cannot be used; it is left as it was, to the byte.
            Interrupted: A signal asked the run to stop; it has saved, and ``resume`` continues it.
            NonFiniteUpdate: A loss, gradient or update was not finite.
        """
        trackers = build_trackers(self._settings.tracking)
        with open_run_directory(run_dir, self._config, resume, RECORDS) as directory:
            checkpoints = Checkpoints(directory.path / CHECKPOINTS, self._loop.keep_checkpoints)
            # Everything that may be refused has been looked at when this returns, and nothing is written before.
            start = find_start(directory, checkpoints, self.programs, self._loop.checkpoint_every)
            replaced = directory.begin()
            damaged = checkpoints.set_aside(start.damaged)
            notes = [*self._notes, *filter(None, (replaced,)), *damaged]
            for sentence in notes[len(self._notes) :]:
                LOGGER.warning(sentence)
            summary = Summary(directory.path, self._config, notes)
            record = Record(directory.path, trackers, summary, self._loop.batch_size)
            return self._run(directory.path, start, record, checkpoints)

    def _run(self, directory: Path, start: Start, record: Record, checkpoints: Checkpoints) -> dict[str, Any]:
        try:
            run = self._begin(directory, start, record, checkpoints)
            with stop_on_signal() as stop_requested:
                self._train(run, stop_requested)
            checkpoints.close()
            draw_curves(directory)
        except BaseException as error:
            checkpoints.close()
            interrupted = isinstance(error, Interrupted)
            reason = str(error) if interrupted else f"{type(error).__name__}: {error}"
            record.finish("preempted" if interrupted else "failed", reason)
            raise
        return record.finish("completed")

    def _begin(self, directory: Path, start: Start, record: Record, checkpoints: Checkpoints) -> _Run:
        """Take up what was found, start the trackers, and compile."""
        batches, clock = self._make_batches(), Clock()
        if start.state is None:
            state = self.programs.initial_state()
        else:
            state = start.state
            batches.set_state(start.meta["data"])
            clock.restore(start.meta["clock"])
            record.explain(start.meta["unavailable"])
        record.begin(
            RunInfo(
                run_dir=directory,
                config=self._config,
                steps=self._loop.steps,
                start_step=int(state.step),
                batch_size=self._loop.batch_size,
                name=f"{self._paradigm.name} on {self._task.name}",
                parameters=self.programs.parameters,
                notes=self._notes,
            )
        )
        self.programs.compile()
        return _Run(state, batches, record, checkpoints, clock)

    def _train(self, run: _Run, stop_requested: Callable[[], bool]) -> None:
        loop, clock, record = self._loop, run.clock, run.record
        start = logged = int(run.state.step)
        metrics: Metrics = {}
        clock.open()
        for step in range(start, loop.steps + 1):
            last, stopping = step == loop.steps, stop_requested()
            # What belongs to the step that a run was resumed at is on disk already.
            observing = step > start or start == 0
            row: dict[str, float] = {}
            if step > logged and (last or step % loop.log_every == 0):
                self._require_finite(run)
                jax.block_until_ready(run.state)
                row |= self._training_metrics(metrics, clock.close(step - logged))
                logged = step
            if observing and (last or step == 0 or _due(step, loop.eval_every)):
                with _pause(run, "eval"):
                    row |= self._evaluate("eval", run, self._task.validation)
                    row |= self._evaluate("test", run, self._task.test) if last else {}

            saving = observing and (last or stopping or _due(step, loop.checkpoint_every))
            # The iterator is read before it moves on: a resumed run fetches this same batch again.
            position = run.batches.get_state() if saving else {}
            if not last:
                with clock.measure("data"):
                    batch = next(run.batches)
                if observing:
                    row |= self._probe(step, run, batch)
            if row:
                record.row(step, row)
            if saving:
                self._require_finite(run)
                with _pause(run, "save"):
                    record.flush()
                    meta = {"data": position, "clock": clock.totals(), "unavailable": record.unavailable}
                    run.checkpoints.save(step, run.state, meta)
            if last:
                return
            if stopping:
                raise Interrupted(f"stopped at step {step} of {loop.steps} and saved; resume=true continues")

            run.state, metrics = self.programs.step(run.state, batch)
            run.unchecked.append((step + 1, metrics))
            # Looked at late, so that the device is never left waiting for the host.
            self._require_finite(run, at_most=LATEST_CHECK)
            record.advance(step + 1)

    def _require_finite(self, run: _Run, at_most: int = 0) -> None:
        """Look at the oldest updates that nobody looked at, until ``at_most`` are left."""
        while len(run.unchecked) > at_most:
            step, metrics = run.unchecked.popleft()
            finite = np.asarray(metrics[FINITE])
            if not finite.all():
                named = [name for name, sound in zip(self.programs.checked_names, finite, strict=True) if not sound]
                more = f" and {len(named) - 1} more arrays" if len(named) > 1 else ""
                raise NonFiniteUpdate(
                    f"step {step} is not finite: {named[0]}{more}; the update was suppressed and nothing of it saved. "
                    "Lower optimizer.learning_rate or optimizer.clip_norm, or inspect the data"
                )

    def _training_metrics(self, metrics: Metrics, times: dict[str, float]) -> dict[str, float]:
        row = {name: float(value) for name, value in jax.device_get(metrics).items() if name != FINITE}
        examples = self._loop.batch_size / times["time/step_seconds"]
        row |= times | {"throughput/examples_per_second": examples}
        if self._task.spec.kind == "language":
            row["throughput/tokens_per_second"] = examples * self._task.spec.inputs.shape[0]
        return row | self.programs.measure_peak().metrics

    def _evaluate(self, name: str, run: _Run, split: Split) -> dict[str, float]:
        sums = [self.programs.evaluate(run.state, batch) for batch in eval_batches(split, self._loop.batch_size)]
        totals = jax.tree.map(lambda *values: float(np.sum(values, dtype=np.float64)), *jax.device_get(sums))
        means = evaluation_means(totals, self.programs.telemetry)
        missing = [f"{name}/{key}" for key in self.programs.telemetry if key not in means]
        run.record.explain(dict.fromkeys(missing, NO_FULL_BATCH))
        return {f"{name}/{key}": value for key, value in means.items()}

    def _probe(self, step: int, run: _Run, batch: Batch) -> dict[str, float]:
        row: dict[str, float] = {}
        if step == 0:
            with _pause(run, "probe"):
                measured = self.programs.measure_gradient(run.state, self.programs.place(batch))
            row |= measured.metrics
            run.record.explain(measured.unavailable)
        if self.programs.probe is not None and _due(step, self._settings.probes.every, at_zero=True):
            with _pause(run, "probe"):
                values = jax.device_get(self.programs.probe(run.state, batch))
            row |= run.record.probed({name: float(value) for name, value in values.items()})
        return row


def _due(step: int, every: int, at_zero: bool = False) -> bool:
    return every > 0 and step % every == 0 and (step > 0 or at_zero)


@contextmanager
def _pause(run: _Run, activity: str) -> Iterator[None]:
    """Time something that is no step: the device is waited for first, so that its work is not counted here."""
    jax.block_until_ready(run.state)
    with run.clock.measure(activity):
        yield
