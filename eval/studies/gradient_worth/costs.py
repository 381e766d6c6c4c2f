"""What one update of each model costs: operations, seconds, joules, and circuits on quantum hardware."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
from training.probes.energy import joules_a_call
from training.probes.flops import count_flops
from training.probes.timing import median_seconds


def measure(config: Config) -> list[Row]:
    """A row a model; ``None`` where a quantity does not exist or the device does not report it.

    An update is one batch's gradient and Adam. Seconds are medians of the compiled update by itself, not vectorised
    over seeds, the models run in turn. Circuit executions and shots are those of the parameter-shift rule on hardware;
    the operations and seconds of a circuit are those of simulating it and differentiating by the adjoint method.
    """
    found = models(config)
    updates = {name: _update(found[name], config) for name in MODELS}
    programs = {name: _compiled(*update) for name, update in updates.items()}
    seconds = median_seconds(programs, config.timing_repeats)
    return [
        {
            "model": name,
            "parameters": found[name].parameters,
            "flops_update": count_flops(*updates[name]),
            "seconds_update": seconds[name],
            "joules_update": joules_a_call(programs[name]),
            **_on_hardware(found[name].executions, config),
        }
        for name in MODELS
    ]


def _update(model: Model, config: Config) -> tuple[Any, ...]:
    """The update and its arguments."""
    task = data.load(config.side)
    objective, optimizer = training_objective(model.paradigm, task), optax.adam(1e-3)
    params, state = model.paradigm.init(jax.random.key(config.seed))
    size = config.batch_size
    batch = jax.tree.map(jnp.asarray, Batch(*task.train.take(np.arange(size)), np.ones(size, np.float32)))

    def update(params, optimizer_state, batch):
        gradient, _ = jax.grad(objective, has_aux=True)(params, state, batch, jax.random.key(0))
        changes, optimizer_state = optimizer.update(gradient, optimizer_state)
        return optax.apply_updates(params, changes), optimizer_state

    return update, params, optimizer.init(params), batch


def _compiled(function: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
    program = jax.jit(function).lower(*arguments).compile()
    return lambda: program(*arguments)


def _on_hardware(executions: int | None, config: Config) -> Row:
    circuits = None if executions is None else executions * config.batch_size
    return {"executions_update": circuits, "shots_update": None if circuits is None else circuits * config.shots}
