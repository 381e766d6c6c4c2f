"""Where plateaus are escaped, and where they are not: circuits, observables and angles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from eval.models.plateau_formulas import ObservableName
from eval.studies.surrogates_of_circuits.config import Config

SHALLOW_LOCAL, SMALL_ANGLES, DEEP = "shallow_local", "small_angles", "deep"
"""Kinds of circuits: the first two have no plateau, the third has one."""


@dataclass(frozen=True)
class Setting:
    """RY-RZ-CZ circuits of one kind.

    Attributes:
        name: Its kind, ``SHALLOW_LOCAL``, ``SMALL_ANGLES`` or ``DEEP``.
        plateau_free: Whether gradients there do not vanish exponentially.
        observable: What is measured.
        qubits: Width.
        layers: Depth.
        sigma: Standard deviation of the angles; uniform on the circle where ``None``.
    """

    name: str
    plateau_free: bool
    observable: ObservableName
    qubits: int
    layers: int
    sigma: float | None

    def angles(self, samples: int, seed: int) -> Float[np.ndarray, "samples layers qubits 2"]:
        """Draw random angles (RY, RZ) in radians.

        Args:
            samples: How many vectors of angles.
            seed: Together with the size of the circuit, the seed of their generator.

        Returns:
            The angles, float64.
        """
        random = np.random.default_rng([seed, self.qubits, self.layers])
        shape = (samples, self.layers, self.qubits, 2)
        if self.sigma is None:
            return random.uniform(0, 2 * np.pi, shape)
        return random.normal(0, self.sigma, shape)


def small_angle(layers: int, locality: int = 2) -> float:
    """Return the standard deviation of small angles, (4S(L + 2))^(-1/2) (Zhang et al. 2022).

    Args:
        layers: L, the depth of the circuit.
        locality: S, the qubits on which the observable acts.
    """
    return (4 * locality * (layers + 2)) ** -0.5


def all_settings(config: Config) -> list[Setting]:
    """List every circuit of the study, narrow ones first within each kind."""
    found = [
        Setting(SHALLOW_LOCAL, True, "local", qubits, layers, None)
        for layers in config.shallow_layers
        for qubits in config.shallow_qubits
    ]
    for qubits in config.small_angle_qubits:
        layers = max(1, round(config.layers_per_qubit * qubits))
        found.append(Setting(SMALL_ANGLES, True, "Z1Z2", qubits, layers, small_angle(layers)))
    for qubits in config.deep_qubits:
        layers = max(1, round(config.layers_per_qubit * qubits))
        found.append(Setting(DEEP, False, "Z1Z2", qubits, layers, None))
    return found
