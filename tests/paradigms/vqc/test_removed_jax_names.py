"""PennyLane's missing names of ``jax.core``."""

from __future__ import annotations

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import pytest

from paradigms.vqc import removed_jax_names


def test_only_missing_names_are_supplied():
    kept = object()
    core = SimpleNamespace(is_concrete=kept)
    removed_jax_names.restore(core)
    assert core.is_concrete is kept
    assert core.concrete_or_error(None, 3) == 3


def test_is_concrete_tells_values_from_tracers():
    assert removed_jax_names.is_concrete(jnp.ones(2))
    assert removed_jax_names.is_concrete(1.0)
    seen = []
    jax.jit(lambda x: seen.append(removed_jax_names.is_concrete(x)))(1.0)
    assert seen == [False]


@pytest.mark.parametrize("name", ["is_concrete", "concrete_or_error"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_jax_core_has_the_names_once_the_package_is_imported(name):
    assert callable(getattr(jax.core, name))
