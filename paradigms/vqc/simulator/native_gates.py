"""PennyLane gates in the few forms that the kernels know.

A circuit's gates become a list of primitives, which is static, and the numbers that they take, which JAX traces:

- :class:`Turn`, RY on one wire; RX is RY between two fixed phases;
- :class:`Diagonal`, a phase that depends on the bits of some wires and is linear in one angle: RZ, PhaseShift, CZ, S,
  T, CRZ, IsingZZ, MultiRZ, …; CRX, CRY, IsingXX and IsingYY are such phases between two fixed changes of basis;
- :class:`Move`, CNOT and SWAP, which only move amplitudes;
- :class:`Fixed` and :class:`Computed`, any other matrix, without or with parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Complex
from pennylane.math import get_dtype_name
from pennylane.operation import Operator
from pennylane.ops import Identity, Projector
from pennylane.wires import Wires

from paradigms.interface import require
from paradigms.vqc.circuit.unitarity import is_unitary

Table = tuple[float, ...]
"""One number for every value of a gate's bits, first wire most significant."""


@dataclass(frozen=True)
class Turn:
    """RY(angle) on a wire; ``parameter`` is the angle's place among the angles."""

    wires: tuple[int]
    parameter: int


@dataclass(frozen=True)
class Diagonal:
    """exp(i·(angle·slope + phase)) for every value of the wires' bits; without a ``parameter``, exp(i·phase)."""

    wires: tuple[int, ...]
    phase: Table
    slope: Table = ()
    parameter: int | None = None


@dataclass(frozen=True)
class Move:
    """``CNOT`` (control first) or ``SWAP``."""

    wires: tuple[int, int]
    name: str


@dataclass(frozen=True)
class Fixed:
    """A matrix without parameters, in rows."""

    wires: tuple[int, ...]
    matrix: tuple[tuple[complex, ...], ...]

    @property
    def real(self) -> bool:
        """Whether every entry is real."""
        return all(entry.imag == 0 for row in self.matrix for entry in row)


@dataclass(frozen=True)
class Computed:
    """A matrix that is computed from parameters; ``slot`` is its place among the matrices."""

    wires: tuple[int, ...]
    slot: int


Primitive = Turn | Diagonal | Move | Fixed | Computed


@dataclass
class Reading:
    """What a list of gates is made of: primitives, and the numbers that they take.

    Attributes:
        primitives: In order of application.
        angles: Real scalars of any interface.
        matrices: Of the gates that are :class:`Computed`.
        doubtful: The gates that are not known to be unitary, by name and wires.
    """

    primitives: list[Primitive] = field(default_factory=list)
    angles: list[Any] = field(default_factory=list)
    matrices: list[Complex[Array, "dimension dimension"]] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)

    def angle(self, value: Any) -> int:
        """Note an angle, a scalar of any interface; returns its place."""
        self.angles.append(value)
        return len(self.angles) - 1


_TURN_TO_X = Diagonal((0,), (-np.pi / 4, np.pi / 4)), Diagonal((0,), (np.pi / 4, -np.pi / 4))
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


def read(gates: Iterable[Operator], wires: Wires) -> Reading:
    """Primitives of ``gates``, in order of application; ``wires`` is the register, first most significant.

    A gate that has no matrix is decomposed. One with a complex angle is a matrix, whatever its kind.

    Raises:
        Unsupported: A gate is a ``Projector``.
    """
    reading = Reading()
    for gate in gates:
        _read_gate(gate, wires, reading)
    return reading


def described(gate: Operator) -> str:
    """The gate's name and wires, and what of its numbers leaves open what it does, for a message."""
    numbers: Any = gate.data
    dtypes = [get_dtype_name(value) for value in numbers if np.ndim(value) == 0 and np.iscomplexobj(value)]
    traced = any(np.ndim(value) and isinstance(value, Tracer) for value in numbers)
    open_numbers = f" with a number of dtype {dtypes[0]}" if dtypes else " with traced entries" if traced else ""
    return f"{gate.name} on wires {gate.wires.tolist()}{open_numbers}"


