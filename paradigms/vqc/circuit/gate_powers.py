"""Powers of gates: of an angle a power is a multiple, where that of a matrix has branches."""

from __future__ import annotations

import jax
from pennylane.operation import Operator
from pennylane.ops import Exp, Pow


def has_power(operation: Operator) -> bool:
    """Tell whether the gate is, or is made of, a power of a gate that PennyLane writes with other parameters.

    ``qml.pow(RX(x), z)`` is RX(zx), and so under ``adjoint``, ``ctrl`` and ``prod``. Its matrix is no substitute: a
    power of it cannot be traced unless it is whole, and jumps where an eigenvalue crosses the negative axis. Of
    exponentials (``qml.evolve``) PennyLane does not write the powers.
    """
    if not operation.num_params:
        return False
    parts = [getattr(operation, "base", None), *getattr(operation, "operands", ())]
    gates = [part for part in parts if isinstance(part, Operator)]
    found = any(map(has_power, gates)) or (isinstance(operation, Pow) and not isinstance(operation.base, Exp))
    return found and is_decomposed(operation)


def is_decomposed(operation: Operator) -> bool:
    """Tell whether PennyLane decomposes the gate; not where it needs numbers to tell, and JAX traces them."""
    try:
        return operation.has_decomposition
    except jax.errors.JAXTypeError:
        return False
