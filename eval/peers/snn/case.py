"""The network, the spikes and the labels of a spiking case, from a seed.

It stands alone, with NumPy only, for every implementation makes them where it runs.
"""

import math

import numpy as np

TIME_CONSTANT = 5.0  # of every membrane, in steps
ACTIVE = 0.1  # share of hidden neurons expected to fire in a step
POTENTIAL = 1.2  # standard deviation of a hidden potential, were it never reset, in thresholds; about ACTIVE then fire
GRID = 257 * 2.0**-18
"""Weights are multiples of this. Sums of them are exact in float32, whatever their order, and none is 1, the threshold:
who sums in another order, or fires above the threshold and not at it, sees the same first spikes."""


def make(seed, time_steps, input_rate, batch, channels, hidden, outputs, **others):
    """Arguments of an implementation's ``compile``.

    Returns:
        A dictionary of ``inputs`` (spikes, ``bool[time_steps, batch, channels]``, each with probability
        ``input_rate``), ``labels`` (``int32[batch]``), ``weights`` (``float32[inputs, outputs]`` for each layer, the
        read-out last; no biases), ``decay`` (of every membrane, a step) and ``others`` as they came.
    """
    rng = np.random.default_rng(seed)
    decay = math.exp(-1 / TIME_CONSTANT)
    inputs = rng.random((time_steps, batch, channels), np.float32) < input_rate
    labels = rng.integers(0, outputs, batch, np.int32)
    # The potential is a geometric sum of independent currents: its variance is theirs over 1 - decay².
    current = POTENTIAL * math.sqrt(1 - decay**2)
    sizes = (channels, *hidden, outputs)
    rates = (input_rate, *(ACTIVE for _ in hidden))
    weights = []
    for sources, neurons, rate in zip(sizes[:-1], sizes[1:], rates, strict=True):
        drawn = rng.normal(0, current / math.sqrt(sources * rate), (sources, neurons))
        weights.append((GRID * np.round(drawn / GRID)).astype(np.float32))
    return {"inputs": inputs, "labels": labels, "weights": weights, "decay": decay, **others}
