"""What one update of each model costs: operations, seconds, joules, and circuits on quantum hardware."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from eval.studies.gradient_worth import data
from eval.studies.gradient_worth.config import Config
from eval.studies.gradient_worth.models import MODELS, Model, models
from eval.studies.gradient_worth.rows import Update
from training.config import plain_adam
from training.data.split import Batch
from training.gradients import reverse
from training.objective import training_objective
from training.optimizer import make_optimizer
from training.pricing import LEAST_ENERGY_SECONDS, NO_CIRCUITS, Circuits, Program, Timing, prices
from training.state import init_state
from training.step import make_step


def measure(config: Config) -> list[Update]:
    """Price an update of every model; ``None`` where a quantity does not exist or the device does not report it.

    An update is the training step: one batch's gradient, Adam, and the check that all is finite. Seconds are medians of
    the compiled update by itself, not vectorised over seeds, the models run in turn. Circuit executions and shots are
    those of the parameter-shift rule on hardware; the operations and seconds of a circuit are those of simulating it
    and differentiating by the adjoint method.
    """
    found = models(config)
    priced = prices(
        {name: _update(found[name], config) for name in MODELS},
        timing=Timing(config.timing_repeats),
        energy=LEAST_ENERGY_SECONDS,
    )
    return [
        Update(
            model=name,
            parameters=found[name].parameters,
            update_flops=priced[name].flops,
            update_seconds=priced[name].gradient_seconds,
            joules=priced[name].joules,
            circuit_executions=priced[name].circuit_executions,
            shots=priced[name].shots,
        )
        for name in MODELS
    ]


def _update(model: Model, config: Config) -> Program:
    """The step by which the runs are trained."""
    task, size = data.load(config), config.batch_size
    optimizer = make_optimizer(plain_adam(config.learning_rates[0]), config.steps, model.paradigm)
    batch = jax.tree.map(jnp.asarray, Batch(*task.train.take(np.arange(size)), np.ones(size, np.float32)))
    step = make_step(training_objective(model.paradigm, task), reverse, optimizer)
    state = init_state(model.paradigm, optimizer, config.seed)
    return Program(step, state, batch, circuits=_on_hardware(model.executions, config))


def _on_hardware(executions: int | None, config: Config) -> Circuits | str:
    if executions is None:
        return NO_CIRCUITS
    circuits = executions * config.batch_size
    return Circuits(circuits, circuits * config.shots)
