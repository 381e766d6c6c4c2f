"""Intervals cover what they say, and those that cannot are refused."""

import numpy as np
import pytest
from scipy import stats

from eval.statistics.heavy_tails import VarianceEstimate, coverage, mean_of_squares

PRODUCT = {qubits: (1 / 8) * (3 / 8) ** (qubits - 1) for qubits in (2, 4, 8)}


def product_gradients(random, qubits, samples):
    angles = random.uniform(0, 2 * np.pi, (samples, qubits))
    return np.sin(angles[:, 0]) / 2 * np.prod(np.cos(angles[:, 1:] / 2) ** 2, axis=1)


@pytest.mark.parametrize(("qubits", "samples"), [(2, 500), (4, 3000)])
def test_nominal_95_percent_intervals_cover_at_least_90(qubits, samples):
    random = np.random.default_rng(0)
    estimates = [mean_of_squares(product_gradients(random, qubits, samples) ** 2) for _ in range(300)]
    share, kept = coverage(estimates, PRODUCT[qubits])
    assert kept == 300
    assert 0.9 <= share <= 0.99


def test_a_heavy_tail_is_refused():
    random = np.random.default_rng(0)
    estimate = mean_of_squares(product_gradients(random, 8, 2000) ** 2)
    assert estimate.effective_samples < 100
    assert estimate.refused
    assert coverage([estimate], PRODUCT[8]) == (0.0, 0)


def test_the_effective_sample_size_counts_what_carries_the_mean():
    assert mean_of_squares(np.full(50, 3.0)).effective_samples == pytest.approx(50)
    assert mean_of_squares(np.array([0.0] * 99 + [5.0])).effective_samples == pytest.approx(1)


def test_no_variance_at_all_is_no_estimate():
    assert mean_of_squares(np.zeros(10)) == VarianceEstimate(0.0, 0.0, 0.0, 0.0)
    assert mean_of_squares(np.zeros(10)).refused


def test_what_was_computed_is_not_refused():
    assert not VarianceEstimate(1.0, 1.0, 1.0, None).refused


def test_the_interval_is_student_s_of_the_logarithm_by_the_delta_method():
    samples = np.array([1.0, 2.0, 4.0, 7.0])
    found = mean_of_squares(samples)
    # Var(log mean) ≈ Var(mean) / mean², with 3 degrees of freedom.
    half = stats.t.ppf(0.975, 3) * stats.sem(samples) / samples.mean()
    assert found.value == samples.mean()
    assert (found.low, found.high) == pytest.approx((samples.mean() * np.exp(-half), samples.mean() * np.exp(half)))
    assert found.effective_samples == pytest.approx(14**2 / (1 + 4 + 16 + 49))


def test_an_end_of_an_interval_belongs_to_it():
    ends = [
        VarianceEstimate(1.0, 1.0, 2.0, None),
        VarianceEstimate(1.0, 0.5, 1.0, None),
        VarianceEstimate(1.0, 1.1, 2.0, None),
    ]
    assert coverage(ends, 1.0) == (pytest.approx(2 / 3), 3)


def test_samples_of_single_precision_are_summed_in_double():
    samples = np.random.default_rng(0).exponential(size=10_000).astype(np.float32)
    found, exact = mean_of_squares(samples), mean_of_squares(samples.astype(np.float64))
    assert found == exact
    assert found.value == np.mean(samples.tolist())
