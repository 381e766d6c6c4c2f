"""What is measured: a sum of Pauli words, or the projector onto |0…0⟩."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from paradigms.interface import require


@dataclass(frozen=True)
class Projector:
    """|0…0⟩⟨0…0| = 2^-n · Σ of all words of I and Z."""

    qubits: int


Observable = Mapping[str, float] | Projector
"""``{"ZZII": 1.0, "IIXI": 0.5}``: one letter per qubit, qubit 0 first; or :class:`Projector`."""


def checked(observable: Observable, qubits: int) -> Observable:
    """The observable without its zero coefficients.

    Raises:
        Unsupported: A word of another length or alphabet, a coefficient that is not finite, nothing left.
    """
    if isinstance(observable, Projector):
        require(
            observable.qubits == qubits, f"Projector(qubits={observable.qubits}) is measured on a circuit of {qubits}"
        )
        return observable
    return checked_words(observable, qubits)


def checked_words(observable: Mapping[str, float], qubits: int) -> dict[str, float]:
    """:func:`checked` for a sum of Pauli words."""
    for word, coefficient in observable.items():
        require(
            len(word) == qubits and set(word) <= set("IXYZ"),
            f"the word {word!r} must have {qubits} letters I, X, Y or Z, one per qubit",
        )
        require(math.isfinite(coefficient), f"the coefficient {coefficient} of {word!r} must be finite")
    kept = {word: float(coefficient) for word, coefficient in observable.items() if coefficient}
    require(bool(kept), "the observable has no word with a coefficient other than 0; give at least one")
    return kept


def bits(words: list[str]) -> tuple[Bool[np.ndarray, "words qubits"], Bool[np.ndarray, "words qubits"]]:
    """(x, z) of every word: X = (1, 0), Z = (0, 1), Y = (1, 1)."""
    letters = np.array([list(word) for word in words])
    return np.isin(letters, ["X", "Y"]), np.isin(letters, ["Z", "Y"])
