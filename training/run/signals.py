"""Stopping when asked to: what SIGTERM, Ctrl-C and a terminal that is closed do, at every moment of a run.

The first signal is a request. Where there is something to save, the work looks at it at its next boundary, saves and
ends; where there is nothing to save (while restoring or compiling) it is ended at once, by a ``KeyboardInterrupt``. A
second signal, a second after the first or later, ends it at once wherever it is, but for the moments of saving.

Python runs a handler between two bytecodes only, and a compilation may keep it waiting for minutes. So a command, which
owns its process, has a thread that learns of every signal at once, and ends the process when the main thread does not.
Where Python swallows what a handler raises (in a callback of the garbage collector, such as JAX's, or in ``__del__``),
a command asks itself again; where a library makes an error of its own of it, it is taken for what it was. An import is
never interrupted, for a compiled library that is may end the process or leave half a module behind: it is asked for
again until no import is under way.

A terminal that is closed sends SIGHUP. Where that is ignored from the start (``nohup``), it stays so.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Any, Literal, NoReturn

from training.errors import Interrupted

HANG_UP = getattr(signal, "SIGHUP", None)
"""Sent by a terminal that is closed, or by a connection that breaks; there is none on Windows."""
SIGNALS = (signal.SIGTERM, signal.SIGINT, *(() if HANG_UP is None else (HANG_UP,)))
STOPPED = "stopped by a signal; what was saved before is untouched"
INSISTING_SECONDS = 1.0
"""A signal this long after the first is a second one; an earlier one is the same, sent by the terminal and a parent."""
PATIENCE_SECONDS = 5.0
"""How long the main thread may take to notice a signal that ends it at once."""
_AGAIN_SECONDS = 0.02
"""After which an interrupt is asked for again. What swallowed one and takes longer to return swallows another."""

Manner = Literal["at once", "held", "shielded", "leaving"]


class Stop:
    """What signals have asked for, and what they do to the work in progress. Calling it says whether to stop."""

    def __init__(self, manner: Manner = "held") -> None:
        self._manner: Manner = manner
        self._first: float | None = None
        self._raised = False
        self._again: bool | None = None
        self._noticed = float("-inf")
        self._code = 1
        self._abrupt = False
        # The watching thread never gives it back: a main thread that comes too late waits for the end here.
        self._ending = threading.RLock()

    def __call__(self) -> bool:
        """Return whether a signal has asked for it."""
        return self._first is not None

    def check(self, sentence: str) -> None:
        """Raise where a signal asked to stop.

        Raises:
            Interrupted: A signal has asked for it; the error carries this sentence.
        """
        if self():
            raise Interrupted(sentence)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Inside, the first signal raises ``KeyboardInterrupt``; so does this, after a signal."""
        with self._in("at once"):
            if self():
                raise KeyboardInterrupt
            try:
                yield
            except Exception as error:
                self.interrupt_again(error)
                raise

    def is_interrupt(self, error: BaseException) -> bool:
        """Whether it is a ``KeyboardInterrupt``, or comes after one: a library may have made this error of it."""
        return self._raised or isinstance(error, KeyboardInterrupt)

    def interrupt_again(self, error: Exception) -> None:
        """Raise ``KeyboardInterrupt`` where the error may have been one."""
        if self.is_interrupt(error):
            raise KeyboardInterrupt from error

    def held(self) -> contextlib.AbstractContextManager[None]:
        """Inside, the first signal is only noted, and a second one raises ``KeyboardInterrupt``."""
        return self._in("held")

    def shielded(self) -> contextlib.AbstractContextManager[None]:
        """Inside, signals are only noted."""
        return self._in("shielded")

    @contextmanager
    def _in(self, manner: Manner) -> Iterator[None]:
        before, self._manner = self._manner, manner
        try:
            yield
        finally:
            self._manner = before

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        with self._ending:
            now = time.monotonic()
            insisting = self._first is not None and now - self._first >= INSISTING_SECONDS
            if self._again is not None:
                # One of ours, that stands for the one before.
                insisting, self._again = self._again, None
            self._first = now if self._first is None else self._first
            raising = self._manner == "at once" or (self._manner == "held" and insisting)
            if raising and _is_importing(frame):
                # Nothing is noted: the watching thread ends a process that imports for too long.
                self._ask_again(insisting)
                return
            self._noticed = now
            if raising:
                self._raised = True
                raise KeyboardInterrupt

    def _ask_again(self, insisting: bool) -> None:
        self._again = insisting
        # To the main thread, so that it wakes one that waits.
        to_main = (threading.main_thread().ident, signal.SIGINT)
        again = threading.Timer(_AGAIN_SECONDS, signal.pthread_kill, to_main)
        again.daemon = True
        again.start()

    def _on_unraisable(self, otherwise: Callable[[Any], object], swallowed: Any) -> None:
        """A ``sys.unraisablehook``: an interrupt that was swallowed is raised again, outside of what swallowed it."""
        if issubclass(swallowed.exc_type, KeyboardInterrupt):
            self._ask_again(insisting=True)
        else:
            otherwise(swallowed)

    def leave(self, code: int) -> int:
        """Let the process only end from here on, with this code whatever signals come; returns the code."""
        self._code = code
        self._manner = "leaving"
        return code

    def _at_exit(self) -> None:
        """The last of Python's functions at exit: what remains takes the handlers away, and a signal would kill it."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        if self._raised or self._abrupt:
            # What is half done in a compiled library, after an interrupt or in a thread, may crash what remains.
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(OSError, ValueError):
                    stream.flush()
            os._exit(self._code)

    def _watch(self, signals: socket.socket, code: int) -> None:
        self._code = code
        first: float | None = None
        while number := signals.recv(1):
            if number[0] not in SIGNALS:
                continue
            arrived = time.monotonic()
            insisting = first is not None and arrived - first >= INSISTING_SECONDS
            first = arrived if first is None else first
            leaving = self._manner == "leaving"
            if not (leaving or insisting or self._manner == "at once"):
                continue
            # The handler may well have run before this thread was woken.
            while leaving or self._noticed < arrived - PATIENCE_SECONDS:
                if time.monotonic() >= arrived + PATIENCE_SECONDS:
                    self._end_process()
                time.sleep(0.02)

    def _end_process(self) -> None:
        self._ending.acquire()
        if self._manner == "leaving":
            os._exit(self._code)
        _end_with_farewells(self._code, STOPPED)


_current: Stop | None = None
"""Of the process: signals are the process's own."""
_farewells: list[Callable[[], object]] = []


