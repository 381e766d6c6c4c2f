"""Between the neurons of NIR, in continuous time, and ours, in steps.

NIR's leaky neuron is ``tau dv/dt = (v_leak - v) + R I``. A forward Euler step of length ``dt`` gives
``u = (1 - dt/tau) v + (dt/tau) R I`` for ``v_leak = 0``, and ours is ``u = a v + I``, so

    tau = dt / (1 - a)        R = tau / dt = 1 / (1 - a).

With ``a = sigmoid(logit)``, ``tau / dt`` is ``1 + exp(logit)``. In double precision the way there and back returns the
single-precision logit of every decay above 3e-7. The same current with ``R = 1`` comes from weights ``1 / (1 - a)``
times as large, which is what a graph carries by default: not every library reads ``R``. A synapse
``tau_syn di/dt = -i + w_in S`` is the same with ``w_in`` for ``R``, and is stepped before the membrane. Without a leak,
``dv/dt = R I`` gives ``R = 1 / dt``.

A neuron of NIR fires when ``v > v_threshold``, ours when ``u >= 1``. Both fire on the same floating-point numbers if
``v_threshold`` is the number just below 1. In continuous time the potential never exceeds the threshold, so that to
subtract the threshold and to reset to ``v_reset = 0`` are one; in steps they are two, and which one is meant is no
parameter of a node. It is in the graph's metadata, with ``dt``.
"""

from __future__ import annotations

import numpy as np

DT = 1e-4
"""Seconds a step: what snnTorch assumes of every graph."""


def membrane_ratio(logit: np.ndarray) -> np.ndarray:
    """``tau / dt`` of a decay ``sigmoid(logit)`` a step, in double precision."""
    return 1 + np.exp(np.asarray(logit, np.float64))


def logit_of(ratio: np.ndarray) -> np.ndarray:
    """The inverse of :func:`membrane_ratio`, for ratios above 1."""
    return np.log(np.asarray(ratio, np.float64) - 1)


def strict_threshold(dtype: np.dtype) -> float:
    """The largest number of ``dtype`` below 1: exceeding it is reaching 1."""
    return float(np.nextafter(np.ones((), dtype), np.zeros((), dtype)))


def is_one(values: np.ndarray) -> np.ndarray:
    """Whether values are 1 to single precision, where a product or a rounded division may have left them."""
    return np.abs(np.asarray(values, np.float64) - 1) <= 4 * np.finfo(np.float32).eps
