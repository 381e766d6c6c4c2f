"""Which second moments are given exactly by a Markov chain on Pauli words, and refusal of all others.

On two copies of the circuit the observable starts as Σ c_j c_k P_j⊗P_k. A term Q⊗R is dropped as soon as a rotation's
generator commutes with one of Q, R and anticommutes with the other, because E[cos t] = E[sin t] = 0; that is, when it
anticommutes with the product D = Q·R. No rotation changes D (up to a phase): where both words anticommute, both move.
So D is carried by the Clifford gates alone, and the cross term j ≠ k is gone exactly when some generator anticommutes
with D so carried. Commutation is linear in D: every P_j has a *syndrome*, one bit per rotation, and all cross terms
vanish if and only if the syndromes are distinct. The same holds for a derivative, whose gate drops no less.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool

from eval.second_moment.circuits.observables import Observable, Projector, bits, checked
from eval.second_moment.circuits.random_circuit import Clifford, RandomCircuit, Rotation, Unqualified
from eval.second_moment.pauli.words import commutation, conjugate


def qualify(circuit: RandomCircuit, observable: Observable, *, sigma: float | None = None) -> None:
    """Return if the chain of Pauli words gives this observable's second moments exactly; raise otherwise.

    Args:
        circuit: The random circuit.
        observable: What is measured.
        sigma: Standard deviation of normal angles; uniform angles where None.

    Raises:
        Unqualified: An angle enters several gates or at a fractional frequency, or cross terms between two words of
            the observable survive.
    """
    require_independent_angles(circuit, sigma=sigma)
    observable = checked(observable, circuit.qubits)
    if isinstance(observable, Projector):
        words = ["I" * i + "Z" + "I" * (circuit.qubits - 1 - i) for i in range(circuit.qubits)]
        killed = sigma is None and _independent(_syndromes(circuit, words), len(words))
    else:
        words = list(observable)
        killed = len(words) == 1 or (sigma is None and _distinct(_syndromes(circuit, words), len(words)))
    if not killed:
        raise Unqualified(
            "cross terms between two Pauli words of the observable survive: "
            + (
                "with normal angles no rotation averages them away; give one word"
                if sigma is not None
                else "no rotation about a fixed axis tells them apart; add rotations about a second axis, give one "
                "word, or sample state vectors (for a projector: method='tableau')"
            )
        )


def require_independent_angles(circuit: RandomCircuit, *, sigma: float | None = None) -> None:
    """Refuse angles that enter several gates, and frequencies at which the average over the angle is not known.

    Raises:
        Unqualified: If one is not; the error names the angle's number.
    """
    rotations = [gate for gate in circuit.gates if isinstance(gate, Rotation)]
    parameter, uses = Counter(gate.parameter for gate in rotations).most_common(1)[0] if rotations else (0, 0)
    if uses > 1:
        raise Unqualified(
            f"angle {parameter} enters {uses} gates, and the four-angle identity needs every angle in one gate only; "
            "sample state vectors instead"
        )
    for gate in rotations:
        known = abs(gate.frequency) == 1 if sigma is not None else gate.frequency and float(gate.frequency).is_integer()
        if not known:
            raise Unqualified(
                f"angle {gate.parameter} enters its gate at frequency {gate.frequency:g}, and the average is known at "
                f"{'frequency 1' if sigma is not None else 'whole frequencies'} only; sample state vectors instead"
            )


def _syndromes(circuit: RandomCircuit, words: list[str]) -> Iterator[Bool[np.ndarray, " words"]]:
    """One bit per word for each rotation about a fixed axis, last first; a random axis kills no cross term for sure."""
    x, z = (plane.T.copy() for plane in bits(words))
    for gate in reversed(circuit.gates):
        if isinstance(gate, Clifford):
            conjugate(gate, x, z)
        elif isinstance(gate, Rotation) and len(gate.words) == 1:
            yield commutation(gate.words[0], gate.wires, x, z)


def _distinct(rows: Iterator[Bool[np.ndarray, " words"]], words: int) -> bool:
    classes = np.zeros(words, int)
    for row in rows:
        classes = np.unique(2 * classes + row, return_inverse=True)[1]
        if classes.max() == words - 1:
            return True
    return False


def _independent(rows: Iterator[Bool[np.ndarray, " words"]], words: int) -> bool:
    """Rank of the rows over GF(2) equals the number of words: every product of words is told from the identity."""
    pivots: dict[int, int] = {}
    for row in rows:
        value = int("".join("01"[bit] for bit in row.astype(int)), 2)
        while value and value.bit_length() in pivots:
            value ^= pivots[value.bit_length()]
        if value:
            pivots[value.bit_length()] = value
        if len(pivots) == words:
            return True
    return False
