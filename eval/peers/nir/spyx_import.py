"""spyx: what a NIR graph does when ``from_nir`` reads it.

A neuron fires on the potential of the step before. A spike subtracts the threshold whatever the graph says: of a
``CubaLIF`` before the decay, as here; of an ``IF`` and a ``LIF`` from what the decay leaves. Gains are one a step
whatever the graph says, and an ``LI`` is read before a ``Threshold`` alone.
"""

# Installed only in an environment of its own (see environments.py), not where types are checked.
# pyright: reportMissingImports=false

import jax.numpy as jnp
import nir
from spyx.nir import from_nir

PACKAGES = ("spyx", "flax", "jax", "nir")
DTYPE = "float32"


def compile(file, inputs, dt):
    """The output at every step for ``inputs``, ``[time, ...]`` of one example, channels first, flat."""
    inputs = jnp.asarray(inputs, jnp.float32)[:, None]
    images = inputs.ndim == 5

    def step():
        # spyx keeps channels last.
        _, outputs = from_nir(nir.read(file), jnp.moveaxis(inputs, 2, -1) if images else inputs, dt)
        return (jnp.moveaxis(outputs, -1, 2) if outputs.ndim == 5 else outputs,)

    return step, None
