"""``qml.exp`` and ``qml.evolve`` as gates of one angle, also under ``adjoint``, ``pow`` and ``ctrl``.

PennyLane's own reading of them needs numbers: it asks whether a coefficient is imaginary, which a traced one does not
say, and casts it to a real angle.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
from jaxtyping import Array, Float
from pennylane import math
from pennylane.operation import Operator
from pennylane.ops import Adjoint, Controlled, Evolution, Exp, Pow
from pennylane.queuing import QueuingManager

from paradigms.interface import require

LARGEST_GENERATOR = 10
"""The largest number of wires of a generator, other than a Pauli word, whose matrix is computed."""
_ROUNDING = 1e-9
_TRIAL = 0.3
"""An angle, of no consequence, at which the gate's generator is read."""


@dataclass(frozen=True)
class Exponential:
    """The gate exp((r + iφ) G), where controls are on; G is Hermitian.

    Attributes:
        angle: φ, in radians.
        growth: r; ``None`` where it is zero by construction. Where it is not zero the gate is not unitary, and still a
            trigonometric polynomial in φ. Whether a traced r is zero is not known.
        gate: The function from ``(φ, r)`` to the gate.
    """

    angle: Float[Array, ""]
    growth: Float[Array, ""] | None
    gate: Callable[[Any, Any], Operator]

    def example(self) -> Operator:
        """Make the gate at some known angle, with its generator and without a tracer."""
        return self.gate(_TRIAL, None)


def exponential(operation: Operator) -> Exponential | None:
    """Read a gate as an exponential; ``None`` if it is none.

    Raises:
        Unsupported: If G is not Hermitian or depends on tracers other than as a factor of one Pauli word.
    """
    with QueuingManager.stop_recording():
        found = _read(operation)
    if found is None:
        return None
    generator, exponent, unitary, wrap = found
    coefficient = jnp.asarray(exponent)

    def gate(angle: Any, growth: Any) -> Operator:
        with QueuingManager.stop_recording():
            made = Evolution(generator, -angle) if growth is None else Exp(generator, growth + 1j * angle)
            return wrap(made)

    return Exponential(coefficient.imag, None if unitary else coefficient.real, gate)


Wrap = Callable[[Operator], Operator]


def _read(operation: Operator) -> tuple[Operator, Any, bool, Wrap] | None:
    """Find generator G, coefficient c of the exponent, whether c is imaginary by construction, the controls around."""
    if isinstance(operation, Exp):
        return _read_exponent(operation)
    if not isinstance(operation, Adjoint | Pow | Controlled):
        return None
    found = _read(operation.base)
    if found is None:
        return None
    generator, coefficient, imaginary, wrap = found
    if isinstance(operation, Adjoint):
        return generator, jnp.conj(coefficient), imaginary, wrap
    if isinstance(operation, Pow):
        return generator, coefficient * operation.z, imaginary, wrap

    def controlled(base: Operator) -> Operator:
        return qml.ctrl(wrap(base), operation.control_wires, operation.control_values, operation.work_wires)

    return generator, coefficient, imaginary, controlled


def _read_exponent(operation: Exp) -> tuple[Operator, Any, bool, Wrap]:
    base, name = operation.base, f"{operation.name} of {operation.base.name}"
    unitary = isinstance(operation, Evolution)
    require(
        not (unitary and jnp.iscomplexobj(operation.data[0])),
        f"{name} has a complex parameter, where exp(-ixG) takes a real x: pass its real part, or write qml.exp(G, c)",
    )
    coefficient: Any = operation.coeff
    words = base.pauli_rep
    if words is not None and len(words) == 1:
        # Also the one exponent whose own coefficient may be traced.
        ((word, factor),) = words.items()
        if not is_tracer(factor) and abs(complex(factor).imag) <= _ROUNDING:
            factor = complex(factor).real
        require(not (unitary and jnp.iscomplexobj(factor)), f"{name} is not unitary: its exponent has a complex factor")
        return word.operation(wire_order=base.wires), coefficient * factor, unitary, lambda gate: gate
    require(
        not any(is_tracer(number) for number in base.data),
        f"{name} has several terms with traced coefficients, and so no shift rule: write a product of exponentials "
        "(qml.TrotterProduct), or differentiate by adjoint or backprop",
    )
    require(_is_hermitian(base), f"{name} has no shift rule: what is exponentiated must be Hermitian")
    return base, coefficient, unitary, lambda gate: gate


def _is_hermitian(base: Operator) -> bool:
    words = base.pauli_rep
    if words is not None:
        return all(abs(complex(factor).imag) <= _ROUNDING for factor in words.values())
    if len(base.wires) > LARGEST_GENERATOR:
        return base.is_verified_hermitian
    matrix = np.asarray(qml.matrix(base))
    return np.allclose(matrix, matrix.conj().T, atol=_ROUNDING)


def is_tracer(number: Any) -> bool:
    """Tell whether a number is a tracer of JAX."""
    return isinstance(number, jax.Array) and math.requires_grad(number)
