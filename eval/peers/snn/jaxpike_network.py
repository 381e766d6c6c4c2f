"""jaxpike: Equinox modules in a ``Sequential``, run by ``unroll``, as its documentation does.

Connections are products over all time steps at once, and only neurons are stepped, eight steps per turn of the loop.
Not aligned: gradients pass through the spike of the reset, which jaxpike does not detach. The loss is ours, the
gradient is not. Its neurons multiply a current by 1 - decay, by which the weights are divided here.
"""

# Installed only in an environment of its own (see environments.py), not where types are checked.
# pyright: reportMissingImports=false

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import jaxpike as jp
import optax

PACKAGES = ("jaxpike", "equinox", "jax")
DTYPE = "float32"


def compile(inputs, labels, weights, decay):
    tau = -1 / math.log(decay)
    layers = []
    for weight in weights[:-1]:
        layers += [dense(weight), jp.LIF(tau=tau, surrogate=jp.ATan(alpha=2.0))]
    network = jp.Sequential(*layers, dense(weights[-1]), jp.LeakyIntegrator(tau=tau))

    def kernels(network):
        return [layer.weight for layer in network.layers if isinstance(layer, jp.Dense)]

    def cost(weights, inputs, labels):
        scaled = [weight.T / (1 - decay) for weight in weights]
        potentials, _ = jp.unroll(eqx.tree_at(kernels, network, scaled), inputs)
        return optax.softmax_cross_entropy_with_integer_labels(potentials.mean(0), labels).mean()

    arguments = [jnp.asarray(weight) for weight in weights], jnp.asarray(inputs, jnp.float32), jnp.asarray(labels)
    compiled = jax.jit(jax.value_and_grad(cost)).lower(*arguments).compile()

    def step():
        value, gradient = compiled(*arguments)
        return value, *gradient

    return step, compiled.memory_analysis()


def dense(weight):
    return jp.Dense(*weight.shape, key=jax.random.key(0), use_bias=False)
