"""The two names of ``jax.core`` that PennyLane 0.45 calls and JAX 0.11 removed.

The package imports this module before PennyLane; where the names still exist, it does nothing.
"""

from __future__ import annotations

import warnings
from typing import Any

import jax.core
import jax.extend.core
from jax.errors import ConcretizationTypeError


def is_concrete(value: Any) -> bool:
    """Tell whether the value of ``value`` is known now, as ``jax.core.is_concrete`` did until JAX 0.10."""
    try:
        jax.extend.core.concrete_or_error(None, value)
    except ConcretizationTypeError:
        return False
    return True


def restore(core: Any = jax.core) -> None:
    """Give the module ``core`` those of the two names that it lacks."""
    with warnings.catch_warnings():
        # Where a name is deprecated but not yet removed, asking for it warns.
        warnings.simplefilter("ignore", DeprecationWarning)
        missing = [name for name in ("is_concrete", "concrete_or_error") if not hasattr(core, name)]
    replacements = {"is_concrete": is_concrete, "concrete_or_error": jax.extend.core.concrete_or_error}
    for name in missing:
        setattr(core, name, replacements[name])
