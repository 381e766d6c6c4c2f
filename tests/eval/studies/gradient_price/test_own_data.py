"""Prices of gradients where the models read data of the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval.studies.gradient_price import STUDY
from eval.studies.gradient_price.circumstances import conditions
from eval.studies.gradient_price.config import Config
from eval.studies.gradient_price.models.programs import Model
from eval.studies.gradient_price.models.subjects import spec_of, subject
from eval.studies.gradient_price.names import LAYERS, NEURONS, SNN, STEPS, TRANSFORMER, VQC, WIDTH
from training.errors import BadInput
from training.pricing import price
from training.tasks import TaskConfig

DRAWN = np.random.default_rng(0)
CLASSES = np.arange(60) % 3
RECORDINGS = DRAWN.random((60, 12, 5)) < 0.3


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Writes data and gives the settings of the study on them."""
    monkeypatch.chdir(tmp_path)
    spec_of.cache_clear()

    def write(inputs: Any, targets: Any = CLASSES, **changes: Any) -> Config:
        np.savez("mine.npz", inputs=inputs, targets=targets)
        return Config(task=TaskConfig("arrays", path="mine.npz"), **changes)

    return write


@pytest.mark.parametrize(
    ("inputs", "targets", "shapes"),
    [
        (RECORDINGS, CLASSES, {TRANSFORMER: (16, 12, 5), SNN: (16, 12, 5), VQC: (32, 5)}),
        (DRAWN.normal(size=(60, 40)), DRAWN.normal(size=60), {TRANSFORMER: (16, 40), SNN: (16, 40), VQC: (32, 24)}),
        (np.uint8(255 * DRAWN.random((60, 6, 5, 1))), CLASSES, dict.fromkeys((TRANSFORMER, SNN), (16, 6, 5, 1))),
    ],
    ids=["recordings", "features and a value", "images"],
)
def test_every_paradigm_reads_the_examples(own, inputs, targets, shapes):
    config = own(inputs, targets)
    assert STUDY.ready is not None
    STUDY.ready(config)
    axes = {TRANSFORMER: WIDTH, SNN: NEURONS, VQC: LAYERS}
    rules = {TRANSFORMER: "backprop", SNN: "bptt", VQC: "backprop"}
    for name, shape in shapes.items():
        # One layer of eight qubits has 24 angles, and reads no more features.
        found = subject(name, rules[name], axes[name], 1 if name == VQC else 16, config)
        assert found.inputs.shape == shape


def test_recordings_are_lengthened_where_time_grows(own):
    config = own(RECORDINGS)
    assert subject(SNN, "bptt", STEPS, 40, config).inputs.shape == (16, 40, 5)
    assert any("have the shape of those of mine.npz" in one for one in conditions([], config))
    assert not any("mine.npz" in one for one in conditions([], Config()))


def test_operations_are_those_of_the_data_s_own_size(own):
    """The read-in of a spiking network: twice as many channels, and as many multiplications more."""
    flops = []
    for channels in (5, 10):
        config = own(DRAWN.random((60, 12, channels)) < 0.3)
        flops.append(price(Model(subject(SNN, "bptt", NEURONS, 16, config)).forward(), compiled=False).flops)
        spec_of.cache_clear()
    products = 2 * 16 * 12 * 5 * 16  # multiply and add; batch, steps, channels, neurons
    assert products <= flops[1] - flops[0] < 1.5 * products


def test_more_classes_than_a_circuit_tells_apart_are_refused(own):
    assert STUDY.ready is not None
    with pytest.raises(BadInput, match="must be at least 5, for the 20 outputs of the data"):
        STUDY.ready(own(RECORDINGS, np.arange(60) % 20))
