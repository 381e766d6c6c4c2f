"""``python -m scripts.spikes RUN_DIR``: what the neurons of a trained spiking network do."""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.running.command import run_plain
from training.run.terminal import say, shown

USAGE = """\
usage: python -m scripts.spikes RUN_DIR [examples=64] [example=0]

Runs a trained spiking network on its first validation examples and draws
spikes.png into its run directory: the spikes of one example, membrane
potentials, and how often the neurons of each layer fire."""


def spikes(run_dir: Path, *, examples: int, example: int) -> Path:
    """Draw the spikes of the newest checkpoint in ``run_dir``; returns the path of the figure.

    Raises:
        BadInput: There is no run of a spiking network, or no checkpoint of it.
    """
    import jax
    import numpy as np

    from scripts.running.trained_run import read_run_config, read_trained_run
    from training.errors import BadInput

    config = read_run_config(run_dir)
    if config.paradigm.name != "snn":
        raise BadInput(f"{run_dir} holds a run of paradigm={config.paradigm.name}, which has no spikes; use a snn's")
    from eval.spikes import draw_spikes
    from paradigms.snn.model import SNN
    from paradigms.snn.recording import record

    _, task, paradigm, state = read_trained_run(run_dir, config)
    assert isinstance(paradigm, SNN)
    number = min(examples, len(task.validation))
    if not 0 <= example < number:
        raise BadInput(f"example={example} must be from 0 to {number - 1}")
    inputs, _ = task.validation.take(np.arange(number))
    recording = jax.jit(lambda params, model_state, x, key: record(paradigm, params, model_state, x, key=key))(
        state.params, state.model_state, inputs, state.key
    )
    return draw_spikes(recording, run_dir, example=example)


def _job(arguments: list[str]) -> None:
    from scripts.running.kept_programs import keep_compiled_programs

    run_dir, settings = _read(arguments)
    keep_compiled_programs()
    say(f"figure: {shown(spikes(run_dir, **settings))}")


def main() -> int:
    """Entry point; returns the exit code."""
    return run_plain(USAGE, _job)


def _read(arguments: list[str]) -> tuple[Path, dict[str, int]]:
    from training.errors import BadInput
    from training.run.paths import local_path

    settings = {"examples": 64, "example": 0}
    named = [argument for argument in arguments if "=" not in argument]
    if len(named) != 1:
        raise BadInput(f"{' '.join(named) or 'nothing'} names no run directory; write one, as in runs/mine")
    for argument in arguments:
        if "=" not in argument:
            continue
        key, value = argument.split("=", 1)
        if key not in settings:
            raise BadInput(f"{key} is not a setting; the settings here are {', '.join(settings)}")
        if not value.isdigit():
            raise BadInput(f"{key}={value} must be a whole number of at least 0")
        settings[key] = int(value)
    return local_path("the run directory", named[0]).absolute(), settings


if __name__ == "__main__":
    sys.exit(main())
