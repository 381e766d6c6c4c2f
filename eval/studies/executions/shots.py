"""The error of a gradient estimated from shots, and the shots for a wanted error."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
from jaxtyping import Array, Float, Key, PRNGKeyArray

from eval.studies.executions.circuits import commuting, commuting_derivatives, hardware_efficient
from eval.studies.executions.rows import BlockEstimate, CircuitEstimate, OfBlock, OfCircuit
from paradigms.vqc.device import ScanQubit
from paradigms.vqc.gradients.parameter_shift import differentiable
from training.gradients import spsa

SPSA_RADIUS = 0.1
"""Half the distance of SPSA's two points in each angle, radians: a bias of 1% beside the derivative at 288 angles."""

sampled_spsa = functools.partial(spsa, radius=SPSA_RADIUS, shared_noise=False)
"""SPSA as a device runs it: each of its two points has shots of its own."""


def on_device(circuit: Callable[[Any], Any], qubits: int, **keywords: Any) -> Callable[..., Any]:
    """The circuit on our device, differentiated by parameter shift."""
    return differentiable(qml.QNode(circuit, ScanQubit(wires=qubits)), **keywords)


def gradient_errors(
    drawn: Float[np.ndarray, "repeats *shape"],
    exact: Float[np.ndarray, "*shape"],
    shots: int,
    error: float,
) -> dict[str, Any]:
    """Root-mean-square errors of repeated estimates, and the shots that averaging would need for ``error``.

    Averaging k estimates lowers every error by √k.

    Args:
        drawn: Estimates of the gradient.
        exact: The gradient.
        shots: The shots that one estimate takes, in all.
        error: Wanted, in the norm.

    Returns:
        The fields of a :class:`~eval.studies.executions.rows.GradientEstimate` that are measured.
    """
    estimates = np.asarray(drawn, np.float64).reshape(len(drawn), -1)
    truth = np.asarray(exact, np.float64).reshape(-1)
    misses = np.square(estimates - truth)
    squared = {
        "infinity": misses.max(axis=1).mean(),
        "l2": misses.sum(axis=1).mean(),
        "relative": misses.sum(axis=1).mean() / np.sum(truth**2),
    }
    errors = {f"{norm}_error": float(np.sqrt(square)) for norm, square in squared.items()}
    needed = {f"{norm}_shots": float(shots * square / error**2) for norm, square in squared.items()}
    return {
        "error": error,
        "estimate_shots": shots,
        "gradient_norm": float(np.linalg.norm(truth)),
        "worst_component_variance": float(estimates.var(axis=0, ddof=1).max()),
        **errors,
        **needed,
    }


def measure(
    rule: OfCircuit, qubits: int, layers: int, *, shots: int, repeats: int, draws: int, error: float, seed: int
) -> list[CircuitEstimate]:
    """Measure the errors of ``rule`` for the hardware-efficient circuit, a row per draw of its angles."""
    circuit = hardware_efficient(qubits)
    exact = jax.grad(qml.QNode(circuit, ScanQubit(wires=qubits), interface="jax"))
    sampled = on_device(circuit, qubits, shots=shots, chunk=64)
    shape = (layers, qubits, 3)
    size = int(np.prod(shape))
    # One direction of SPSA is a poor estimate: the mean of many is measured, as one would use it.
    directions = size

    def shifted(angles: Array, key: PRNGKeyArray) -> Array:
        return jax.grad(sampled)(angles, key=key)

    def perturbed(angles: Array, key: PRNGKeyArray) -> Array:
        def one(key: PRNGKeyArray) -> Array:
            return sampled_spsa(lambda angles, key: (sampled(angles, key=key), None), angles, key)[1]

        return jax.lax.map(one, jax.random.split(key, directions), batch_size=64).mean(axis=0)

    estimator, total = {
        "parameter_shift": (shifted, 2 * size * shots),
        "spsa": (perturbed, 2 * directions * shots),
    }[rule]
    found = _estimates(estimator, exact, shape, total, repeats, draws, error, seed)
    return [
        CircuitEstimate(qubits=qubits, layers=layers, parameters=size, differentiation=rule, **one) for one in found
    ]


def measure_commuting(
    rule: OfBlock, qubits: int, count: int, *, shots: int, repeats: int, draws: int, error: float, seed: int
) -> list[BlockEstimate]:
    """Measure the same for ``count`` commuting generators."""
    exact = jax.grad(qml.QNode(commuting(qubits), ScanQubit(wires=qubits), interface="jax"))
    sampled = on_device(commuting(qubits), qubits, shots=shots, chunk=64)
    together = on_device(commuting_derivatives(qubits, count), qubits, shots=shots)

    def shifted(angles: Array, key: PRNGKeyArray) -> Array:
        return jax.grad(sampled)(angles, key=key)

    def at_once(angles: Array, key: PRNGKeyArray) -> Array:
        return jnp.stack(jax.tree.leaves(together(angles, key=key)))

    estimator, total = {"parameter_shift": (shifted, 2 * count * shots), "one_circuit": (at_once, shots)}[rule]
    found = _estimates(estimator, exact, (count,), total, repeats, draws, error, seed)
    return [BlockEstimate(qubits=qubits, parameters=count, differentiation=rule, **one) for one in found]


def _estimates(
    estimator: Callable[[Array, PRNGKeyArray], Array],
    exact: Callable[[Array], Array],
    shape: tuple[int, ...],
    total: int,
    repeats: int,
    draws: int,
    error: float,
    seed: int,
) -> list[dict[str, Any]]:
    """Estimate the gradient ``repeats`` times at each draw of the angles, by one program."""

    @jax.jit
    def estimated(angles: Array, keys: Key[Array, " repeats"]) -> tuple[Array, Array]:
        return jax.lax.map(functools.partial(estimator, angles), keys), exact(angles)

    found = []
    for draw in range(draws):
        angles_key, shots_key = jax.random.split(jax.random.fold_in(jax.random.key(seed), draw))
        angles = jax.random.uniform(angles_key, shape, maxval=2 * jnp.pi)
        drawn, truth = estimated(angles, jax.random.split(shots_key, repeats))
        found.append({"draw": draw, **gradient_errors(np.asarray(drawn), np.asarray(truth), total, error)})
    return found
