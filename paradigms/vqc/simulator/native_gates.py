"""PennyLane gates in the few forms that the simulator applies itself.

A circuit's gates are translated into native gates, which are static, and the parameters that they take, which JAX
traces:

- :class:`RotationY`, RY on one wire; RX is RY between two fixed phases;
- :class:`DiagonalGate`, a phase that depends on the bits of some wires and is linear in one angle: RZ, PhaseShift, CZ,
  S, T, CRZ, IsingZZ, MultiRZ, …; CRX, CRY, IsingXX and IsingYY are such phases between two fixed changes of basis;
- :class:`PermutationGate`, CNOT and SWAP, which only move amplitudes;
- :class:`FixedMatrix` and :class:`ComputedMatrix`, any other matrix, without or with parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Complex
from pennylane.math import get_dtype_name
from pennylane.operation import Operator
from pennylane.ops import Identity, Projector
from pennylane.queuing import QueuingManager
from pennylane.wires import Wires

from paradigms.interface import Unsupported, require
from paradigms.vqc.circuit.gate_origin import is_pennylanes
from paradigms.vqc.circuit.gate_powers import has_power, is_decomposed
from paradigms.vqc.circuit.unitarity import is_unitary

Table = tuple[float, ...]
"""One number for every value of a gate's bits, first wire most significant."""


@dataclass(frozen=True)
class RotationY:
    """RY(angle) on a wire; ``parameter`` is the angle's place among the angles."""

    wires: tuple[int]
    parameter: int


@dataclass(frozen=True)
class DiagonalGate:
    """exp(i·(angle·slope + phase)) for every value of the wires' bits; without a ``parameter``, exp(i·phase)."""

    wires: tuple[int, ...]
    phase: Table
    slope: Table = ()
    parameter: int | None = None


@dataclass(frozen=True)
class PermutationGate:
    """``CNOT`` (control first) or ``SWAP``."""

    wires: tuple[int, int]
    name: str


@dataclass(frozen=True)
class FixedMatrix:
    """A gate that is a matrix without parameters, in rows."""

    wires: tuple[int, ...]
    matrix: tuple[tuple[complex, ...], ...]

    @property
    def real(self) -> bool:
        """Whether every entry is real."""
        return all(entry.imag == 0 for row in self.matrix for entry in row)


@dataclass(frozen=True)
class ComputedMatrix:
    """A gate whose matrix is computed from parameters; ``slot`` is its place among the matrices."""

    wires: tuple[int, ...]
    slot: int


NativeGate = RotationY | DiagonalGate | PermutationGate | FixedMatrix | ComputedMatrix


@dataclass
class Translation:
    """What a list of PennyLane gates is translated into.

    Attributes:
        gates: Native gates in order of application.
        angles: The angles that they take: real scalars of any interface.
        matrices: The matrices of the gates that are :class:`ComputedMatrix`.
        doubtful: The gates that are not known to be unitary, by name and wires.
    """

    gates: list[NativeGate] = field(default_factory=list)
    angles: list[Any] = field(default_factory=list)
    matrices: list[Complex[Array, "dimension dimension"]] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)

    def angle(self, value: Any) -> int:
        """Note an angle, a scalar of any interface, and return its place."""
        self.angles.append(value)
        return len(self.angles) - 1


_TURN_TO_X = DiagonalGate((0,), (-np.pi / 4, np.pi / 4)), DiagonalGate((0,), (np.pi / 4, -np.pi / 4))
"""RZ(π/2) before RY and RZ(-π/2) after it make RX."""

