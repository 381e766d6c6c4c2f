"""``python -m scripts.generate run_dir=DIR prompt=TEXT``: what a trained, or a pretrained, language model writes."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.running.command import run_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np

    from paradigms.interface import Decodes, Variables

USAGE = """\
usage: python -m scripts.generate run_dir=DIR prompt=TEXT [samples=1]
           [most=200] [temperature=1.0] [seed=0]
       python -m scripts.generate model=FILE.gguf prompt=TEXT ...

Prints what a trained language model writes after a prompt. Text is read by
character (task=shakespeare); puzzles are in words, as in
prompt="BOS 3 7 2 PAD PAD ARROW 23 ARROW" (task=countdown),
prompt="BOS THINK 4 + 3 * 2 ARROW" (task=chain) or
prompt="BOS A C B ARROW A ARROW" (task=hanoi), and end where the model says
so. model= takes a pretrained model of the architecture llama, which needs
pip install -e ".[pretrained]". temperature=0 takes the likeliest token;
most= is the most of them."""

_TEXTS = ("run_dir", "model", "prompt")
"""Settings that are no numbers."""


@dataclass(frozen=True)
class Request:
    """What is asked for; the usage says what each setting means."""

    prompt: str
    run_dir: str | None = None
    model: str | None = None
    samples: int = 1
    most: int = 200
    temperature: float = 1.0
    seed: int = 0


@dataclass(frozen=True)
class _Writer:
    """A model and what its token numbers stand for; ``length`` is how many it was trained on at a time, if known."""

    decoder: Decodes
    variables: Variables
    encode: Callable[[str], np.ndarray]
    decode: Callable[[np.ndarray], str]
    end: int | None
    length: int | None


def generate(request: Request) -> Iterator[str]:
    """Yield the answers of the newest checkpoint in a run directory, or of a pretrained model.

    Raises:
        BadInput: There is no run of a language model whose vocabulary is known, no checkpoint of it, no pretrained
            model that can be read, or the prompt is empty or holds what the vocabulary does not.
        Unsupported: The model cannot read as many tokens.
    """
    import jax
    import numpy as np

    from eval.inference.sampling import sampler
    from training.errors import BadInput

    found = _trained(request.run_dir) if request.run_dir is not None else _pretrained(str(request.model))
    prompt = found.encode(request.prompt)
    if not len(prompt):
        raise BadInput("prompt= is empty: give at least one character, or one word of a puzzle")
    write = sampler(
        found.decoder, most=request.most, end=found.end, samples=request.samples, temperature=request.temperature
    )
    written = write(found.variables, prompt[None], np.array([len(prompt)]), jax.random.key(request.seed))
    for tokens, count in zip(written.tokens[0], written.counts[0], strict=True):
        yield found.decode(tokens[:count])
    if found.length is not None and len(prompt) + int(written.counts.max()) > found.length + 1:
        yield (
            f"note: the model was trained on {found.length} tokens at a time; what is further from the prompt is a "
            "guess"
        )


def _trained(directory: str) -> _Writer:
    from paradigms.interface import Decodes, Variables
    from paradigms.recomputing import recomputing
    from scripts.running.trained_run import read_run_config, read_trained_run
    from training.errors import BadInput
    from training.run.paths import local_path

    run_dir = local_path("run_dir", directory)
    _, task, paradigm, state = read_trained_run(run_dir, read_run_config(run_dir))
    if task.vocabulary is None:
        raise BadInput(f"run_dir={run_dir} was trained on task={task.name}, which is no language: use shakespeare, ...")
    vocabulary = task.vocabulary
    end = vocabulary.number("END") if "END" in vocabulary.words else None
    decoder = paradigm if isinstance(paradigm, Decodes) else recomputing(paradigm, task.spec)
    (trained,) = task.spec.inputs.shape
    variables = Variables(state.params, state.model_state)
    return _Writer(decoder, variables, vocabulary.encode, vocabulary.decode, end, trained)


def _pretrained(path: str) -> _Writer:
    from eval.inference.pretrained import load
    from training.run.paths import local_path

    found = load(local_path("model", path), 1)
    tokeniser = found.tokeniser
    return _Writer(found.paradigm, found.variables, tokeniser.encode, tokeniser.decode, tokeniser.end, None)


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
    if "model" in given and "run_dir" in given:
        raise BadInput(f"run_dir={given['run_dir']} and model={given['model']} are two models: choose one of them")
    wanted = ("prompt",) if "model" in given else ("run_dir", "prompt")
    missing = [name for name in wanted if name not in given]
    if missing:
        raise BadInput(f"{missing[0]} is missing: write run_dir=DIR prompt=TEXT")
    numbers = {name: _number(name, text) for name, text in given.items() if name not in _TEXTS}
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
