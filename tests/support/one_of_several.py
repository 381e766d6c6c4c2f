"""A run of a toy, as one process of several: ``python one_of_several.py {"run_dir": ..., ...}``.

Its settings are those of :class:`Job`. It ends as a command does.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Job:
    """What is to be run, and what is to happen to this process meanwhile."""

    run_dir: str
    distributed: dict
    steps: int = 50
    seed: int = 0
    data_seed: int = 0
    batch_size: int = 16
    mesh: dict | None = None
    resume: bool = False
    signal: int | None = None
    at: int | str = -1
    delay: float = 0.0
    fails: bool = False
    poisoned: int | None = None
    taken: str | None = None


class Noted:
    """A split that notes which examples are taken."""

    def __init__(self, split, path):
        self.split, self.path = split, Path(path)

    def __len__(self):
        return len(self.split)

    def take(self, indices):
        with self.path.open("a") as file:
            file.write(json.dumps([int(index) for index in indices]) + "\n")
        return self.split.take(indices)


def run(job: Job) -> None:
    """Train, and be killed where the job says so."""
    from scripts.running.command import exit_code
    from training.config import DistributedConfig, MeshConfig, OptimizerConfig, ProbesConfig, TrainerConfig
    from training.distributed.processes import joined
    from training.errors import NotWritten

    with joined(DistributedConfig(**job.distributed), exit_code):
        from toys import Perceptron, blobs

        from training.trainer import Settings, Trainer

        task = blobs(seed=job.data_seed, classes=4)
        if job.poisoned is not None:
            task.train.inputs[job.poisoned] = float("nan")
        if job.taken is not None:
            task = replace(task, train=Noted(task.train, job.taken))
        settings = Settings(
            trainer=TrainerConfig(
                steps=job.steps, batch_size=job.batch_size, log_every=1, eval_every=20, checkpoint_every=10
            ),
            optimizer=OptimizerConfig(learning_rate=0.05, warmup_steps=2),
            probes=ProbesConfig(every=20, timing_repeats=1),
            mesh=MeshConfig(**(job.mesh or {})),
            seed=job.seed,
        )
        trainer = Trainer(Perceptron(hidden=8, outputs=4), task, settings)
        step = trainer.programs.step

        def watched(state, batch):
            if int(state.step) == job.at:
                if job.fails:
                    raise NotWritten(errno.ENOSPC, os.strerror(errno.ENOSPC), "metrics.jsonl")
                if job.signal is not None:
                    os.kill(os.getpid(), job.signal)
            return step(state, batch)

        trainer.programs.step = watched
        if job.at == "save":
            trainer.programs.step = step
            signal_while_saving(job.signal, job.delay)
        if job.at == "compile":
            trainer.programs.compile = lambda: os.kill(os.getpid(), job.signal)
        trainer.run(job.run_dir, resume=job.resume)


def signal_while_saving(number: int, delay: float) -> None:
    """Let the second save send a signal to this process, so many seconds after it began."""
    import threading

    from training.run.checkpoint import Checkpoints

    save, calls = Checkpoints.save, []

    def watched(self, *given, **named):
        calls.append(None)
        if len(calls) == 2:
            threading.Timer(delay, os.kill, (os.getpid(), number)).start()
        return save(self, *given, **named)

    Checkpoints.save = watched


def main() -> int:
    """Run as a command does."""
    from scripts.running.command import INTERRUPTED, report_error
    from training.run.signals import end_process_on_signal

    stop = end_process_on_signal(INTERRUPTED)
    try:
        run(Job(**json.loads(sys.argv[1])))
        return stop.leave(0)
    except KeyboardInterrupt:
        return stop.leave(INTERRUPTED)
    except Exception as error:
        return stop.leave(report_error(error))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.exit(main())
