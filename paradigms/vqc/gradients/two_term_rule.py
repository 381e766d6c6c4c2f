"""The two-term parameter-shift rule for a model's circuit as a function of its gate angles.

The differentiated circuit has the signature of the circuit itself, ``(angles [layers, qubits, 3], amplitudes [2^n] or
None) -> values [observables]``, for one example; a batch is made by ``jax.vmap``. What lies upstream of the gate angles
(input weights, a classical encoder) is differentiated by JAX's chain rule.
"""

from __future__ import annotations

from collections.abc import Callable

from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from paradigms.vqc.gradients.shift_rules import shift_rule
from paradigms.vqc.gradients.shifted_circuits import Angles, shifted

ModelCircuit = Callable[
    [Float[Array, "layers qubits 3"], Float[Array, " amplitudes"] | None], Float[Array, " observables"]
]
"""``(angles [layers, qubits, 3], amplitudes [2^n] or None) -> values [observables]``, for one example."""


def two_term_shift(circuit: ModelCircuit, chunk: int) -> ModelCircuit:
    """Make the circuit one whose derivatives are taken by the two-term parameter-shift rule.

    ∂f/∂φ = [f(φ + π/2) - f(φ - π/2)] / 2 for every angle of a gate exp(-iφP/2) with P a Pauli word (Schuld et al. 2019,
    Phys. Rev. A 99, 032331). All angles of this circuit are of that kind, each in one gate; circuits of other gates go
    through :func:`paradigms.vqc.gradients.parameter_shift.differentiable`.

    The amplitudes of an initial state enter no gate and so have no shift rule. Where a gradient with respect to them is
    asked for (an encoder upstream of amplitude embedding), it is taken through the simulation: exact, but not something
    hardware could measure.

    Args:
        circuit: A circuit of Pauli rotations only.
        chunk: How many angles have their two shifted circuits evaluated at once.
    """
    two_terms = shift_rule((1.0,))

    def values(angles: Angles, amplitudes: PyTree, key: PRNGKeyArray | None) -> Float[Array, " observables"]:
        return circuit(angles[0], amplitudes)

    def differentiated(
        angles: Float[Array, "layers qubits 3"], amplitudes: Float[Array, " amplitudes"] | None
    ) -> Float[Array, " observables"]:
        rule = shifted(values, [[two_terms] * angles.size], chunk * two_terms.terms)
        return rule((angles,), amplitudes, None)

    return differentiated
