"""sparx (``sparxml``): its neurons between Flax's dense layers, over all time steps at once, as its guide does.

Aligned, the spike of its reset being detached (``detach_reset=True``).
"""

# Installed only in an environment of its own (see environments.py), not where types are checked.
# pyright: reportMissingImports=false

import math

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax
import sparx

PACKAGES = ("sparxml", "flax", "jax")
DTYPE = "float32"


class Network(nn.Module):
    sizes: tuple
    tau: float

    @nn.compact
    def __call__(self, spikes):
        *hidden, outputs = self.sizes
        for size in hidden:
            current = nn.Dense(size, use_bias=False)(spikes)
            surrogate = sparx.surrogate.ATan(alpha=2.0)
            spikes = sparx.nn.LIF(tau=self.tau, surrogate=surrogate, detach_reset=True)(current)
        return sparx.nn.LI(tau=self.tau)(nn.Dense(outputs, use_bias=False)(spikes))


def compile(inputs, labels, weights, decay):
    network = Network(tuple(weight.shape[1] for weight in weights), -1 / math.log(decay))
    inputs = jnp.asarray(inputs, jnp.float32)
    kernels, structure = jax.tree.flatten(network.init(jax.random.key(0), inputs[:1]))
    assert [kernel.shape for kernel in kernels] == [weight.shape for weight in weights]

    def cost(weights, inputs, labels):
        potentials = jnp.asarray(network.apply(jax.tree.unflatten(structure, weights), inputs))
        return optax.softmax_cross_entropy_with_integer_labels(potentials.mean(0), labels).mean()

    arguments = [jnp.asarray(weight) for weight in weights], inputs, jnp.asarray(labels)
    compiled = jax.jit(jax.value_and_grad(cost)).lower(*arguments).compile()

    def step():
        value, gradient = compiled(*arguments)
        return value, *gradient

    return step, compiled.memory_analysis()
