"""How active a network was, by the definitions of NeuroBench (Yik et al., Nature Communications 16, 2025)."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from paradigms.snn.network import Carry, Network


def spike_rate(carry: Carry, network: Network, time_steps: int) -> Float[Array, ""]:
    """Spikes a step of a hidden neuron, averaged over all hidden neurons, steps and the batch."""
    neurons = sum(layer.neuron.neurons for layer in network.hidden)
    return jnp.mean(sum(carry.spikes, jnp.zeros_like(carry.input_events))) / (neurons * time_steps)


def telemetry(carry: Carry, network: Network, time_steps: int) -> dict[str, Float[Array, ""]]:
    """Batch means after the last step.

    - ``spike_rate``: see :func:`spike_rate`; ``spike_rate_layer_<i>`` for one hidden layer, from 0.
    - ``synaptic_operations``: accumulates an example takes (NeuroBench's effective ACs): for each spike, and for each
      event of a spiking input, the connections it travels over. A constant current is no event: its products are MACs
      and are in ``cost()``.
    """
    fan_outs = [layer.neuron.neurons for layer in network.hidden[1:]] + [network.readout.neurons]
    operations = carry.input_events * network.hidden[0].neuron.neurons
    for spikes, fan_out in zip(carry.spikes, fan_outs, strict=True):
        operations = operations + spikes * fan_out
    rates = {
        f"spike_rate_layer_{index}": jnp.mean(spikes) / (layer.neuron.neurons * time_steps)
        for index, (spikes, layer) in enumerate(zip(carry.spikes, network.hidden, strict=True))
    }
    return {
        "spike_rate": spike_rate(carry, network, time_steps),
        "synaptic_operations": jnp.mean(operations),
        **rates,
    }
