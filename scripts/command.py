"""What every command shares: Hydra in front, one sentence and an exit code behind."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import Any

from scripts.messages import sentence

OK, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 75
"""Exit codes; 75 is ``EX_TEMPFAIL`` of sysexits.h: try again (with ``resume=true``)."""


def exit_code(error: BaseException) -> int:
    """2 for bad input, 75 for a run that was interrupted and has saved, 1 otherwise."""
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    from paradigms.interface import Unsupported
    from training.errors import BadInput, Interrupted

    if isinstance(error, (BadInput, Unsupported, HydraException, OmegaConfBaseException)):
        return BAD_INPUT
    return INTERRUPTED if isinstance(error, Interrupted) else FAILED


def report(error: Exception, code: int | None = None) -> int:
    """Say on stderr what went wrong; returns the exit code, by default that of :func:`exit_code`."""
    code = exit_code(error) if code is None else code
    print(f"error: {sentence(error)}", file=sys.stderr)
    if code == FAILED:
        print("GRADIENT_COST_TRACEBACK=1 shows where it came from", file=sys.stderr)
    return code


def called(name: str) -> str:
    """Another command, as the user called this one: ``python -m scripts.study`` or ``gradient-cost study``."""
    return f"gradient-cost {name}" if sys.argv[0].startswith("gradient-cost ") else f"python -m scripts.{name}"


def run(command: Callable[[Callable[[Any], None]], Callable[[], Any]], job: Callable[[Any], None]) -> None:
    """Run a command: map what its jobs raise to one sentence each on stderr, and to an exit code.

    The jobs of a sweep are independent: one that fails is reported and the rest still run; one that was interrupted
    ends the sweep. ``GRADIENT_COST_TRACEBACK=1`` shows tracebacks instead.

    Args:
        command: Hydra's decorator, which makes a command out of a job.
        job: Takes the composed configuration.
    """
    # Hydra would otherwise print a traceback of its own and exit with 1, whatever went wrong.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    if os.environ.get("GRADIENT_COST_TRACEBACK") == "1":
        command(job)()
        return
    codes: list[int] = []

    @functools.wraps(job)
    def guarded(config: Any) -> None:
        try:
            job(config)
        except Exception as error:
            codes.append(report(error))
            if codes[-1] == INTERRUPTED:
                sys.exit(INTERRUPTED)

    try:
        command(guarded)()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    except ValueError as error:
        # No job raises here, and Hydra refuses some overrides with nothing more specific than this.
        sys.exit(report(error, BAD_INPUT))
    except Exception as error:
        sys.exit(report(error))
    if codes:
        sys.exit(codes[0])
