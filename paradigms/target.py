"""The machine that programs are made for: this one, unless they are compiled ahead of time for another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import jax


class Target(NamedTuple):
    """A machine that is not here.

    Attributes:
        platform: ``gpu`` or ``tpu``, as JAX names backends.
        devices: How many devices it has.
        device_bytes: The memory of each, in bytes.
    """

    platform: str
    devices: int
    device_bytes: int


# JAX keeps what it has traced for each of its values apart, so that no program is made for the wrong machine.
_TARGET = jax.make_user_context(None)


@contextmanager
def aimed_at(target: Target | None) -> Iterator[None]:
    """Make, inside, every choice that depends on the machine for this one.

    Args:
        target: The machine, or ``None`` for this one.
    """
    with _TARGET(target):
        yield


def target() -> Target | None:
    """Return the machine that programs are made for; ``None`` where that is this one."""
    return _TARGET.value


def target_platform() -> str:
    """Name the backend that programs are made for: ``cpu``, ``gpu`` or ``tpu``."""
    aim = target()
    return jax.default_backend() if aim is None else aim.platform
