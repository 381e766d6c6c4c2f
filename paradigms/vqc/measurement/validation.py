"""Which measurements have a value, exactly or from shots, and why others have none."""

from __future__ import annotations

from pennylane.measurements import (
    ExpectationMP,
    MeasurementProcess,
    SampleMeasurement,
    StateMeasurement,
    VarianceMP,
)
from pennylane.operation import Operator

from paradigms.vqc.circuit.hermiticity import has_tracers, is_hermitian
from paradigms.vqc.measurement.grouping import measured_word, pauli_sum
from paradigms.vqc.measurement.operator_action import has_action


def is_supported(measurement: MeasurementProcess) -> bool:
    """Tell whether the measurement can be evaluated exactly."""
    observable = measurement.obs
    if isinstance(measurement, ExpectationMP | VarianceMP) and isinstance(observable, Operator):
        return observable.pauli_rep is not None or has_action(observable)
    return isinstance(measurement, StateMeasurement) and _has_basis(measurement)


def can_sample(measurement: MeasurementProcess) -> bool:
    """Tell whether the measurement can be estimated from shots."""
    if isinstance(measurement, ExpectationMP) and pauli_sum(measurement) is not None:
        return True
    return isinstance(measurement, SampleMeasurement) and _has_basis(measurement)


def refusal(measurement: MeasurementProcess, shots: bool) -> str | None:
    """Say in a sentence why the measurement has no value; ``None`` where it has one."""
    observable = measurement.obs
    if not isinstance(observable, Operator):
        return None
    if not is_hermitian(observable):
        return (
            f"{measurement} has complex values, as {observable} is not Hermitian: measure Hermitian observables, such "
            "as its real and imaginary parts (A + A†)/2 and (A - A†)/2i, and give real coefficients"
        )
    exact = isinstance(measurement, ExpectationMP | VarianceMP) and not shots
    if has_tracers(observable) and not exact and pauli_sum(measurement) is None and measured_word(measurement) is None:
        return (
            f"{measurement} needs the eigenvectors of {observable.name}, whose entries are traced: take expval or var "
            "without shots, or give numbers"
        )
    return None


def _has_basis(measurement: MeasurementProcess) -> bool:
    observable = measurement.obs
    return observable is None or (isinstance(observable, Operator) and observable.has_diagonalizing_gates)
