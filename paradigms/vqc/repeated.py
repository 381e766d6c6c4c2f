"""A stack of identical layers as one operation on a PennyLane tape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from pennylane import math
from pennylane.operation import Operation, Operator
from pennylane.wires import WiresLike

from paradigms.vqc.layers import FunctionLayer, Layer
from paradigms.vqc.planes import WIDTH


class RepeatedLayers(Operation):
    """Layers of one kind, whose weights are stacked on a leading axis.

    On ``scan.qubit`` the layers run in one ``lax.scan``, so that compile time does not grow with their number. On any
    other device the operation decomposes into the gates of its layers.

    Args:
        weights: ``[layers, ...]``; layer l takes ``weights[l]``.
        wires: The wires that each layer acts on.
        layer: A :class:`Layer`, or a function ``(weights, wires)`` that queues the gates of one layer.
        width: Neighbouring qubits whose gates ``scan.qubit`` multiplies into one matrix, at most; of no consequence
            but speed. Where ``jax.vmap`` gives every example weights of its own, a small register is faster with 3.
    """

    def __init__(
        self, weights, wires: WiresLike, layer: Layer | Callable, width: int = WIDTH, id: str | None = None
    ) -> None:
        if isinstance(weights, list | tuple):
            weights = _array(weights)
        if np.ndim(weights) < 1:
            raise ValueError("RepeatedLayers: weights is a scalar; stack the weights of the layers on a leading axis")
        self._hyperparameters = {"layer": layer if isinstance(layer, Layer) else FunctionLayer(layer), "width": width}
        super().__init__(weights, wires=wires, id=id)

    @property
    def num_params(self) -> int:
        return 1

    @property
    def grad_method(self) -> None:
        return None

    @property
    def ndim_params(self) -> tuple[int, ...]:
        weights: Any = self.data[0]
        return (np.ndim(weights),)

    @property
    def layer(self) -> Layer:
        """What one layer is."""
        return self.hyperparameters["layer"]

    @staticmethod
    def compute_decomposition(weights, wires: Sequence, layer: Layer, width: int) -> list[Operator]:
        """The gates of all layers, in order of application."""
        depth = np.shape(weights)[0]
        return [gate for index in range(depth) for gate in layer.gates(weights[index], wires, index)]


def _array(weights: Any) -> Any:
    """Lists of weights, traced or not, as one array."""
    return math.stack([_array(one) for one in weights]) if isinstance(weights, list | tuple) else weights
