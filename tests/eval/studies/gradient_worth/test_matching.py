"""Delayed matching: what is drawn is what is said, and no linear model tells the classes apart."""

from __future__ import annotations

import numpy as np

from eval.studies.gradient_worth import matching


def test_pulses_of_one_channel_or_of_both() -> None:
    inputs, classes = matching.draw(np.random.default_rng(3), 4000)
    assert inputs.shape == (4000, matching.STEPS, matching.CHANNELS)
    assert inputs.min() >= 0
    assert inputs.max() <= 1
    assert abs(classes.mean() - 0.5) < 4 * 0.5 / np.sqrt(4000)
    # What is told by an ideal eye: the louder channel of each half.
    halves = inputs.reshape(len(inputs), 2, matching.STEPS // 2, matching.CHANNELS).sum(axis=2)
    louder = halves.argmax(axis=2)
    assert np.mean((louder[:, 0] == louder[:, 1]) == (classes == 1)) > 0.9


def test_no_weighting_of_the_inputs_tells_the_classes_apart() -> None:
    """Given the class, every step and channel has the same mean: least squares finds what chance gives."""
    inputs, classes = matching.draw(np.random.default_rng(4), 20_000)
    flat = inputs.reshape(len(inputs), -1)
    means = [flat[classes == one].mean(axis=0) for one in (0, 1)]
    error = np.sqrt(flat.var(axis=0) * (4 / len(flat)))
    assert np.abs((means[0] - means[1]) / error).max() < 4
    fitted, *_ = np.linalg.lstsq(np.c_[flat, np.ones(len(flat))], 2.0 * classes - 1, rcond=None)
    fresh, truth = matching.draw(np.random.default_rng(5), 20_000)
    told = np.c_[fresh.reshape(len(fresh), -1), np.ones(len(fresh))] @ fitted > 0
    assert abs(np.mean(told == (truth == 1)) - 0.5) < 0.02
