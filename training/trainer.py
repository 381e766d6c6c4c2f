"""The loop, and only the loop: data in, metrics out, checkpoints, clock.

What is computed is in ``step.py`` and ``probes/``; what is compiled, in ``programs.py``. At ``k`` completed updates the
order is always: evaluate, fetch the next batch, probe, write the row of ``k``, save, and only then the step that
donates the state. So a checkpoint at ``k`` stands beside every row up to ``k`` (or holds the beginning of the last one,
where a signal came before it was complete), a probe sees the state that its row speaks of, and a resumed run goes on
exactly where the saved one stood.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import jax
import numpy as np

from paradigms.interface import Paradigm, Variables
from training.config import Settings
from training.data.pipeline import BatchIterator, eval_batches, train_batches
from training.data.prefetch import prefetched
from training.data.split import Batch
from training.distributed.company import Company
from training.distributed.processes import decided_by_first, is_writer
from training.errors import BadInput, Interrupted, NonFiniteUpdate, NotWritten
from training.evaluation import FULL, NO_FULL_BATCH, evaluation_means
from training.measure import Measure
from training.programs import STEP, Programs
from training.run.checkpoint import DAMAGED, Checkpoints
from training.run.clock import Clock
from training.run.history import gone_on, told
from training.run.profile import PROFILE, Profile
from training.run.record import NullRecord, Record
from training.run.run_directory import CHECKPOINTS, METRICS, Resume, RunDirectory, flattened, open_run_directory, plain
from training.run.signals import Stop, before_sudden_end, stop_on_signal
from training.run.start import Start, find_start
from training.run.summary import SUMMARY, Summary, mark_preempted
from training.state import TrainState
from training.step import FINITE, Metrics
from training.tasks import Task
from training.tracking import RunInfo, build_trackers
from training.tracking.curves import FIGURE, draw_curves
from training.tracking.weights_and_biases import RUN_ID

LOGGER = logging.getLogger(__name__)

RECORDS = (METRICS, SUMMARY, CHECKPOINTS, DAMAGED, FIGURE, PROFILE, "tensorboard", "wandb", RUN_ID)
"""What only a run leaves behind in its directory, beside ``config.yaml``."""
STEPS = "trainer.steps"
"""The setting by which a run is extended."""
NOTHING_NEW = "stopped before its first update; what it goes on from is as it was, and resume=true continues"
AT_ONCE = "stopped at once by a second signal; resume=true continues from the last checkpoint"


@dataclass
class _Run:
    """What one call of :meth:`Trainer.run` holds."""

    state: TrainState
    start: Start
    batches: BatchIterator
    record: Record
    checkpoints: Checkpoints
    clock: Clock
    stop: Stop
    profile: Profile
    unchecked: deque[tuple[int, Metrics, Any]] = field(default_factory=deque)
    """Of updates that nobody has looked at yet: the number, the metrics, and the votes of several processes to stop."""
    voted: bool = False
    """Whether one of several processes was asked to stop, before an update that was looked at."""


class Trainer:
    """Trains any paradigm on any task, and measures what its gradient costs and is worth.

    ::

        summary = Trainer(paradigm, task, Settings()).run("runs/first")

    Args:
        paradigm: What is trained.
        task: The data and their loss.
        settings: How.
        config: What to record as the run's configuration and to compare when it is resumed; by default ``settings``.
        batches: Makes the batches to train on; by default the task's own pipeline, anew for every run.
        measures: What else is measured at every evaluation.

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
        measures: Sequence[Measure] = (),
    ) -> None:
        loop = settings.trainer
        self._paradigm = paradigm
        self._task = task
        self._settings = settings
        self._loop = loop
        self._measures = tuple(measures)
        notes = (task.note, *paradigm.notes, *(one.note for one in self._measures))
        self._notes = tuple(note for note in notes if note)
        self._config = plain(settings if config is None else config)
        # A configuration of the caller's need not hold the length.
        self._grows = STEPS if STEPS in flattened(self._config) else None
        # Looked at now, so that a batch larger than the data is refused before anything is traced.
        (batches or (lambda: train_batches(task.train, loop.batch_size, settings.seed)))()
        self.programs = Programs.of_run(paradigm, task, settings)
        self._company = Company(self.programs.mesh, loop.batch_size)
        if batches is not None and not self._company.alone:
            raise BadInput(
                f"batches= is of one process, and this run has {jax.process_count()}: leave it out, and each reads its "
                "own rows of the task's data"
            )
        rows = self._company.rows
        self._make_batches = batches or (lambda: train_batches(task.train, loop.batch_size, settings.seed, rows))

    def run(self, run_dir: str | Path, *, resume: Resume = False) -> dict[str, Any]:
        """Train to the last step, and return the content of ``summary.json``.

        Args:
            run_dir: Where ``config.yaml``, ``metrics.jsonl``, ``summary.json``, ``curves.png`` and ``checkpoints/`` go.
            resume: Continue the run in ``run_dir`` if there is one; ``"restart"`` sets it aside, within it, and
                starts over.

        Raises:
            BadInput: ``run_dir`` cannot be used; it is left as it was, to the byte.
            Interrupted: A signal asked the run to stop; ``resume`` continues it from what it has saved.
            NonFiniteUpdate: A loss, gradient or update was not finite.
            NotWritten: There is no room for what the run leaves behind; ``resume`` continues it from its last save.
        """
        with stop_on_signal() as stop:
            stop.check("stopped before the run began; nothing was written")
            self._company.require_alike(self._config, self._task)
            trackers = build_trackers(self._settings.tracking) if is_writer() else []
            with self._open(run_dir, resume) as directory:
                checkpoints = Checkpoints(directory.path / CHECKPOINTS, self._loop.keep_checkpoints)
                start = self._look(directory, checkpoints, stop)
                # Everything that may be refused has been looked at, and nothing was written before.
                replaced = decided_by_first(directory.begin)
                history = gone_on(start.history, start.step, self._loop.steps, self.programs.mesh_shape)
                found = [
                    *filter(None, (replaced, start.lost)),
                    *checkpoints.set_aside(start.damaged),
                    *told(history, self._settings.optimizer),
                ]
                summary = Summary(directory.path, self._config, [*self._notes, *found])
                if is_writer():
                    for sentence in found:
                        LOGGER.warning(sentence)
                    record = Record(directory.path, trackers, summary, self._loop.batch_size)
                else:
                    record = NullRecord(directory.path, summary, self._loop.batch_size)
                return self._run(directory.path, replace(start, history=history), record, checkpoints, stop)

    @contextmanager
    def _open(self, run_dir: str | Path, resume: Resume) -> Iterator[RunDirectory]:
        """The directory, which one process holds and all of them write checkpoints to."""
        with ExitStack() as opened:

            def look() -> list[Any]:
                directory = open_run_directory(run_dir, self._config, resume, RECORDS, self._grows)
                found = opened.enter_context(directory)
                return [str(found.path), found.continues]

            path, continues = decided_by_first(look)
            yield RunDirectory(Path(path), continues, self._config, RECORDS)

    def _look(self, directory: RunDirectory, checkpoints: Checkpoints, stop: Stop) -> Start:
        reason = "stopped while its checkpoint was read; the run is as it was, and resume=true continues"
        try:
            with stop.at_once(), before_sudden_end(lambda: mark_preempted(directory.path, reason)):
                return find_start(directory, checkpoints, self.programs, self._loop.checkpoint_every)
        except KeyboardInterrupt:
            mark_preempted(directory.path, reason)
            raise Interrupted(reason) from None

    def _run(
        self, directory: Path, start: Start, record: Record, checkpoints: Checkpoints, stop: Stop
    ) -> dict[str, Any]:
        try:
            run = self._begin(directory, start, record, checkpoints, stop)
            with run.profile, prefetched(run.batches, self._loop.prefetch) as run.batches:
                self._train(run)
            checkpoints.close()
            if is_writer():
                draw_curves(directory)
        except BaseException as error:
            told = isinstance(error, (Interrupted, NotWritten))
            ended = Interrupted(AT_ONCE) if stop.is_interrupt(error) and not told else error
            with stop.shielded():
                try:
                    checkpoints.close()
                except NotWritten as problem:
                    # What was said to be saved is not.
                    ended = problem if isinstance(ended, Interrupted) else ended
                interrupted = isinstance(ended, Interrupted)
                in_words = isinstance(ended, (Interrupted, NotWritten))
                # Where there is no room for the summary either, the one of before stands, and the error says the same.
                with suppress(NotWritten):
                    record.finish(
                        "preempted" if interrupted else "failed",
                        str(ended) if in_words else f"{type(ended).__name__}: {ended}",
                    )
            if ended is error:
                raise
            raise ended from None
        with stop.shielded():
            return record.finish("completed")

    def _begin(self, directory: Path, start: Start, record: Record, checkpoints: Checkpoints, stop: Stop) -> _Run:
        """Take up what was found, start the trackers, and compile."""
        batches, clock = self._make_batches(), Clock()
        if start.state is not None:
            batches.set_state(start.meta["data"])
            clock.restore(start.meta["clock"])
            record.explain(start.meta["unavailable"])
        record.begin(
            RunInfo(
                run_dir=directory,
                config=self._config,
                steps=self._loop.steps,
                start_step=start.step,
                batch_size=self._loop.batch_size,
                name=f"{self._paradigm.name} on {self._task.name}",
                parameters=self.programs.parameters,
                notes=self._notes,
            ),
            kept=start.kept,
            written=start.meta.get("rows", 0),
        )
        with _nothing_to_save(stop, record):
            state = self.programs.initial_state() if start.state is None else start.state
            self.programs.compile()
        updates = self._loop.profile if is_writer() else None
        profile = Profile(updates, directory, self.programs.of_loop[STEP].compiled.as_text)
        if (missed := profile.missed(start.step)) is not None:
            LOGGER.warning(missed)
            record.summary.note(missed)
        return _Run(state, start, batches, record, checkpoints, clock, stop, profile)

    def _train(self, run: _Run) -> None:
        loop, clock, record, stop = self._loop, run.clock, run.record, run.stop
        start = logged = run.start.step
        metrics: Metrics = {}
        clock.open()
        for step in range(start, loop.steps + 1):
            last = step == loop.steps
            # What belongs to the step that a run was resumed at is on disk already, unless it was stopped in its midst.
            row = dict(run.start.row or {}) if step == start else {}
            observing = step > start or run.start.row is not None
            if step > logged and (last or step % loop.log_every == 0):
                self._require_finite(run)
                jax.block_until_ready(run.state)
                row |= self._training_metrics(metrics, clock.close(step - logged))
                logged = step
            if run.profile.turns_at(step):
                with _pause(run, "probe"):
                    run.profile.turn(step)
            evaluating = observing and (last or step == 0 or _due(step, loop.eval_every))
            probing = observing and not last and (step == 0 or _due(step, self._settings.probes.every))
            saving = observing and (last or _due(step, loop.checkpoint_every))
            # The iterator is read before it moves on: a resumed run fetches this same batch again. Where nothing is
            # due, a signal that comes after this line is seen at the next step.
            may_stop = evaluating or probing or saving or self._is_asked(run)
            position = run.batches.get_state() if may_stop else {}
            # A stop leaves undone what the run can do when it is resumed.
            complete = not evaluating or self._evaluate_splits(step, run, row)
            if complete and not last:
                with clock.measure("data"):
                    batch = self._taken(next(run.batches))
                complete = not (probing and self._is_asked(run))
                if complete and probing:
                    row |= self._probe(step, run, batch)
            stopping = may_stop and self._is_asked(run)
            if complete and row:
                record.row(step, row)
            if (saving or stopping) and observing and (step > start or run.start.state is None):
                self._require_finite(run)
                with _pause(run, "save"), stop.shielded():
                    record.flush()
                    meta = {
                        "data": position,
                        "clock": clock.totals(),
                        "unavailable": record.unavailable,
                        "row": None if complete else row,
                        "history": run.start.history,
                        "rows": record.rows,
                    }
                    run.checkpoints.save(step, run.state, meta)
            if last and complete:
                return
            if stopping:
                raise Interrupted(f"stopped at step {step} of {loop.steps} and saved; resume=true continues")

            run.state, metrics = self._company.in_turn(self.programs.step(run.state, batch))
            run.unchecked.append((step + 1, metrics, None if self._company.alone else self._company.vote(stop())))
            # Looked at late, so that the device is never left waiting for the host.
            self._require_finite(run, at_most=self._company.in_flight)
            record.advance(step + 1)

    def _is_asked(self, run: _Run) -> bool:
        """Whether to stop: as soon as a signal asks for it, or, of several processes, where all of them know of it."""
        return run.stop() if self._company.alone else run.voted

    def _taken(self, batch: Batch) -> Batch:
        """A batch for the programs, which take one from the host where this process has all of it."""
        return batch if self._company.alone else self.programs.place(batch)

    def _require_finite(self, run: _Run, at_most: int = 0) -> None:
        """Look at the oldest updates that nobody looked at, until ``at_most`` are left."""
        while len(run.unchecked) > at_most:
            step, metrics, votes = run.unchecked.popleft()
            run.voted = run.voted or (votes is not None and int(votes) > 0)
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

    def _evaluate_splits(self, step: int, run: _Run, row: dict[str, float]) -> bool:
        """Add to the row what is due of validation and test; false where a signal asked to stop before it was there."""
        splits = {"eval": self._task.validation}
        if step == self._loop.steps:
            splits["test"] = self._task.test
        measured: dict[str, float] = {}
        with _pause(run, "eval"), _before_the_first_update(step, run):
            for name, split in splits.items():
                sums = []
                for batch in eval_batches(split, self._loop.batch_size, self._company.rows):
                    if self._is_asked(run):
                        return False
                    sums.append(self._company.in_turn(self.programs.evaluate(run.state, self._taken(batch))))
                measured |= self._means(name, run, sums)
            for measure in self._measures:
                if self._is_asked(run):
                    return False
                measured |= measure.of(Variables(run.state.params, run.state.model_state))
        row |= measured
        return True

    def _means(self, name: str, run: _Run, sums: list[Metrics]) -> dict[str, float]:
        totals = jax.tree.map(lambda *values: float(np.sum(values, dtype=np.float64)), *jax.device_get(sums))
        means = evaluation_means(totals, self.programs.telemetry, some_full=totals[FULL] > 0)
        missing = [f"{name}/{key}" for key in self.programs.telemetry if key not in means]
        run.record.explain(dict.fromkeys(missing, NO_FULL_BATCH))
        return {f"{name}/{key}": value for key, value in means.items()}

    def _probe(self, step: int, run: _Run, batch: Batch) -> dict[str, int | float]:
        row: dict[str, int | float] = {}
        if step == 0:
            with _pause(run, "probe"), _before_the_first_update(step, run):
                placed = self.programs.place(batch) if self._company.alone else batch
                measured = self.programs.measure_gradient(run.state, placed)
            row |= measured.metrics
            run.record.explain(measured.unavailable)
        if self.programs.probe is not None and _due(step, self._settings.probes.every, at_zero=True):
            with _pause(run, "probe"):
                values = jax.device_get(self.programs.probe(run.state, batch))
            row |= run.record.probed({name: float(value) for name, value in values.items()})
        return row


@contextmanager
def _nothing_to_save(stop: Stop, record: Record) -> Iterator[None]:
    """Inside, a signal ends the run at once: what it goes on from is on disk."""
    try:
        with stop.at_once(), before_sudden_end(lambda: record.finish("preempted", NOTHING_NEW)):
            yield
    except KeyboardInterrupt:
        raise Interrupted(NOTHING_NEW) from None


def _before_the_first_update(step: int, run: _Run) -> AbstractContextManager[None]:
    return _nothing_to_save(run.stop, run.record) if step == 0 else nullcontext()


def _due(step: int, every: int, at_zero: bool = False) -> bool:
    return every > 0 and step % every == 0 and (step > 0 or at_zero)


@contextmanager
def _pause(run: _Run, activity: str) -> Iterator[None]:
    """Time something that is no step: the device is waited for first, so that its work is not counted here."""
    jax.block_until_ready(run.state)
    with run.clock.measure(activity):
        yield