_SLOPES: dict[str, Table] = {
    "RZ": (-0.5, 0.5),
    "PhaseShift": (0.0, 1.0),
    "U1": (0.0, 1.0),
    "CRZ": (0.0, 0.0, -0.5, 0.5),
    "ControlledPhaseShift": (0.0, 0.0, 0.0, 1.0),
    "CPhase": (0.0, 0.0, 0.0, 1.0),
    "IsingZZ": (-0.5, 0.5, 0.5, -0.5),
}
_PHASES: dict[str, Table] = {
    "PauliZ": (0.0, np.pi),
    "S": (0.0, np.pi / 2),
    "T": (0.0, np.pi / 4),
    "Adjoint(S)": (0.0, -np.pi / 2),
    "Adjoint(T)": (0.0, -np.pi / 4),
    "CZ": (0.0, 0.0, 0.0, np.pi),
}
_HADAMARD = ((np.sqrt(0.5) + 0j, np.sqrt(0.5) + 0j), (np.sqrt(0.5) + 0j, -np.sqrt(0.5) + 0j))
_REWRITTEN: dict[str, tuple[str, str, tuple[int, ...]]] = {
    # The diagonal gate that this gate is in another basis, the letter of that basis, and the wires it is changed on.
    "CRX": ("CRZ", "X", (1,)),
    "CRY": ("CRZ", "Y", (1,)),
    "IsingXX": ("IsingZZ", "X", (0, 1)),
    "IsingYY": ("IsingZZ", "Y", (0, 1)),
}


def translate(gates: Iterable[Operator], wires: Wires) -> Translation:
    """Translate PennyLane gates into native gates.

    A gate that has no matrix is decomposed. A gate with a complex angle, or of a class of the user's own, becomes a
    matrix, whatever its name.

    Args:
        gates: The gates, in order of application.
        wires: The register, first most significant.

    Raises:
        Unsupported: If a gate is a ``Projector``, or has neither a matrix nor a decomposition.
    """
    translation = Translation()
    for gate in gates:
        _translate_gate(gate, wires, translation)
    return translation


def described(gate: Operator) -> str:
    """Describe a gate for a message: its name, its wires, and what of its numbers leaves open what it does."""
    numbers: Any = gate.data
    dtypes = [get_dtype_name(value) for value in numbers if np.ndim(value) == 0 and np.iscomplexobj(value)]
    traced = any(np.ndim(value) and isinstance(value, Tracer) for value in numbers)
    open_numbers = f" with a number of dtype {dtypes[0]}" if dtypes else " with traced entries" if traced else ""
    return f"{gate.name} on wires {gate.wires.tolist()}{open_numbers}"


def _translate_gate(gate: Operator, wires: Wires, translation: Translation) -> None:
    acted = tuple(wires.indices(gate.wires))
    if isinstance(gate, Identity):
        return
    numbers: Any = gate.data
    named = not any(map(np.iscomplexobj, numbers)) and is_pennylanes(gate)
    translator = _TRANSLATORS.get(gate.name)
    if named and translator is not None:
        translator(gate, acted, translation)
    elif named and gate.name in _SLOPES:
        _translate_slope(_SLOPES[gate.name], gate, acted, translation)
    elif named and gate.name in _PHASES:
        translation.gates.append(DiagonalGate(acted, _PHASES[gate.name]))
    elif named and gate.name in _REWRITTEN:
        _translate_rewritten(gate, acted, translation)
    elif not gate.has_matrix or has_power(gate) or (matrix := _traceable_matrix(gate)) is None:
        for part in _parts(gate):
            _translate_gate(part, wires, translation)
    else:
        _translate_matrix(gate, matrix, acted, translation)


def _traceable_matrix(gate: Operator) -> Any:
    """Return the matrix, unless PennyLane needs numbers to make it where JAX traces the gate's."""
    with QueuingManager.stop_recording():
        try:
            return gate.matrix()
        except jax.errors.JAXTypeError:
            return None


def _parts(gate: Operator) -> list[Operator]:
    with QueuingManager.stop_recording():
        try:
            parts = gate.decomposition() if is_decomposed(gate) else None
        except jax.errors.JAXTypeError:
            parts = None
    if parts is None:
        raise Unsupported(
            f"{type(gate).__name__} on wires {gate.wires.tolist()} has neither a matrix that JAX can trace nor a "
            "decomposition: write it as gates that have their angles; states here are pure, and have no channels"
        )
    return parts


