"""How far the surrogate gradient is from a gradient that exists.

A step function has no useful derivative, so a bias needs a reference. Here it is the gradient of the *expected* loss
of the same network under Gaussian noise of its threshold, independent at every neuron and step: a spike is then a coin
with probability Φ((u - 1) / σ), and the expected loss is smooth in the weights. For a network of few neurons and steps
the expectation is a sum over all spike patterns, which is differentiated as it stands: no sampling error.

The surrogate gradient is taken in two networks. In the ``noisy`` one it is averaged over the same patterns with their
probabilities, so that nothing but the surrogate is approximate (Gygax & Zenke, Neural Computation 37, 2025, analyse
this estimator); its derivative is taken at the potential without noise. In the ``deterministic`` one, σ = 0, it is what
is used in practice, and stands for a gradient of the smoothed loss.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.stats import norm
from jaxtyping import Array, Float, Int, PRNGKeyArray

from eval.studies.surrogates.config import Config
from eval.studies.surrogates.rows import NETWORKS, Bias, Network
from paradigms.snn.neurons import THRESHOLD
from paradigms.snn.neurons.surrogates import DERIVATIVES

INPUTS, CLASSES = 3, 2
GAIN = 2.0
"""Standard deviation of a weight times √fan_in: large enough for the neurons to fire."""
DECAY = float(np.exp(-1 / 5))
"""The factor by which every membrane decays per step: a time constant of 5 steps, the paradigm's default."""


class Case(NamedTuple):
    """One network and what it is asked.

    Attributes:
        hidden: The weights of each hidden layer ``[sources, neurons]``; gradients are with respect to these.
        readout: The weights ``[neurons, classes]`` of a leaky integrator whose mean potential gives the logits.
        currents: The constant inputs, over which losses and gradients are averaged.
        targets: The classes of the inputs.
    """

    hidden: tuple[Float[Array, "_ _"], ...]
    readout: Float[Array, "neurons classes"]
    currents: Float[Array, "examples inputs"]
    targets: Int[Array, " examples"]


Pattern = tuple[Float[Array, "*every steps _"], ...]
"""Spikes of each hidden layer."""
Example = tuple[Float[Array, " inputs"], Int[Array, ""]]


def draw(key: PRNGKeyArray, layers: tuple[int, ...], examples: int) -> Case:
    """Draw weights, normal with standard deviation ``GAIN / √fan_in``, inputs uniform in [0, 1], and classes.

    Args:
        key: The source of randomness.
        layers: The neurons of each hidden layer.
        examples: The number of inputs.
    """
    *keys, readout_key, current_key, target_key = jax.random.split(key, len(layers) + 3)
    sources = (INPUTS, *layers)
    hidden = tuple(
        GAIN * jax.random.normal(own, shape) / np.sqrt(shape[0])
        for own, shape in zip(keys, zip(sources, layers, strict=False), strict=True)
    )
    readout = GAIN * jax.random.normal(readout_key, (layers[-1], CLASSES)) / np.sqrt(layers[-1])
    currents = jax.random.uniform(current_key, (examples, INPUTS))
    return Case(hidden, readout, currents, jax.random.randint(target_key, (examples,), 0, CLASSES))


def patterns(layers: tuple[int, ...], steps: int) -> Pattern:
    """Return all spike patterns, on a leading axis of length ``2^(neurons * steps)``.

    Args:
        layers: The neurons of each hidden layer.
        steps: The number of steps.
    """
    count = sum(layers) * steps
    bits = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
    whole = bits.reshape(-1, steps, sum(layers)).astype(np.float32)
    return tuple(jnp.asarray(part) for part in np.split(whole, np.cumsum(layers)[:-1], axis=-1))


