"""Programs that a test runs once."""

from __future__ import annotations

from functools import partial

import jax
from jax import Array
from jaxtyping import PyTree

from paradigms.interface import Output, Paradigm, Variables


def initialised(paradigm: Paradigm, key: Array) -> Variables:
    """``paradigm.init(key)`` as one program."""
    return jax.jit(paradigm.init)(key)


def applied(paradigm: Paradigm, params: PyTree, state: PyTree, inputs: PyTree, *, key: Array, train: bool) -> Output:
    """``paradigm.apply(...)`` as one program."""
    return jax.jit(partial(paradigm.apply, key=key, train=train))(params, state, inputs)
