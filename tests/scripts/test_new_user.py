"""What a new user comes with, as it is typed: data of each kind, a model of each library, and the first mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import jax
import numpy as np
import pytest
from PIL import Image
from spike_trains import spikes

from paradigms.custom.config import Config
from paradigms.custom.graph import from_file
from paradigms.interface import Spec
from paradigms.wrapped import Started
from scripts import compare, train

DRAWN = np.random.default_rng(0)
CLASSES = np.arange(60) % 3
BARE = ("probes.every=0", "probes.timing_repeats=0", "trainer.steps=2", "trainer.batch_size=16", "tracking=[jsonl]")
SNNTORCH = Path(__file__).parents[1] / "data" / "snntorch"
"""A network of snnTorch as it exports it, and the spikes that it found itself; see ``make.py`` beside them."""


def archive(path: Path) -> str:
    np.savez(path / "mine.npz", inputs=DRAWN.normal(size=(60, 5)), targets=CLASSES)
    return "mine.npz"


def images(path: Path) -> str:
    for number, one in enumerate(CLASSES):
        (path / "pets" / f"kind{one}").mkdir(parents=True, exist_ok=True)
        pixels = np.uint8(255 * DRAWN.random((8, 8, 3)))
        Image.fromarray(pixels).save(path / "pets" / f"kind{one}" / f"{number}.png")
    return "pets"


def events(path: Path) -> str:
    recordings = np.sort(DRAWN.integers(0, 60, 900))
    recordings[:60] = np.arange(60)
    np.savez(
        path / "events.npz",
        times=np.sort(DRAWN.random(900)), channels=DRAWN.integers(0, 6, 900), recordings=recordings, targets=CLASSES,
    )  # fmt: skip
    return "events.npz task.steps=10"


@pytest.mark.slow
@pytest.mark.parametrize("make", [images, events])
def test_data_of_each_kind_train(make, command, small, tmp_path):
    given = make(tmp_path).split()
    found = command(train.main, *small, *BARE, "task=arrays", f"path={given[0]}", *given[1:], "run_dir=here")
    assert found.code == 0, found.err
    notes = json.loads((tmp_path / "here" / "summary.json").read_text())["notes"]
    assert any("3 classes" in note for note in notes)


@pytest.mark.slow
@pytest.mark.parametrize("make", [archive, images])
def test_three_paradigms_are_compared_on_data_of_each_kind(make, command, tmp_path):
    found = command(
        compare.main, *BARE, "task=arrays", f"path={make(tmp_path)}", "learning_rates=[]", "default_size=false",
        "run_dir=here", "parameter_shift_steps=0", "vqc.paradigm.qubits=4", "vqc.paradigm.layers=8",
    )  # fmt: skip
    assert found.code == 0, found.err
    rows = json.loads((tmp_path / "here" / "table.json").read_text())
    assert {row["paradigm"] for row in rows} == {"vqc", "snn", "transformer"}


MODELS = {
    "nnx": """
from flax import nnx

class Network(nnx.Module):
    def __init__(self, spec, rngs):
        self.layer = nnx.Linear(spec.inputs.shape[0], spec.outputs, rngs=rngs)

    def __call__(self, inputs):
        return self.layer(inputs)
""",
    "linen": """
from flax import linen

class Network(linen.Module):
    @linen.compact
    def __call__(self, inputs):
        return linen.Dense(3)(inputs)
""",
    "equinox": """
import equinox as eqx

class Network(eqx.Module):
    layer: eqx.nn.Linear

    def __init__(self, key):
        self.layer = eqx.nn.Linear(5, 3, key=key)

    def __call__(self, example):
        return self.layer(example)
""",
    "qnode": """
import jax
import pennylane as qml
from paradigms.adapters import from_qnode

def circuit(angles, example):
    qml.AngleEmbedding(example, wires=range(5))
    qml.StronglyEntanglingLayers(angles, wires=range(5))
    return [qml.expval(qml.Z(wire)) for wire in range(3)]

def Network():
    def build(key):
        return qml.QNode(circuit, qml.device("default.qubit", wires=5, seed=key), interface="jax")

    return from_qnode(build, parameters=jax.ShapeDtypeStruct((1, 5, 3), "float32"))
