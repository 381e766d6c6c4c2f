"""``python -m scripts.generate run_dir=DIR prompt=TEXT``: what a trained language model writes."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.running.command import run_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

USAGE = """\
usage: python -m scripts.generate run_dir=DIR prompt=TEXT [samples=1]
           [most=200] [temperature=1.0] [seed=0]

Prints what a trained language model writes after a prompt. Text is read by
character (task=shakespeare); puzzles are in words, as in
prompt="BOS 3 7 2 PAD PAD ARROW 23 ARROW" (task=countdown),
prompt="BOS THINK 4 + 3 * 2 ARROW" (task=chain) or prompt="BOS A C B ARROW A ARROW"
(task=hanoi), and end where the model says so. temperature=0 takes the likeliest token; most= is the most of them."""


@dataclass(frozen=True)
class Request:
    """What is asked for; the usage says what each setting means."""

    run_dir: str
    prompt: str
    samples: int = 1
    most: int = 200
    temperature: float = 1.0
    seed: int = 0


def generate(request: Request) -> Iterator[str]:
    """Yield the answers of the newest checkpoint in a run directory.

    Raises:
        BadInput: There is no run of a language model whose vocabulary is known, no checkpoint of it, or the prompt is
            empty or holds what the vocabulary does not.
        Unsupported: The model cannot read as many tokens.
    """
    import jax
    import numpy as np

    from eval.inference.sampling import sampler
    from paradigms.interface import Decodes, Variables
    from paradigms.recomputing import recomputing
    from scripts.running.trained_run import read_run_config, read_trained_run
    from training.errors import BadInput
    from training.run.paths import local_path

    run_dir = local_path("run_dir", request.run_dir)
    _, task, paradigm, state = read_trained_run(run_dir, read_run_config(run_dir))
    if task.vocabulary is None:
        raise BadInput(f"run_dir={run_dir} was trained on task={task.name}, which is no language: use shakespeare, ...")
    vocabulary = task.vocabulary
    prompt = vocabulary.encode(request.prompt)
    if not len(prompt):
        raise BadInput("prompt= is empty: give at least one character, or one word of a puzzle")
    end = vocabulary.number("END") if "END" in vocabulary.words else None
    write = sampler(
        paradigm if isinstance(paradigm, Decodes) else recomputing(paradigm, task.spec),
        most=request.most,
        end=end,
        samples=request.samples,
        temperature=request.temperature,
    )
    variables, key = Variables(state.params, state.model_state), jax.random.key(request.seed)
    written = write(variables, prompt[None], np.array([len(prompt)]), key)
    for tokens, count in zip(written.tokens[0], written.counts[0], strict=True):
        yield vocabulary.decode(tokens[:count])
    (trained,) = task.spec.inputs.shape
    if len(prompt) + int(written.counts.max()) > trained + 1:
        yield f"note: the model was trained on {trained} tokens at a time; what is further from the prompt is a guess"


def read_arguments(arguments: list[str]) -> Request:
    """Read the command line.

    Raises:
        BadInput: A setting is missing, unknown or of the wrong type.
    """
    from scripts.configuration.conversion import convert
    from training.errors import BadInput

    given = {}
    for argument in arguments:
        name, equals, text = argument.partition("=")
        if not equals:
            raise BadInput(f"{argument} is no setting: write run_dir=DIR prompt=TEXT")
        given[name] = text
    missing = [name for name in ("run_dir", "prompt") if name not in given]
    if missing:
        raise BadInput(f"{missing[0]} is missing: write run_dir=DIR prompt=TEXT")
    numbers = {name: _number(name, text) for name, text in given.items() if name not in ("run_dir", "prompt")}
    return convert({**given, **numbers}, Request)


def _number(name: str, text: str) -> float | int:
    from training.errors import BadInput

    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    raise BadInput(f"{name}={text} must be a number")


def _job(arguments: list[str]) -> None:
    from scripts.running.kept_programs import keep_compiled_programs

    request = read_arguments(arguments)
    keep_compiled_programs()
    for line in generate(request):
        print(line)


def main() -> int:
    """Entry point; returns the exit code."""
    return run_plain(USAGE, _job)


if __name__ == "__main__":
    sys.exit(main())
