"""What the neurons of a network do at every step, by their step functions, without its loops over blocks."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from paradigms.snn.connections.pooling import pooled, summed


def spikes(network, inputs: np.ndarray) -> list[np.ndarray]:
    """Of every hidden layer, before its pooling, for one example ``[time, *shape]``."""
    outputs, x = [], jnp.asarray(inputs)[:, None]
    for layer in network.hidden:
        state, train = layer.neuron.initial_state((1,)), []
        for current in layer.connection(x):
            fired, state = layer.neuron(current, state)
            train.append(fired)
        x = jnp.stack(train)
        outputs.append(np.asarray(x[:, 0]))
        x = x if layer.pool == 1 else pooled(x, layer.pool)
        x = x if layer.sums is None else summed(x, layer.sums)
        x = x.reshape(*x.shape[:2], *layer.output_shape)
    return outputs
