"""What one layer of a repeated circuit is: its gates, from which everything else follows."""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pennylane.operation import Operator
from pennylane.queuing import QueuingManager
from pennylane.tape import make_qscript


class Layer(abc.ABC):
    """One layer, hashable and without arrays: its weights are given to its methods.

    Which gates a layer has must not depend on the values of its weights.
    """

    @abc.abstractmethod
    def gates(self, weights: Any, wires: Sequence, index: int) -> Sequence[Operator]:
        """PennyLane gates of layer ``index`` in order of application.

        ``weights`` are that layer's alone, an array of whatever interface the circuit is used with.
        """

    def period(self, wires: Sequence) -> int:
        """Layers after which the gates repeat; within a period only the wires of CNOT and SWAP gates may differ."""
        return 1


@dataclass(frozen=True)
class FunctionLayer(Layer):
    """A layer written as a function ``function(weights, wires)`` that queues PennyLane gates.

    Which gates it queues, and on which wires, must not depend on the values of the weights.
    """

    function: Callable

    def gates(self, weights: Any, wires: Sequence, index: int) -> Sequence[Operator]:
        with QueuingManager.stop_recording():
            return make_qscript(self.function)(weights, wires).operations
