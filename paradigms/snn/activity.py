"""How active a network was, by the definitions of NeuroBench (Yik et al., Nature Communications 16, 2025)."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from paradigms.snn.network import Arguments, Network, Sums
from paradigms.snn.reading import Reading


def telemetry(sums: Sums, arguments: Arguments, how: Reading, weight_bits: int | None) -> dict[str, Float[Array, ""]]:
    """After the last step; means over the batch where they depend on it.

    - ``spike_rate``: spikes a step of a hidden neuron, averaged over hidden neurons; ``spike_rate_layer_<i>`` for one
      population, from 0. ``activation_sparsity`` is 1 less the rate.
    - ``synaptic_operations``: effective accumulates (ACs) of an example: for each spike, and for each event of a
      spiking input, the connections of non-zero weight it travels over. ``synaptic_operations_layer_<i>`` for what
      enters one population; the read-out has the last number.
    - ``effective_macs``: the same for values other than 0 and 1 (currents, sums of spikes, means over tokens), whose
      products are multiply-accumulates. A constant current is multiplied once an example.
    - ``event_driven``: of a spiking input, the share of steps whose first product was taken event by event.
    - ``connection_sparsity``: share of weights that are zero.
    - ``footprint_bytes``: parameters, weights of ``weight_bits`` where they have as few, and the states of one
      example's neurons.
    """
    network = arguments.network
    populations = network.populations(how.encoding.binary)
    entered = [own.operations for own in sums.activity] + [sums.readout_operations]
    binary = [population.binary for population in populations] + [network.reads_binary]
    none = jnp.zeros_like(sums.readout_operations)
    # A population's own spikes are 0 and 1, whatever else enters it.
    recurrent = [own.recurrent_operations for own in sums.activity] + [none]
    macs = sum((own for own, is_binary in zip(entered, binary, strict=True) if not is_binary), none)
    layers = [
        own + back if is_binary else back for own, is_binary, back in zip(entered, binary, recurrent, strict=True)
    ]
    if arguments.constant_operations is not None:
        macs = macs + arguments.constant_operations
    measured = {"spike_rate": spike_rate(sums, network, how)}
    measured["activation_sparsity"] = 1 - measured["spike_rate"]
    measured["synaptic_operations"] = jnp.mean(sum(layers, none))
    measured["effective_macs"] = jnp.mean(macs)
    if how.encoding.binary:
        measured["event_driven"] = sums.event_steps / how.time_steps
    measured["connection_sparsity"] = connection_sparsity(network)
    measured["footprint_bytes"] = jnp.asarray(footprint_bytes(network, weight_bits), none.dtype)
    for index, (own, population) in enumerate(zip(sums.activity, populations, strict=True)):
        measured[f"spike_rate_layer_{index}"] = jnp.mean(own.spikes) / (population.neurons * how.time_steps)
    for index, own in enumerate(layers):
        measured[f"synaptic_operations_layer_{index}"] = jnp.mean(own)
    return measured


def spike_rate(sums: Sums, network: Network, how: Reading) -> Float[Array, ""]:
    """Spikes a step of a hidden neuron, averaged over all hidden neurons, steps and the batch."""
    neurons = sum(population.neurons for population in network.populations(how.encoding.binary))
    spikes = sum((own.spikes for own in sums.activity), jnp.zeros_like(sums.readout_operations))
    return jnp.mean(spikes) / (neurons * how.time_steps)


def connection_sparsity(network: Network) -> Float[Array, ""]:
    """Share of the weights that are zero."""
    weights = [leaf for path, leaf in jax.tree_util.tree_leaves_with_path(network) if _is_weight(path)]
    absent = jnp.stack([jnp.sum(weight == 0) for weight in weights])
    # Beyond 2³¹ weights their number is no int32.
    return jnp.sum(absent) / float(sum(weight.size for weight in weights))


def footprint_bytes(network: Network, weight_bits: int | None) -> float:
    """Return the bytes of every array of the network, and of the states of its neurons for one example.

    Args:
        network: The network.
        weight_bits: Bits of a weight; ``None`` for those of its floating-point number.
    """
    states = jax.eval_shape(lambda: tuple(layer.initial_state(1, None) for layer in network.hidden))
    bits = 0
    for path, leaf in jax.tree_util.tree_leaves_with_path((network, states)):
        few = weight_bits is not None and _is_weight(path)
        bits += leaf.size * (weight_bits if few else 8 * leaf.dtype.itemsize)
    return bits / 8


def _is_weight(path: tuple) -> bool:
    return getattr(path[-1], "name", None) == "weight"