def requests() -> Stop | None:
    """What signals have asked this process for; ``None`` where nobody listens to them."""
    return _current


def end_abruptly() -> None:
    """Let this process, if it is a command's, end right after its functions at exit, and leave out Python's own end.

    For who has a thread that may be in a call of a compiled library until then. Python ends such a thread when it comes
    back, and where it comes back through C++ that lets no exception pass, the process is aborted, whatever its code.
    """
    if _current is not None:
        _current._abrupt = True


@contextmanager
def before_sudden_end(farewell: Callable[[], object]) -> Iterator[None]:
    """Inside, what is still to be done if the process is ended while the main thread is in a long call."""
    _farewells.append(farewell)
    try:
        yield
    finally:
        _farewells.remove(farewell)


def end_process(code: int, sentence: str) -> None:
    """End this process from any thread, wherever the main thread is, after what is still to be done.

    Args:
        code: The exit code.
        sentence: Why, for the user.
    """
    if _current is not None:
        _current._ending.acquire()
    _end_with_farewells(code, sentence)


def _end_with_farewells(code: int, sentence: str) -> NoReturn:
    for farewell in reversed(_farewells):
        # Whatever goes wrong with one, the process ends, and the others have their turn.
        with contextlib.suppress(Exception):
            farewell()
    print(f"error: {sentence}", file=sys.stderr, flush=True)
    os._exit(code)


@contextmanager
def stop_on_signal() -> Iterator[Stop]:
    """Inside, the first signal is a request that the yielded object tells of; the handlers of before return after it.

    Inside another such block, or in the process of a command, it is that one's requests that are told. Outside the main
    thread, where Python takes no handlers, there are none.
    """
    global _current
    if threading.current_thread() is not threading.main_thread():
        yield Stop()
    elif _current is not None:
        with _current.held():
            yield _current
    else:
        stop = _current = Stop()
        previous = {number: signal.signal(number, stop._on_signal) for number in _answered()}
        try:
            yield stop
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
            _current = None


def end_process_on_signal(code: int) -> Stop:
    """Let signals end this process with ``code``: at once, but in a :func:`stop_on_signal` as that says.

    For a command, which owns its process; to be called from the main thread, as the first thing.
    """
    global _current
    stop = _current = Stop("at once")
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    signal.set_wakeup_fd(theirs.detach(), warn_on_full_buffer=False)
    threading.Thread(target=stop._watch, args=(ours, code), name="signals", daemon=True).start()
    for number in _answered():
        signal.signal(number, stop._on_signal)
    # Registered first, run last.
    atexit.register(stop._at_exit)
    sys.unraisablehook = partial(stop._on_unraisable, sys.unraisablehook)
    return stop


def _answered() -> list[signal.Signals]:
    """Return the signals that stop this process."""
    return [one for one in SIGNALS if one is not HANG_UP or signal.getsignal(one) is not signal.SIG_IGN]


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib."):
            return True
        frame = frame.f_back
    return False
