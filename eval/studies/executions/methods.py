"""Ways to lower an energy, each as what the training step subtracts from the angles, times a rate, and its shots."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import pennylane as qml
from jaxtyping import Array, Float, PRNGKeyArray

from eval.studies.executions.config import Config
from eval.studies.executions.energy import UPDATES
from eval.studies.executions.rows import MethodName
from eval.studies.executions.shots import sampled_spsa
from paradigms.vqc.circuit.ansatz import LAYERS
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.device import ScanQubit
from paradigms.vqc.measurement.sampling import bits, sample
from training.gradients import Estimator, GradientEstimate, Loss, reverse

LEARNING_RATES = (0.01, 0.03, 0.1, 0.3)
"""Tried by every method that has one, the one that reaches the target with the fewest shots kept."""
SPSA_RATES = (0.003, 0.01, 0.03, 0.1)
"""Of SPSA, whose steps are as long as all parameters' noise together: as many, lower."""
GROUPS = 2
"""Measurement groups of the Ising chain."""
DAMPING = 0.02
"""Added to the diagonal of the metric, whose entries are at most 1/4, before it is inverted."""

Angles = Float[Array, "layers qubits 3"]
Metric = Callable[[Angles, PRNGKeyArray], Float[Array, "layers 3 qubits qubits"]]


@dataclass(frozen=True)
class Method:
    """A way to lower the energy.

    Attributes:
        estimator: What an update subtracts, times the rate; a gradient, or what takes the place of one.
        shots: The shots of one update. The value that the step reports beside it is not counted: no method needs it.
        learning_rates: The learning rates to choose from.
    """

    estimator: Estimator
    shots: int
    learning_rates: tuple[float, ...] = LEARNING_RATES


def methods(config: Config) -> dict[MethodName, Method]:
    """Return the methods that are compared, by name."""
    qubits, layers, shots = config.training_qubits, config.training_layers, config.training_shots
    count = 3 * qubits * layers
    evaluation = GROUPS * shots
    return {
        "parameter shift": Method(reverse, 2 * count * evaluation),
        "SPSA": Method(sampled_spsa, 2 * evaluation, SPSA_RATES),
        "coordinate descent": Method(coordinate_descent, 3 * evaluation, (1.0,)),
        "natural gradient": Method(
            natural_gradient(fubini_study(qubits, layers, shots)), 2 * count * evaluation + 3 * layers * shots
        ),
    }


def coordinate_descent(loss: Loss, params: Angles, key: PRNGKeyArray) -> GradientEstimate:
    """Step to the minimum over one angle, another one in every update: Rotosolve.

    Ostaszewski, Grant, Benedetti 2021 (Quantum 5, 391): the energy is a sine in one angle, which three values fix. At a
    rate of 1 the step arrives at the minimum.
    """
    keys, flat = jax.random.split(key, 3), params.reshape(-1)
    here, auxiliary = loss(params, keys[0])
    place = (auxiliary.model_state[UPDATES] - 1) % flat.size

    def turned(by: float, key: PRNGKeyArray) -> Float[Array, ""]:
        return loss(flat.at[place].add(by).reshape(params.shape), key)[0]

    plus, minus = turned(jnp.pi / 2, keys[1]), turned(-jnp.pi / 2, keys[2])
    turn = -jnp.pi / 2 - jnp.arctan2(2 * here - plus - minus, plus - minus)
    return (here, auxiliary), jnp.zeros_like(flat).at[place].set(-turn).reshape(params.shape)


def natural_gradient(metric: Metric) -> Estimator:
    """Precondition the gradient with a block-diagonal metric (Stokes, Izaac, Killoran, Carleo 2020, Quantum 4, 269).

    The direction is divided by four, the inverse of the largest entry that the metric can have, so that a rate means
    about the same to all methods.
    """

    def estimator(loss: Loss, params: Angles, key: PRNGKeyArray) -> GradientEstimate:
        gradient_key, metric_key = jax.random.split(key)
        found, gradient = reverse(loss, params, gradient_key)
        blocks = metric(params, metric_key)
        damped = blocks + DAMPING * jnp.eye(blocks.shape[-1])
        columns = jnp.moveaxis(gradient, 2, 1)[..., None]
        return found, jnp.moveaxis(jnp.linalg.solve(damped, columns)[..., 0], 1, 2) / 4

    return estimator


def fubini_study(qubits: int, layers: int, shots: int) -> Metric:
    """Estimate the blocks of the Fubini-Study metric, each from one circuit of ``shots`` shots.

    The rotations of a block commute: g_ij = Cov(P_i, P_j) / 4 in the state before it, all P being one letter.
    """
    device = ScanQubit(wires=qubits)
    # Rotations of the same layer that come before a block, and the turn that brings its letter, Y or Z, to Z.
    applied = jnp.tril(jnp.ones((3, 3)), -1)
    turns = jnp.pi / 2 * jnp.array([1.0, 0.0, 1.0])

    @functools.partial(qml.QNode, device=device, interface="jax")
    def outcome_probabilities(layers_before: Array, partial_layer: Array, turn: Any) -> Any:
        if len(layers_before):
            RepeatedLayers(layers_before, wires=range(qubits), layer=LAYERS["hardware_efficient"])
        for wire, (first, second, _) in enumerate(partial_layer):
            qml.RY(first, wires=wire)
            qml.RZ(second, wires=wire)
            qml.RX(turn, wires=wire)
        return qml.probs(wires=range(qubits))

    def covariance(before: Array, layer: Array, key: PRNGKeyArray, mask: Array, turn: Array) -> Array:
        outcomes = sample(outcome_probabilities(before, layer * mask, turn), key, shots)
        return jnp.cov(1.0 - 2.0 * bits(outcomes, qubits), rowvar=False) / 4

    def metric(angles: Angles, key: PRNGKeyArray) -> Array:
        keys = jax.random.split(key, (layers, 3))
        blocks = jax.vmap(covariance, (None, None, 0, 0, 0))
        return jnp.stack(
            [blocks(angles[:layer], angles[layer], keys[layer], applied, turns) for layer in range(layers)]
        )

    return metric
