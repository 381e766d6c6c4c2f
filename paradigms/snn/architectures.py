"""How settings make a network: which layers, which neurons, which sizes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from paradigms.interface import require
from paradigms.snn.config import Config
from paradigms.snn.connections import Convolution, Dense
from paradigms.snn.layered import LayeredConfig
from paradigms.snn.layers import Chain, Delayed, SelfAttention, Spiking
from paradigms.snn.network import HiddenLayer, Network
from paradigms.snn.neurons import Firing, LeakyIntegrator, Neuron, Recurrent, SynapticLIF
from paradigms.snn.neurons.populations import NEURONS, Shape, leak


def neuron(config: Config, shape: Shape) -> Neuron | Recurrent:
    """Make the neurons of a layer, or of self-attention, from the settings."""
    return _population(config, shape, config.neuron, recurrent=config.recurrent)


def _population(config: Config, shape: Shape, kind: str, *, recurrent: bool, rest: bool = False) -> Neuron | Recurrent:
    firing = Firing(config.surrogate, config.surrogate_width, config.reset, config.detach_reset, config.time_loop)
    start = jnp.zeros((shape[-1],), dtype=float) if config.learn_initial_state else None
    inner = NEURONS[kind](config, shape, {"start": start, "shape": shape, "firing": firing})
    if rest:
        assert isinstance(inner, SynapticLIF)
        inner = replace(inner, rest=jnp.zeros((shape[-1],), dtype=float))
    if not recurrent:
        return inner
    return Recurrent(inner, jnp.zeros((shape[-1], shape[-1]), dtype=float))


def _dense(config: Config, inputs: Shape, key: PRNGKeyArray) -> tuple[HiddenLayer, ...]:
    sizes = (math.prod(inputs), *config.hidden)
    keys = jax.random.split(key, len(config.hidden))
    first, *others = (
        Spiking(Dense(sources, size, key=own), neuron(config, (size,)))
        for (sources, size), own in zip(pairwise(sizes), keys, strict=True)
    )
    if not config.longest_delay:
        return first, *others
    delay_keys = jax.random.split(jax.random.fold_in(key, 1), len(others))
    return first, *(
        Delayed(layer, config.longest_delay, key=own) for layer, own in zip(others, delay_keys, strict=True)
    )


def _convolutional(config: Config, inputs: Shape, key: PRNGKeyArray) -> tuple[HiddenLayer, ...]:
    """Convolution, neurons, pooling; once for each entry of ``hidden``."""
    layers, shape = [], inputs
    for channels, own in zip(config.hidden, jax.random.split(key, len(config.hidden)), strict=True):
        layers.append(_convolved(config, shape, channels, config.pool, own))
        shape = layers[-1].output_shape
        require(
            min(shape) >= 1,
            f"paradigm.hidden={list(config.hidden)} with paradigm.pool={config.pool} pools an image of {list(inputs)} "
            "away; use fewer layers or a smaller pool",
        )
    return tuple(layers)


def _convolved(config: Config, shape: Shape, channels: int, pool: int, key: PRNGKeyArray) -> Spiking:
    connection = Convolution((shape[0], shape[1], shape[2]), channels, kernel=config.kernel, key=key)
    return Spiking(connection, neuron(config, connection.output_shape), pool)


def _residual(config: Config, inputs: Shape, key: PRNGKeyArray) -> tuple[HiddenLayer, ...]:
    """A convolution that pools, then for each entry of ``hidden`` two convolutions around which spikes are carried."""
    stem_key, *keys = jax.random.split(key, len(config.hidden) + 1)
    stem = _convolved(config, inputs, config.hidden[0], config.pool, stem_key)
    shape = stem.output_shape
    blocks = [
        Chain(tuple(_convolved(config, shape, shape[-1], 1, own) for own in jax.random.split(block_key)), residual=True)
        for block_key in keys
    ]
    return stem, *blocks


def _transformer(config: Config, inputs: Shape, key: PRNGKeyArray) -> tuple[HiddenLayer, ...]:
    """Patches become tokens; then for each entry of ``hidden`` self-attention and two dense layers, each residual."""
    embedding_key, *keys = jax.random.split(key, len(config.hidden) + 1)
    width = config.hidden[0]
    patches = Convolution(
        (inputs[0], inputs[1], inputs[2]), width, kernel=config.patch, stride=config.patch, key=embedding_key
    )
    rows, columns, _ = patches.output_shape
    tokens = (rows * columns, width)
    embedding = Spiking(patches, neuron(config, patches.output_shape), leave_as="tokens")
    blocks = []
    for block_key in keys:
        query, key_, value, output, wide, narrow = jax.random.split(block_key, 6)

        def dense(sources: int, targets: int, own: PRNGKeyArray) -> Spiking:
            return Spiking(Dense(sources, targets, key=own), neuron(config, (tokens[0], targets)))

        attention = SelfAttention(
            dense(width, width, query),
            dense(width, width, key_),
            dense(width, width, value),
            neuron(config, tokens),
            dense(width, width, output),
            config.heads,
            scale=(width // config.heads) ** -0.5,
        )
        blocks.append(Chain((attention,), residual=True))
        blocks.append(Chain((dense(width, 4 * width, wide), dense(4 * width, width, narrow)), residual=True))
    return embedding, *blocks


def _layered(config: LayeredConfig, inputs: Shape, key: PRNGKeyArray) -> tuple[HiddenLayer, ...]:
    layers, shape = [], inputs
    following = (*config.layers[1:], None)
    for layer, after, own in zip(config.layers, following, jax.random.split(key, len(config.layers)), strict=True):
        if layer.kernel is None:
            connection = Dense(math.prod(shape), layer.size, key=own)
        else:
            connection = Convolution(
                (shape[0], shape[1], shape[2]),
                layer.size,
                kernel=layer.kernel.size,
                stride=layer.kernel.stride,
                padding=layer.kernel.padding,
                dilation=layer.kernel.dilation,
                groups=layer.kernel.groups,
                key=own,
            )
        neurons = _population(config, connection.output_shape, layer.neuron, recurrent=layer.recurrent, rest=layer.rest)
        flattens = layer.kernel is not None and after is not None and after.kernel is None
        layers.append(Spiking(connection, neurons, layer.pool, layer.sums, "vector" if flattens else "as_is"))
        shape = layers[-1].output_shape
    return tuple(layers)


ARCHITECTURES: dict[str, Callable[[Config, Shape, PRNGKeyArray], tuple[HiddenLayer, ...]]] = {
    "dense": _dense,
    "convolutional": _convolutional,
    "residual": _residual,
    "transformer": _transformer,
}


def build_network(config: Config, inputs: Shape, outputs: int, *, key: PRNGKeyArray) -> Network:
    """Draw a network for inputs of this shape.

    Raises:
        Unsupported: The shape does not fit the architecture.
    """
    hidden_key, readout_key = jax.random.split(key)
    if isinstance(config, LayeredConfig):
        hidden = _layered(config, inputs, hidden_key)
    else:
        hidden = ARCHITECTURES[config.architecture](config, inputs, hidden_key)
    shape = hidden[-1].output_shape
    # The read-out sees the mean over tokens where there are tokens.
    features = shape[-1] if len(shape) == 2 else math.prod(shape)
    return Network(
        hidden,
        Dense(features, outputs, key=readout_key),
        LeakyIntegrator(leak(config, (outputs,), config.time_constant), neurons=outputs),
    )
