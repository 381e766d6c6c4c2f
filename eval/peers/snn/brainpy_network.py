"""BrainPy's state-based neurons (``brainpy.state``) in brainstate.

There is a ``for_loop`` over time, ``grad`` with respect to the weights' states, and ``jit`` around both.

Not aligned: gradients pass through the spike of the reset, which BrainPy does not detach when it subtracts. The loss is
ours, the gradient is not. Its current is multiplied by 1 - decay and a resistance; the resistance is 1/(1 - decay).
"""

# Installed only in an environment of its own (see environments.py), not where types are checked.
# pyright: reportMissingImports=false

import math

import brainpy
import brainstate
import braintools
import brainunit as u
import jax
import jax.numpy as jnp

PACKAGES = ("brainpy", "brainpy-state", "brainstate", "braintools", "jax")
DTYPE = "float32"


class Network(brainstate.nn.Module):
    def __init__(self, weights, decay):
        super().__init__()
        *hidden, readout = weights
        tau = -1 / math.log(decay) * u.ms
        self.connections = [
            brainstate.nn.Linear(*weight.shape, w_init=lambda *_, weight=weight: jnp.asarray(weight), b_init=None)
            for weight in hidden
        ]
        self.neurons = [
            brainpy.state.LIF(
                weight.shape[1],
                tau=tau,
                R=1 / (1 - decay) * u.ohm,
                spk_fun=braintools.surrogate.Arctan(alpha=2.0),
                spk_reset="soft",
            )
            for weight in hidden
        ]
        self.readout = brainpy.state.LeakyRateReadout(
            *readout.shape, tau=tau, w_init=lambda *_, **__: jnp.asarray(readout)
        )

    def update(self, spikes):
        for connection, neuron in zip(self.connections, self.neurons, strict=True):
            spikes = neuron(connection(spikes) * u.mA)
        return self.readout(spikes)


def compile(inputs, labels, weights, decay):
    brainstate.environ.set(dt=1.0 * u.ms)
    network = Network(weights, decay)
    parameters = network.states(brainstate.ParamState)
    arguments = jnp.asarray(inputs, jnp.float32), jnp.asarray(labels)
    batch = inputs.shape[1]
    brainstate.nn.init_all_states(network, batch_size=batch)

    @brainstate.transform.jit
    def value_and_gradient(inputs, labels):
        def cost():
            brainstate.nn.reset_all_states(network, batch_size=batch)
            potentials = brainstate.transform.for_loop(network.update, inputs)
            return braintools.metric.softmax_cross_entropy_with_integer_labels(potentials.mean(0), labels).mean()

        gradient, value = brainstate.transform.grad(cost, parameters, return_value=True)()
        return value, gradient

    compiled = value_and_gradient.compile(*arguments)
    # Potentials before the reset and the weights, which the compiled program takes first.
    states = value_and_gradient.stateful_fun.get_state_trace(*arguments).get_state_values()

    def step():
        _, (value, gradient) = compiled(states, *arguments)
        return value, *jax.tree.leaves(gradient)

    return step, compiled.memory_analysis()
