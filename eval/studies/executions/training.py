"""Shots to reach an energy: gradient descent by parameter shift, SPSA, coordinate descent, quantum natural gradient."""

from __future__ import annotations

import numpy as np

from eval.studies.executions.circuits import ground_energy
from eval.studies.executions.config import Config
from eval.studies.executions.energy import EnergyCircuit, lowest_energy
from eval.studies.executions.methods import methods
from eval.studies.executions.rows import EnergyTraining, MethodName, ReachedEnergy
from training.config import Settings, TrainerConfig, plain_descent
from training.evaluation import split_means
from training.many import Many

CHECKPOINTS = 40


def measure(name: MethodName, config: Config) -> list[EnergyTraining | ReachedEnergy]:
    """The shots that a method takes to the target, and its median energy at some shots before the budget's end.

    The energy is the exact one at the angles reached; the method sees estimates only.

    Raises:
        NonFiniteUpdate: A run diverged.
    """
    method = methods(config)[name]
    steps = config.shot_budget // method.shots
    ground = ground_energy(config.training_qubits)
    circuit, task = (
        EnergyCircuit(config.training_qubits, config.training_layers, config.training_shots),
        lowest_energy(),
    )
    exact = split_means(circuit, task, task.test, batch_size=1)
    many = Many(
        circuit,
        task,
        # Each member brings a rate of its own.
        Settings(TrainerConfig(steps=steps, batch_size=1), plain_descent(method.learning_rates[0])),
        record=lambda state: exact(state)["loss"],
        every=1,
        estimator=method.estimator,
    )
    seeds = [config.seed + seed for seed in range(config.training_seeds)]
    pairs = [(rate, seed) for rate in method.learning_rates for seed in seeds]
    curves = many.run(
        [seed for _, seed in pairs],
        learning_rates=[rate for rate, _ in pairs],
        # There is one example, and so one order.
        data_seeds=[0] * len(pairs),
    )
    energies = np.asarray(curves.require_finite().records, np.float64).reshape(
        len(method.learning_rates), len(seeds), -1
    )
    runs = dict(zip(method.learning_rates, energies, strict=True))
    spent = {rate: _shots_to(curves / ground, config.target, method.shots) for rate, curves in runs.items()}
    # Seeds that never reach the target count as infinitely many shots.
    rate = min(runs, key=lambda one: (float(np.median(spent[one])), -float(np.median(runs[one][:, -1] / ground))))
    low, middle, high = np.quantile(spent[rate], [0.25, 0.5, 0.75], method="nearest")
    summary = EnergyTraining(
        method=name,
        qubits=config.training_qubits,
        learning_rate=rate,
        target=config.target,
        ground_energy=ground,
        shots=method.shots,
        seeds=config.training_seeds,
        reached=int(np.sum(np.isfinite(spent[rate]))),
        shots_to_target=_finite(middle),
        shots_to_target_low=_finite(low),
        shots_to_target_high=_finite(high),
    )
    places = np.unique(np.geomspace(1, steps, CHECKPOINTS).round().astype(int))
    shares = runs[rate][:, places] / ground
    quartiles = np.quantile(shares, [0.25, 0.5, 0.75], axis=0)
    curve = [
        ReachedEnergy(
            method=name,
            qubits=config.training_qubits,
            spent_shots=int(place * method.shots),
            share=float(half),
            share_low=float(lower),
            share_high=float(upper),
        )
        for place, lower, half, upper in zip(places, *quartiles, strict=True)
    ]
    return [summary, *curve]


def _shots_to(shares: np.ndarray, target: float, shots: int) -> np.ndarray:
    reached = shares >= target
    first = np.where(reached.any(axis=1), reached.argmax(axis=1), np.inf)
    return first * shots


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