def run(
    case: Case, example: Example, pattern: Pattern | None, steps: int, derivative: Callable[[Array], Array] | None
) -> tuple[Float[Array, ""], tuple[Float[Array, "steps _"], ...]]:
    """Run one network on one input.

    Args:
        case: The network.
        example: The input and its class.
        pattern: When the hidden neurons fire; ``None`` where they fire when they reach threshold.
        steps: The number of steps.
        derivative: The surrogate derivative of a spike with respect to ``u - 1``; ``None`` for zero.

    Returns:
        The loss in nats, and the ``u - 1`` of each hidden layer.
    """
    current, target = example
    potentials = [jnp.zeros(weight.shape[1]) for weight in case.hidden]
    drives: list[list[Array]] = [[] for _ in case.hidden]
    readout, total = jnp.zeros(CLASSES), jnp.zeros(CLASSES)
    for step in range(steps):
        values = current
        for layer, weight in enumerate(case.hidden):
            potential = DECAY * potentials[layer] + values @ weight
            drive = potential - THRESHOLD
            fired = (drive >= 0).astype(drive.dtype) if pattern is None else pattern[layer][step]
            # Subtracted and detached: no gradient passes through the spike of the reset.
            potentials[layer] = potential - THRESHOLD * jax.lax.stop_gradient(fired)
            drives[layer].append(drive)
            values = jax.lax.stop_gradient(fired) + _slope(drive, derivative)
        readout = DECAY * readout + values @ case.readout
        total = total + readout
    loss = -jax.nn.log_softmax(total / steps)[target]
    return loss, tuple(jnp.stack(layer) for layer in drives)


def _slope(drive: Array, derivative: Callable[[Array], Array] | None) -> Array | float:
    """Return a zero that has this derivative."""
    if derivative is None:
        return 0.0
    return jax.lax.stop_gradient(derivative(drive)) * (drive - jax.lax.stop_gradient(drive))


def log_probability(pattern: Pattern, drives: tuple[Array, ...], noise: Float[Array, ""]) -> Float[Array, ""]:
    """Return the logarithm of the probability of a pattern, when each spike has probability Φ((u - 1) / σ).

    Args:
        pattern: The spikes.
        drives: The ``u - 1`` of each hidden layer.
        noise: The standard deviation σ.
    """
    return sum(
        (jnp.sum(norm.logcdf((2 * spikes - 1) * drive / noise)) for spikes, drive in zip(pattern, drives, strict=True)),
        start=jnp.zeros(()),
    )


def reference_gradient(
    case: Case, noise: Float[Array, ""], layers: tuple[int, ...], steps: int
) -> Float[Array, " weights"]:
    """Return the exact gradient of the expected loss with respect to the hidden weights, one after the other.

    Args:
        case: The network and its inputs.
        noise: The standard deviation of the threshold's noise.
        layers: The neurons of each hidden layer.
        steps: The number of steps.
    """

    def share(case: Case, example: Example, pattern: Pattern) -> Float[Array, ""]:
        loss, drives = run(case, example, pattern, steps, None)
        return jnp.exp(log_probability(pattern, drives, noise)) * loss

    return _gradient(share, case, patterns(layers, steps))


def noisy_surrogate_gradient(
    case: Case,
    noise: Float[Array, ""],
    derivative: Callable[[Array], Array],
    layers: tuple[int, ...],
    steps: int,
) -> Float[Array, " weights"]:
    """Return the exact expectation of the surrogate gradient under the same noise.

    Args:
        case: The network and its inputs.
        noise: The standard deviation of the threshold's noise.
        derivative: The surrogate derivative of a spike with respect to ``u - 1``.
        layers: The neurons of each hidden layer.
        steps: The number of steps.
    """

    def share(case: Case, example: Example, pattern: Pattern) -> Float[Array, ""]:
        loss, drives = run(case, example, pattern, steps, derivative)
        return jax.lax.stop_gradient(jnp.exp(log_probability(pattern, drives, noise))) * loss

    return _gradient(share, case, patterns(layers, steps))


