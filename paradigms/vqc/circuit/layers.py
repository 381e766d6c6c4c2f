"""What one layer of a repeated circuit is: its gates, from which everything else follows."""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import jax
import numpy as np
from pennylane.operation import Operator
from pennylane.ops import Conditional, MidMeasure
from pennylane.queuing import QueuingManager
from pennylane.tape import make_qscript
from pennylane.wires import Wires

from paradigms.interface import Unsupported, require

_ASKED_FOR_VALUE = (
    jax.errors.ConcretizationTypeError,
    jax.errors.NonConcreteBooleanIndexError,
    jax.errors.TracerIntegerConversionError,
)


class CircuitLayer(abc.ABC):
    """One layer of a circuit, hashable and without arrays: its weights are given to its methods.

    Which gates a layer has must not depend on the values of its weights, nor on how often it was asked before.
    """

    @abc.abstractmethod
    def gates(self, weights: Any, wires: Sequence, index: int) -> Sequence[Operator]:
        """List the PennyLane gates of layer ``index`` in order of application.

        Args:
            weights: The weights of that layer alone, an array of whatever interface the circuit is used with.
            wires: The wires that the layer acts on.
            index: The layer's place within the :meth:`period`; a layer that states no period must not read it.
        """

    def period(self, wires: Sequence) -> int:
        """Return the number of layers after which the gates repeat.

        Within a period only angles and the wires of CNOT and SWAP may differ.
        """
        return 1

    def __str__(self) -> str:
        return type(self).__name__


@dataclass(frozen=True)
class FunctionLayer(CircuitLayer):
    """A layer written as a function ``function(weights, wires)`` that queues PennyLane gates.

    Which gates it queues, and on which wires, must not depend on the values of the weights.
    """

    function: Callable

    def gates(self, weights: Any, wires: Sequence, index: int) -> Sequence[Operator]:
        """Return the gates of this layer."""
        with QueuingManager.stop_recording():
            script = make_qscript(self.function)(weights, wires)
        if script.measurements:
            _refuse_measuring(self, script.measurements[0])
        return script.operations

    def __str__(self) -> str:
        return getattr(self.function, "__name__", str(self.function))


def period_of(layer: CircuitLayer, wires: Sequence, depth: int) -> int:
    """Return the number of layers of a stack of ``depth`` after which the gates repeat.

    Raises:
        Unsupported: If the layer gives a period that is no whole number of at least 1.
    """
    period = layer.period(wires)
    require(
        isinstance(period, int | np.integer) and period >= 1,
        f"RepeatedLayers: {layer} has period {period}; a period is the number of layers after which the gates repeat, "
        "a whole number of at least 1",
    )
    return min(int(period), depth)


def gates_of(layer: CircuitLayer, weights: Any, wires: Sequence, index: int) -> Sequence[Operator]:
    """List the gates of layer ``index`` of a stack, counted from its first.

    Raises:
        Unsupported: If the layer asks for what a layer cannot have (its index without a period, or, where JAX traces
            the circuit, the value of a weight), measures, or acts on wires that are not given to it.
    """
    gates = _queried(layer, weights, wires, index)
    require(
        isinstance(gates, Sequence) and all(isinstance(gate, Operator) for gate in gates),
        f"RepeatedLayers: {layer}.gates gives {gates}; return a list of PennyLane gates",
    )
    for gate in gates:
        if isinstance(gate, MidMeasure | Conditional):
            _refuse_measuring(layer, gate)
        outside = gate.wires - Wires(wires)
        require(
            not outside,
            f"RepeatedLayers: {layer} has {gate.name} on wires {gate.wires.tolist()}, of which {outside.tolist()} are "
            f"none of wires={Wires(wires).tolist()}: name every wire that a layer acts on there",
        )
    return gates


def _refuse_measuring(layer: CircuitLayer, what: Any) -> NoReturn:
    raise Unsupported(
        f"RepeatedLayers: {layer} measures ({what}), and a layer is made of gates alone; measure between operations of "
        "RepeatedLayers, or after them"
    )


def _queried(layer: CircuitLayer, weights: Any, wires: Sequence, index: int) -> Any:
    """Ask the layer for its gates, and say in a sentence what it may not ask for itself."""
    stated = type(layer).period is not CircuitLayer.period
    number: Any = index % period_of(layer, wires, index + 1) if stated else _Unread(layer)
    try:
        return layer.gates(weights, wires, number)
    except jax.errors.TracerArrayConversionError as error:
        raise Unsupported(
            f"RepeatedLayers: {layer} gives a weight to NumPy, which has no values while JAX traces the circuit; "
            "compute with jax.numpy"
        ) from error
    except _ASKED_FOR_VALUE as error:
        raise Unsupported(
            f"RepeatedLayers: {layer} asks for the value of a weight (in an `if`, a `range`, `float` or `int`), but "
            "which gates a layer has must not depend on its weights; choose between angles with jnp.where"
        ) from error


class _Unread:
    """A stand-in for the index of a layer that states no period; whatever is done with it is refused."""

    def __init__(self, layer: CircuitLayer) -> None:
        self._layer = layer

    @property
    def __class__(self) -> type:
        """An integer to whoever checks types; a subclass would be read by C code, which asks no method."""
        return int

    def _refuse(self, *_: Any) -> Any:
        raise Unsupported(
            f"RepeatedLayers: {self._layer} reads its index and states no period; define period(wires), the number of "
            "layers after which its gates repeat (the number of layers, where they never do)"
        )


_CONVERTED = "index int float complex bool hash str format array jax_array round trunc floor ceil neg pos abs invert"
_COMPARED = "eq ne lt le gt ge"
_COMBINED = "add sub mul truediv floordiv mod divmod pow and or xor lshift rshift"
for _name in [*_CONVERTED.split(), *_COMPARED.split(), *_COMBINED.split(), *(f"r{one}" for one in _COMBINED.split())]:
    setattr(_Unread, f"__{_name}__", _Unread._refuse)