def _read_gate(gate: Operator, wires: Wires, reading: Reading) -> None:
    acted = tuple(wires.indices(gate.wires))
    if isinstance(gate, Identity):
        return
    numbers: Any = gate.data
    named = not any(map(np.iscomplexobj, numbers))
    reader = _READERS.get(gate.name)
    if named and reader is not None:
        reader(gate, acted, reading)
    elif named and gate.name in _SLOPES:
        _read_slope(_SLOPES[gate.name], gate, acted, reading)
    elif gate.name in _PHASES:
        reading.primitives.append(Diagonal(acted, _PHASES[gate.name]))
    elif named and gate.name in _REWRITTEN:
        _read_rewritten(gate, acted, reading)
    elif not gate.has_matrix:
        for part in gate.decomposition():
            _read_gate(part, wires, reading)
    else:
        _read_matrix(gate, acted, reading)


def _read_matrix(gate: Operator, acted: tuple[int, ...], reading: Reading) -> None:
    require(
        not isinstance(gate, Projector),
        f"{described(gate)} scales the state to unit norm, which no layer and no basis of a measurement can do; put it "
        "between the gates of the circuit",
    )
    if not is_unitary(gate):
        reading.doubtful.append(described(gate))
    if gate.num_params:
        reading.primitives.append(Computed(acted, len(reading.matrices)))
        reading.matrices.append(jnp.asarray(gate.matrix(), jnp.result_type(complex)))
    else:
        matrix = np.asarray(gate.matrix()).astype(complex)
        reading.primitives.append(Fixed(acted, tuple(map(tuple, matrix.tolist()))))


def _read_slope(slope: Table, gate: Operator, acted: tuple[int, ...], reading: Reading) -> None:
    reading.primitives.append(Diagonal(acted, (0.0,) * len(slope), slope, reading.angle(gate.data[0])))


def _read_turn(gate: Operator, acted: tuple[int, ...], reading: Reading) -> None:
    reading.primitives.append(Turn((acted[0],), reading.angle(gate.data[0])))


def _read_rx(gate: Operator, acted: tuple[int, ...], reading: Reading) -> None:
    before, after = _TURN_TO_X
    reading.primitives.append(Diagonal(acted, before.phase))
    _read_turn(gate, acted, reading)
    reading.primitives.append(Diagonal(acted, after.phase))


def _read_rot(gate: Operator, acted: tuple[int, ...], reading: Reading) -> None:
    first, second, third = gate.data
    for slope, value in ((_SLOPES["RZ"], first), (None, second), (_SLOPES["RZ"], third)):
        place = reading.angle(value)
        if slope is None:
            reading.primitives.append(Turn((acted[0],), place))
        else:
            reading.primitives.append(Diagonal(acted, (0.0,) * 2, slope, place))


def _read_multi_rz(gate: Operator, acted: tuple[int, ...], reading: Reading) -> None:
    signs = [(-1) ** bin(bits).count("1") for bits in range(2 ** len(acted))]
    _read_slope(tuple(-0.5 * sign for sign in signs), gate, acted, reading)


def _read_global_phase(gate: Operator, acted: tuple[int, ...], reading: Reading) -> None:
    # On any one wire: exp(-i·angle) for both of its values.
    _read_slope((-1.0, -1.0), gate, (acted or (0,))[:1], reading)


def _read_move(gate: Operator, acted: tuple[int, ...], reading: Reading) -> None:
    reading.primitives.append(Move((acted[0], acted[1]), gate.name))


def _read_rewritten(gate: Operator, acted: tuple[int, ...], reading: Reading) -> None:
    diagonal, letter, changed = _REWRITTEN[gate.name]
    targets = [acted[place] for place in changed]
    hadamards = [Fixed((target,), _HADAMARD) for target in targets]
    # H takes X to Z; H after an inverse S takes Y to Z.
    into = [Diagonal((target,), _PHASES["Adjoint(S)"]) for target in targets if letter == "Y"]
    out = [Diagonal((target,), _PHASES["S"]) for target in targets if letter == "Y"]
    reading.primitives += [*into, *hadamards]
    _read_slope(_SLOPES[diagonal], gate, acted, reading)
    reading.primitives += [*hadamards, *out]


_READERS: dict[str, Callable[[Operator, tuple[int, ...], Reading], None]] = {
    "RY": _read_turn,
    "RX": _read_rx,
    "Rot": _read_rot,
    "MultiRZ": _read_multi_rz,
    "GlobalPhase": _read_global_phase,
    "CNOT": _read_move,
    "SWAP": _read_move,
}
