"""Powers of gates: of an angle a power is a multiple, where that of a matrix has branches."""

from __future__ import annotations

from pennylane.operation import Operator
from pennylane.ops import Pow


def is_power(operation: Operator) -> bool:
    """Tell whether the gate is a power of a gate with parameters that PennyLane writes with other parameters.

    ``qml.pow(RX(x), z)`` is RX(zx), and so under ``adjoint`` and ``ctrl``. Its matrix is no substitute: a power of it
    cannot be traced unless it is whole, and jumps where an eigenvalue crosses the negative axis.
    """
    base = getattr(operation, "base", None)
    if not isinstance(base, Operator) or not operation.num_params:
        return False
    return (isinstance(operation, Pow) or is_power(base)) and operation.has_decomposition
