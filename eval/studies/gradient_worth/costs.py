"""What one update of each model costs: operations, seconds, joules, and circuits on quantum hardware."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

from eval.models.gate_by_gate import adjoint_flops
from eval.studies.gradient_worth.config import ANGLES_PER_QUBIT, Config
from eval.studies.gradient_worth.data import Case, split
from eval.studies.gradient_worth.models import Model, model
from eval.studies.gradient_worth.rows import Round, Update
from training.config import plain_adam
from training.data.split import Batch
from training.gradients import reverse
from training.objective import training_objective
from training.optimizer import make_optimizer
from training.pricing import LEAST_ENERGY_SECONDS, NO_CIRCUITS, Circuits, Program, Timing, price, prices
from training.state import init_state
from training.step import make_step


def measure(chosen: Mapping[str, int], case: Case) -> list[Update]:
    """Price an update of every model; ``None`` where a quantity does not exist or the device does not report it.

    An update is the training step: one batch's gradient, Adam, and the check that all is finite. Circuit executions and
    shots are those of the parameter-shift rule on hardware; the operations of a circuit are those of simulating it and
    differentiating by the adjoint method, as the program does it and gate by gate.

    Args:
        chosen: Each model's size, by name.
        case: The task.
    """
    rows = []
    for name, size in chosen.items():
        own, found = model(name, size, case), price(_update(name, size, case), energy=LEAST_ENERGY_SECONDS)
        rows.append(
            Update(
                task=case.task,
                model=name,
                size=size,
                parameters=own.parameters,
                update_flops=found.flops,
                spike_flops=_spike_flops(own, case.config),
                gate_flops=_gate_flops(name, size, case),
                joules=found.joules,
                circuit_executions=found.circuit_executions,
                shots=found.shots,
            )
        )
    return rows


def timed(chosen: Mapping[str, int], number: int, case: Case) -> list[Round]:
    """Time an update of every model by itself, not vectorised over seeds, the models in turn.

    Args:
        chosen: Each model's size, by name.
        number: The round.
        case: The task.
    """
    priced = prices(
        {name: _update(name, size, case) for name, size in chosen.items()},
        counted=False,
        timing=Timing(case.config.timing_repeats),
    )
    return [
        Round(task=case.task, model=name, timing_round=number, update_seconds=found.gradient_seconds)
        for name, found in priced.items()
        if found.gradient_seconds is not None
    ]


@functools.lru_cache(maxsize=64)
def update_flops(name: str, size: int, case: Case) -> int | float | None:
    """Count the floating-point operations of an update; ``None`` where they cannot be counted."""
    return price(_update(name, size, case), compiled=False).flops


@functools.lru_cache(maxsize=16)
def _update(name: str, size: int, case: Case) -> Program:
    """The step by which the runs are trained, compiled once however often it is timed."""
    own, config = model(name, size, case), case.config
    task, count = split(case, config.seed), config.batch_size
    optimizer = make_optimizer(plain_adam(config.learning_rates[0]), config.steps, own.paradigm)
    batch = jax.tree.map(jnp.asarray, Batch(*task.train.take(np.arange(count)), np.ones(count, np.float32)))
    step = make_step(training_objective(own.paradigm, task), reverse, optimizer)
    state = init_state(own.paradigm, optimizer, config.seed)
    return Program(step, state, batch, circuits=_on_hardware(own.executions, config))


def _on_hardware(executions: int | None, config: Config) -> Circuits | str:
    if executions is None:
        return NO_CIRCUITS
    circuits = executions * config.batch_size
    return Circuits(circuits, circuits * config.shots)


def _spike_flops(own: Model, config: Config) -> int | None:
    """Products of spikes in a batch's update: one set forward, one in the gradient by the weights."""
    if own.spike_products is None:
        return None
    return 2 * 2 * own.spike_products * config.batch_size


def _gate_flops(name: str, size: int, case: Case) -> int | float | None:
    """An update whose circuits are simulated gate by gate; what is not circuit, Adam above all, is the program's."""
    own, config = model(name, size, case), case.config
    counted = update_flops(name, size, case)
    if own.ansatz is None or counted is None:
        return None
    layers = config.circuit_layers[size]
    gates = own.ansatz.gates(np.zeros((config.qubits, ANGLES_PER_QUBIT)), range(config.qubits), 0)
    circuits = adjoint_flops(
        config.qubits,
        rotations=ANGLES_PER_QUBIT * config.qubits * layers,
        entanglers=sum(len(gate.wires) == 2 for gate in gates) * layers,
        observables=split(case, config.seed).spec.outputs,
    )
    gradient = price(_gradient(name, size, case), compiled=False).flops
    return None if gradient is None else counted - gradient + config.batch_size * circuits


def _gradient(name: str, size: int, case: Case) -> Program:
    """A batch's gradient alone."""
    whole = _update(name, size, case)
    state, batch = whole.arguments
    objective = training_objective(model(name, size, case).paradigm, split(case, case.config.seed))

    def gradient(params: PyTree, batch: Batch) -> PyTree:
        return reverse(lambda p, key: objective(p, state.model_state, batch, key), params, jax.random.key(0))

    return Program(gradient, state.params, batch)
