"""``python -m scripts.diagnose MODULE:NAME parameters=[...]``: what the gradient of your QNode costs and is worth."""

from __future__ import annotations

import sys
from typing import NamedTuple

from scripts.running.command import run_plain

USAGE = """\
usage: python -m scripts.diagnose MODULE:NAME parameters=[10,8,3] [inputs=[8]]
           [samples=64] [seed=0]
       python -m scripts.diagnose MODULE:NAME sizes=[4,6,8,10]
           [samples=64] [seed=0]

Draws random parameters for a PennyLane QNode of yours and prints its
gradient's variance beside that of a 2-design, the circuits of one step, its
memory, and one sentence of advice. NAME is a QNode of an array of angles of
the given shape, drawn from [0, 2π); with inputs=, of such an array and of one
example of that shape, drawn from [0, 1).

Whether the gradient vanishes as qubits are added, several sizes say: with
sizes=, NAME is a function from a size to a QNode, its parameters, and its
example if it takes one. MODULE is found as Python finds it from here. From
Python, for any model:

  from eval.diagnose import diagnose
  print(diagnose(qnode, example_parameters, *further_inputs))"""


class Request(NamedTuple):
    """What is asked for: ``parameters`` (with or without ``inputs``) or ``sizes``."""

    module: str
    name: str
    parameters: tuple[int, ...] | None
    inputs: tuple[int, ...] | None
    sizes: tuple[int, ...] | None
    samples: int
    seed: int


def read_arguments(arguments: list[str]) -> Request:
    """Read the command line.

    Raises:
        BadInput: An argument is missing, unknown or malformed.
    """
    from training.errors import BadInput

    named = [argument for argument in arguments if "=" not in argument]
    given = dict(argument.split("=", 1) for argument in arguments if "=" in argument)
    if len(named) != 1 or named[0].count(":") != 1 or not all(named[0].split(":")):
        raise BadInput(f"{' '.join(named) or 'nothing'} names no QNode; write MODULE:NAME, as in my_circuits:circuit")
    known = ("parameters", "inputs", "sizes", "samples", "seed")
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise BadInput(f"{unknown[0]} is not a setting; the settings here are {', '.join(known)}")
    if "sizes" in given and {"parameters", "inputs"} & set(given):
        raise BadInput("with sizes the function returns its parameters and inputs; leave parameters= and inputs= out")
    if not {"sizes", "parameters"} & set(given):
        raise BadInput("parameters is missing; give the shape of the QNode's parameters, as in parameters=[10,8,3]")
    module, name = named[0].split(":")
    lists = (_numbers(key, given[key]) if key in given else None for key in ("parameters", "inputs", "sizes"))
    samples, seed = (_whole(key, given.get(key, default)) for key, default in (("samples", "64"), ("seed", "0")))
    return Request(module, name, *lists, samples=samples, seed=seed)


def _numbers(key: str, text: str) -> tuple[int, ...]:
    return tuple(_whole(key, part) for part in text.strip("[]()").split(",") if part.strip())


def _whole(key: str, text: str) -> int:
    from training.errors import BadInput

    if not text.strip().isdigit():
        raise BadInput(f"{key}={text} must be a whole number of at least 0")
    return int(text)


def _job(arguments: list[str]) -> None:
    request = read_arguments(arguments)
    import jax
    import jax.numpy as jnp

    from eval.diagnose import diagnose
    from paradigms.named import named
    from paradigms.vqc import removed_jax_names

    removed_jax_names.restore()
    drawn = {"samples": request.samples, "seed": request.seed, "name": request.name}
    if request.sizes is not None:
        build = named(request.module, request.name, "a function of a size")
        print(diagnose(build, sizes=request.sizes, **drawn))
    else:
        inputs = () if request.inputs is None else (jax.random.uniform(jax.random.key(request.seed), request.inputs),)
        print(diagnose(named(request.module, request.name, "a QNode"), jnp.zeros(request.parameters), *inputs, **drawn))


def main() -> int:
    """Entry point; returns the exit code."""
    return run_plain(USAGE, _job)


if __name__ == "__main__":
    sys.exit(main())
