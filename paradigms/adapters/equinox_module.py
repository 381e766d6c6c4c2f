"""An Equinox module as a paradigm."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, cast

import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray, PyTree

from paradigms.adapters.adapted import UNKNOWN_COST, Adapted, decay_matrices, in_a_sentence
from paradigms.interface import Cost, Paradigm, Unsupported, Variables, require

AXIS = "batch"
"""Name of the batch's axis, for layers that look across it."""


def from_equinox(
    build: Callable[..., Any],
    *,
    name: str = "equinox",
    trainable: Callable[[str], bool] | PyTree[bool] | None = None,
    stateful: bool | None = None,
    per_example: bool = True,
    batch_coupled: bool | None = None,
    weight_decay: Callable[[PyTree], PyTree[bool]] = decay_matrices,
    cost: Cost = UNKNOWN_COST,
) -> Paradigm:
    """Train an Equinox module. It is called on one example, ``module(example)`` gives ``[outputs]``, under ``vmap``.

    A module whose call takes ``key`` gets one, of its own for each example. ``eqx.nn.inference_mode`` is on outside
    training. Arrays that are not trained (integers, and floats that ``trainable`` leaves out) are carried in the state
    unchanged. Parameters are a dict by path, ``{"layers[0].weight": ...}``.

    Args:
        build: Key to module.
        name: Shown in tables and figures.
        trainable: Which float arrays are trained: a function of the path (``lambda path: "threshold" not in path``), or
            an Equinox filter specification, a tree of bools (for a module without ``eqx.nn.State``). By default all.
        stateful: Whether the call is ``module(example, state) -> (prediction, state)`` with an ``eqx.nn.State``; by
            default, whether the module has an ``eqx.nn.StateIndex``.
        per_example: False for a module that takes the whole batch.
        batch_coupled: Whether predictions depend on the rest of the batch; by default, whether the module has an
            ``eqx.nn.BatchNorm``, whose ``axis_name`` must be ``"batch"``.
        weight_decay: Parameters to a tree of bools; by default leaves of rank 2 or more decay.
        cost: What one example costs; by default unknown. Multiply-accumulates m forward and 3m for a gradient:
            ``Cost(Work(macs=m), Work(macs=3 * m))``.

    Raises:
        Unsupported: If ``build`` is a module that was built already, or takes other than a key; if a complex array is
            to be trained; if batch normalisation names another axis.

    Example::

        import equinox as eqx, jax.numpy as jnp
        from paradigms.adapters import from_equinox

        def network(key):
            return eqx.nn.Sequential([eqx.nn.Lambda(jnp.ravel), eqx.nn.MLP(64, 10, 128, 1, key=key)])

        paradigm = from_equinox(network)
    """
    import equinox as eqx

    called = _require_builder(build)

    def built(key: PRNGKeyArray) -> Any:
        module = build(key)
        require(
            isinstance(module, eqx.Module),
            f"{called} returns a {type(module).__name__}, which is no Equinox module: let it return one",
        )
        return module

    def make(key: PRNGKeyArray) -> tuple[Any, Any]:
        return eqx.nn.make_with_state(built)(key)

    with in_a_sentence(
        f"{called} cannot be built from a key",
        f"give what builds a module, as in from_equinox(lambda key: {called}(...))",
    ):
        module, running = eqx.filter_eval_shape(lambda: make(jax.random.key(0)))
    leaves, structure = jax.tree.flatten(module)
    paths = [jax.tree_util.keystr(path).lstrip(".") for path, _ in jax.tree_util.tree_leaves_with_path(module)]
    trained = _trained(module, paths, trainable)
    fixed = [_is_array(leaf) and not train for leaf, train in zip(leaves, trained, strict=True)]
    running_structure = jax.tree.structure(running)
    with_state = running_structure.num_leaves > 0 if stateful is None else stateful
    takes_key = "key" in inspect.signature(type(module).__call__).parameters

    def draw(key: PRNGKeyArray) -> Variables:
        module, running = make(key)
        named = list(zip(paths, jax.tree.leaves(module), trained, fixed, strict=True))
        params = {path: jnp.asarray(leaf) for path, leaf, train, _ in named if train}
        arrays = {path: jnp.asarray(leaf) for path, leaf, _, keep in named if keep}
        return Variables(params, {"fixed": arrays, "running": jax.tree.leaves(running)})

    def predict(params: PyTree, state: PyTree, inputs: PyTree, key: PRNGKeyArray, train: bool) -> tuple[Array, PyTree]:
        arrays = {**params, **state["fixed"]}
        filled = [arrays.get(path, leaf) for path, leaf in zip(paths, leaves, strict=True)]
        module = eqx.nn.inference_mode(jax.tree.unflatten(structure, filled), value=not train)
        running = jax.tree.unflatten(running_structure, state["running"])

        def call(example: PyTree, running: Any, key: PRNGKeyArray) -> tuple[Array, Any]:
            options = {"key": key} if takes_key else {}
            return module(example, running, **options) if with_state else (module(example, **options), running)

        if per_example:
            keys = jax.random.split(key, jax.tree.leaves(inputs)[0].shape[0])
            call = jax.vmap(call, in_axes=(0, None, 0), out_axes=(0, None), axis_name=AXIS)
            prediction, running = call(inputs, running, keys)
        else:
            prediction, running = call(inputs, running, key)
        return prediction, {"fixed": state["fixed"], "running": jax.tree.leaves(running)}

    def is_norm(node: Any) -> bool:
        return isinstance(node, eqx.nn.BatchNorm)

    norms = list(filter(is_norm, jax.tree.leaves(module, is_leaf=is_norm)))
    for norm in norms:
        names = norm.axis_name if isinstance(norm.axis_name, tuple | list) else (norm.axis_name,)
        require(
            not per_example or set(names) <= {AXIS},
            f"BatchNorm has axis_name={norm.axis_name!r}, and the batch's axis is called {AXIS!r} here: write "
            f"eqx.nn.BatchNorm(..., axis_name={AXIS!r})",
        )
    coupled = bool(norms) if batch_coupled is None else batch_coupled
    return Adapted(name, coupled, draw, predict, weight_decay, cost)


