"""The settings of the study of initialisations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from paradigms.vqc.circuit.initialisations import BLOCK_LAYERS, Initialisation
from training.errors import BadInput

INITIALISATIONS = get_args(Initialisation)
RECORDS = 10
"""Looks at a training run after the one before its first update."""


@dataclass(frozen=True)
class Config:
    """What is measured; the defaults are the preset ``quick``.

    Attributes:
        seed: The seed of every draw.
        initialisations: Compared; ``uniform`` must be among them.
        qubits: Registers on which the variance is measured.
        layers_per_qubit: Layers of the deep circuit, per qubit.
        shallow_layers: The layers of the circuit that stays shallow, initialised uniformly: the way out by locality.
        relative_error: Standard error of a variance, as a share of it, at which sampling ends.
        least_samples: Initialisations drawn at least.
        most_samples: Initialisations drawn at most.
        training_qubits: Register of the classifier whose training is compared.
        training_layers: Its layers.
        training_steps: Its updates.
        training_seeds: Repetitions with other initial angles and batches.
        learning_rate: The learning rate of Adam.
        batch_size: Digits a step.
    """

    seed: int = 0
    initialisations: tuple[Initialisation, ...] = INITIALISATIONS
    qubits: tuple[int, ...] = (6, 8, 10, 12, 14, 16)
    layers_per_qubit: int = 2
    shallow_layers: int = 2
    relative_error: float = 0.04
    least_samples: int = 16
    most_samples: int = 1024
    training_qubits: int = 8
    training_layers: int = 16
    training_steps: int = 100
    training_seeds: int = 8
    learning_rate: float = 0.02
    batch_size: int = 32

    def __post_init__(self) -> None:
        for name in ("layers_per_qubit", "shallow_layers", "training_steps", "batch_size"):
            value = getattr(self, name)
            _require(value >= 1, f"settings.{name}={value} must be at least 1")
        _require(self.seed >= 0, f"seed={self.seed} must be 0 or more")
        _require(
            "uniform" in self.initialisations, "settings.initialisations lacks uniform, with which all are compared"
        )
        _require(
            len(set(self.qubits)) >= 4 and min(self.qubits) >= 3,
            f"settings.qubits={list(self.qubits)} must be at least 4 different numbers of at least 3 qubits",
        )
        for name, layers in (
            ("qubits", self.layers_per_qubit * min(self.qubits)),
            ("training_layers", self.training_layers),
        ):
            _require(
                "identity_blocks" not in self.initialisations or layers >= BLOCK_LAYERS,
                f"settings.{name} leads to {layers} layers, an identity block takes {BLOCK_LAYERS}: use more layers",
            )
        _require(self.training_seeds >= 2, f"settings.training_seeds={self.training_seeds} must be at least 2")
        _require(
            self.training_qubits >= 6, f"settings.training_qubits={self.training_qubits} must hold 64 amplitudes: 6"
        )
        _require(self.relative_error > 0, f"settings.relative_error={self.relative_error} must be positive")
        _require(self.learning_rate > 0, f"settings.learning_rate={self.learning_rate} must be positive")
        _require(
            self.training_steps % RECORDS == 0,
            f"settings.training_steps={self.training_steps} must be a multiple of {RECORDS}, the looks at a run",
        )
        _require(
            2 <= self.least_samples <= self.most_samples,
            f"settings.least_samples={self.least_samples} must be from 2 to most_samples={self.most_samples}",
        )


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise BadInput(sentence)
