"""Which measurements of one circuit share their shots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pennylane as qml
from pennylane.measurements import ExpectationMP, MeasurementProcess, ProbabilityMP
from pennylane.operation import Operator
from pennylane.ops import Prod, SProd, Sum
from pennylane.ops.qubit.observables import BasisStateProjector
from pennylane.pauli import PauliSentence, PauliWord
from pennylane.wires import Wires


class MeasurementGroup(NamedTuple):
    """Pauli words that one setting of the hardware measures together.

    Attributes:
        basis: The letter measured on each qubit that any of the words acts on.
        words: The words, each a subset of the basis.
    """

    basis: PauliWord
    words: tuple[PauliWord, ...]


def measurement_groups(words: Sequence[PauliWord], first: Sequence[PauliWord] = ()) -> list[MeasurementGroup]:
    """Divide the words other than the identity into qubit-wise commuting groups.

    Those ``first`` that are of one letter stay together, whatever else is measured; they and others are placed in the
    first group that they commute with. Other words join these groups where they can, rather one of their own letters,
    and are divided by PennyLane's largest-first colouring where they cannot.

    Args:
        words: All words to be measured.
        first: Words that are placed before the others.
    """
    groups: list[tuple[dict, list[PauliWord]]] = []

    def joins(together: Sequence[PauliWord]) -> bool:
        union = {wire: letter for word in together for wire, letter in word.items()}
        alike = sorted(groups, key=lambda group: set(group[0].values()) != set(union.values()))
        for basis, members in alike:
            if all(basis.get(wire, letter) == letter for wire, letter in union.items()):
                basis.update(union)
                members.extend(together)
                return True
        return False

    blocks: dict[str | PauliWord, list[PauliWord]] = {}
    for word in dict.fromkeys(first):
        letters = set(word.values())
        blocks.setdefault(letters.pop() if len(letters) == 1 else word, []).append(word)
    for together in blocks.values():
        if not joins(together):
            groups.append(({wire: letter for word in together for wire, letter in word.items()}, together))
    left = [word for word in dict.fromkeys(words) if len(word) and word not in first and not joins([word])]
    if left:
        for part in qml.pauli.compute_partition_indices([word.operation() for word in left], grouping_type="qwc"):
            members = [left[index] for index in part]
            groups.append(({wire: letter for word in members for wire, letter in word.items()}, members))
    return [MeasurementGroup(PauliWord(basis), tuple(members)) for basis, members in groups]


def groups_of(measurements: Sequence[MeasurementProcess]) -> list[MeasurementGroup]:
    """Find the settings of the hardware for all measurements together, but for observables that are no Pauli words.

    Measurements in the computational basis (probabilities, counts, samples and measured values of wires, projectors on
    basis states) are one word of Z, and always share their shots. It and the words of what is read shot by shot
    (samples, counts, variances) are placed before those of expectation values.
    """
    first = [word for measurement in measurements if (word := measured_word(measurement)) is not None]
    if any(is_computational(measurement) for measurement in measurements):
        first.insert(0, computational_word(measurements))
    words = [word for measurement in measurements for word in pauli_sum(measurement) or ()]
    return measurement_groups(words, first)


def count_settings(measurements: Sequence[MeasurementProcess]) -> int:
    """Count the circuits (settings of the hardware) that the measurements of one state take."""
    others = sum(
        not is_computational(measurement) and pauli_sum(measurement) is None and measured_word(measurement) is None
        for measurement in measurements
    )
    return len(groups_of(measurements)) + others


def pauli_sum(measurement: MeasurementProcess) -> PauliSentence | None:
    """Return the sum of Pauli words whose mean is the measurement, if it is an expectation value of one.

    A projector on a basis state, a sum of 2^n words, is read off its outcome instead.
    """
    observable = measurement.obs
    if not isinstance(measurement, ExpectationMP) or _is_projector(measurement):
        return None
    return observable.pauli_rep if isinstance(observable, Operator) else None


def measured_word(measurement: MeasurementProcess) -> PauliWord | None:
    """Return the Pauli word whose shots give the measurement, where its observable is a multiple of one.

    Expectation values have :func:`pauli_sum`. Probabilities of an eigenbasis have an order, which that of a sum or of a
    product of overlapping factors does not share with the word.
    """
    observable = measurement.obs
    if isinstance(measurement, ExpectationMP) or not isinstance(observable, Operator) or _is_projector(measurement):
        return None
    sentence = observable.pauli_rep
    if sentence is None or len(sentence) != 1:
        return None
    (word,) = sentence
    if not isinstance(measurement, ProbabilityMP):
        return word
    base = observable.base if isinstance(observable, SProd) else observable
    if isinstance(base, Sum | SProd) or (isinstance(base, Prod) and base.has_overlapping_wires):
        return None
    return PauliWord({wire: word.get(wire, "Z") for wire in observable.wires})


def is_computational(measurement: MeasurementProcess) -> bool:
    """Tell whether the measurement is read off the bits of the outcome."""
    return not isinstance(measurement.obs, Operator) or _is_projector(measurement)


def computational_word(measurements: Sequence[MeasurementProcess]) -> PauliWord:
    """Return Z on every wire of the computational measurements.

    Where one of them is of all wires, it is Z on all wires that any measurement names.
    """
    read = [measurement.wires for measurement in measurements if is_computational(measurement)]
    every = [measurement.wires for measurement in measurements] if any(not wires for wires in read) else read
    return PauliWord(dict.fromkeys(Wires.all_wires(every), "Z"))


def _is_projector(measurement: MeasurementProcess) -> bool:
    return isinstance(measurement.obs, BasisStateProjector)
