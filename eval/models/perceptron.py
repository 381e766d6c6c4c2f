"""A perceptron as a paradigm, and what its hidden layers do."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import jax
from flax import nnx
from jaxtyping import Array, Float, PyTree

from paradigms.adapters import from_flax
from paradigms.interface import Paradigm, Spec


def perceptron(
    hidden: tuple[int, ...],
    spec: Spec,
    name: str,
    kernel_init: nnx.Initializer = nnx.initializers.lecun_normal(),  # noqa: B008 (pure, and Flax's own default)
    activation: Callable[[Array], Array] = nnx.relu,
) -> Paradigm:
    """Fully connected layers; without hidden ones, logistic regression.

    Args:
        hidden: Units of each hidden layer.
        spec: What the task asks for; an example's inputs are flattened.
        name: What tables and figures call the paradigm.
        kernel_init: Draws the weights; biases start at zero.
        activation: What hidden units make of their sum, by default rectification.
    """
    sizes = (math.prod(spec.inputs.shape), *hidden, spec.outputs)

    class Perceptron(nnx.Module):
        def __init__(self, rngs: nnx.Rngs):
            first, *rest = (nnx.Linear(*pair, kernel_init=kernel_init, rngs=rngs) for pair in itertools.pairwise(sizes))
            self.network = nnx.Sequential(first, *itertools.chain.from_iterable((activation, one) for one in rest))

        def __call__(self, inputs):
            return self.network(inputs.reshape(len(inputs), -1))

    return from_flax(Perceptron, name=name)


def layers(params: PyTree) -> list[PyTree]:
    """Return the layers of its parameters, from input to output: each a ``kernel`` and a ``bias``."""
    return [part for _, part in sorted(params["network"]["layers"].items())]


def activations(params: PyTree, inputs: Float[Array, "batch ..."]) -> tuple[Float[Array, "batch units"], ...]:
    """What the rectified units of each hidden layer put out."""
    *hidden, _ = layers(params)
    values, found = inputs.reshape(len(inputs), -1), []
    for layer in hidden:
        values = jax.nn.relu(values @ layer["kernel"] + layer["bias"])
        found.append(values)
    return tuple(found)
