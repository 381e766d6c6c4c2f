"""``python -m scripts.diagnose MODULE:NAME parameters=[...]``: what the gradient of your QNode costs and is worth."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from scripts.command import BAD_INPUT, OK, report

USAGE = """\
usage: python -m scripts.diagnose MODULE:NAME parameters=[10,8,3] [samples=64] [seed=0]

Draws random parameters for a PennyLane QNode of yours and prints its gradient's variance, the barren plateau of its
size, the circuits of one step, its memory, and one sentence of advice. NAME is a QNode of one argument, an array of
the given shape; MODULE is found as Python finds it from here. From Python, for any model:

  from eval.diagnose import diagnose
  print(diagnose(qnode, example_parameters, *further_inputs))"""


def read_arguments(arguments: list[str]) -> tuple[str, str, tuple[int, ...], int, int]:
    """Module, name, shape of the parameters, samples and seed.

    Raises:
        BadInput: An argument is missing, unknown or malformed.
    """
    from training.errors import BadInput

    named = [argument for argument in arguments if "=" not in argument]
    given = dict(argument.split("=", 1) for argument in arguments if "=" in argument)
    if len(named) != 1 or named[0].count(":") != 1 or not all(named[0].split(":")):
        raise BadInput(f"{' '.join(named) or 'nothing'} names no QNode; write MODULE:NAME, as in my_circuits:circuit")
    unknown = sorted(set(given) - {"parameters", "samples", "seed"})
    if unknown:
        raise BadInput(f"{unknown[0]} is not a setting; the settings here are parameters, samples, seed")
    if "parameters" not in given:
        raise BadInput("parameters is missing; give the shape of the QNode's parameters, as in parameters=[10,8,3]")
    shape = tuple(_whole("parameters", part) for part in given["parameters"].strip("[]()").split(",") if part.strip())
    module, name = named[0].split(":")
    samples, seed = (_whole(key, given.get(key, default)) for key, default in (("samples", "64"), ("seed", "0")))
    return module, name, shape, samples, seed


def _whole(key: str, text: str) -> int:
    from training.errors import BadInput

    if not text.strip().isdigit():
        raise BadInput(f"{key}={text} must be a whole number of at least 0")
    return int(text)


def load(module: str, name: str, kind: str = "a QNode") -> Any:
    """The object ``name`` of a module, found from the working directory too; ``kind`` is what it should be.

    Raises:
        BadInput: There is no such module, or it has no such name.
    """
    from training.errors import BadInput

    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        raise BadInput(f"there is no module {module}; run from the folder that holds it") from error
    if not hasattr(found, name):
        raise BadInput(f"module {module} has no {name}; name {kind} that it defines")
    return getattr(found, name)


def main() -> int:
    """Entry point; returns the exit code."""
    arguments = sys.argv[1:]
    if not arguments or set(arguments) & {"--help", "-h"}:
        print(USAGE)
        return OK if arguments else BAD_INPUT
    try:
        module, name, shape, samples, seed = read_arguments(arguments)
        import jax.numpy as jnp

        from eval.diagnose import diagnose
        from paradigms.vqc import shims

        shims.apply()
        print(diagnose(load(module, name), jnp.zeros(shape), samples=samples, seed=seed, name=name))
    except Exception as error:
        return report(error)
    return OK


if __name__ == "__main__":
    sys.exit(main())
