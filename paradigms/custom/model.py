"""What a module of the user's own holds becomes a paradigm, by what it is and by the arguments that it takes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from paradigms.adapters import from_equinox, from_flax
from paradigms.custom.config import Config
from paradigms.interface import Paradigm, Spec, Unsupported, require
from paradigms.named import named

SPEC, RNGS, KEY = "spec", "rngs", "key"
TAKES = f"let it take {SPEC} (the task's shapes), and {RNGS} to build an NNX module or {KEY} to build an Equinox module"


def build(config: Config, spec: Spec) -> Paradigm:
    """Build the model that is named.

    ``MODULE:NAME`` is a :class:`Paradigm`; a ``flax.linen`` module; a class or function of ``rngs`` that builds an NNX
    module; one of ``key`` that builds an Equinox module; or a function that returns one of these (as ``from_qnode``
    does), given ``spec`` where it takes it. A file ``.nir`` is a spiking network, whose training goes on from its
    weights.

    Raises:
        Unsupported: Nothing is named, there is no such object, or it is none of these.
    """
    if config.model is None:
        raise Unsupported("paradigm=custom trains a model of your own: say where it is, as in model=my_module:build")
    if config.is_graph:
        from paradigms.custom.graph import from_file

        return from_file(config, config.model, spec)
    module, name = config.model.split(":")
    return _paradigm(config.model, name, named(module, name, "a model, or a function that builds one"), spec)


def _paradigm(model: str, name: str, found: Any, spec: Spec) -> Paradigm:
    import equinox as eqx
    import pennylane as qml
    from flax import linen, nnx

    if isinstance(found, Paradigm) and not isinstance(found, type):
        return found
    given: Any = found
    if isinstance(found, linen.Module):
        return from_flax(found, example=_example(spec), name=name)
    # Modules that are built already are refused where their libraries are known, with the way out.
    if isinstance(found, nnx.Module):
        return from_flax(found, name=name)
    if isinstance(found, eqx.Module) and not hasattr(found, "__wrapped__"):
        return from_equinox(given, name=name)
    if isinstance(found, qml.QNode):
        raise Unsupported(
            f"model={model} is a QNode, of whose parameters nothing says how many there are: name a function of {SPEC} "
            "that returns from_qnode(lambda key: circuit, parameters=jax.ShapeDtypeStruct((3, 6, 3), 'float32'))"
        )
    require(
        callable(found),
        f"model={model} is a {type(found).__name__}, and no model: name a module of Flax, or a function that builds "
        "one",
    )
    return _built(model, name, given, spec)


def _built(model: str, name: str, found: Callable[..., Any], spec: Spec) -> Paradigm:
    """Call what builds a model with the arguments that it asks for by name."""
    from flax import linen

    asked = _required(found)
    unknown = [one for one in asked if one not in (SPEC, RNGS, KEY)]
    require(not unknown, f"model={model} takes {', '.join(asked)}: {TAKES}, and nothing else")
    given = partial(found, spec=spec) if SPEC in asked else found
    rest = [one for one in asked if one != SPEC]
    require(len(rest) <= 1, f"model={model} takes {', '.join(asked)}: {TAKES}, and not both")
    if rest == [RNGS]:
        return from_flax(given if given is found else lambda rngs: given(rngs=rngs), name=name)
    if rest == [KEY]:
        return from_equinox(lambda key: _module(model, given(key=key)), name=name)
    if isinstance(found, type) and not issubclass(found, linen.Module) and not asked:
        raise Unsupported(f"model={model} takes nothing: {TAKES}")
    returned = given()
    if not isinstance(returned, Paradigm | linen.Module) and callable(returned) and not _is_module(returned):
        return _built(model, name, returned, spec)
    return _paradigm(model, name, returned, spec)


def _module(model: str, built: Any) -> Any:
    import equinox as eqx
    import pennylane as qml

    if isinstance(built, qml.QNode):
        raise Unsupported(
            f"model={model} builds a QNode from a key, and nothing says how many parameters it has: name a function of "
            f"{SPEC} that returns from_qnode(build, parameters=jax.ShapeDtypeStruct((3, 6, 3), 'float32'))"
        )
    require(
        isinstance(built, eqx.Module),
        f"model={model} builds a {type(built).__name__} from a key, and Equinox modules are built so: {TAKES}",
    )
    return built


def _is_module(one: Any) -> bool:
    import equinox as eqx
    import pennylane as qml
    from flax import nnx

    return isinstance(one, nnx.Module | eqx.Module | qml.QNode)


def _required(found: Callable[..., Any]) -> list[str]:
    """Return the names of the arguments that must be given; classes of NNX are called through their metaclass."""
    function = partial(found.__init__, None) if isinstance(found, type) else found
    parameters = inspect.signature(function).parameters.values()
    return [
        one.name
        for one in parameters
        if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
        and (one.default is one.empty or one.name in (SPEC, RNGS, KEY))
    ]


def _example(spec: Spec) -> Any:
    """Return a batch of one example of zeros."""
    return jax.tree.map(lambda leaf: jnp.zeros((1, *leaf.shape), leaf.dtype), spec.inputs)
