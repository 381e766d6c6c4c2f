"""A ``flax.linen`` module as a paradigm: the older interface of Flax, in which most published models are written."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray, PyTree

from paradigms.adapters.adapted import Adapted, in_a_sentence
from paradigms.interface import Cost, Paradigm, Variables, require

_FLAGS = {"train": True, "training": True, "is_training": True, "deterministic": False, "use_running_average": False}
"""Arguments by which linen modules are told whether they are trained, and their values in training."""
_INTERMEDIATES = "intermediates"


def from_linen(
    module: Any,
    example: PyTree[Array] | None,
    *,
    name: str,
    batch_coupled: bool | None,
    weight_decay: Callable[[PyTree], PyTree[bool]],
    cost: Cost,
) -> Paradigm:
    """What :func:`paradigms.adapters.from_flax` makes of a linen module; see there.

    Raises:
        Unsupported: No example is given, from which linen finds the shapes of its parameters, or none that the module
            takes; one of these is no float array.
    """
    kind = type(module).__name__
    require(
        example is not None,
        f"{kind} is a flax.linen module, whose shapes follow from its first input: give a batch of one, as in "
        f"from_flax({kind}(...), example=jnp.ones((1, 8, 8, 1)))",
    )
    other = next((leaf for leaf in jax.tree.leaves(example) if not hasattr(leaf, "shape")), None)
    require(
        other is None,
        f"example holds a {type(other).__name__}, and is a batch of inputs, example=jnp.ones((1, 8, 8, 1))",
    )
    taken = inspect.signature(type(module).__call__).parameters
    flags = {flag: value for flag, value in _FLAGS.items() if flag in taken}

    def told(train: bool) -> dict[str, bool]:
        return {flag: value == train for flag, value in flags.items()}

    def initialise(key: PRNGKeyArray) -> dict[str, PyTree]:
        # Streams that a module asks for by other names fall back on this one.
        return dict(module.init({"params": key}, example, **told(False)))

    with in_a_sentence(
        f"{kind} cannot be initialised with the example that was given",
        "give a batch of inputs as the task has them, example=jnp.ones((1, 8, 8, 1)), and let the module take inputs "
        f"and, if it wants, one of {', '.join(_FLAGS)}",
    ):
        collections = jax.eval_shape(initialise, jax.random.key(0))
    for path, leaf in jax.tree_util.tree_leaves_with_path(collections.get("params", {})):
        where = jax.tree_util.keystr(path)
        require(
            jnp.issubdtype(leaf.dtype, jnp.floating),
            f"parameter {where} of {kind} is {leaf.dtype}: only real arrays are trained; keep it in another collection",
        )
    carried = [collection for collection in collections if collection not in ("params", _INTERMEDIATES)]

    def draw(key: PRNGKeyArray) -> Variables:
        drawn = initialise(key)
        return Variables(drawn.get("params", {}), {collection: drawn[collection] for collection in carried})

    def predict(params: PyTree, state: PyTree, inputs: PyTree, key: PRNGKeyArray, train: bool) -> tuple[Array, PyTree]:
        variables = {"params": params, **state}
        if not (train and carried):
            return module.apply(variables, inputs, **told(train), rngs={"params": key}), state
        prediction, changed = module.apply(variables, inputs, **told(train), rngs={"params": key}, mutable=carried)
        return prediction, {**state, **changed}

    coupled = "batch_stats" in carried if batch_coupled is None else batch_coupled
    return Adapted(name, coupled, draw, predict, weight_decay, cost)
