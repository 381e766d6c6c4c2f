"""A Flax NNX module as a paradigm."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray, PyTree

from paradigms.adapters.adapted import UNKNOWN_COST, Adapted, decay_matrices, in_a_sentence
from paradigms.adapters.linen_module import from_linen
from paradigms.interface import Cost, Paradigm, Unsupported, Variables, require


def from_flax(
    build: Any,
    *,
    example: PyTree[Array] | None = None,
    name: str = "flax",
    trainable: Any = None,
    batch_coupled: bool | None = None,
    weight_decay: Callable[[PyTree], PyTree[bool]] = decay_matrices,
    cost: Cost = UNKNOWN_COST,
) -> Paradigm:
    """Train a Flax module. It is called on a batch: ``module(inputs)`` gives ``[batch, outputs]``.

    The module's ``train()`` and ``eval()`` switch dropout and batch normalisation. Parameters that are not float and
    every other variable (running means, caches) are state. Generators inside the module are no part of either: they
    are reseeded from the step's key at each call. ``nnx.Intermediate`` variables that a call leaves are dropped.

    A ``flax.linen`` module is taken as it is, with an example of its inputs: ``from_flax(Network(), example=images)``.
    It is told whether it is trained by whichever of ``train``, ``training``, ``is_training``, ``deterministic`` and
    ``use_running_average`` its call takes.

    Args:
        build: ``nnx.Rngs`` to module: a module class that takes nothing else, or a function. Or a linen module.
        example: For a linen module, a batch of inputs (of one, say): its parameters' shapes follow from it.
        name: Shown in tables and figures.
        trainable: An NNX filter for what is trained; by default ``nnx.Param``.
        batch_coupled: Whether predictions depend on the rest of the batch; by default, whether the module has
            ``nnx.BatchStat`` variables, as batch normalisation has.
        weight_decay: Parameters to a tree of bools; by default leaves of rank 2 or more decay.
        cost: What one example costs; by default unknown. Multiply-accumulates m forward and 3m for a gradient:
            ``Cost(Work(macs=m), Work(macs=3 * m))``.

    Raises:
        Unsupported: ``build`` is an NNX module that was built already, or builds none from ``rngs`` alone; a linen
            module comes without ``example``; batch normalisation has an ``axis_name``; a trained array is complex.

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
    from flax import linen, nnx

    if isinstance(build, linen.Module):
        require(trainable is None, "trainable is a filter of NNX variables; a linen module trains its params")
        return from_linen(build, example, name=name, batch_coupled=batch_coupled, weight_decay=weight_decay, cost=cost)
    called = getattr(build, "__name__", type(build).__name__)
    build = _builder(build)

    def is_float(_: Any, leaf: Any) -> bool:
        return jnp.issubdtype(leaf.dtype, jnp.floating)

    wanted = nnx.Param if trainable is None else trainable
    trained = nnx.All(wanted, is_float)
    with in_a_sentence(
        f"{called} cannot be built from rngs", f"give what builds a module, as in from_flax(lambda rngs: {called}(...))"
    ):
        abstract = nnx.eval_shape(lambda: _module(called, build(nnx.Rngs(0))))
    for path, leaf in nnx.to_flat_state(nnx.state(abstract, wanted)):
        dtype = getattr(leaf, "dtype", jnp.float32)
        require(
            not jnp.issubdtype(dtype, jnp.complexfloating),
            f"{'.'.join(map(str, path))} is {dtype}: only real arrays are trained; keep its real and imaginary parts, "
            "or leave it out by `trainable`",
        )
    for path, node in nnx.iter_graph(abstract):
        require(
            getattr(node, "axis_name", None) is None,
            f"{'.'.join(map(str, path))} has an axis_name, and from_flax calls the module on the whole batch, where no "
            "axis has a name: leave axis_name out",
        )
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


def _module(called: str, built: Any) -> Any:
    from flax import nnx

    require(
        isinstance(built, nnx.Module),
        f"{called} returns a {type(built).__name__}, which is no NNX module: let it return one",
    )
    return built


def _builder(build: Any) -> Callable[[Any], Any]:
    """A function of ``nnx.Rngs``, whether ``build`` takes them by place or by name."""
    from flax import linen, nnx

    if isinstance(build, nnx.Module):
        kind = type(build).__name__
        raise Unsupported(
            f"from_flax was given a {kind} that is built already, and initial parameters are drawn for every seed: "
            f"give what builds it, as in from_flax(lambda rngs: {kind}(rngs=rngs))"
        )
    called = getattr(build, "__name__", type(build).__name__)
    if not callable(build) or (isinstance(build, type) and issubclass(build, linen.Module)):
        raise Unsupported(
            f"from_flax was given {called}, which builds no NNX module: give a function of rngs, or a linen module "
            f"with an example, as in from_flax({called}(), example=inputs)"
        )
    # NNX's classes are called through their metaclass, which takes anything.
    function = partial(build.__init__, None) if isinstance(build, type) else build
    parameters = inspect.signature(function).parameters.values()
    required = [
        one.name
        for one in parameters
        if one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]
    if len(required) > 1:
        others = ", ".join(f"{one}=..." for one in required if one != "rngs")
        raise Unsupported(
            f"{called} takes {', '.join(required)}, and from_flax gives rngs alone: give the rest yourself, as in "
            f"from_flax(lambda rngs: {called}({others}, rngs=rngs))"
        )
    by_name = any(one.name == "rngs" and one.kind != one.POSITIONAL_ONLY for one in parameters)
    return (lambda rngs: build(rngs=rngs)) if by_name else build


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