def deterministic_surrogate_gradient(
    case: Case, derivative: Callable[[Array], Array], steps: int
) -> Float[Array, " weights"]:
    """Return the gradient that is used in practice: neurons fire at threshold, and it passes through the surrogate.

    Args:
        case: The network and its inputs.
        derivative: The surrogate derivative of a spike with respect to ``u - 1``.
        steps: The number of steps.
    """
    return _gradient(lambda case, example, _: run(case, example, None, steps, derivative)[0], case, None)


def _gradient(
    share: Callable[[Case, Example, Any], Float[Array, ""]], case: Case, every: Pattern | None
) -> Float[Array, " weights"]:
    """Differentiate the mean over examples of the sum of ``share`` over patterns (``None``: there is one)."""

    def value(hidden: tuple[Array, ...]) -> Float[Array, ""]:
        own = case._replace(hidden=hidden)

        def of_example(example: Example) -> Float[Array, ""]:
            if every is None:
                return share(own, example, None)
            return jnp.sum(jax.vmap(lambda pattern: share(own, example, pattern))(every))

        return jnp.mean(jax.vmap(of_example)((case.currents, case.targets)))

    return jnp.concatenate([leaf.ravel() for leaf in jax.grad(value)(case.hidden)])


def measure(noise: float, config: Config) -> list[Bias]:
    """Compare the surrogate gradients with the reference.

    A gradient that is zero has no direction and counts as cosine 0.

    Args:
        noise: The standard deviation of the threshold's noise.
        config: The settings of the study.

    Returns:
        A row per shape, width and kind of network, over ``bias_networks`` networks.
    """
    return [
        Bias(
            noise=noise,
            shape=shape,
            width=width,
            network=kind,
            cosines=tuple(np.asarray(cosines[:, index]).tolist()),
            length_ratios=tuple(np.asarray(lengths[:, index]).tolist()),
        )
        for (shape, kind), (cosines, lengths) in _program(config)(jnp.asarray(noise)).items()
        for index, width in enumerate(config.widths)
    ]


@functools.lru_cache(maxsize=1)
def _program(config: Config) -> Callable[[Float[Array, ""]], dict[tuple[str, Network], tuple[Array, Array]]]:
    """``noise -> {(shape, network): (cosines, length ratios), each [networks, widths]}``."""
    layers, steps = config.bias_layers, config.bias_steps
    keys = jax.random.split(jax.random.key(config.seed), config.bias_networks)
    cases = jax.vmap(partial(draw, layers=layers, examples=config.bias_examples))(keys)

    def compare(case: Case, noise: Float[Array, ""]) -> dict[tuple[str, Network], tuple[Array, Array]]:
        exact = reference_gradient(case, noise, layers, steps)
        found: dict[tuple[str, Network], tuple[Array, Array]] = {}
        for shape in config.shapes:

            def at(width: Float[Array, ""], shape: str = shape) -> tuple[Array, Array]:
                derivative = lambda x: DERIVATIVES[shape](x / width, 1.0)  # noqa: E731
                return (
                    noisy_surrogate_gradient(case, noise, derivative, layers, steps),
                    deterministic_surrogate_gradient(case, derivative, steps),
                )

            for kind, gradients in zip(NETWORKS, jax.lax.map(at, jnp.asarray(config.widths)), strict=True):
                found[shape, kind] = jax.vmap(lambda gradient: alignment(gradient, exact))(gradients)
        return found

    return jax.jit(lambda noise: jax.lax.map(lambda case: compare(case, noise), cases))


def alignment(
    gradient: Float[Array, " weights"], exact: Float[Array, " weights"]
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Return the cosine of two gradients, 0 where one is zero, and the length of the first in units of the second."""
    lengths = jnp.linalg.norm(gradient), jnp.linalg.norm(exact)
    product = lengths[0] * lengths[1]
    cosine = jnp.where(product > 0, gradient @ exact / jnp.where(product > 0, product, 1), 0)
    return cosine, lengths[0] / jnp.maximum(lengths[1], jnp.finfo(exact.dtype).tiny)
