"""slax: its LIF cells and flax's dense layers, connected and run over time by ``slax.RNN``, one ``nn.scan``.

Not aligned: gradients pass through the spike of the reset, which slax does not detach. The loss is ours, the gradient
is not. slax's own ``LeakyIntegrator`` does not keep its potential, so the read-out is a cell written here. ``RNN``
unrolls the whole loop unless told otherwise; on a processor that is slower, takes more memory and compiles for longer
the longer the recording is, so it is told otherwise.
"""

# Installed only in an environment of its own (see environments.py), not where types are checked.
# pyright: reportMissingImports=false

import math

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax
import slax

PACKAGES = ("slax", "flax", "jax")
DTYPE = "float32"


class ReadOut(nn.Module):
    decay: float

    @nn.compact
    def __call__(self, current):
        potential = self.variable("carry", "potential", jnp.zeros, current.shape)
        if not self.is_initializing():
            potential.value = self.decay * potential.value + current
        return potential.value


def compile(inputs, labels, weights, decay):
    *hidden, readout = weights
    inputs = jnp.asarray(inputs, jnp.float32)
    cells = []
    for weight in hidden:
        cells += [
            nn.Dense(weight.shape[1], use_bias=False),
            slax.LIF(init_tau=math.log(decay / (1 - decay)), spike_fn=slax.atan(alpha=2.0)),
        ]
    cells += [nn.Dense(readout.shape[1], use_bias=False), ReadOut(decay)]
    network = slax.RNN(slax.connect(cells, return_carry=False), unroll=1)
    variables = network.init(jax.random.key(0), inputs[:1])
    kernels, structure = jax.tree.flatten(variables["params"])
    assert [kernel.shape for kernel in kernels] == [weight.shape for weight in weights]
    carry = jax.tree.map(jnp.zeros_like, variables["carry"])

    def cost(weights, carry, inputs, labels):
        variables = {"params": jax.tree.unflatten(structure, weights), "carry": carry}
        potentials, _ = network.apply(variables, inputs, mutable="carry")
        return optax.softmax_cross_entropy_with_integer_labels(potentials.mean(0), labels).mean()

    arguments = [jnp.asarray(weight) for weight in weights], carry, inputs, jnp.asarray(labels)
    compiled = jax.jit(jax.value_and_grad(cost)).lower(*arguments).compile()

    def step():
        value, gradient = compiled(*arguments)
        return value, *gradient

    return step, compiled.memory_analysis()
