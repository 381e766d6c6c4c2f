"""How long programs take that are run in turn, and what a call costs that computes nothing."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from training.errors import BadInput
from training.pricing.program import Program, compile_whole
from training.probes.timing import median_seconds

MOST_TURNS = 100
"""However much time there is, unless more are asked for."""
SHORTEST_WINDOW, LONGEST_WINDOW = 0.02, 0.2
"""Of what is timed at a stretch, in seconds: some turns of an operating system's scheduler."""
CALLS, CALL_TURNS = 200, 9
"""Of a program that does nothing."""


@dataclass(frozen=True)
class Timing:
    """How often programs are timed, all of them in turn; seconds are medians over turns.

    Attributes:
        repeats: Turns, after one that is not counted; with ``seconds`` at least so many.
        seconds: A turn is one call of each program where this is ``None``. Otherwise a turn is a window of about the
            same length for each, filled with as many calls as it takes, and there are as many turns as ``seconds``
            allow: a short call would often escape whatever else the machine does, and a long one never.

    Raises:
        BadInput: Either is not positive.
    """

    repeats: int
    seconds: float | None = None

    def __post_init__(self) -> None:
        if self.repeats < 1:
            raise BadInput(f"repeats={self.repeats} must be at least 1, for a median of seconds")
        if self.seconds is not None and not self.seconds > 0:
            raise BadInput(f"seconds={self.seconds} must be positive: time is spent on timing")


def time_in_turn(programs: Sequence[Callable[[], Any]], timing: Timing) -> tuple[list[float], int]:
    """Measure the median seconds of one call of each program, and count the turns that they are medians of."""
    if timing.seconds is None:
        named = {str(place): program for place, program in enumerate(programs)}
        return list(median_seconds(named, timing.repeats).values()), timing.repeats
    once = [_elapsed(program) for program in programs]
    window = min(max([SHORTEST_WINDOW, *once]), LONGEST_WINDOW)
    calls = [max(1, round(window / one)) for one in once]
    turn = sum(number * one for number, one in zip(calls, once, strict=True))
    turns = max(timing.repeats, round(min(timing.seconds / turn, MOST_TURNS)))
    stretches = {
        str(place): _repeated(program, number)
        for place, (program, number) in enumerate(zip(programs, calls, strict=True))
    }
    medians = median_seconds(stretches, turns).values()
    return [median / number for median, number in zip(medians, calls, strict=True)], turns


def call_seconds(*arguments: Any) -> float:
    """Measure the median seconds of a call, with these arguments, of a program that does nothing."""
    idle = Program(lambda *_: jnp.zeros(()), *arguments, compiler=compile_whole)
    return median_seconds({"call": _repeated(idle, CALLS)}, CALL_TURNS)["call"] / CALLS


def _elapsed(program: Callable[[], Any]) -> float:
    """Seconds of one call; of the second, where the first was short."""
    seconds = math.inf
    for _ in range(2):
        start = time.perf_counter()
        jax.block_until_ready(program())
        seconds = min(seconds, time.perf_counter() - start)
        if seconds > LONGEST_WINDOW:
            break
    return seconds


def _repeated(program: Callable[[], Any], number: int) -> Callable[[], None]:
    def run() -> None:
        for _ in range(number):
            # Each waited for, or several would run at once.
            jax.block_until_ready(program())

    return run
