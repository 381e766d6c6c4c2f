"""The same variance for a deep network and a spiking one: over their random initial parameters."""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key, PRNGKeyArray, PyTree

from paradigms.interface import Paradigm
from training.data.split import Batch
from training.objective import training_objective
from training.tasks import Task, TaskConfig, load_task

EXAMPLES = 8
"""Of the task ``digits``; the loss is their mean cross-entropy."""
BATCH = 4
"""Pairs of networks that are differentiated at once."""


@lru_cache(maxsize=1)
def _digits() -> Task:
    return load_task(TaskConfig("digits"))


def network(name: str, width: int, depth: int) -> Paradigm:
    """Build the transformer or the spiking network of a size, for the task ``digits``.

    Args:
        name: ``transformer`` or ``snn``.
        width: Features of the transformer, or neurons per layer.
        depth: Blocks of the transformer, or layers.
    """
    module = importlib.import_module(f"paradigms.{name}")
    settings: dict[str, Any] = {
        "transformer": {"width": width, "layers": depth, "heads": 2, "patch": 4},
        "snn": {"hidden": (width,) * depth, "time_steps": 10},
    }[name]
    return module.build(module.Config(**settings), _digits().spec)


def variance_samples(paradigm: Paradigm, initialisations: int, seed: int) -> tuple[Float[np.ndarray, " pairs"], int]:
    """Sample half the squared differences between the loss gradients of two initialisations, averaged over parameters.

    Their mean over independent pairs is the variance over initialisations of a gradient component, averaged over
    parameters, whatever the gradient's mean.

    Returns:
        One number per pair, float64, and the number of parameters.
    """
    task = _digits()
    objective = training_objective(paradigm, task)
    inputs, targets = task.train.take(np.arange(EXAMPLES))
    batch = jax.tree.map(jnp.asarray, Batch(inputs, targets, np.ones(EXAMPLES, np.float32)))
    leaves = jax.tree.leaves(jax.eval_shape(paradigm.init, jax.random.key(0)).params)
    parameters = sum(leaf.size for leaf in leaves)

    def gradient(key: PRNGKeyArray) -> PyTree:
        init_key, key = jax.random.split(key)
        variables = paradigm.init(init_key)
        return jax.grad(lambda params: objective(params, variables.state, batch, key)[0])(variables.params)

    def half_difference(keys: Key[Array, "2"]) -> Array:
        gradients = jax.vmap(gradient)(keys)
        squares = jax.tree.map(lambda g: jnp.sum(jnp.square(g[0] - g[1])), gradients)
        return sum(jax.tree.leaves(squares), start=jnp.zeros(())) / (2 * parameters)

    # XLA takes 10 s to compile an initialisation by the default generator, and 2 s by its own.
    keys = jax.random.split(jax.random.key(seed, impl="unsafe_rbg"), (initialisations // 2, 2))
    values = jax.jit(lambda keys: jax.lax.map(half_difference, keys, batch_size=BATCH))(keys)
    return np.asarray(values, np.float64), parameters
