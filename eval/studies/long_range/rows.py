"""The one kind of row of the study: runs of a model on a task, with their scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eval.rows import Row
from eval.studies.long_range.config import Matching, TaskName
from eval.studies.long_range.models import ModelName, TimeConstantsName


@dataclass(frozen=True, kw_only=True)
class Run(Row):
    """A model trained on a task across one lag; scores are 0 for chance and 1 for the truth.

    Attributes:
        task: What it is trained on.
        matching: What all models have as much of. A model of the same width by both has its runs twice.
        model: The kind of model.
        width: Neurons in each layer.
        lag: Steps from what must be kept to the answer; of images, their length.
        time_constants: How they are drawn at the start; ``None`` where there are none to choose.
        learning_rate: The learning rate of Adam.
        training_seed: The seed of weights and examples.
        parameters: How many it has.
        state_bytes: Kept from one step to the next, for one example.
        earlier_score: The score on validation sequences after three quarters of the updates.
        validation_score: The score on validation sequences, which chooses the learning rate.
        test_score: The score on test sequences.
        spike_rate: Spikes per neuron and step on test sequences; ``None`` where nothing spikes.
    """

    part: ClassVar[str] = "runs"

    task: TaskName
    matching: Matching
    model: ModelName
    width: int
    lag: int
    time_constants: TimeConstantsName | None
    learning_rate: float
    training_seed: int
    parameters: int
    state_bytes: int
    earlier_score: float
    validation_score: float
    test_score: float
    spike_rate: float | None