def _require_builder(build: Any) -> str:
    """Refuse what builds no module from a key alone; returns what it is called."""
    import equinox as eqx

    kind = getattr(build, "__name__", type(build).__name__)
    # A wrapped function is a module too, but one without parameters.
    is_built = isinstance(build, eqx.Module) and any(map(eqx.is_inexact_array, jax.tree.leaves(build)))
    require(
        callable(build) and not is_built,
        f"from_equinox was given a {kind} that is built already, and initial parameters are drawn for every seed: give "
        f"the function that builds it, as in from_equinox(lambda key: {kind}(..., key=key))",
    )
    parameters = inspect.signature(cast(Callable[..., Any], build)).parameters.values()
    required = [
        one for one in parameters if one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]
    require(
        len(required) <= 1 and all(one.kind != one.KEYWORD_ONLY for one in required),
        f"{kind} takes {', '.join(one.name for one in required)}, and from_equinox gives one key: give the rest "
        f"yourself, as in from_equinox(lambda key: {kind}(..., key=key))",
    )
    require(
        len(parameters) >= 1,
        f"{kind} takes nothing, and from_equinox gives one key, of which initial parameters are drawn: take it, as in "
        f"from_equinox(lambda key: {kind}(...))",
    )
    return kind


def _is_array(leaf: Any) -> bool:
    return isinstance(leaf, jax.ShapeDtypeStruct)


def _trained(module: Any, paths: list[str], trainable: Any) -> list[bool]:
    """Which leaves of the abstract module are parameters."""
    import equinox as eqx

    if trainable is None:
        wanted = [True] * len(paths)
    elif inspect.isroutine(trainable):  # a function, and not a tree of bools in the shape of a callable module
        wanted = [trainable(path) for path in paths]
    else:
        chosen, _ = eqx.partition(module, trainable)
        wanted = [leaf is not None for leaf in jax.tree.leaves(chosen, is_leaf=lambda leaf: leaf is None)]
    trained = []
    for path, leaf, want in zip(paths, jax.tree.leaves(module), wanted, strict=True):
        if want and _is_array(leaf) and jnp.issubdtype(leaf.dtype, jnp.complexfloating):
            raise Unsupported(f"{path} is {leaf.dtype}: only real arrays are trained; leave it out by `trainable`")
        trained.append(bool(want) and _is_array(leaf) and jnp.issubdtype(leaf.dtype, jnp.floating))
    return trained
