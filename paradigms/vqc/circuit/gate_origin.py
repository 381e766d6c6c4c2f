"""Gates of PennyLane and gates of the user: a name says what a gate does only where the gate is PennyLane's."""

from __future__ import annotations

from pennylane.operation import Operator


def is_pennylanes(operation: Operator) -> bool:
    """Tell whether the gate, and what it is made of, is PennyLane's own, and no class of the user's own."""
    base = getattr(operation, "base", None)
    own = type(operation).__module__.split(".")[0] == "pennylane"
    return own and (not isinstance(base, Operator) or is_pennylanes(base))
