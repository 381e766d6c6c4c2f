"""beartype for jaxtyping's import hook, once a signature.

jaxtyping hands over functions of its own that take the arguments of a function of ours and do nothing: what checks them
depends on names and annotations alone. A function inside another is made anew at each call, and beartype, which writes
a program for each, would take a tenth of the tests' time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import beartype

_KNOWN: dict[Any, Callable[..., Any]] = {}


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function that checks the arguments, or the result, of this one."""
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
