"""The error of a gradient estimated from shots, and the shots for a wanted error."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
from jaxtyping import Array, Float, PRNGKeyArray

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
    estimator: Callable[[PRNGKeyArray], Float[Array, "..."]],
    exact: Float[Array, "..."],
    shots: int,
    repeats: int,
    error: float,
    seed: int,
) -> dict[str, Any]:
    """Root-mean-square errors of repeated estimates, and the shots that averaging would need for ``error``.

    Averaging k estimates lowers every error by √k.

    Args:
        estimator: A key to one estimate of the gradient.
        exact: The gradient.
        shots: The shots that one estimate takes, in all.
        repeats: Estimates.
        error: Wanted, in the norm.
        seed: The seed of the shots.

    Returns:
        The fields of an :class:`~eval.studies.executions.rows.GradientEstimate` that are measured.
    """
    keys = jax.random.split(jax.random.key(seed), repeats)
    drawn = np.asarray(jax.jit(lambda keys: jax.lax.map(estimator, keys))(keys), np.float64).reshape(repeats, -1)
    truth = np.asarray(exact, np.float64).reshape(-1)
    misses = np.square(drawn - truth)
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
        "worst_component_variance": float(drawn.var(axis=0, ddof=1).max()),
        **errors,
        **needed,
    }


def measure(
    rule: OfCircuit, qubits: int, layers: int, *, shots: int, repeats: int, error: float, seed: int
) -> CircuitEstimate:
    """Errors of ``rule`` for the hardware-efficient circuit at random angles."""
    circuit = hardware_efficient(qubits)
    angles = jax.random.uniform(jax.random.key(seed), (layers, qubits, 3), maxval=2 * jnp.pi)
    exact = jax.jit(jax.grad(qml.QNode(circuit, ScanQubit(wires=qubits), interface="jax")))(angles)
    sampled = on_device(circuit, qubits, shots=shots, chunk=64)
    if rule == "parameter_shift":
        total = 2 * angles.size * shots
        estimate = gradient_errors(lambda key: jax.grad(sampled)(angles, key=key), exact, total, repeats, error, seed)
    else:
        # One direction is a poor estimate: the mean of many is measured, as one would use it.
        directions = angles.size

        def estimator(key: PRNGKeyArray) -> Array:
            def one(key: PRNGKeyArray) -> Array:
                return sampled_spsa(lambda angles, key: (sampled(angles, key=key), None), angles, key)[1]

            return jax.lax.map(one, jax.random.split(key, directions), batch_size=64).mean(axis=0)

        estimate = gradient_errors(estimator, exact, 2 * shots * directions, repeats, error, seed)
    return CircuitEstimate(qubits=qubits, layers=layers, parameters=angles.size, differentiation=rule, **estimate)


def measure_commuting(
    rule: OfBlock, qubits: int, count: int, *, shots: int, repeats: int, error: float, seed: int
) -> BlockEstimate:
    """The same for ``count`` commuting generators."""
    angles = jax.random.uniform(jax.random.key(seed), (count,), maxval=2 * jnp.pi)
    exact = jax.jit(jax.grad(qml.QNode(commuting(qubits), ScanQubit(wires=qubits), interface="jax")))(angles)
    if rule == "parameter_shift":
        sampled = on_device(commuting(qubits), qubits, shots=shots, chunk=64)
        total = 2 * count * shots
        estimate = gradient_errors(lambda key: jax.grad(sampled)(angles, key=key), exact, total, repeats, error, seed)
    else:
        together = on_device(commuting_derivatives(qubits, count), qubits, shots=shots)

        def estimator(key: PRNGKeyArray) -> Array:
            return jnp.stack(jax.tree.leaves(together(angles, key=key)))

        estimate = gradient_errors(estimator, exact, shots, repeats, error, seed)
    return BlockEstimate(qubits=qubits, parameters=count, differentiation=rule, **estimate)
