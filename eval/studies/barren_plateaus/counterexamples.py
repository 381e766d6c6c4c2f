"""Circuits for which averaging over four angles, word by word, gives a wrong variance: refused, or right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eval.second_moment import (
    Clifford,
    RandomCircuit,
    Rotation,
    Unqualified,
    controlled_rotation,
    gradient_variances,
)
from eval.studies.barren_plateaus.rows import Counterexample


@dataclass(frozen=True)
class KnownCircuit:
    """A small circuit whose variance is known by hand.

    Attributes:
        circuit: Its gates; the first angle is looked at.
        observable: Its Pauli words.
        truth: Var[∂E] over uniform angles (over a whole period of each).
        why: Where the four-angle average goes wrong.
    """

    circuit: RandomCircuit
    observable: dict[str, float]
    truth: float
    why: str


COUNTEREXAMPLES = {
    # E = cos 2t, so that ∂E = −2 sin 2t.
    "shared_angle": KnownCircuit(
        RandomCircuit(1, (Rotation(("X",), (0,), 0), Rotation(("X",), (0,), 0))),
        {"Z": 1.0},
        2.0,
        "RX(t) RX(t): one angle in two gates; four angles give 0",
    ),
    # The control in |+⟩: E = ⟨X⟩ of the control = cos(t/2), so that ∂E = −sin(t/2)/2.
    "controlled_rotation": KnownCircuit(
        RandomCircuit(2, (Clifford("H", (0,)), *controlled_rotation("X", 0, 1, 0))),
        {"XI": 1.0},
        0.125,
        "CRX: half frequencies",
    ),
    # E = 2 cos(a − b), so that ∂E/∂a = −2 sin(a − b).
    "bell_sum": KnownCircuit(
        RandomCircuit(
            2,
            (Clifford("H", (0,)), Clifford("CNOT", (0, 1)), Rotation(("Y",), (0,), 0), Rotation(("Y",), (1,), 1)),
        ),
        {"ZZ": 1.0, "XX": 1.0},
        2.0,
        "Bell state, RY ⊗ RY, ZZ + XX: cross terms survive; string by string gives 1",
    ),
}


def examine(name: str) -> Counterexample:
    """Compute a counterexample's variance by second moments.

    Args:
        name: A key of ``COUNTEREXAMPLES``.

    Returns:
        A row with the value or the sentence of refusal, and whether that is right.
    """
    example = COUNTEREXAMPLES[name]
    value = refused = None
    try:
        estimates = gradient_variances(example.circuit, example.observable, parameters=[0])
        value = float(estimates.variance[0])
    except Unqualified as refusal:
        refused = str(refusal)
    return Counterexample(
        circuit=name,
        observable=" + ".join(example.observable),
        qubits=example.circuit.qubits,
        truth=example.truth,
        variance_over_initialisations=value,
        refused=refused,
        right=value is None or bool(np.isclose(value, example.truth, rtol=1e-6)),
    )
