"""The one kind of row of the study: runs of a model on a data set, with their scores on all splits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from eval.rows import Row
from eval.studies.regularisation.config import DataSetName
from eval.studies.regularisation.models import Regulariser

ModelName: TypeAlias = Literal["circuit", "circuit without entanglement", "network", "logistic regression"]
CIRCUIT: ModelName = "circuit"
PRODUCT: ModelName = "circuit without entanglement"
NETWORK: ModelName = "network"
LOGISTIC: ModelName = "logistic regression"
RegulariserName: TypeAlias = Literal[Regulariser, "early_stopping"]
"""What acts in training, or chooses afterwards at which of its records training would have stopped."""
NONE: Regulariser = "none"
EARLY_STOPPING: RegulariserName = "early_stopping"


@dataclass(frozen=True, kw_only=True)
class Run(Row):
    """A model trained on a data set; losses (nats) and accuracies are those after the last update, or when it stopped.

    Attributes:
        data_set: The data set that it is trained on.
        model: The kind of model.
        regulariser: What regularises it.
        strength: The share of gates left out, the weight of the penalty, the probability of an error, or the share of
            the updates after which it stopped; 0 where there is nothing to choose.
        training_seed: The seed of the examples, the initial parameters and what is drawn in training.
        parameters: The number of its parameters.
        train_loss, train_accuracy: The scores on the examples that it learned from.
        eval_loss, eval_accuracy: The scores on the validation split, which chooses strengths and when to stop.
        test_loss, test_accuracy: The scores on the examples that are held out.
    """

    part: ClassVar[str] = "runs"

    data_set: DataSetName
    model: ModelName
    regulariser: RegulariserName
    strength: float
    training_seed: int
    parameters: int
    train_loss: float
    train_accuracy: float
    eval_loss: float
    eval_accuracy: float
    test_loss: float
    test_accuracy: float
