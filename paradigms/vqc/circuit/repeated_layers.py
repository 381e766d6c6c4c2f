"""A stack of identical layers as one operation on a PennyLane tape."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import all_leaves
from pennylane import math
from pennylane.operation import Operation, Operator
from pennylane.wires import WiresLike

from paradigms.interface import Unsupported, require
from paradigms.vqc.circuit.layers import CircuitLayer, FunctionLayer, gates_of
from paradigms.vqc.circuit.windows import WIDTH

_NUMBERS = ("float", "bfloat", "complex", "int", "uint")


class RepeatedLayers(Operation):
    """Layers of one kind, whose weights are stacked on a leading axis, as one operation.

    On ``scan.qubit`` the layers run in one ``lax.scan``, so that compile time does not grow with their number. On any
    other device the operation decomposes into the gates of its layers.

    Args:
        weights: The weights ``[layers, ...]``; layer l takes ``weights[l]``. A list, one entry per layer, is stacked.
        wires: The wires that each layer acts on.
        layer: A :class:`CircuitLayer`, or a function ``(weights, wires)`` that queues the gates of one layer. Either
            may close over numbers, traced ones too (an input that every layer uploads).
        width: The largest number of neighbouring qubits whose gates ``scan.qubit`` multiplies into one matrix. It
            changes speed alone: where ``jax.vmap`` gives every example weights of its own, a small register is faster
            with 3.
        id: A label, as every PennyLane operation takes it.

    Raises:
        Unsupported: If the weights are no array of numbers with an axis of layers, or the layer takes other arguments.
    """

    def __init__(
        self, weights, wires: WiresLike, layer: CircuitLayer | Callable, width: int = WIDTH, id: str | None = None
    ) -> None:
        require(
            isinstance(layer, CircuitLayer) or _takes_two(layer),
            f"RepeatedLayers: layer={layer} is neither a CircuitLayer nor a function (weights, wires) that queues the "
            "gates of one layer",
        )
        self._hyperparameters = {
            "layer": layer if isinstance(layer, CircuitLayer) else FunctionLayer(layer),
            "width": width,
        }
        super().__init__(_array(weights), wires=wires, id=id)

    @property
    def num_params(self) -> int:
        """Return how many parameters the operation has, as PennyLane asks."""
        return 1

    @property
    def grad_method(self) -> None:
        """Return how PennyLane may differentiate it: it may not."""
        return None

    @property
    def ndim_params(self) -> tuple[int, ...]:
        """Return the number of axes of each parameter, as PennyLane asks."""
        weights: Any = self.data[0]
        return (np.ndim(weights),)

    @property
    def layer(self) -> CircuitLayer:
        """What one layer is."""
        return self.hyperparameters["layer"]

    @staticmethod
    def compute_decomposition(weights, wires: Sequence, layer: CircuitLayer, width: int) -> list[Operator]:
        """List the gates of all layers, in order of application."""
        depth = np.shape(weights)[0]
        return [gate for index in range(depth) for gate in gates_of(layer, weights[index], wires, index)]


def _takes_two(layer: Any) -> bool:
    try:
        inspect.signature(layer).bind(None, None)
    except (TypeError, ValueError):
        return False
    return True


def _array(weights: Any) -> Any:
    """Return the weights as one array of their own interface."""
    sequence = isinstance(weights, list | tuple) and not hasattr(weights, "_fields")
    require(
        sequence or all_leaves([weights]),
        f"RepeatedLayers: weights is a {type(weights).__name__}; give one array with the layers on its leading axis, "
        "and let the layer slice it",
    )
    if sequence:
        weights = _stack(weights)
    try:
        name = math.get_dtype_name(weights)
    except (AttributeError, KeyError, TypeError, ValueError):
        name = f"a {type(weights).__name__}"
    require(
        name.startswith(_NUMBERS),
        f"RepeatedLayers: weights are {name}; gate angles are numbers: give an array of floats",
    )
    require(
        np.ndim(weights) >= 1,
        "RepeatedLayers: weights is a scalar; stack the weights of the layers on a leading axis",
    )
    return weights


def _stack(weights: Sequence[Any]) -> Any:
    try:
        if any(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(weights)):
            return jnp.asarray(weights)
        return math.stack(weights) if weights else np.zeros(0)
    except (TypeError, ValueError) as error:
        raise Unsupported(
            f"RepeatedLayers: weights is a {type(weights).__name__} whose entries do not stack ({error}); every layer "
            "takes weights of one shape"
        ) from error
