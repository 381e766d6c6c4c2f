"""A Flax NNX module as a paradigm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray, PyTree

from paradigms.adapters.adapted import UNKNOWN_COST, Adapted, decay_matrices
from paradigms.interface import Cost, Paradigm, Variables


def from_flax(
    build: Callable[..., Any],
    *,
    name: str = "flax",
    trainable: Any = None,
    batch_coupled: bool | None = None,
    weight_decay: Callable[[PyTree], PyTree[bool]] = decay_matrices,
    cost: Cost = UNKNOWN_COST,
) -> Paradigm:
    """Train a Flax NNX module. It is called on a batch: ``module(inputs)`` gives ``[batch, outputs]``.

    The module's ``train()`` and ``eval()`` switch dropout and batch normalisation. Parameters that are not float and
    every other variable (running means, caches) are state. Generators inside the module are no part of either: they
    are reseeded from the step's key at each call. ``nnx.Intermediate`` variables that a call leaves are dropped.

    Args:
        build: ``nnx.Rngs`` to module: a module class that takes nothing else, or a function.
        name: Shown in tables and figures.
        trainable: An NNX filter for what is trained; by default ``nnx.Param``.
        batch_coupled: Whether predictions depend on the rest of the batch; by default, whether the module has
            ``nnx.BatchStat`` variables, as batch normalisation has.
        weight_decay: Parameters to a tree of bools; by default leaves of rank 2 or more decay.
        cost: What one example costs; by default unknown. Multiply-accumulates m forward and 3m for a gradient:
            ``Cost(Work(macs=m), Work(macs=3 * m))``.

    Example::

        from flax import nnx
        from paradigms.adapters import from_flax

        class Network(nnx.Module):
            def __init__(self, rngs):
                self.hidden = nnx.Linear(64, 128, rngs=rngs)
                self.readout = nnx.Linear(128, 10, rngs=rngs)

            def __call__(self, images):
                return self.readout(nnx.relu(self.hidden(images.reshape(len(images), -1))))

        paradigm = from_flax(Network)
    """
    from flax import nnx

    def is_float(_: Any, leaf: Any) -> bool:
        return jnp.issubdtype(leaf.dtype, jnp.floating)

    trained = nnx.All(nnx.Param if trainable is None else trainable, is_float)
    abstract = nnx.eval_shape(lambda: build(nnx.Rngs(0)))
    graphdef, _, generators, statistics, _ = nnx.split(abstract, trained, nnx.RngState, nnx.BatchStat, ...)
    generators = nnx.to_pure_dict(generators)

    def draw(key: PRNGKeyArray) -> Variables:
        _, params, _, state = nnx.split(build(nnx.Rngs(key)), trained, nnx.RngState, ...)
        return Variables(nnx.to_pure_dict(params), nnx.to_pure_dict(state))

    def predict(params: PyTree, state: PyTree, inputs: PyTree, key: PRNGKeyArray, train: bool) -> tuple[Array, PyTree]:
        module = nnx.merge(graphdef, params, state, _reseed(generators, key), copy=True)
        (module.train if train else module.eval)()
        prediction = module(inputs)
        _, _, _, _, state = nnx.split(module, trained, nnx.RngState, nnx.Intermediate, ...)
        return prediction, nnx.to_pure_dict(state)

    coupled = bool(jax.tree.leaves(statistics)) if batch_coupled is None else batch_coupled
    return Adapted(name, coupled, draw, predict, weight_decay, cost)


def _reseed(generators: PyTree[jax.ShapeDtypeStruct], key: PRNGKeyArray) -> PyTree[Array]:
    """Keys of every generator drawn from ``key``, their counters at zero."""
    leaves, structure = jax.tree.flatten(generators)
    fresh = [
        jax.random.split(jax.random.fold_in(key, number), leaf.shape)
        if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)
        else jnp.zeros(leaf.shape, leaf.dtype)
        for number, leaf in enumerate(leaves)
    ]
    return jax.tree.unflatten(structure, fresh)
