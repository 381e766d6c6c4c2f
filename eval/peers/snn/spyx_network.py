"""spyx: ``spyx.nn.Sequential`` of flax NNX layers and its LIF neurons, run over time by ``spyx.nn.run``, one scan.

Not aligned: a neuron fires on the potential of the step before, so that every layer delays by a step; the reset is
subtracted after the decay and not decayed with the potential; gradients pass through the spike of the reset. spyx's
``arctan`` has height 1/pi, so ours is given to its ``custom``. Decays, parameters to spyx, are kept fixed.
"""

# Installed only in an environment of its own (see environments.py), not where types are checked.
# pyright: reportMissingImports=false

import jax
import jax.numpy as jnp
import optax
import spyx
import spyx.nn as snn
from flax import nnx

PACKAGES = ("spyx", "flax", "jax")
DTYPE = "float32"


def compile(inputs, labels, weights, decay):
    rngs = nnx.Rngs(0)
    arctan = spyx.axn.custom(bwd=lambda x: 1 / (1 + jnp.square(jnp.pi * x)))
    layers = []
    for index, weight in enumerate(weights):
        sources, neurons = weight.shape
        linear = nnx.Linear(sources, neurons, use_bias=False, rngs=rngs)
        linear.kernel[...] = jnp.asarray(weight)
        is_readout = index == len(weights) - 1
        neuron = (
            snn.LI((neurons,), beta=decay, rngs=rngs)
            if is_readout
            else snn.LIF((neurons,), beta=decay, activation=arctan, rngs=rngs)
        )
        layers += [linear, neuron]
    structure, kernels, rest = nnx.split(snn.Sequential(*layers), nnx.PathContains("kernel"), ...)

    def cost(kernels, rest, inputs, labels):
        potentials, _ = snn.run(nnx.merge(structure, kernels, rest), inputs)
        return optax.softmax_cross_entropy_with_integer_labels(potentials.mean(0), labels).mean()

    arguments = kernels, rest, jnp.asarray(inputs, jnp.float32), jnp.asarray(labels)
    compiled = jax.jit(jax.value_and_grad(cost)).lower(*arguments).compile()

    def step():
        value, gradient = compiled(*arguments)
        return value, *jax.tree.leaves(gradient)

    return step, compiled.memory_analysis()
