"""The settings of the study of executions."""

from __future__ import annotations

from dataclasses import dataclass

from training.errors import BadInput


@dataclass(frozen=True)
class Config:
    """What is measured; the defaults are the preset ``quick``.

    Attributes:
        seed: The seed of every draw.
        qubits: The qubits of the register on which executions, seconds and shots are measured.
        layers: Depths; the number of parameters grows with them.
        tracked_occurrences: Circuits of at most this many gates to be shifted are also counted by PennyLane's tracker.
        timing_repeats: Turns in which every rule's gradient is timed, after one that is not counted.
        shots: A circuit, where a gradient's error is measured.
        repeats: Gradients estimated for an error.
        draws: Draws of a circuit's angles, over which shots and their growth have intervals.
        shot_parameters: Circuits of more parameters are left out where errors are measured.
        error: The gradient error (∞-norm, L2, relative) for which shots are reported.
        training_qubits: The qubits of the Ising chain whose energy is lowered.
        training_layers: The layers of its ansatz.
        training_shots: A circuit, in training.
        training_seeds: Repetitions with other initial angles and shots.
        shot_budget: Shots that a training run may use.
        target: Share of the way from energy 0 to the ground state's energy that has to be reached.
    """

    seed: int = 0
    qubits: int = 6
    layers: tuple[int, ...] = (1, 2, 4, 8, 16)
    tracked_occurrences: int = 72
    timing_repeats: int = 21
    shots: int = 100
    repeats: int = 20
    draws: int = 5
    shot_parameters: int = 144
    error: float = 0.1
    training_qubits: int = 4
    training_layers: int = 3
    training_shots: int = 100
    training_seeds: int = 6
    shot_budget: int = 1_000_000
    target: float = 0.9

    def __post_init__(self) -> None:
        _require(self.seed >= 0, f"seed={self.seed} must be 0 or more")
        for name in ("tracked_occurrences", "timing_repeats", "shots", "training_layers", "training_shots"):
            value = getattr(self, name)
            _require(value >= 1, f"settings.{name}={value} must be at least 1")
        for name in ("qubits", "training_qubits"):
            value = getattr(self, name)
            _require(3 <= value <= 16, f"settings.{name}={value} must be from 3 to 16")
        _require(
            len(set(self.layers)) >= 3 and min(self.layers, default=0) >= 1,
            f"settings.layers={list(self.layers)} must be at least 3 different depths of at least 1, to fit a slope",
        )
        measured = [depth for depth in set(self.layers) if 3 * self.qubits * depth <= self.shot_parameters]
        _require(
            len(measured) >= 3,
            f"settings.shot_parameters={self.shot_parameters} leaves {len(measured)} of settings.layers; "
            f"at least 3 are needed: raise it, or use fewer settings.qubits",
        )
        for name in ("repeats", "draws"):
            value = getattr(self, name)
            _require(value >= 2, f"settings.{name}={value} must be at least 2")
        _require(self.training_seeds >= 3, f"settings.training_seeds={self.training_seeds} must be at least 3")
        _require(self.error > 0, f"settings.error={self.error} must be positive")
        _require(0 < self.target < 1, f"settings.target={self.target} must be between 0 and 1")
        gradient = 4 * 3 * self.training_qubits * self.training_layers * self.training_shots
        _require(
            self.shot_budget >= 2 * gradient,
            f"settings.shot_budget={self.shot_budget} must hold two gradients, {2 * gradient} shots",
        )


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise BadInput(sentence)
