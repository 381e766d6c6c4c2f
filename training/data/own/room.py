"""How much memory data may take."""

from __future__ import annotations

import jax

from paradigms.capacity import capacity_bytes
from training.errors import BadInput

SHARE = 0.5
"""Of the machine's memory, what data may take."""


def require_room(what: str, needed: int, way_out: str) -> None:
    """Refuse data before they are held, if there is no room for them.

    Args:
        what: The data, as the subject of a sentence: ``... take``.
        needed: The bytes that they take.
        way_out: What makes them smaller.

    Raises:
        BadInput: They take more than :data:`SHARE` of the machine's memory.
    """
    there = int(SHARE * capacity_bytes(jax.devices("cpu")))
    if needed > there:
        raise BadInput(f"{what} take {needed:,} bytes, and {there:,} may be used here: {way_out}")
