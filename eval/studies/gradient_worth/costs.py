"""What one update of each model costs: operations, seconds, joules, and circuits on quantum hardware."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax

from eval.recorder import Row
from eval.studies.gradient_worth import data
from eval.studies.gradient_worth.config import Config
from eval.studies.gradient_worth.models import MODELS, Model, models
from training.data.split import Batch
from training.objective import training_objective
from training.pricing import LEAST_ENERGY_SECONDS, NO_CIRCUITS, Circuits, Program, Timing, prices


def measure(config: Config) -> list[Row]:
    """Price an update of every model; ``None`` where a quantity does not exist or the device does not report it.

    An update is one batch's gradient and Adam. Seconds are medians of the compiled update by itself, not vectorised
    over seeds, the models run in turn. Circuit executions and shots are those of the parameter-shift rule on hardware;
    the operations and seconds of a circuit are those of simulating it and differentiating by the adjoint method.
    """
    found = models(config)
    priced = prices(
        {name: _update(found[name], config) for name in MODELS},
        timing=Timing(config.timing_repeats),
        energy=LEAST_ENERGY_SECONDS,
    )
    return [
        {
            "model": name,
            "parameters": found[name].parameters,
            "flops_update": priced[name].flops,
            "seconds_update": priced[name].gradient_seconds,
            "joules_update": priced[name].joules,
            "executions_update": priced[name].circuit_executions,
            "shots_update": priced[name].shots,
        }
        for name in MODELS
    ]


def _update(model: Model, config: Config) -> Program:
    task = data.load(config.side)
    objective, optimizer = training_objective(model.paradigm, task), optax.adam(1e-3)
    params, state = model.paradigm.init(jax.random.key(config.seed))
    size = config.batch_size
    batch = jax.tree.map(jnp.asarray, Batch(*task.train.take(np.arange(size)), np.ones(size, np.float32)))

    def update(params, optimizer_state, batch):
        gradient, _ = jax.grad(objective, has_aux=True)(params, state, batch, jax.random.key(0))
        changes, optimizer_state = optimizer.update(gradient, optimizer_state)
        return optax.apply_updates(params, changes), optimizer_state

    return Program(update, params, optimizer.init(params), batch, circuits=_on_hardware(model.executions, config))


def _on_hardware(executions: int | None, config: Config) -> Circuits | str:
    if executions is None:
        return NO_CIRCUITS
    circuits = executions * config.batch_size
    return Circuits(circuits, circuits * config.shots)