def _translate_matrix(gate: Operator, matrix: Any, acted: tuple[int, ...], translation: Translation) -> None:
    require(
        not isinstance(gate, Projector),
        f"{described(gate)} scales the state to unit norm, which no layer and no basis of a measurement can do; put it "
        "between the gates of the circuit",
    )
    if not is_unitary(gate):
        translation.doubtful.append(described(gate))
    if gate.num_params or isinstance(matrix, Tracer):
        translation.gates.append(ComputedMatrix(acted, len(translation.matrices)))
        translation.matrices.append(jnp.asarray(matrix, jnp.result_type(complex)))
    else:
        rows = np.asarray(matrix).astype(complex)
        translation.gates.append(FixedMatrix(acted, tuple(map(tuple, rows.tolist()))))


def _translate_slope(slope: Table, gate: Operator, acted: tuple[int, ...], translation: Translation) -> None:
    translation.gates.append(DiagonalGate(acted, (0.0,) * len(slope), slope, translation.angle(gate.data[0])))


def _translate_turn(gate: Operator, acted: tuple[int, ...], translation: Translation) -> None:
    translation.gates.append(RotationY((acted[0],), translation.angle(gate.data[0])))


def _translate_rx(gate: Operator, acted: tuple[int, ...], translation: Translation) -> None:
    before, after = _TURN_TO_X
    translation.gates.append(DiagonalGate(acted, before.phase))
    _translate_turn(gate, acted, translation)
    translation.gates.append(DiagonalGate(acted, after.phase))


def _translate_rot(gate: Operator, acted: tuple[int, ...], translation: Translation) -> None:
    first, second, third = gate.data
    for slope, value in ((_SLOPES["RZ"], first), (None, second), (_SLOPES["RZ"], third)):
        place = translation.angle(value)
        if slope is None:
            translation.gates.append(RotationY((acted[0],), place))
        else:
            translation.gates.append(DiagonalGate(acted, (0.0,) * 2, slope, place))


def _translate_multi_rz(gate: Operator, acted: tuple[int, ...], translation: Translation) -> None:
    signs = [(-1) ** bin(bits).count("1") for bits in range(2 ** len(acted))]
    _translate_slope(tuple(-0.5 * sign for sign in signs), gate, acted, translation)


def _translate_global_phase(gate: Operator, acted: tuple[int, ...], translation: Translation) -> None:
    # On any one wire: exp(-i·angle) for both of its values.
    _translate_slope((-1.0, -1.0), gate, (acted or (0,))[:1], translation)


def _translate_move(gate: Operator, acted: tuple[int, ...], translation: Translation) -> None:
    translation.gates.append(PermutationGate((acted[0], acted[1]), gate.name))


def _translate_rewritten(gate: Operator, acted: tuple[int, ...], translation: Translation) -> None:
    diagonal, letter, changed = _REWRITTEN[gate.name]
    targets = [acted[place] for place in changed]
    hadamards = [FixedMatrix((target,), _HADAMARD) for target in targets]
    # H takes X to Z; H after an inverse S takes Y to Z.
    into = [DiagonalGate((target,), _PHASES["Adjoint(S)"]) for target in targets if letter == "Y"]
    out = [DiagonalGate((target,), _PHASES["S"]) for target in targets if letter == "Y"]
    translation.gates += [*into, *hadamards]
    _translate_slope(_SLOPES[diagonal], gate, acted, translation)
    translation.gates += [*hadamards, *out]


_TRANSLATORS: dict[str, Callable[[Operator, tuple[int, ...], Translation], None]] = {
    "RY": _translate_turn,
    "RX": _translate_rx,
    "Rot": _translate_rot,
    "MultiRZ": _translate_multi_rz,
    "GlobalPhase": _translate_global_phase,
    "CNOT": _translate_move,
    "SWAP": _translate_move,
}
