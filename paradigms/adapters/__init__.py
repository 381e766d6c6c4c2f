"""Bring your own model: each function takes what builds your model and returns a ``Paradigm`` that the Trainer trains.

Flax, Equinox and PennyLane are imported when the function for them is called, not before.
"""

from paradigms.adapters.equinox_module import from_equinox
from paradigms.adapters.flax_module import from_flax
from paradigms.adapters.qnode import from_qnode

__all__ = ["from_equinox", "from_flax", "from_qnode"]
