"""Shots to reach an energy: gradient descent by parameter shift, SPSA, coordinate descent, quantum natural gradient."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
from jaxtyping import Array, Float, PRNGKeyArray

from eval.recorder import Row
from eval.studies.executions.circuits import ground_energy, hardware_efficient, ising_chain
from eval.studies.executions.config import Config
from eval.studies.executions.shots import on_device, spsa
from paradigms.vqc.ansatz import LAYERS
from paradigms.vqc.device import ScanQubit
from paradigms.vqc.repeated import RepeatedLayers
from paradigms.vqc.sampling import bits, sample

LEARNING_RATES = (0.01, 0.03, 0.1, 0.3)
"""Tried by every method that has one, the one that reaches the target with the fewest shots kept."""
SPSA_RATES = (0.003, 0.01, 0.03, 0.1)
"""Of SPSA, whose steps are as long as all parameters' noise together: as many, lower."""
GROUPS = 2
"""Measurement groups of the Ising chain."""
DAMPING = 0.02
"""Added to the diagonal of the metric, whose entries are at most 1/4, before it is inverted."""
CHECKPOINTS = 40

Angles = Float[Array, "layers qubits 3"]


@dataclass(frozen=True)
class Method:
    """A way to lower the energy.

    Attributes:
        step: ``(angles, step number, learning rate, key) -> angles``.
        shots: Of one step.
        learning_rates: To choose from.
    """

    step: Callable[[Angles, Array, Array, PRNGKeyArray], Angles]
    shots: int
    learning_rates: tuple[float, ...] = LEARNING_RATES


def methods(config: Config) -> dict[str, Method]:
    """The methods that are compared, by name."""
    qubits, layers, shots = config.training_qubits, config.training_layers, config.training_shots
    value = on_device(hardware_efficient(qubits, ising_chain), qubits, shots=shots, chunk=64)
    count = 3 * qubits * layers
    metric = _metric(qubits, layers, shots)

    def gradient_descent(angles: Angles, number: Array, rate: Array, key: PRNGKeyArray) -> Angles:
        return angles - rate * jax.grad(value)(angles, key=key)

    def perturbation(angles: Angles, number: Array, rate: Array, key: PRNGKeyArray) -> Angles:
        return angles - rate * spsa(value, angles, key)

    def coordinate_descent(angles: Angles, number: Array, rate: Array, key: PRNGKeyArray) -> Angles:
        """Rotosolve (Ostaszewski, Grant, Benedetti 2021, Quantum 5, 391): the exact minimum over one angle."""
        flat = angles.reshape(-1)
        place = number % count
        shifts = jnp.array([0.0, jnp.pi / 2, -jnp.pi / 2])
        moved = jax.vmap(lambda shift: flat.at[place].add(shift).reshape(angles.shape))(shifts)
        here, plus, minus = jax.vmap(lambda angles, key: value(angles, key=key))(moved, jax.random.split(key, 3))
        best = -jnp.pi / 2 - jnp.arctan2(2 * here - plus - minus, plus - minus)
        return flat.at[place].add(best).reshape(angles.shape)

    def natural_gradient(angles: Angles, number: Array, rate: Array, key: PRNGKeyArray) -> Angles:
        """Stokes, Izaac, Killoran, Carleo 2020 (Quantum 4, 269), with the block-diagonal metric."""
        gradient_key, metric_key = jax.random.split(key)
        gradient = jax.grad(value)(angles, key=gradient_key)
        damped = metric(angles, metric_key) + DAMPING * jnp.eye(qubits)
        columns = jnp.moveaxis(gradient, 2, 1)[..., None]
        # Divided by the largest entry that the metric can have, so that a rate means about the same to all methods.
        direction = jnp.moveaxis(jnp.linalg.solve(damped, columns)[..., 0], 1, 2) / 4
        return angles - rate * direction

    evaluation = GROUPS * shots
    return {
        "parameter shift": Method(gradient_descent, 2 * count * evaluation),
        "SPSA": Method(perturbation, 2 * evaluation, SPSA_RATES),
        "coordinate descent": Method(coordinate_descent, 3 * evaluation, (1.0,)),
        "natural gradient": Method(natural_gradient, 2 * count * evaluation + 3 * layers * shots),
    }


def _metric(qubits: int, layers: int, shots: int) -> Callable[[Angles, PRNGKeyArray], Array]:
    """Blocks ``[layers, 3, qubits, qubits]`` of the Fubini-Study metric, one circuit of ``shots`` shots a block.

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


def measure(name: str, config: Config) -> list[Row]:
    """The shots that a method takes to the target, and its median energy at some shots before the budget's end.

    The energy is the exact one at the angles reached; the method sees estimates only.
    """
    method = methods(config)[name]
    qubits = config.training_qubits
    exact = qml.QNode(hardware_efficient(qubits, ising_chain), ScanQubit(wires=qubits), interface="jax")
    steps = config.shot_budget // method.shots
    ground = ground_energy(qubits)

    @jax.jit
    def energies(rate: Array, key: PRNGKeyArray) -> Float[Array, " steps"]:
        start_key, shot_key = jax.random.split(key)
        shape = (config.training_layers, qubits, 3)
        start = jax.random.uniform(start_key, shape, minval=-jnp.pi, maxval=jnp.pi)

        def step(angles: Array, number: Array) -> tuple[Array, Array]:
            moved = method.step(angles, number, rate, jax.random.fold_in(shot_key, number))
            return moved, exact(moved)

        _, reached = jax.lax.scan(step, start, jnp.arange(steps))
        return jnp.concatenate([exact(start)[None], reached])

    keys = jax.random.split(jax.random.key(config.seed), config.training_seeds)
    runs = {
        rate: np.asarray(jax.jit(jax.vmap(energies, (None, 0)))(jnp.float32(rate), keys), np.float64)
        for rate in method.learning_rates
    }
    spent = {rate: _shots_to(curves / ground, config.target, method.shots) for rate, curves in runs.items()}
    # Seeds that never reach the target count as infinitely many shots.
    rate = min(runs, key=lambda one: (float(np.median(spent[one])), -float(np.median(runs[one][:, -1] / ground))))
    low, middle, high = np.quantile(spent[rate], [0.25, 0.5, 0.75], method="nearest")
    summary: Row = {
        "quantity": "shots to target",
        "learning_rate": rate,
        "shots_a_step": method.shots,
        "reached": int(np.sum(np.isfinite(spent[rate]))),
        "seeds": config.training_seeds,
        "shots": _finite(middle),
        "shots_low": _finite(low),
        "shots_high": _finite(high),
        "ground_energy": ground,
    }
    places = np.unique(np.geomspace(1, steps, CHECKPOINTS).round().astype(int))
    shares = runs[rate][:, places] / ground
    quartiles = np.quantile(shares, [0.25, 0.5, 0.75], axis=0)
    curve = [
        {
            "quantity": "share of the ground state's energy",
            "shots": int(place * method.shots),
            "share": float(half),
            "share_low": float(lower),
            "share_high": float(upper),
        }
        for place, lower, half, upper in zip(places, *quartiles, strict=True)
    ]
    return [summary, *curve]


def _shots_to(shares: np.ndarray, target: float, shots: int) -> np.ndarray:
    reached = shares >= target
    first = np.where(reached.any(axis=1), reached.argmax(axis=1), np.inf)
    return first * shots


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
