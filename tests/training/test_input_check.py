"""A paradigm's own check of inputs: asked once for every example, and by no paradigm that has none."""

from __future__ import annotations

from dataclasses import dataclass, field

import jax
import numpy as np
import pytest
from toys import Perceptron, Points, blobs

from paradigms.interface import ChecksInputs, Spec, Unsupported
from training.config import TrainerConfig
from training.input_check import require_served
from training.tasks import Task
from training.trainer import Settings, Trainer


@dataclass(frozen=True)
class Careful(Perceptron):
    """Takes nothing above ``limit``."""

    limit: float = np.inf
    seen: list = field(default_factory=list)

    def input_check(self):
        def check(inputs):
            self.seen.append(inputs)
            if inputs.max() > self.limit:
                raise Unsupported(f"{inputs.max():g} is too much")

        return check


SPEC = Spec(jax.ShapeDtypeStruct((1,), np.float32), "classification", 3)


def test_every_example_of_every_split_is_shown_once():
    values = np.arange(3 * 1500.0).reshape(3, 1500, 1)
    task = Task("own", SPEC, *(Points(part, np.zeros(1500, np.int32)) for part in values))
    paradigm = Careful(seen=[])
    require_served(paradigm, task)
    # Batches have one shape, so that the last of a split repeats its last example.
    assert set(np.concatenate(paradigm.seen).ravel()) == set(values.ravel())


@pytest.mark.parametrize(("limit", "split"), [(1400.0, "training"), (2000.0, "validation"), (4498.0, "test")])
def test_the_message_names_the_task_and_the_split(limit: float, split: str):
    values = np.arange(3 * 1500.0).reshape(3, 1500, 1)
    task = Task("own", SPEC, *(Points(part, np.zeros(1500, np.int32)) for part in values))
    with pytest.raises(Unsupported, match=f"^own, {split} split: .* is too much$"):
        require_served(Careful(limit=limit, seen=[]), task)


def test_the_trainer_asks_before_it_traces_and_serves_paradigms_without_a_check():
    loop = Settings(trainer=TrainerConfig(batch_size=20, steps=1))
    assert not isinstance(Perceptron(), ChecksInputs)
    Trainer(Perceptron(), blobs(), loop)
    with pytest.raises(Unsupported, match="is too much"):
        Trainer(Careful(features=-1, limit=0.0, seen=[]), blobs(), loop)
