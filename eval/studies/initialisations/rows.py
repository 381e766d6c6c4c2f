"""The kinds of row of the study: variances over initialisations, and looks at training from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eval.rows import Row


@dataclass(frozen=True, kw_only=True)
class Variance(Row):
    """The variance of gradients over random initial angles.

    Attributes:
        setting: How the angles are drawn, and how deep the circuit is.
        qubits: Width.
        layers: Depth.
        variance_over_initialisations: Mean over gradient components of each one's variance.
        relative_error: Its standard error, as a share of it.
        mean_square: Mean over components of the mean square, which is larger where the mean gradient is not zero.
        first_component: Variance of the first component alone: first layer, first qubit, first rotation.
        samples: Initialisations drawn.
        effective_samples: (Σs)²/Σs² of the samples' contributions s: how many of them carry the estimate.
    """

    part: ClassVar[str] = "variances"

    setting: str
    qubits: int
    layers: int
    variance_over_initialisations: float
    relative_error: float
    mean_square: float
    first_component: float
    samples: int
    effective_samples: float


@dataclass(frozen=True, kw_only=True)
class Look(Row):
    """A look at a training run on the validation split.

    Attributes:
        setting: How the initial angles are drawn.
        qubits: Width.
        layers: Depth.
        learning_rate: The learning rate of Adam.
        training_seed: The seed of the angles and of the order of examples.
        updates: Updates before the look.
        eval_loss: In nats.
        eval_accuracy: Accuracy, as a share of the examples.
    """

    part: ClassVar[str] = "looks"

    setting: str
    qubits: int
    layers: int
    learning_rate: float
    training_seed: int
    updates: int
    eval_loss: float
    eval_accuracy: float
