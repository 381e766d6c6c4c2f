"""Polynomial against exponential, on decays that are known."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from eval.claims import CLAIMS
from eval.statistics import decay as module
from eval.statistics.laws import line

LIMITS = {"flat_slope": CLAIMS["C4"].thresholds["flat_slope"], "least_evidence": CLAIMS["C4"].thresholds["evidence"]}
decay = functools.partial(module.decay, **LIMITS)
QUBITS = np.arange(4, 21, 2)
ERROR = 0.05


def noisy(variances: np.ndarray, seed: int) -> np.ndarray:
    return variances * np.exp(ERROR * np.random.default_rng(seed).standard_normal(len(variances)))


def shapes(variances: np.ndarray) -> list[str]:
    errors = [ERROR] * len(QUBITS)
    return [decay(QUBITS.tolist(), noisy(variances, seed).tolist(), errors).shape for seed in range(100)]


def test_exponentials_and_powers_are_told_apart_and_never_swapped() -> None:
    for variances, name in ((2.0**-QUBITS, "exponential"), (QUBITS**-2.0, "polynomial")):
        found = shapes(variances)
        assert found.count(name) >= 95
        assert set(found) <= {name, "undecided"}


def test_a_constant_has_no_decay() -> None:
    found = shapes(np.ones(len(QUBITS)))
    assert found.count("none") >= 95
    assert "exponential" not in found


def test_a_narrow_range_is_rarely_decided_and_wrong_less_often_still() -> None:
    few = [4, 5, 6, 7]
    true = 0.25 * np.array(few, float) ** -2
    found = [decay(few, noisy(true, seed).tolist(), [ERROR] * 4).shape for seed in range(100)]
    assert found.count("exponential") <= 5


def test_slopes_and_intervals_are_those_of_least_squares() -> None:
    """Coverage of the nominal 95% interval over repetitions with known errors, and the slope itself without."""
    exact = decay(QUBITS.tolist(), (3.0 * 2.0 ** (-0.7 * QUBITS)).tolist(), [ERROR] * len(QUBITS))
    np.testing.assert_allclose(exact.per_qubit.slope, -0.7, rtol=1e-9)
    powers = decay(QUBITS.tolist(), (3.0 * QUBITS**-1.5).tolist(), [ERROR] * len(QUBITS))
    np.testing.assert_allclose(powers.exponent.slope, -1.5, rtol=1e-9)
    bits = ERROR / np.log(2)
    random = np.random.default_rng(0)
    fits = [
        line(QUBITS.astype(float), -QUBITS + bits * random.standard_normal(len(QUBITS)), [bits] * len(QUBITS))
        for _ in range(400)
    ]
    assert np.mean([fit.low < -1 < fit.high for fit in fits]) >= 0.94


def test_three_widths_decide_nothing() -> None:
    with pytest.raises(ValueError, match="3 numbers of qubits do not tell a power law from an exponential: measure 4"):
        decay([4, 4, 5, 6], [1.0] * 4, [0.1] * 4)


def qaic(qubits, variances, relative_errors):
    """The evidence by NumPy's own weighted fits: the difference of χ², over the better law's excess."""
    bits, errors = np.log2(variances), np.asarray(relative_errors) / np.log(2)
    squares = []
    for x in (np.asarray(qubits, float), np.log2(qubits)):
        fitted = np.polyval(np.polyfit(x, bits, 1, w=1 / errors), x)
        squares.append(float(np.sum(((bits - fitted) / errors) ** 2)))
    return (squares[0] - squares[1]) / max(1.0, min(squares) / (len(qubits) - 2))


@pytest.mark.parametrize("error", [0.001, 0.03, 0.5])
def test_the_evidence_is_the_difference_of_qaic(error):
    """With errors so small that neither law fits, and with errors so large that both do."""
    qubits = [4, 6, 8, 10, 12, 16]
    variances = [0.2, 0.11, 0.05, 0.031, 0.012, 0.004]
    errors = [error * (1 + 0.1 * place) for place in range(6)]
    found = decay(qubits, variances, errors)
    assert found.evidence == pytest.approx(qaic(qubits, variances, errors), rel=1e-6)


def test_the_shape_turns_where_the_thresholds_say():
    qubits, errors = [4, 6, 8, 10], [0.05] * 4
    falling = [2.0**-count for count in qubits]
    found = decay(qubits, falling, errors)
    assert found.evidence < 0
    limits = {"flat_slope": -0.05, "least_evidence": -found.evidence}

    def shape(**changes):
        return module.decay(qubits, falling, errors, **{**limits, **changes}).shape

    assert shape() == "exponential"
    assert shape(least_evidence=-1.01 * found.evidence) == "undecided"
    assert shape(flat_slope=found.per_qubit.low) == "exponential"
    assert shape(flat_slope=1.01 * found.per_qubit.low) == "none"
    barely = [count**-2.0 for count in qubits]
    power = decay(qubits, barely, errors)
    assert power.evidence > 0
    assert module.decay(qubits, barely, errors, flat_slope=-0.05, least_evidence=0.0).shape == "polynomial"