""",
}


@pytest.mark.slow
@pytest.mark.parametrize("library", MODELS)
def test_a_model_of_each_library_trains(library, command, tmp_path):
    # Each has a module of its own, since Python imports a name once.
    name = f"mine_{library}_{abs(hash(tmp_path))}"
    (tmp_path / f"{name}.py").write_text(MODELS[library])
    found = command(
        train.main, *BARE, "paradigm=custom", f"model={name}:Network", "task=arrays", f"path={archive(tmp_path)}",
        "run_dir=here",
    )  # fmt: skip
    assert found.code == 0, found.err
    assert json.loads((tmp_path / "here" / "summary.json").read_text())["status"] == "completed"


def test_a_network_of_snntorch_spikes_as_it_did_there():
    recorded = np.load(SNNTORCH / "spikes.npz", allow_pickle=False)
    steps, channels = recorded["inputs"].shape
    spec = Spec(jax.ShapeDtypeStruct((steps, channels), np.bool_), "classification", 7)
    read = from_file(Config(str(SNNTORCH / "network.nir"), dt=1e-4), str(SNNTORCH / "network.nir"), spec)
    assert isinstance(read, Started)
    network = read.paradigm.network(*read.init(jax.random.key(0)))
    found = spikes(network, recorded["inputs"])[-1]
    assert 0.02 < found.mean() < 0.9
    np.testing.assert_array_equal(found, recorded["spikes"])


@pytest.mark.slow
def test_it_trains_further_by_its_file(command, tmp_path):
    np.savez(tmp_path / "mine.npz", inputs=DRAWN.random((80, 25, 5)) < 0.5, targets=np.arange(80) % 7)
    found = command(
        train.main, *BARE, "paradigm=custom", f"model={SNNTORCH / 'network.nir'}", "paradigm.dt=0.0001", "task=arrays",
        "path=mine.npz", "run_dir=here",
    )  # fmt: skip
    assert found.code == 0, found.err


FEATURES = DRAWN.normal(size=(60, 5))
WITH_NAN = np.where(np.arange(300).reshape(60, 5) == 7, np.nan, FEATURES)
UNEQUAL = np.array([[1.0], [1.0, 2.0]] * 30, dtype=object)
"""Lists of different lengths, as NumPy saves them."""


@pytest.mark.parametrize(
    ("arrays", "named", "way_out"),
    [
        ({"targets": CLASSES[:40]}, "targets", "examples"),
        ({"inputs": DRAWN.random((60, 3, 8, 8))}, "inputs", "channels"),
        ({"targets": CLASSES + 1}, "targets holds classes from 1 to 3", "targets - 1"),
        ({"targets": np.eye(3)[CLASSES]}, "targets has the shape [60, 3] of one-hot codes", "targets.argmax(axis=1)"),
        (
            {"inputs": np.where(np.arange(300).reshape(60, 5) == 7, np.nan, FEATURES)},
            "inputs holds nan",
            "drop or fill in",
        ),
        ({"targets": np.where(CLASSES == 1, np.nan, 0.5)}, "targets is not finite in example 1", "drop the example"),
        (
            {"inputs": np.array([[1.0], [1.0, 2.0]] * 30, dtype=object)},
            "inputs holds Python objects",
            "save arrays of numbers",
        ),
    ],
    ids=["wrong shapes", "channels first", "labels from 1", "one-hot", "NaN inputs", "NaN targets", "lists"],
)
def test_the_first_mistakes_are_one_sentence_that_names_the_array_and_the_way_out(
    arrays, named, way_out, command, small, tmp_path
):
    np.savez(tmp_path / "mine.npz", **{"inputs": FEATURES, "targets": CLASSES, **arrays})
    for main, more in ((train.main, small), (compare.main, ())):
        refused = command(main, *more, *BARE, "task=arrays", "path=mine.npz", "run_dir=here")
        assert refused.code == 2
        assert refused.error.startswith("error: mine.npz: ") or "mine.npz" in refused.error
        assert named in refused.error
        assert way_out in refused.error
    assert not (tmp_path / "here" / "config.yaml").exists()
