"""The variance over initialisations of the gradient components of one circuit and one cost."""

from __future__ import annotations

import functools
import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
from jaxtyping import Array, Float

from paradigms.vqc.circuit.ansatz import HardwareEfficient
from paradigms.vqc.circuit.initialisations import INITIALISATIONS, Initialisation
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.device import ScanQubit

# Amplitudes of all circuits that run at once, so that a batch stays in cache.
_AMPLITUDES_AT_ONCE = 2**16


@dataclass(frozen=True)
class Estimate:
    """A variance with its error.

    Attributes:
        variance: Mean over gradient components of each one's variance over initialisations.
        relative_error: Its standard error as a share of it.
        mean_square: Mean over components of the mean square, which is larger where the mean gradient is not zero.
        first_component: Variance of the first component alone: first layer, first qubit, first rotation.
        samples: Initialisations drawn.
        effective_samples: (Σs)²/Σs² of the samples' contributions s: how many of them carry the estimate.
    """

    variance: float
    relative_error: float
    mean_square: float
    first_component: float
    samples: int
    effective_samples: float


def cost(qubits: int) -> Callable[[Float[Array, "layers qubits 3"]], Float[Array, ""]]:
    """Return the cost ⟨Z₁Z₂⟩ after RY(π/4) on every qubit and layers of RY, RZ, RY and a ring of CZ.

    Initial state and observable are those of McClean et al. 2018 (Nat. Commun. 9, 4812).
    """

    @qml.qnode(ScanQubit(wires=qubits), interface="jax", diff_method="adjoint")
    def circuit(angles):
        for wire in range(qubits):
            qml.RY(math.pi / 4, wires=wire)
        RepeatedLayers(angles, wires=range(qubits), layer=HardwareEfficient())
        return qml.expval(qml.Z(0) @ qml.Z(1))

    def value(angles: Float[Array, "layers qubits 3"]) -> Float[Array, ""]:
        result: Any = circuit(angles)
        return result

    return value


def measure(
    initialisation: Initialisation,
    qubits: int,
    layers: int,
    *,
    seed: int,
    relative_error: float,
    least_samples: int,
    most_samples: int,
) -> Estimate:
    """Draw initialisations until the standard error is as small as wanted, or as many as allowed.

    Args:
        initialisation: How the angles are drawn.
        qubits: The width of the circuit.
        layers: Its depth.
        seed: The seed of the angles, with the other settings of the point.
        relative_error: The standard error, as a share of the variance, at which drawing ends.
        least_samples: The fewest initialisations.
        most_samples: The most initialisations.

    Returns:
        The variance and its error.
    """
    batch = max(1, min(least_samples, _AMPLITUDES_AT_ONCE >> qubits))
    draw = INITIALISATIONS[initialisation]
    gradients = _gradients(qubits)
    # Every point has a stream of its own, whichever others are measured.
    key = jax.random.fold_in(jax.random.key(seed), zlib.crc32(f"{initialisation} {qubits} {layers}".encode()))
    drawn: list[np.ndarray] = []
    while True:
        start = len(drawn) * batch
        keys = jax.vmap(jax.random.fold_in, in_axes=(None, 0))(key, start + jnp.arange(batch))
        angles = jax.vmap(lambda key: draw(key, layers, qubits))(keys)
        drawn.append(np.asarray(gradients(angles), np.float64).reshape(batch, -1))
        samples = start + batch
        if samples < least_samples:
            continue
        found = estimate(np.concatenate(drawn))
        if found.relative_error <= relative_error or samples + batch > most_samples:
            return found


@functools.lru_cache(maxsize=1)
def _gradients(qubits: int) -> Callable[[Array], Array]:
    """Compiled once for all initialisations of a circuit, whose compilation takes longer than its runs."""
    return jax.jit(jax.vmap(jax.grad(cost(qubits))))


def estimate(gradients: Float[np.ndarray, "samples components"]) -> Estimate:
    """Estimate the variance from independent gradients without bias, with its standard error."""
    samples = len(gradients)
    squares = (gradients - gradients.mean(axis=0)) ** 2 * (samples / (samples - 1))
    contributions = squares.mean(axis=1)
    variance = contributions.mean()
    return Estimate(
        variance=float(variance),
        relative_error=float(contributions.std(ddof=1) / math.sqrt(samples) / variance),
        mean_square=float((gradients**2).mean()),
        first_component=float(squares[:, 0].mean()),
        samples=samples,
        effective_samples=float(contributions.sum() ** 2 / (contributions**2).sum()),
    )
