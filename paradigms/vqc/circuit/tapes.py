"""Tapes of a circuit, written as a QNode with its transforms or as a function, and what becomes of their results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pennylane as qml
from jaxtyping import PyTree
from pennylane import pytrees
from pennylane.devices.preprocess import validate_device_wires
from pennylane.measurements import MeasurementProcess
from pennylane.tape import QuantumScript

from paradigms.interface import Unsupported, require

Build: TypeAlias = Callable[..., QuantumScript] | qml.QNode


@dataclass(frozen=True)
class Tapes:
    """What is run of a circuit, and what is returned of it.

    Attributes:
        written: The tape before any transform.
        tapes: The tapes after all transforms; what is measured of all wires names them.
        combine: The function from results, one entry per tape, to what the QNode returns: the transforms'
            post-processing, and the structure of its ``return``.
    """

    written: QuantumScript
    tapes: tuple[QuantumScript, ...]
    combine: Callable[[Sequence[PyTree]], PyTree]


def tapes_of(build: Build, arguments: Sequence[Any]) -> Tapes:
    """Read a circuit at some arguments.

    Args:
        build: A QNode, or a function from the arguments to a tape.
        arguments: The arguments, which may be traced.

    Raises:
        Unsupported: If a transform of the QNode is a gradient or tells about the circuit, rather than changing it.
    """
    if not isinstance(build, qml.QNode):
        tape = build(*arguments)
        require(
            isinstance(tape, QuantumScript),
            f"{getattr(build, '__name__', build)} gives {tape}, and is neither a QNode nor a function to a tape: write "
            "qml.QNode(function, device), or qml.tape.make_qscript(function)",
        )
        return Tapes(tape, (tape,), lambda results: results[0])
    pipeline = build.compile_pipeline
    transforms: Any = pipeline
    for one in transforms:
        require(
            not one.is_informative and one.classical_cotransform is None,
            f"the QNode {getattr(build.func, '__name__', 'circuit')} carries {one}, which tells about its circuit and "
            "is no part of it: give the QNode without it",
        )
    tape = build.construct(tuple(arguments), {})
    leaves, structure = pytrees.flatten(build._qfunc_output, lambda leaf: isinstance(leaf, MeasurementProcess))
    tapes, processed = pipeline((tape,))
    if build.device.wires is not None:
        tapes = tuple(_on(build, tape) for tape in tapes)

    def combine(results: Sequence[PyTree]) -> PyTree:
        (values,) = processed(tuple(results))
        values = [values] if len(tape.measurements) == 1 else list(values)
        # A transform may return other things than the circuit did.
        return pytrees.unflatten(values, structure) if len(values) == len(leaves) else tuple(values)

    return Tapes(tape, tuple(tapes), combine)


def _on(build: qml.QNode, tape: QuantumScript) -> QuantumScript:
    """Put the tape's measurements of all wires on those of the QNode's device."""
    try:
        validated: Any = validate_device_wires(tape, build.device.wires, name=build.device.name)
    except qml.exceptions.WireError as error:
        raise Unsupported(f"{error}: give the QNode's device these wires") from error
    (named,), _ = validated
    return named
