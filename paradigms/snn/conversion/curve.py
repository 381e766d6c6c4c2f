"""How far a spiking network is from the quantised one that it was converted from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from paradigms.snn.conversion.fixed_point import Converted
from paradigms.snn.conversion.regimes import predictions, stepwise, synchronous, twin

RUN = {"synchronous": synchronous, "stepwise": stepwise}


class ErrorCurvePoint(NamedTuple):
    """A network, run in one way.

    Attributes:
        regime: ``synchronous`` or ``stepwise``.
        steps: ``T``, of time a layer, and the highest level of an activation.
        latency: Steps until the read-out is complete: ``T`` for each hidden layer, or ``T`` in all.
        examples: How many.
        same_class: Share of the examples that the twin puts in the same class.
        same_counts: Share of the hidden neurons and examples whose count is the twin's level.
        accuracy: Share of the examples in the labelled class.
        twin_accuracy: The same of the twin.
        outside: Share of the hidden currents outside ``[0, threshold)``, where the equality is not guaranteed.
        spike_rate: Spikes a step of a hidden neuron.
    """

    regime: str
    steps: int
    latency: int
    examples: int
    same_class: float
    same_counts: float
    accuracy: float
    twin_accuracy: float
    outside: float
    spike_rate: float


def error_curve(
    networks: Iterable[Converted], x: Float[Array, "examples inputs"], labels: Int[Array, " examples"]
) -> list[ErrorCurvePoint]:
    """Two rows for each network, ``synchronous`` and ``stepwise``; networks of several ``steps`` make a curve.

    Args:
        networks: What ``convert`` made.
        x: Values in [0, 1].
        labels: Classes.
    """
    rows = []
    for network in networks:
        reference = eqx.filter_jit(twin)(network, x)
        expected, levels = predictions(reference), np.concatenate(reference.counts, axis=1)
        for regime, run in RUN.items():
            outcome = eqx.filter_jit(run)(network, x)
            found, counts = predictions(outcome), np.concatenate(outcome.counts, axis=1)
            rows.append(
                ErrorCurvePoint(
                    regime,
                    network.steps,
                    latency=network.steps * (len(outcome.counts) if regime == "synchronous" else 1),
                    examples=len(labels),
                    same_class=float(jnp.mean(found == expected)),
                    same_counts=float(np.mean(counts == levels)),
                    accuracy=float(jnp.mean(found == labels)),
                    twin_accuracy=float(jnp.mean(expected == labels)),
                    outside=float(outcome.outside),
                    spike_rate=float(np.mean(counts) / network.steps),
                )
            )
    return rows
