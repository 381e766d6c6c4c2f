"""Shapes and types of every function of ours are checked at run time, by jaxtyping's import hook and beartype.

A function whose annotations name no array is checked by beartype alone: to bind its arguments and to keep a record of
shapes, as jaxtyping does at each call, would take more than half the time of tests of verdicts and bills.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import sys
import typing
from collections.abc import Callable
from types import FunctionType
from typing import Any

import beartype
import jaxtyping
from beartype.door import die_if_unbearable
from beartype.roar import BeartypeException

_KNOWN: dict[Any, Callable[..., Any]] = {}
_WITH_SHAPES = jaxtyping.jaxtyped


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function that checks the arguments, or the result, of this one: beartype, once a signature.

    jaxtyping hands over functions of its own that take the arguments of a function of ours and do nothing: what checks
    them depends on names and annotations alone. A function inside another is made anew at each call, and beartype,
    which writes a program for each, would take a tenth of the tests' time.
    """
    code = function.__code__
    names = (function.__module__, function.__qualname__, code.co_varnames, code.co_flags)
    kinds = (code.co_posonlyargcount, code.co_argcount, code.co_kwonlyargcount)
    key = (names, kinds, tuple(function.__annotations__.items()))
    try:
        return _KNOWN[key]
    except TypeError:  # an annotation that has no hash
        return beartype.beartype(function)
    except KeyError:
        return _KNOWN.setdefault(key, beartype.beartype(function))


def install() -> None:
    """Check whatever is imported of ours from now on."""
    jaxtyping.jaxtyped = _checked_as_needed
    jaxtyping.install_import_hook(["paradigms", "training", "eval", "scripts"], "type_checker.checked")


def _checked_as_needed(one: Any = None, *, typechecker: Any) -> Any:
    """``jaxtyping.jaxtyped``, but for functions and dataclasses that need none of it."""
    with_shapes = _WITH_SHAPES(typechecker=typechecker)

    def decorate(one: Any) -> Any:
        try:
            if isinstance(one, FunctionType) and "<locals>" not in one.__qualname__ and not _names_arrays(one):
                return _without_shapes(one)
            # Equinox's modules have a metaclass of their own, which makes their instances.
            if type(one) is type and "__dataclass_fields__" in vars(one) and not _names_arrays(vars(one)["__init__"]):
                return _with_checked_fields(one)
        except BeartypeException:
            pass  # a hint that beartype reads in a class alone
        return with_shapes(one)

    return decorate if one is None else decorate(one)


def _without_shapes(function: FunctionType) -> Any:
    given = function.__annotations__
    function.__annotations__ = {name: _resolved(hint, function.__globals__) for name, hint in given.items()}
    try:
        typed = beartype.beartype(function)
    finally:
        function.__annotations__ = given

    @functools.wraps(function)
    def either(*args: Any, **kwargs: Any) -> Any:
        return (function if jaxtyping.config.jaxtyping_disable else typed)(*args, **kwargs)

    return either


def _with_checked_fields(cls: Any) -> Any:
    """Check the fields of a dataclass once it is made: what it refuses itself, it refuses first."""
    hints = {field.name: _resolved(field.type, vars(sys.modules[cls.__module__])) for field in dataclasses.fields(cls)}
    make = cls.__init__

    @functools.wraps(make)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        if not jaxtyping.config.jaxtyping_disable:
            for name, hint in hints.items():
                die_if_unbearable(getattr(self, name), hint)

    cls.__init__ = init
    return cls


def _names_arrays(function: FunctionType) -> bool:
    words = {word for hint in function.__annotations__.values() for word in re.findall(r"[A-Za-z_]\w*", str(hint))}
    return any("jaxtyping" in repr(function.__globals__.get(word)) for word in words)


def _resolved(hint: Any, names: dict[str, Any]) -> Any:
    """What a hint stands for; anything where it names what is imported for type checkers alone."""

    def stub() -> None:
        pass

    stub.__annotations__ = {"hint": hint}
    try:
        return typing.get_type_hints(stub, names, include_extras=True)["hint"]
    except Exception:
        return Any
