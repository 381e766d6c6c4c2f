"""What every command shares: Hydra in front, one sentence and an exit code behind."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eval.studies import NAMES as STUDIES
from scripts.running.error_sentences import Choices, sentence
from scripts.running.help import FLAGS, asks_for_help, help_text
from training.errors import BadInput, Interrupted
from training.run.allocator import CHOICES, KEEP, SHARED, SYSTEM, keep_freed_memory
from training.run.signals import STOPPED, Stop, end_process_on_signal, requests
from training.run.streams import outlive_readers
from training.run.terminal import say

OK, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 75
"""Exit codes; 75 is ``EX_TEMPFAIL`` of sysexits.h: try again (with ``resume=true``)."""

CONF = str(Path(__file__).parents[1] / "conf")
"""The YAML of every setting."""
AUTO = "auto"


class JobFailed(Exception):
    """A job that a launcher of Hydra ran in another process has failed, and has said so there.

    Attributes:
        code: The exit code.
    """

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def exit_code(error: BaseException) -> int:
    """2 for bad input, 75 for a run that was interrupted and has saved, 1 otherwise."""
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    from paradigms.interface import Unsupported

    if isinstance(error, (BadInput, Unsupported, HydraException, OmegaConfBaseException)):
        return BAD_INPUT
    return INTERRUPTED if isinstance(error, (Interrupted, KeyboardInterrupt)) else FAILED


def report_error(error: Exception, code: int | None = None, choices: Choices | None = None) -> int:
    """Say on stderr what went wrong; returns the exit code, by default that of :func:`exit_code`."""
    code = exit_code(error) if code is None else code
    say(f"error: {sentence(error, choices)}", file=sys.stderr)
    if code == FAILED:
        print("GRADIENT_COST_TRACEBACK=1 shows where it came from", file=sys.stderr)
    return code


def called(name: str) -> str:
    """Another command, as the user called this one: ``python -m scripts.study`` or ``gradient-cost study``."""
    return f"gradient-cost {name}" if sys.argv[0].startswith("gradient-cost ") else f"python -m scripts.{name}"


def run(name: str, job: Callable[[dict[str, Any]], None]) -> int:
    """Run a command: map what its jobs raise to one sentence each on stderr; returns the exit code.

    The jobs of a sweep are independent: one that fails is reported and the rest still run; one that was interrupted
    ends the sweep. A launcher of Hydra may run them in other processes. From here on SIGTERM, SIGHUP and Ctrl-C end the
    process with 75, once what can be saved is; while Python starts, before the first line of ours, they end it as ever.
    ``GRADIENT_COST_TRACEBACK=1`` shows tracebacks instead.

    Args:
        name: The name of the YAML under ``scripts/conf``.
        job: Takes the composed configuration, as plain values.
    """
    stop = end_process_on_signal(INTERRUPTED)
    outlive_readers()
    try:
        return stop.leave(_run(name, _findable(name, job), stop))
    except SystemExit as end:
        stop.leave(end.code if isinstance(end.code, int) else OK)
        raise
    except KeyboardInterrupt:
        code = stop.leave(INTERRUPTED)  # before anything else: the same signal may be asked for again
        print(f"error: {STOPPED}", file=sys.stderr)
        return code


def _findable(name: str, job: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    """The job as another process finds it by name; ``python -m`` calls its module ``__main__``."""
    if job.__module__ != "__main__":
        return job
    return getattr(importlib.import_module(f"scripts.{name}"), job.__name__, job)


def _run(name: str, job: Callable[[dict[str, Any]], None], stop: Stop) -> int:
    import hydra

    # Hydra would otherwise print a traceback of its own and exit with 1, whatever went wrong.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    codes: list[int] = []

    # Sent to another process by some launchers, so that it holds nothing of this one.
    def guarded(raw: Any) -> None:
        from omegaconf import OmegaConf

        requested = requests()
        try:
            values = OmegaConf.to_container(raw, resolve=True)
            if not isinstance(values, dict):
                raise TypeError("Hydra composed no mapping")
            chosen = {str(key): value for key, value in values.items()}
            _choose_allocator(chosen.pop("allocator", SYSTEM), chosen)
            job(chosen)
        except Interrupted as error:
            code = report_error(error)
            if requested is None:
                raise JobFailed(code) from None
            # Hydra keeps any other exception until the last job of a sweep has run.
            sys.exit(code)
        except Exception as error:
            if requested is not None:
                requested.interrupt_again(error)
            if shows_traceback():
                raise
            code = report_error(error)
            if requested is None:
                raise JobFailed(code) from None
            codes.append(code)

    try:
        if asks_for_help(sys.argv[1:]):
            print(help_text(name, CONF, [one for one in sys.argv[1:] if one not in FLAGS]))
            return OK
        hydra.main(version_base="1.3", config_path=CONF, config_name=name)(guarded)()
    except JobFailed as failed:
        return failed.code
    except Exception as error:
        stop.interrupt_again(error)
        if shows_traceback():
            raise
        from scripts.explanations.choices import known_choices

        # No job raises here, and Hydra refuses some overrides with nothing more specific than a ValueError.
        return report_error(error, BAD_INPUT if isinstance(error, ValueError) else None, known_choices(CONF, name))
    return codes[0] if codes else OK


def _choose_allocator(choice: Any, chosen: dict[str, Any]) -> None:
    if choice not in (AUTO, *CHOICES):
        raise BadInput(f"allocator={'null' if choice is None else choice} is not one of {', '.join((AUTO, *CHOICES))}")
    keep_freed_memory(_by_model(chosen) if choice == AUTO else choice)


def _by_model(chosen: dict[str, Any]) -> str:
    """The choice for what is trained: only a transformer's temporaries are too large for the heap of a thread.

    A study says itself what serves it; one that there is not is left to the job, which refuses it.
    """
    if (study := chosen.get("study")) is not None:
        return importlib.import_module(f"eval.studies.{study}").STUDY.allocator if study in STUDIES else KEEP
    paradigm = chosen.get("paradigm")
    name = paradigm.get("name") if isinstance(paradigm, dict) else chosen.get("suite")
    return SHARED if name == "transformer" else KEEP


def run_plain(usage: str, job: Callable[[list[str]], None]) -> int:
    """Run a command without Hydra: its usage where that is asked for or nothing is said; returns the exit code.

    Args:
        usage: What the command takes.
        job: Takes the arguments.
    """
    outlive_readers()
    arguments = sys.argv[1:]
    if not arguments or FLAGS & set(arguments):
        print(usage)
        return OK if arguments else BAD_INPUT
    try:
        job(arguments)
    except Exception as error:
        return report_error(error)
    return OK


def shows_traceback() -> bool:
    """Whether the user asked for tracebacks."""
    return os.environ.get("GRADIENT_COST_TRACEBACK") == "1"
