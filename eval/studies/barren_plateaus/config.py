"""The settings of the study of barren plateaus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TypeAlias

from training.errors import BadInput

Setting: TypeAlias = int | float | tuple[int, ...] | tuple[float, ...]
LARGEST_STATE_VECTOR = 14
"""Qubits beyond which random gradients by state vector take hours rather than minutes on a desktop."""


@dataclass(frozen=True)
class Config:
    """What is measured; the defaults are the preset ``quick``.

    Attributes:
        qubits: Widths of the deep circuits (RY-RZ-CZ ring; observables Z1Z2 and projector).
        depths: Their layers per qubit; each is compared with its double where that is listed too.
        mcclean_qubits: Widths of McClean's circuit.
        mcclean_depths: Its layers per qubit.
        product_qubits: Widths of the product ansatz, whose variances are known exactly.
        local_qubits: Widths at which a local cost is measured on shallow circuits.
        local_layers: Layers of those circuits, whatever their width.
        entangling_qubits: Widths of StronglyEntanglingLayers, at two and at four layers per qubit.
        noise_qubits: Width at which local depolarising noise is added.
        noise_rates: Its rates λ, per qubit and layer.
        noise_depths: Layers per qubit of the noisy circuits.
        state_vector_qubits: Widths at which the deep circuits are also sampled by state vector, full gradient.
        state_vector_depth: Layers per qubit there.
        samples: Random parameter vectors of a state-vector point.
        product_samples: The same for the product ansatz, whose tails are heavier and whose circuits are cheaper.
        repeats: Runs of the calibration, whose intervals are counted as right or wrong.
        widths: Widths of the transformer and of the spiking network.
        network_depths: Their depths, at the middle one of the widths.
        initialisations: Random initial parameters of a network, taken in pairs.
        bond: Largest bond dimension of the tensor network; half of it is run too, and the difference is the error.
        seed: The seed of everything random.
    """

    qubits: tuple[int, ...] = (4, 6, 8, 10, 12, 16, 24, 32)
    depths: tuple[float, ...] = (0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
    mcclean_qubits: tuple[int, ...] = (4, 5, 6, 7, 8, 9, 10)
    mcclean_depths: tuple[float, ...] = (5.0, 10.0, 20.0, 40.0)
    product_qubits: tuple[int, ...] = (2, 3, 4, 5, 6, 7, 8)
    local_qubits: tuple[int, ...] = (4, 8, 16, 32, 64, 100)
    local_layers: tuple[int, ...] = (2, 4, 8)
    entangling_qubits: tuple[int, ...] = (4, 6, 8)
    noise_qubits: int = 12
    noise_rates: tuple[float, ...] = (0.003, 0.01, 0.03)
    noise_depths: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0)
    state_vector_qubits: tuple[int, ...] = (4, 6, 8)
    state_vector_depth: float = 8.0
    samples: int = 1000
    product_samples: int = 20000
    repeats: int = 100
    widths: tuple[int, ...] = (16, 32, 64)
    network_depths: tuple[int, ...] = (1, 2, 4)
    initialisations: int = 320
    bond: int = 32
    seed: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, tuple) and list(value) != sorted(set(value)):
                raise BadInput(f"settings.{field.name}={list(value)} must ascend, each value once")
            if isinstance(value, tuple) and not value:
                raise BadInput(f"settings.{field.name}=[] must list at least one value")
        for name in ("qubits", "mcclean_qubits", "local_qubits", "entangling_qubits", "state_vector_qubits"):
            self._at_least(name, 2)
        for name in ("product_qubits", "local_layers", "widths", "network_depths"):
            self._at_least(name, 1)
        for name, least in (("noise_qubits", 2), ("samples", 2), ("product_samples", 2), ("repeats", 1)):
            self._at_least(name, least)
        self._at_least("initialisations", 4)
        self._at_least("bond", 2)
        for name in ("depths", "mcclean_depths", "noise_depths", "state_vector_depth"):
            if not all(depth > 0 for depth in _values(getattr(self, name))):
                raise BadInput(f"settings.{name}={_shown(getattr(self, name))} must be positive (layers per qubit)")
        if not all(0 < rate < 1 for rate in self.noise_rates):
            raise BadInput(f"settings.noise_rates={list(self.noise_rates)} must lie between 0 and 1")
        largest = max(*self.state_vector_qubits, *self.product_qubits)
        if largest > LARGEST_STATE_VECTOR:
            raise BadInput(
                f"settings ask for state vectors of {largest} qubits; beyond {LARGEST_STATE_VECTOR} sampling takes "
                "hours: list such widths in settings.qubits, where the second moments are propagated"
            )
        if not 0 <= self.seed < 2**32:
            raise BadInput(f"seed={self.seed} must be in 0 … 2³² − 1")

    def _at_least(self, name: str, least: int) -> None:
        value = getattr(self, name)
        if min(_values(value)) < least:
            raise BadInput(f"settings.{name}={_shown(value)} must be at least {least}")


def _values(value: Setting) -> Sequence[float] | Sequence[int]:
    return value if isinstance(value, tuple) else [value]


def _shown(value: Setting) -> str:
    return str(list(value) if isinstance(value, tuple) else value)
